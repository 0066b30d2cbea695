"""Centre lines keep what they must, and are Dice's twin on lines."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from dentalx.metrics import cl_dice, skeleton

QUICK = settings(max_examples=60, deadline=None)


def pieces(mask: np.ndarray, connectivity: int, edge: bool) -> int:
    wide = np.pad(mask, 1, constant_values=edge).astype(np.uint8)
    return int(cv2.connectedComponents(wide, connectivity=connectivity)[0])


def line(*rows: str) -> np.ndarray:
    return np.array([[int(c) for c in row] for row in rows], np.uint8)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (line("000", "000"), line("000", "000")),
        (line("010"), line("010")),
        (line("11111", "11111", "11111"), line("00000", "01110", "00000")),
        (line("1001", "0110"), line("1001", "0110")),  # a line already
        (line("111", "101", "111"), line("010", "101", "010")),  # a ring stays a ring
    ],
)
def test_by_hand(mask, expected):
    assert skeleton(mask).astype(int).tolist() == expected.tolist()


@QUICK
@given(arrays(np.bool_, (9, 11)))
def test_laws(mask):
    thin = skeleton(mask)
    assert not (thin & ~mask).any()
    assert (skeleton(thin) == thin).all()
    assert pieces(thin, 8, False) == pieces(mask, 8, False)
    assert pieces(~thin, 4, True) == pieces(~mask, 4, True)
    assert not cv2.erode(thin.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).any()
    wider = skeleton(np.pad(mask, ((2, 1), (0, 3))))
    assert (wider[2:-1, :-3] == thin).all()


def tube(width: int, shift: int = 0) -> np.ndarray:
    mask = np.zeros((80, 160), np.uint8)
    points = np.array([[x, 40 + shift + int(20 * np.sin(x / 25))] for x in range(10, 150)], np.int32)
    cv2.polylines(mask, [points], False, 1, width)
    return mask


def test_twin_of_scikit_image():
    """Another way of thinning gives another line but the same score, to 0.02, on tubes."""
    morphology = pytest.importorskip("skimage.morphology")
    for width, shift in ((9, 0), (9, 2), (5, 1), (13, 3), (3, 6)):
        truth, prediction = tube(9), tube(width, shift)
        said, there = (morphology.skeletonize(mask > 0) for mask in (prediction, truth))
        precision, recall = truth[said].mean(), prediction[there].mean()
        theirs = 2 * precision * recall / (precision + recall)
        assert float(cl_dice(truth, prediction, 1)[0]) == pytest.approx(theirs, abs=0.02)


def test_score_by_hand():
    truth = line("00000000", "11111111", "00000000")
    prediction = line("00000000", "11110000", "00000000")
    assert float(cl_dice(truth, prediction, 1)[0]) == pytest.approx(2 * 1 * 0.5 / 1.5)


def test_width_does_not_count_but_gaps_do():
    truth, wide = tube(9), tube(5)
    assert float(cl_dice(truth, wide, 1)[0]) > 0.97
    broken = truth.copy()
    broken[:, 60:90] = 0
    assert float(cl_dice(truth, broken, 1)[0]) < 0.92


def test_empty_rule_and_classes():
    something, nothing = line("0110"), line("0000")
    np.testing.assert_equal(cl_dice(nothing, nothing, 2), [np.nan, np.nan])
    np.testing.assert_equal(cl_dice(something, nothing, 2), [0, np.nan])
    np.testing.assert_equal(cl_dice(nothing, 2 * something, 2), [np.nan, 0])
    assert cl_dice(line("1000"), line("0001"), 1)[0] == 0


def test_unlabelled_pixels_do_not_count():
    truth, prediction = line("11111111"), line("11110000")
    truth[0, 4:] = 255
    assert cl_dice(truth, prediction, 1)[0] == 1


@QUICK
@given(arrays(np.bool_, (8, 9)), arrays(np.bool_, (8, 9)))
def test_symmetry_and_bounds(truth, prediction):
    one, two = truth.astype(np.uint8), prediction.astype(np.uint8)
    there, back = cl_dice(one, two, 1)[0], cl_dice(two, one, 1)[0]
    assert there == back or (np.isnan(there) and np.isnan(back))
    assert np.isnan(there) or 0 <= there <= 1
    if truth.any():
        assert cl_dice(one, one, 1)[0] == 1
