"""Lesions found piece by piece."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dentalx.metrics import FROC_AT, Hit, froc, lesions, sensitivity_by_size

QUICK = settings(max_examples=40, deadline=None)


def row(text: str) -> np.ndarray:
    """A mask (1, W): 1 the lesion, ? not known."""
    return np.array([[255 if c == "?" else int(c) for c in text]], np.uint8)


def test_by_hand():
    """Two of three found, the second by its centre alone; one false alarm."""
    found = lesions(row("1100111111111111000100"), row("1000000000100000000001"))
    assert found.areas_px.tolist() == [2, 12, 1]
    assert found.found.tolist() == [True, True, False]
    assert found.hits.tolist() == [True, True, False]
    assert found.false_positives == 1


def test_criteria_can_be_chosen():
    truth, prediction = row("111111111111"), row("000001000000")
    assert lesions(truth, prediction).found.all()
    assert not lesions(truth, prediction, hit=Hit(0.1, centre=False)).found.any()
    assert lesions(truth, prediction, hit=Hit(0.05, centre=False)).found.all()
    with pytest.raises(ValueError, match=r"iou_above must lie in \[0, 1\), got 1"):
        Hit(1)


def test_touching_corners_are_one_piece():
    mask = np.array([[1, 0], [0, 1]], np.uint8)
    assert lesions(mask, mask).areas_px.tolist() == [2]


def test_a_second_hit_is_neither_found_twice_nor_false():
    found = lesions(row("1111111"), row("1101000"))
    assert found.found.tolist() == [True]
    assert (found.hits.tolist(), found.repeats.tolist()) == ([True, False], [False, True])
    assert found.false_positives == 0


def test_unlabelled_pixels_take_predictions_away():
    found = lesions(row("0??1"), row("0101"))
    assert (found.hits.tolist(), found.false_positives) == ([True], 0)


def test_score_is_the_largest_probability():
    probability = np.array([[0.6, 0.9, 0.1, 0.7]])
    assert lesions(row("0000"), row("1101"), probability=probability).scores.tolist() == [0.9, 0.7]
    with pytest.raises(ValueError, match=r"probability must be \(1, 4\)"):
        lesions(row("0000"), row("1101"), probability=probability[0])


def test_classes_are_apart():
    assert lesions(row("1202"), row("2202"), label=2).found.tolist() == [True, True]


def test_nothing_at_all():
    nothing = lesions(row("000"), row("000"))
    assert (len(nothing.found), nothing.false_positives) == (0, 0)
    assert sensitivity_by_size([nothing], [5]) == [(None, 0), (None, 0)]
    curve = froc([nothing])
    assert (curve.lesions, curve.pictures, len(curve.thresholds)) == (0, 1, 0)
    assert np.isnan(curve.at(1))


def test_sizes_by_hand():
    pictures = [lesions(row("1011011101111"), row("0011000001111"))]
    assert sensitivity_by_size(pictures, [2, 4]) == [(0.0, 1), (0.5, 2), (1.0, 1)]


def test_froc_by_hand():
    """Two pictures, three lesions; scores 0.9 hit, 0.8 false, 0.7 hit and false at once."""
    one = lesions(row("1010000"), row("1000101"), probability=np.array([[0.9, 0, 0, 0, 0.8, 0, 0.7]]))
    two = lesions(row("100"), row("100"), probability=np.array([[0.7, 0, 0]]))
    curve = froc([one, two])
    assert curve.thresholds.tolist() == [0.9, 0.8, 0.7]
    assert curve.false_positives.tolist() == [0, 0.5, 1]
    np.testing.assert_allclose(curve.sensitivity, [1 / 3, 1 / 3, 2 / 3])
    assert [curve.at(f) for f in (0.25, 0.5, 1, 8)] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert max(FROC_AT) == 8


@QUICK
@given(st.lists(st.tuples(arrays(np.bool_, (6, 7)), arrays(np.bool_, (6, 7))), min_size=1, max_size=4), st.randoms())
def test_laws(pairs, random):
    pictures = [lesions(t.astype(np.uint8), p.astype(np.uint8), probability=p * 0.5) for t, p in pairs]
    curve, other = froc(pictures), froc(random.sample(pictures, len(pictures)))
    np.testing.assert_allclose(curve.sensitivity, other.sensitivity)
    assert (np.diff(curve.false_positives) >= 0).all()
    for picture in pictures:
        assert picture.found.sum() == picture.hits.sum()
        assert not (picture.hits & picture.repeats).any()
    total = sum(n for _, n in sensitivity_by_size(pictures, [1, 3]))
    assert total == curve.lesions
