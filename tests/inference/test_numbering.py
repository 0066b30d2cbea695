"""Tooth numbers that agree with each other."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.inference.numbering import _gains, consistent
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


def test_a_model_without_all_numbers_gives_each_once() -> None:
    known = tuple(number for number in FDI if 11 <= number <= 27 and number % 10 <= 7)
    numbers = sorted(known, key=lambda number: X[number])
    teeth = [*row(*numbers), (X[21] + 0.1, 21, 0.8), (X[21] - 0.1, 21, 0.7)]
    columns, asked_for, scores = (np.array(values) for values in zip(*teeth, strict=True))
    given_, changes = consistent(columns.astype(float), asked_for, scores, np.eye(len(teeth)), known)
    assert given_ == [*numbers, None, None]
    assert [(change.index, change.after) for change in changes] == [(14, None), (15, None)]


def test_a_number_nobody_named_is_of_the_same_dentition() -> None:
    teeth = row(16, 12, 11, 21, 22, 26)
    primary = {55: 34.0, 54: 42.0, 53: 49.0, 63: 87.0, 64: 94.0, 65: 102.0}
    mixed = [*teeth, *((x, number, 0.9) for number, x in primary.items() if number != 54), (42.0, 55, 0.6)]
    given_, changes = asked(mixed)
    assert given_[-1] in (54, None) and [change.index for change in changes] == [len(mixed) - 1]
    assert given_[:-1] == [number for _, number, _ in mixed[:-1]]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.sampled_from((11, 12, 13, 21, 55)), st.floats(0.05, 1)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_detections_plays_no_part(teeth, chance) -> None:
    shuffled = teeth.copy()
    chance.shuffle(shuffled)
    known = (11, 12, 13, 21, 55)
    one, other = (
        consistent(*(np.array([tooth[k] for tooth in each]) for k in range(3)), np.eye(len(each)), known)[0]
        for each in ([(x, n, s) for x, n, s in teeth], shuffled)
    )
    key = repr
    assert sorted(zip(teeth, one, strict=True), key=key) == sorted(zip(shuffled, other, strict=True), key=key)


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from((11, 12, 13, 21)), st.floats(0.05, 1)), max_size=4))
def test_no_other_assignment_gains_more(teeth: list[tuple[float, int, float]]) -> None:
    known = [11, 12, 13, 21]
    columns, numbers, scores = (np.array([tooth[k] for tooth in teeth]) for k in range(3))
    order = np.lexsort((numbers, columns, -scores)).tolist()
    given_, _ = consistent(columns, numbers.astype(int), scores, np.eye(len(teeth)), known)
    if not teeth:
        return
    gains = _gains({i: [i] for i in order}, columns, numbers.astype(int), scores, known)
    choices = itertools.permutations(range(gains.shape[1]), len(order))
    best = max(sum(gains[row, column] for row, column in enumerate(choice)) for choice in choices)
    mine = sum(gains[r, len(known) if given_[i] is None else known.index(given_[i])] for r, i in enumerate(order))
    assert mine == pytest.approx(best)
