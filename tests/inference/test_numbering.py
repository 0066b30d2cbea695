"""Tooth numbers that agree with each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.inference.numbering import consistent
from dentalx.teeth import FDI, PERMANENT, is_upper, mirrored

UPPER = [18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28]
X = dict(zip(UPPER, [5, 15, 25, 34, 42, 50, 57, 64, 72, 79, 86, 94, 102, 111, 121, 131], strict=True))


def asked(teeth: list[tuple[float, int, float]], same: tuple[int, int] | None = None):
    columns, numbers, scores = (np.array(values) for values in zip(*teeth, strict=True))
    ious = np.eye(len(teeth))
    if same:
        ious[same] = ious[same[::-1]] = 0.9
    return consistent(columns.astype(float), numbers, scores, ious)


def row(*numbers: int) -> list[tuple[float, int, float]]:
    return [(X[number], number, 0.9) for number in numbers]


def test_a_full_arch_stays() -> None:
    assert asked(row(*UPPER)) == (UPPER, [])


def test_a_second_of_one_number_gets_that_of_its_place() -> None:
    teeth = row(*UPPER)
    teeth[2] = (X[16], 17, 0.6)
    given_, changes = asked(teeth)
    assert given_ == UPPER
    assert [(c.index, c.before, c.after) for c in changes] == [(2, 17, 16)]


def test_exchanged_neighbours_are_put_back() -> None:
    teeth = row(*UPPER)
    teeth[3], teeth[4] = (X[15], 14, 0.6), (X[14], 15, 0.6)
    assert asked(teeth)[0] == UPPER


def test_a_gap_stays_a_gap() -> None:
    without = [number for number in UPPER if number not in (16, 11)]
    assert asked(row(*without))[0] == without


def test_one_tooth_with_two_numbers_is_one_tooth() -> None:
    teeth = [*row(*UPPER), (X[16] + 0.5, 17, 0.5)]
    given_, changes = asked(teeth, same=(2, 16))
    assert given_ == [*UPPER, None]
    assert changes[0].why.startswith("the same tooth as another object, 16")


def test_a_second_number_of_a_tooth_may_be_the_right_one() -> None:
    teeth = row(*UPPER)
    teeth[2] = (X[16], 17, 0.6)
    given_, _ = asked([*teeth, (X[16], 16, 0.5)], same=(2, 16))
    assert given_ == [*UPPER, None]


def test_a_mirrored_picture_stays_mirrored() -> None:
    teeth = [(140 - x, number, score) for x, number, score in row(*UPPER)]
    assert asked(teeth) == (UPPER, [])


def test_both_jaws_by_themselves() -> None:
    lower = [(x, mirrored(number) + 20, 0.9) for x, number, _ in row(*UPPER)]
    numbers = [number for _, number, _ in lower]
    assert {is_upper(number) for number in numbers} == {False}
    shifted = [(140 - x, number, score) for x, number, score in lower]
    assert asked([*row(*UPPER), *shifted])[0] == UPPER + numbers


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(FDI), st.floats(0.05, 1)), max_size=20))
def test_one_of_each_and_nobody_changes_jaw(teeth: list[tuple[float, int, float]]) -> None:
    columns, numbers, scores = (np.array([tooth[k] for tooth in teeth]) for k in range(3))
    given_, changes = consistent(columns, numbers.astype(int), scores, np.eye(len(teeth)))
    kept = [number for number in given_ if number is not None]
    assert len(kept) == len(set(kept))
    assert all(n is None or is_upper(n) == is_upper(int(was)) for n, was in zip(given_, numbers, strict=True))
    assert {c.index for c in changes} == {i for i, n in enumerate(given_) if n != numbers[i]}


@given(st.sets(st.sampled_from(PERMANENT), min_size=5), st.floats(0.5, 3), st.floats(-50, 50))
def test_what_agrees_stays_whatever_the_scale(numbers: set[int], scale: float, shift: float) -> None:
    ordered = sorted(numbers)
    places = {number: place for place, number in enumerate(UPPER)}
    columns = [scale * X[n if n in places else mirrored(n) - 20] + shift for n in ordered]
    given_, changes = consistent(np.array(columns), np.array(ordered), np.full(len(ordered), 0.9), np.eye(len(ordered)))
    assert given_ == ordered and not changes


def test_what_is_no_tooth_is_refused() -> None:
    with pytest.raises(ValueError, match="no FDI number"):
        asked([(1.0, 91, 0.5)])
