"""Masks tidied: counted by hand, then laws."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dentalx.postprocess import fill_holes, largest, remove_small, split, teeth_among

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))
PLANES = arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)))


def rows(*lines: str) -> np.ndarray:
    return np.array([[int(c) for c in line.replace(".", "0")] for line in lines], np.uint8)


def discs(*circles: tuple[int, int, int], size: tuple[int, int] = (60, 160)) -> np.ndarray:
    plane = np.zeros(size, np.uint8)
    for y, x, radius in circles:
        cv2.circle(plane, (x, y), radius, 1, -1)
    return plane > 0


def test_small_pieces_by_hand() -> None:
    """A corner joins: the diagonal of three is one piece. The class beside it does not count."""
    mask = rows("1..2", ".1.2", "..1.", "2...")
    assert remove_small(mask, 3).tolist() == rows("1...", ".1..", "..1.", "....").tolist()
    assert remove_small(mask, 2).tolist() == rows("1..2", ".1.2", "..1.", "....").tolist()
    assert remove_small(mask, 1).tolist() == remove_small(mask, 0).tolist() == mask.tolist()


def test_holes_by_hand() -> None:
    """A corner is no way out; another class in a hole stays; an edge of the picture closes nothing."""
    assert fill_holes(rows(".1.", "1.1", ".1.")).tolist() == rows(".1.", "111", ".1.").tolist()
    assert fill_holes(rows("11111", "1...1", "1.2.1", "11111")).tolist() == rows(
        *("11111", "11111", "11211", "11111"),
    ).tolist()  # fmt: skip
    assert fill_holes(rows("111", "1.1")).tolist() == rows("111", "1.1").tolist()
    ring_in_ring = np.pad(np.pad(np.pad(rows("."), 1, constant_values=2), 1), 1, constant_values=1)
    assert fill_holes(ring_in_ring)[3, 3] == 2
    assert (fill_holes(ring_in_ring)[1:-1, 1:-1] == 1).sum() == 16


def test_largest_by_hand() -> None:
    assert largest(rows("11.1", "....", ".22.", "2...")).tolist() == rows("11..", "....", ".22.", "2...").tolist()


@given(MASKS, st.integers(0, 6))
def test_nothing_is_added_or_renamed_by_taking_away(mask: np.ndarray, area: int) -> None:
    for tidy in (lambda m: remove_small(m, area), largest):
        kept = tidy(mask)
        assert ((kept == mask) | (kept == 0)).all()
        assert np.array_equal(tidy(kept), kept)
    assert set(np.unique(largest(mask))) == set(np.unique(mask)) | ({0} & set(np.unique(largest(mask))))
    assert np.array_equal(remove_small(mask[:, ::-1], area)[:, ::-1], remove_small(mask, area))


@given(MASKS)
def test_nothing_is_taken_away_by_filling(mask: np.ndarray) -> None:
    filled = fill_holes(mask)
    assert (filled[mask > 0] == mask[mask > 0]).all()
    assert np.array_equal(fill_holes(filled), filled)
    for turned in (np.flipud, np.fliplr, np.transpose):
        assert np.array_equal(fill_holes(turned(mask)), turned(filled))


def test_touching_discs_are_two() -> None:
    """Radii 20, middles 36 apart: half the neck is the root of 400 - 324, 8.7 of 20, below 0.9."""
    labels = split(discs((30, 40, 20), (30, 76, 20)))
    assert labels.max() == 2
    assert (labels[30, 40], labels[30, 76]) == (1, 2)
    areas = np.bincount(labels.ravel())[1:]
    assert abs(int(areas[0]) - int(areas[1])) <= 60
    assert not (labels[:, :54] == 2).any()
    assert not (labels[:, 63:] == 1).any()


def test_a_waist_that_is_no_neck() -> None:
    """Middles 16 apart: half the waist is the root of 400 - 64, 18.3 of 20, above 0.9."""
    plane = discs((30, 40, 20), (30, 56, 20))
    assert split(plane).max() == 1
    assert split(plane, 1.0).max() == 2
    assert split(discs((30, 40, 20), (30, 76, 20)), 0.0).max() == 1


def test_long_and_slanting_things_are_one() -> None:
    plane = np.zeros((60, 160), np.uint8)
    cv2.line(plane, (20, 10), (140, 50), 1, 11)
    assert split(plane > 0).max() == 1
    assert split(np.ones((5, 90), bool)).max() == 1


def test_a_small_tooth_beside_a_large_one() -> None:
    labels = split(discs((30, 40, 24), (30, 72, 10)))
    assert labels.max() == 2
    assert labels[30, 75] == 2


def test_numbers_go_from_left_to_right() -> None:
    labels = split(discs((30, 140, 10), (10, 20, 5), (40, 80, 15)))
    assert [labels[10, 20], labels[40, 80], labels[30, 140]] == [1, 2, 3]


@given(PLANES)
def test_a_split_covers_the_mask_with_connected_parts(plane: np.ndarray) -> None:
    labels = split(plane)
    assert np.array_equal(labels > 0, plane)
    count, pieces = cv2.connectedComponents(plane.astype(np.uint8), connectivity=8)
    assert labels.max() >= count - 1
    for label in range(1, labels.max() + 1):
        assert cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=8)[0] == 2
        assert len(np.unique(pieces[labels == label])) == 1


def test_a_wrong_neck_is_refused() -> None:
    with pytest.raises(ValueError, match=r"neck must lie in 0…1, got 1\.5"):
        split(np.ones((2, 2), bool), 1.5)


def test_which_classes_are_teeth() -> None:
    assert teeth_among(("TOOTH", "36", "tooth_36", "mandible")) == (1,)
