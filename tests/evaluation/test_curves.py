"""Curves over pixels, from counted levels."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from dentalx.evaluation import CurveCounts


def curves(*pairs):
    counts = CurveCounts()
    for truth, probability in pairs:
        counts.add(np.asarray(truth, np.uint8), np.asarray(probability))
    return counts.result()


def test_by_hand():
    """Ranked 0.9 there, 0.6 not, 0.3 there, 0.1 not: three of four pairs are in order."""
    found = curves(([[1, 0, 1, 0, 255]], [[0.9, 0.6, 0.3, 0.1, 0.95]]))
    assert found.auc == 3 / 4
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    at = int(np.flatnonzero(found.thresholds == 0.5)[0])
    assert (found.recall[at], found.precision[at], found.false_positive_rate[at]) == (0.5, 0.5, 0.5)
    assert (found.recall[-1], found.false_positive_rate[-1], found.recall[0]) == (1, 1, 0)
    assert np.isnan(found.precision[0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_twin_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, (6, 7)).astype(np.uint8)
    truth[0, :2] = (0, 1)
    probability = rng.integers(0, 12, (6, 7)) / 16
    found = curves((truth, probability))
    assert found.auc == pytest.approx(roc_auc_score(truth.ravel(), probability.ravel()))
    assert found.average_precision == pytest.approx(average_precision_score(truth.ravel(), probability.ravel()))
    fpr, tpr, _ = roc_curve(truth.ravel(), probability.ravel())
    points = set(zip(found.false_positive_rate.round(9), found.recall.round(9), strict=True))
    assert set(zip(fpr.round(9), tpr.round(9), strict=True)) <= points


def test_all_pixels_and_per_image_are_different_things(rng):
    pairs = [((rng.random((9, 9)) > 0.7).astype(np.uint8), rng.random((9, 9)) * scale) for scale in (1, 0.2)]
    found = curves(*pairs)
    each = [roc_auc_score(t.ravel(), (p * 256 // 1).ravel()) for t, p in pairs]
    assert found.auc_per_image.mean == pytest.approx(np.mean(each))
    whole = [np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1)]
    assert found.auc == pytest.approx(roc_auc_score(whole[0], whole[1] * 256 // 1))
    assert curves(*pairs[::-1]).auc == found.auc


def test_nothing_to_find_is_undefined():
    found = curves(([[0, 0]], [[0.2, 0.7]]), ([[1, 0]], [[0.2, 0.7]]))
    assert (found.auc_per_image.n, found.auc_per_image.n_undefined, found.n) == (1, 1, 2)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert len(json.loads(text)["recall"]) == 257
    assert np.isnan(curves().auc)


def test_errors_are_those_of_levels():
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\]"):
        curves(([[0]], [[2.0]]))
