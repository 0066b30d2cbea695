"""Scores from counted pixels: by hand, by law, by twin."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import (
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    fbeta_score,
    jaccard_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from dentalx import metrics
from dentalx.metrics import Counts, count

QUICK = settings(max_examples=25, deadline=None)
K = 3


def mask(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8)


def masks(values: list[int]) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.uint8, (6, 7), elements=st.sampled_from(values))


truths, predictions = masks([0, 1, 2, 3, 255]), masks([0, 1, 2, 3])


def numbers(counts: Counts) -> list[list[int]]:
    return [part.tolist() for part in (counts.tp, counts.fp, counts.fn, counts.tn)]


def test_count_by_hand():
    truth = mask([0, 1, 1, 2], [2, 2, 255, 0])
    prediction = mask([1, 1, 0, 2], [1, 2, 2, 0])
    assert numbers(count(truth, prediction, 2)) == [[1, 2], [2, 0], [1, 1], [3, 4]]
    assert metrics.confusion(truth, prediction, 2).tolist() == [[1, 1, 0], [1, 1, 0], [0, 1, 2]]


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (metrics.dice, 2 * 3 / (2 * 3 + 1 + 2)),
        (metrics.iou, 3 / 6),
        (metrics.pixel_accuracy, 7 / 10),
        (metrics.precision, 3 / 4),
        (metrics.recall, 3 / 5),
        (metrics.specificity, 4 / 5),
        (metrics.f_beta, 2 / 3),
        (metrics.balanced_accuracy, (3 / 5 + 4 / 5) / 2),
        (metrics.volumetric_similarity, 1 - 1 / 9),
        (metrics.kappa, (0.7 - 0.5) / (1 - 0.5)),  # chance: 0.5 · 0.4 + 0.5 · 0.6
        (metrics.mcc, (3 * 4 - 1 * 2) / np.sqrt(4 * 5 * 5 * 6)),
    ],
)
def test_scores_by_hand(score, expected):
    assert float(score(Counts(3, 1, 2, 4))) == pytest.approx(expected)


def test_f_beta_weighs_recall():
    assert float(metrics.f_beta(Counts(3, 1, 2, 4), beta=2)) == pytest.approx(5 * 3 / (5 * 3 + 4 * 2 + 1))


@pytest.mark.parametrize(
    ("counts", "dice", "iou", "precision", "recall", "f2"),
    [
        (Counts(0, 0, 0, 9), np.nan, np.nan, np.nan, np.nan, np.nan),  # nothing there, nothing said
        (Counts(0, 2, 0, 7), 0, 0, 0, np.nan, 0),  # false alarm
        (Counts(0, 0, 2, 7), 0, 0, 0, 0, 0),  # missed
        (Counts(9, 0, 0, 0), 1, 1, 1, 1, 1),  # everything, rightly
        (Counts(0, 0, 0, 0), np.nan, np.nan, np.nan, np.nan, np.nan),  # no pixel counts
    ],
)
def test_empty_rule(counts, dice, iou, precision, recall, f2):
    functions = (metrics.dice, metrics.iou, metrics.precision, metrics.recall, lambda c: metrics.f_beta(c, 2))
    np.testing.assert_equal([float(f(counts)) for f in functions], [dice, iou, precision, recall, f2])


@pytest.mark.parametrize(
    ("counts", "similarity", "balanced", "kappa", "mcc"),
    [
        (Counts(0, 0, 0, 9), np.nan, np.nan, np.nan, np.nan),  # nothing there, nothing said
        (Counts(0, 2, 0, 7), 0, np.nan, 0, 0),  # false alarm
        (Counts(0, 0, 2, 7), 0, 0.5, 0, 0),  # missed
        (Counts(9, 0, 0, 0), 1, np.nan, np.nan, np.nan),  # everything, rightly
        (Counts(4, 5, 0, 0), 1 - 5 / 13, 0.5, 0, 0),  # everything said, not all of it there
        (Counts(0, 4, 5, 0), 1 - 1 / 9, 0, -40 / 41, -1),  # the contrary of the truth
        (Counts(10**9, 0, 0, 10**9), 1, 1, 1, 1),  # products beyond 64 bits
    ],
)
def test_empty_rule_of_agreement(counts, similarity, balanced, kappa, mcc):
    functions = (metrics.volumetric_similarity, metrics.balanced_accuracy, metrics.kappa, metrics.mcc)
    np.testing.assert_allclose([float(f(counts)) for f in functions], [similarity, balanced, kappa, mcc])


def test_specificity_and_accuracy_are_defined_wherever_a_pixel_can_tell():
    assert float(metrics.specificity(Counts(0, 0, 0, 9))) == 1
    assert float(metrics.pixel_accuracy(Counts(0, 0, 0, 9))) == 1
    assert np.isnan(metrics.specificity(Counts(9, 0, 0, 0)))
    assert np.isnan(metrics.pixel_accuracy(Counts(0, 0, 0, 0)))


def test_unlabelled_pixels_never_count(rng):
    truth, prediction = rng.integers(0, 3, (2, 20, 30)).astype(np.uint8)
    truth[5:9] = 255
    other = prediction.copy()
    other[5:9] = 2 - other[5:9]
    assert numbers(count(truth, prediction, 2)) == numbers(count(truth, other, 2))
    assert (count(truth, prediction, 2).pixels == 16 * 30).all()


def test_counts_add_stack_index_and_pool():
    one, two = count(mask([0, 1]), mask([1, 1]), 1), count(mask([1, 1, 1]), mask([0, 1, 1]), 1)
    assert numbers(one + two) == [[3], [1], [1], [0]]
    both = metrics.stack([one, two])
    assert both.tp.shape == (2, 1)
    assert numbers(both[1]) == numbers(two)
    assert numbers(both.sum(0)) == numbers(one + two)
    assert both.tp.dtype == np.int64


def test_counts_broadcast_and_refuse_negatives():
    assert Counts([1, 2], 0, 0, 5).tn.tolist() == [5, 5]
    with pytest.raises(ValueError, match="fn must not be negative, got -1"):
        Counts(1, 0, -1, 0)


@pytest.mark.parametrize(
    ("truth", "prediction", "message"),
    [
        (mask([0, 2]), mask([0, 1]), r"truth must lie in 0…1 or be 255, got \[2\]"),
        (mask([0, 1]), mask([0, 7]), r"prediction must lie in 0…1, got \[7\]"),
        (mask([0, 255]), mask([0, 255]), r"prediction must lie in 0…1, got \[255\]"),
        (mask([0, 1]), mask([0, 1, 1]), r"truth is 1×2 but the prediction is 1×3"),
        (mask([0, 1]).astype(int), mask([0, 1]), r"truth must be \(H, W\) uint8, got \(1, 2\) int64"),
        (mask([0, 1])[0], mask([0, 1])[0], r"truth must be \(H, W\) uint8, got \(2,\) uint8"),
    ],
)
def test_bad_masks_are_named(truth, prediction, message):
    with pytest.raises(ValueError, match=message):
        count(truth, prediction, 1)


@pytest.mark.parametrize("classes", [0, 255])
def test_bad_number_of_classes(classes):
    with pytest.raises(ValueError, match=f"classes must lie in 1…254, got {classes}"):
        count(mask([0]), mask([0]), classes)


def test_beta_must_be_positive():
    with pytest.raises(ValueError, match="beta must be positive, got 0"):
        metrics.f_beta(Counts(1, 0, 0, 0), 0)


@QUICK
@given(truths, predictions)
def test_laws(truth, prediction):
    counts = count(truth, prediction, K)
    dice, iou = metrics.dice(counts), metrics.iou(counts)
    np.testing.assert_allclose(dice, 2 * iou / (1 + iou))
    np.testing.assert_allclose(dice, metrics.f_beta(counts, 1))
    for name, score in metrics.SCORES.items():
        values, least = score(counts), -1 if name in ("kappa", "mcc") else 0
        assert ((values >= least) & (values <= 1) | np.isnan(values)).all()
    assert (metrics.volumetric_similarity(counts) + 1e-12 >= dice)[~np.isnan(dice)].all()
    harmonic = 2 / (1 / metrics.precision(counts)[counts.tp > 0] + 1 / metrics.recall(counts)[counts.tp > 0])
    np.testing.assert_allclose(dice[counts.tp > 0], harmonic)
    assert (counts.pixels == (truth != 255).sum()).all()


@QUICK
@given(masks([0, 1, 2, 3]), predictions)
def test_exchanging_truth_and_prediction(truth, prediction):
    there, back = count(truth, prediction, K), count(prediction, truth, K)
    for score in (metrics.dice, metrics.volumetric_similarity, metrics.kappa, metrics.mcc):
        np.testing.assert_allclose(score(there), score(back))
    np.testing.assert_equal(there.fp, back.fn)


@QUICK
@given(truths, predictions, st.integers(1, 5))
def test_tiles_add_up(truth, prediction, at):
    whole = count(truth, prediction, K)
    parts = count(truth[:at], prediction[:at], K) + count(truth[at:], prediction[at:], K)
    assert numbers(whole) == numbers(parts)


@QUICK
@given(truths, predictions)
def test_turning_and_views_do_not_matter(truth, prediction):
    assert numbers(count(truth, prediction, K)) == numbers(count(truth.T, prediction.T, K))
    assert numbers(count(truth, prediction, K)) == numbers(count(truth[::-1], prediction[::-1], K))


@QUICK
@given(truths, predictions)
def test_twin_of_scikit_learn(truth, prediction):
    known = truth != 255
    if not known.any():
        return
    a, b = truth[known], prediction[known]
    counts = count(truth, prediction, K)
    np.testing.assert_equal(metrics.confusion(truth, prediction, K), confusion_matrix(a, b, labels=range(K + 1)))
    labels, nan = {"labels": [1, 2, 3], "average": None}, np.nan
    np.testing.assert_allclose(metrics.dice(counts), f1_score(a, b, zero_division=nan, **labels))
    np.testing.assert_allclose(metrics.f_beta(counts, 2), fbeta_score(a, b, beta=2, zero_division=nan, **labels))
    np.testing.assert_allclose(metrics.recall(counts), recall_score(a, b, zero_division=nan, **labels))
    some = counts.truth + counts.prediction > 0
    np.testing.assert_allclose(metrics.iou(counts)[some], jaccard_score(a, b, zero_division=0, **labels)[some])
    np.testing.assert_allclose(metrics.precision(counts)[some], precision_score(a, b, zero_division=0, **labels)[some])
    assert float(metrics.overall_accuracy(metrics.confusion(truth, prediction, K))) == pytest.approx((a == b).mean())


@QUICK
@given(masks([0, 1]), masks([0, 1]))
def test_agreement_twin_of_scikit_learn(truth, prediction):
    if truth.min() == truth.max() or prediction.min() == prediction.max():
        return
    counts, a, b = count(truth, prediction, 1), truth.ravel(), prediction.ravel()
    assert float(metrics.kappa(counts)[0]) == pytest.approx(cohen_kappa_score(a, b))
    assert float(metrics.mcc(counts)[0]) == pytest.approx(matthews_corrcoef(a, b))
    assert float(metrics.balanced_accuracy(counts)[0]) == pytest.approx(balanced_accuracy_score(a, b))


def test_overall_kappa_is_scikit_learns(rng):
    truth, prediction = rng.integers(0, 4, (2, 9, 9)).astype(np.uint8)
    ours = metrics.overall_kappa(metrics.confusion(truth, prediction, 3))
    assert float(ours) == pytest.approx(cohen_kappa_score(truth.ravel(), prediction.ravel()))


def test_large_pictures_are_counted_in_blocks(rng, monkeypatch):
    truth, prediction = (rng.random((2, 70, 90)) > 0.5).astype(np.uint8)
    whole = count(truth, prediction, 1)
    assert int(whole.tp[0]) == int((truth & prediction).sum())
    monkeypatch.setattr("dentalx.metrics.counts._BLOCK_PX", 1000)
    assert numbers(count(truth, prediction, 1)) == numbers(whole)
    assert int(count(np.asfortranarray(truth), prediction, 1).tp[0]) == int(whole.tp[0])


def test_counting_is_quick(rng):
    truth = np.kron(rng.integers(0, 33, (32, 64)), np.ones((32, 32))).astype(np.uint8)
    count(truth, truth, 32)
    start = time.perf_counter()
    for _ in range(10):
        count(truth, truth, 32)
    assert (time.perf_counter() - start) / 10 < 0.15  # 5 ms on a quiet core


def test_summary():
    summary = metrics.summarise([np.nan, 0.2, 0.4, 0.9])
    assert summary.mean == pytest.approx(0.5)
    assert summary.median == pytest.approx(0.4)
    assert summary.quartiles == pytest.approx((0.3, 0.65))
    assert (summary.n, summary.n_undefined) == (3, 1)


def test_summary_of_nothing():
    assert metrics.summarise([np.nan, np.nan]) == metrics.Summary(None, None, None, 0, 2)
    assert metrics.summarise([]) == metrics.Summary(None, None, None, 0, 0)
