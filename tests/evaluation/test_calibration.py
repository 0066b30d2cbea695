"""Probabilities against what happened."""

import json
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from dentalx.evaluation import CalibrationCounts, TemperatureFit, with_temperature


def calibration(*pairs, bins=15):
    counts = CalibrationCounts(bins)
    for truth, probability in pairs:
        counts.add(np.asarray(truth, np.uint8), np.asarray(probability))
    return counts.result()


def test_by_hand():
    """Bins [0, ½) and [½, 1]: 0.2 and 0.4 with one of two there, 0.9 and 1 with both, the last unlabelled."""
    found = calibration(([[0, 1, 1, 1, 255]], [[0.2, 0.4, 0.9, 1.0, 0.5]]), bins=2)
    low, high = found.bins
    assert (low.n, low.confidence, low.frequency) == (2, pytest.approx(0.3), 0.5)
    assert (high.n, high.confidence, high.frequency) == (2, pytest.approx(0.95), 1)
    assert found.ece == pytest.approx((2 * 0.2 + 2 * 0.05) / 4)
    assert found.mce == pytest.approx(0.2)
    assert found.brier == pytest.approx((0.04 + 0.36 + 0.01 + 0) / 4)
    assert (found.n_pixels, found.n) == (4, 1)


def test_several_classes_by_hand():
    """0.6 right, 0.5 wrong."""
    found = calibration(([[2, 0]], [[[0.1, 0.3, 0.6], [0.3, 0.5, 0.2]]]), bins=1)
    assert found.bins[0].confidence == pytest.approx(0.55)
    assert found.bins[0].frequency == 0.5
    assert found.brier == pytest.approx((0.01 + 0.09 + 0.16 + 0.49 + 0.25 + 0.04) / 2)


def test_twin_of_scikit_learn(rng):
    truth, probability = rng.integers(0, 2, (30, 40)).astype(np.uint8), rng.random((30, 40))
    found = calibration((truth, probability), bins=10)
    frequency, confidence = calibration_curve(truth.ravel(), probability.ravel(), n_bins=10)
    np.testing.assert_allclose([b.frequency for b in found.bins], frequency)
    np.testing.assert_allclose([b.confidence for b in found.bins], confidence)
    assert found.brier == pytest.approx(brier_score_loss(truth.ravel(), probability.ravel()))


def test_division_into_pictures_and_order_do_not_matter(rng):
    truth = rng.choice(np.array([0, 1, 2, 255], np.uint8), (40, 12))
    probability = rng.dirichlet([1, 1, 1], (40, 12))
    whole, parts = calibration((truth, probability)), calibration((truth[25:], probability[25:]),
                                                                 (truth[:25], probability[:25]))  # fmt: skip
    assert whole.ece == pytest.approx(parts.ece)
    assert whole.brier == pytest.approx(parts.brier)
    assert [b.n for b in whole.bins] == [b.n for b in parts.bins]


def test_honest_probabilities_are_calibrated(rng):
    probability = rng.random((300, 300))
    truth = (rng.random((300, 300)) < probability).astype(np.uint8)
    assert calibration((truth, probability)).ece < 0.01
    assert calibration((1 - truth, probability)).ece > 0.3


def test_nothing_seen():
    found = calibration(([[255]], [[0.3]]))
    assert (found.ece, found.brier, found.n_pixels, found.n) == (None, None, 0, 1)
    assert json.dumps(found.as_json(), allow_nan=False)
    fit = TemperatureFit(np.random.default_rng(0))
    assert fit.result().value == 1
    fit.add(np.full((1, 1), 255, np.uint8), np.array([[0.3]]))
    assert (fit.result().value, fit.result().n_pixels) == (1, 0)


def overconfident(rng, factor: float, shape=(120, 150)):
    """Truth drawn from sigmoid(x), probability said to be sigmoid(factor · x)."""
    x = rng.normal(0, 2, shape)
    return (rng.random(shape) < 1 / (1 + np.exp(-x))).astype(np.uint8), 1 / (1 + np.exp(-factor * x))


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_temperature_finds_the_factor(rng, factor):
    truth, probability = overconfident(rng, factor)
    fit = TemperatureFit(rng)
    fit.add(truth, probability.astype(np.float32)[..., None])
    found = fit.result()
    assert found.value == pytest.approx(factor, rel=0.08)
    assert found.nll <= found.nll_at_one + 1e-9
    assert not found.at_limit
    mended = with_temperature(probability[..., None], found.value)
    assert calibration((truth, mended)).ece <= calibration((truth, probability)).ece + 0.005


def test_temperature_is_the_least_likelihood_loss(rng):
    """Twin: scikit-learn's loss of the mended probabilities, with three classes, minimised by brute force."""
    truth = rng.integers(0, 3, (20, 25)).astype(np.uint8)
    probability = rng.dirichlet([0.3] * 3, (20, 25)).clip(1e-6)
    probability /= probability.sum(-1, keepdims=True)
    fit = TemperatureFit(rng)
    fit.add(truth, probability)

    def loss(logarithm):
        return log_loss(truth.ravel(), with_temperature(probability, np.exp(logarithm)).reshape(-1, 3).astype(float))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = minimize_scalar(loss, bounds=(-2, 3), method="bounded")
    assert fit.result().nll == pytest.approx(best.fun, abs=1e-4)


def test_one_temperature_changes_no_decision(rng):
    probability = rng.dirichlet([1, 1, 1], 50)
    for temperature in (0.2, 1.0, 7.0):
        scaled = with_temperature(probability, temperature)
        assert (scaled.argmax(-1) == probability.argmax(-1)).all()
        np.testing.assert_allclose(scaled.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(with_temperature(probability, 1.0), probability, rtol=1e-4)
    single = rng.random((5, 6, 1))
    np.testing.assert_allclose(with_temperature(single, 1.0), single, rtol=1e-4)


def test_sample_is_bounded_and_even(rng):
    fit = TemperatureFit(rng, limit=500, per_picture=100)
    for value in range(20):
        fit.add(np.full((20, 20), value % 2, np.uint8), np.full((20, 20), 0.5))
    assert fit.result().n_pixels == 500
    assert 200 < int((fit._truth == 1).sum()) < 300
    small = TemperatureFit(rng)
    small.add(np.ones((2, 2), np.uint8), np.full((2, 2), 0.9))
    assert small.result().at_limit


def test_temperature_depends_on_the_seed_alone():
    truth, probability = overconfident(np.random.default_rng(1), 2.0)
    fits = [TemperatureFit(np.random.default_rng(5), per_picture=500) for _ in range(2)]
    for fit in fits:
        fit.add(truth, probability)
    assert fits[0].result() == fits[1].result()


@pytest.mark.parametrize("see", [CalibrationCounts().add, TemperatureFit(np.random.default_rng(0)).add])
def test_bad_pictures_are_named(see):
    with pytest.raises(ValueError, match=r"truth is \(1, 2\) but the probability is \(2, 1\)"):
        see(np.zeros((1, 2), np.uint8), np.zeros((2, 1)))
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\]"):
        see(np.zeros((1, 1), np.uint8), np.full((1, 1), 1.5))
    with pytest.raises(ValueError, match="truth must lie in 0…1 or be 255, got 2"):
        see(np.full((1, 1), 2, np.uint8), np.zeros((1, 1)))


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="bins must be at least 1, got 0"):
        CalibrationCounts(0)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        with_temperature(np.zeros((1, 1)), 0)
    with pytest.raises(ValueError, match="limit and per_picture must be positive"):
        TemperatureFit(np.random.default_rng(0), limit=0)
