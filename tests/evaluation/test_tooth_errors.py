"""Mistakes in the numbers of teeth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.evaluation.tooth_errors import NUMBER_ERRORS, OUTCOMES, RIGHT, ToothErrors, number_errors
from dentalx.metrics.objects import overlaps
from dentalx.teeth import FDI, mirrored

NUMBERS = st.lists(st.sampled_from(FDI), unique=True, max_size=20)


def strips(*columns: tuple[int, int]) -> np.ndarray:
    """Objects one pixel high, from one column to another."""
    masks = np.zeros((len(columns), 1, 60), np.bool_)
    for mask, (start, end) in zip(masks, columns, strict=True):
        mask[0, start:end] = True
    return masks


def row(count: int) -> np.ndarray:
    return strips(*[(6 * i, 6 * i + 5) for i in range(count)])


def counted(truth: list[int], called: list[int], masks: tuple[np.ndarray, np.ndarray] | None = None) -> ToothErrors:
    errors = ToothErrors()
    there, found = masks or (row(len(truth)), row(len(called)))
    errors.add(overlaps(there, found), np.array(truth, np.int32), np.array(called, np.int32))
    return errors


def test_a_picture_by_hand() -> None:
    """11 right, 12 and 13 exchanged, 21 given to its mirror, 36 missed, two in one, one in two, one of nothing."""
    there = strips((0, 5), (6, 11), (12, 17), (18, 23), (24, 29), (30, 34), (34, 38), (40, 50))
    found = strips((0, 5), (6, 11), (12, 17), (18, 23), (30, 38), (40, 45), (45, 50), (54, 58))
    errors = counted([11, 12, 13, 21, 36, 46, 47, 31], [11, 13, 12, 11, 46, 31, 32, 33], (there, found))
    said = errors.summary()
    expected = dict.fromkeys(OUTCOMES, 0)
    expected |= {RIGHT: 1, "neighbour swap": 2, "mirrored": 1, "missed": 1, "merged": 2, "split": 1, "spurious": 4}
    assert said["outcomes"] == expected
    assert said["numbering"] == 0.25
    assert said["count_error"] == {"mean_absolute": 0, "mean": 0, "exact": 1, "n_images": 1}
    assert [21, 11, 1] in said["confusion"] and [36, None, 1] in said["confusion"]
    assert [None, 33, 1] in said["confusion"]


def test_a_swap_needs_both() -> None:
    assert number_errors([(14, 15), (15, 14)]) == ["neighbour swap"] * 2
    assert number_errors([(14, 15), (15, 16)]) == ["neighbour"] * 2


def test_the_front_teeth_of_two_sides_are_mirrored_not_neighbours() -> None:
    assert number_errors([(11, 21), (21, 11)]) == ["mirrored"] * 2


@given(NUMBERS)
def test_a_mirrored_picture_is_known(numbers: list[int]) -> None:
    errors = counted(numbers[:10], [mirrored(n) for n in numbers[:10]])
    assert errors.mirrored_pictures == (len(numbers[:10]) >= 3)
    assert errors.outcomes["mirrored"] == len(numbers[:10])


@given(NUMBERS, NUMBERS)
def test_every_tooth_has_one_outcome(truth: list[int], called: list[int]) -> None:
    truth, called = truth[:10], called[:10]
    errors = counted(truth, called)
    assert errors.confusion[1:].sum() == len(truth) and errors.confusion[:, 1:].sum() == len(called)
    of_truth = sum(errors.outcomes[kind] for kind in (RIGHT, *NUMBER_ERRORS, "missed", "merged", "split"))
    assert of_truth == len(truth)
    assert errors.outcomes["spurious"] == max(0, len(called) - len(truth))
    assert errors.count_errors == [len(called) - len(truth)]


@given(NUMBERS, st.randoms())
def test_the_order_of_teeth_is_nothing(numbers: list[int], chance: object) -> None:
    named = [(n, FDI[(FDI.index(n) + k) % len(FDI)]) for k, n in enumerate(numbers)]
    other = list(named)
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert dict(zip(named, number_errors(named), strict=True)) == dict(zip(other, number_errors(other), strict=True))


def test_no_teeth_at_all() -> None:
    assert counted([], []).summary()["numbering"] is None
    assert ToothErrors().summary()["count_error"]["mean"] is None


def test_what_is_no_tooth_is_refused() -> None:
    with pytest.raises(ValueError, match="91 is no FDI number"):
        counted([91], [11])
