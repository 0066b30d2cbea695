"""Objects: pairs, panoptic quality, errors, confusion of labels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dentalx.metrics import (
    ObjectCounts,
    Overlaps,
    label_confusion,
    label_overlaps,
    match,
    object_counts,
    object_errors,
    overlaps,
)

QUICK = settings(max_examples=40, deadline=None)


def objects(*rows: str) -> np.ndarray:
    """(N, 1, W) masks, a row of 0 and 1 each."""
    return np.array([[[c == "1" for c in row]] for row in rows])


def test_overlaps_by_hand():
    found = overlaps(objects("111000", "000110"), objects("011100", "000000", "000110"))
    assert found.both.tolist() == [[2, 0, 0], [1, 0, 2]]
    assert (found.truth.tolist(), found.prediction.tolist()) == ([3, 2], [3, 0, 2])
    np.testing.assert_allclose(found.iou, [[2 / 4, 0, 0], [1 / 4, 0, 1]])


def test_pixels_that_are_not_counted():
    counted = np.array([[True, True, False, False]])
    found = overlaps(objects("1111"), objects("0110"), counted)
    assert (found.both.tolist(), found.truth.tolist(), found.prediction.tolist()) == ([[1]], [2], [1])


@QUICK
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_overlaps_are_counted_pixel_by_pixel(seed, share):
    """Sparse masks lie in small windows of the picture, dense ones everywhere."""
    rng = np.random.default_rng(seed)
    truth, prediction = (rng.random((n, 7, 9)) < share**2 for n in (3, 4))
    found = overlaps(truth, prediction)
    assert (found.both == (truth[:, None] & prediction[None]).sum((2, 3))).all()
    assert (found.truth == truth.sum((1, 2))).all() and (found.prediction == prediction.sum((1, 2))).all()


@QUICK
@given(arrays(np.uint8, (5, 6), elements=st.integers(0, 3)), arrays(np.uint8, (5, 6), elements=st.integers(0, 3)))
def test_maps_and_masks_agree(truth, prediction):
    found = label_overlaps(truth, prediction)
    masks = [m[None] == np.arange(1, int(m.max()) + 1)[:, None, None] for m in (truth, prediction)]
    other = overlaps(*masks)
    for name in ("both", "truth", "prediction"):
        np.testing.assert_equal(getattr(found, name), getattr(other, name))


def test_quality_by_hand():
    """Two of three found, with IoU 0.8 and 0.6, one false alarm."""
    ious = np.array([[0.8, 0, 0], [0, 0.6, 0], [0, 0, 0.5]])
    counts = object_counts(match(ious))
    assert counts == ObjectCounts(2, 1, 1, pytest.approx(1.4))
    assert counts.precision == counts.recall == pytest.approx(2 / 3)
    assert counts.recognition_quality == pytest.approx(2 / 3)
    assert counts.segmentation_quality == pytest.approx(0.7)
    assert counts.panoptic_quality == pytest.approx(0.7 * 2 / 3)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (ObjectCounts(0, 0, 0, 0.0), [np.nan] * 5),
        (ObjectCounts(0, 2, 0, 0.0), [0, 0, 0, np.nan, 0]),
        (ObjectCounts(0, 0, 2, 0.0), [0, np.nan, 0, np.nan, 0]),
    ],
)
def test_empty_rule(counts, expected):
    c = counts
    got = [c.precision, c.recall, c.recognition_quality, c.segmentation_quality, c.panoptic_quality]
    np.testing.assert_equal(got, expected)


def test_as_many_pairs_as_possible():
    """The best single pair would leave two objects alone."""
    matching = match(np.array([[0.9, 0.6], [0.6, 0.0]]), above=0.5)
    assert matching.iou.tolist() == [0.6, 0.6]
    assert match(np.zeros((0, 2))).spurious.tolist() == [0, 1]


@QUICK
@given(arrays(np.float64, (3, 4), elements=st.sampled_from([0.0, 0.3, 0.55, 0.6, 0.9])))
def test_matching_is_the_best_of_all(ious):
    def value(pairs):
        kept = [ious[i, j] for i, j in pairs if ious[i, j] > 0.5]
        return len(kept), round(sum(kept), 9)

    best = max(value(enumerate(columns)) for columns in itertools.permutations(range(4), 3))
    found = match(ious)
    assert (len(found.iou), round(float(found.iou.sum()), 9)) == best
    assert sorted([*found.truth, *found.missed]) == [0, 1, 2]
    assert sorted([*found.prediction, *found.spurious]) == [0, 1, 2, 3]


@QUICK
@given(arrays(np.uint8, (5, 6), elements=st.integers(0, 3)), arrays(np.uint8, (5, 6), elements=st.integers(0, 3)))
def test_disjoint_objects_have_one_candidate(truth, prediction):
    ious = label_overlaps(truth, prediction).iou
    assert ((ious > 0.5).sum(0) <= 1).all()
    counts, back = object_counts(match(ious)), object_counts(match(ious.T))
    assert (counts.matched, counts.missed, counts.spurious) == (back.matched, back.spurious, back.missed)
    assert counts.matched == (ious > 0.5).sum()


def errors(truth: np.ndarray, prediction: np.ndarray):
    found = overlaps(truth, prediction)
    kinds = object_errors(found, match(found.iou))
    return kinds.truth, kinds.prediction


@pytest.mark.parametrize(
    ("truth", "prediction", "of_truth", "of_prediction"),
    [
        (objects("1100"), objects("0011"), {0: "missed"}, {0: "spurious"}),
        (objects("1100", "0011"), objects("1111"), {0: "merged", 1: "merged"}, {0: "merged"}),
        (objects("1111"), objects("1100", "0011"), {0: "split"}, {0: "split", 1: "split"}),
        (objects("111110", "000001"), objects("111111"), {1: "merged"}, {}),  # the larger one is still found
        (objects("111111"), objects("111110", "000001"), {}, {1: "split"}),
        (objects("1111"), objects("1000"), {0: "missed"}, {0: "spurious"}),  # too small to be it
        (objects("1100"), objects("1100"), {}, {}),
    ],
)
def test_errors_by_hand(truth, prediction, of_truth, of_prediction):
    assert errors(truth, prediction) == (of_truth, of_prediction)


def test_every_unmatched_object_has_one_kind(rng):
    truth, prediction = rng.random((2, 5, 6, 6)) > 0.6
    found = overlaps(truth, prediction)
    matching = match(found.iou)
    kinds = object_errors(found, matching)
    assert list(kinds.truth) == matching.missed.tolist()
    assert list(kinds.prediction) == matching.spurious.tolist()
    assert {*kinds.truth.values(), *kinds.prediction.values()} <= {"missed", "merged", "split", "spurious"}


def test_confusion_of_labels_by_hand():
    matching = match(np.array([[0.9, 0, 0], [0, 0.8, 0], [0, 0, 0.2]]))
    table = label_confusion(matching, np.array([1, 2, 2]), np.array([1, 1, 3]), 3)
    assert table.tolist() == [[0, 0, 0, 1], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    with pytest.raises(ValueError, match=r"labels of prediction must lie in 1…3, got 0…3"):
        label_confusion(matching, np.array([1, 2, 2]), np.array([1, 0, 3]), 3)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"masks must be \(N, H, W\) of one size"):
        overlaps(np.zeros((1, 2, 2), bool), np.zeros((1, 2, 3), bool))
    with pytest.raises(ValueError, match="maps must be of one size"):
        label_overlaps(np.zeros((2, 2), int), np.zeros((2, 3), int))
    with pytest.raises(ValueError, match=r"above must lie in \[0, 1\), got 1"):
        match(np.eye(2), 1)
    assert Overlaps(np.zeros((1, 1), int), np.zeros(1, int), np.zeros(1, int)).iou.tolist() == [[0.0]]
