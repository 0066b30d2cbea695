"""Intervals that respect patients."""

import numpy as np
import pytest

from dentalx.evaluation import bootstrap
from dentalx.evaluation.bootstrap import Resampling, cluster_intervals

FEW = Resampling(resamples=400)


def width(interval):
    return interval.high - interval.low


def test_equal_seeds_give_equal_intervals(rng):
    values, patients = rng.random((30, 2)), [str(i // 2) for i in range(30)]
    assert cluster_intervals(values, patients) == cluster_intervals(values, patients)
    assert cluster_intervals(values, patients) != cluster_intervals(values, patients, Resampling(seed=1))


def test_by_hand_two_patients():
    """Two patients, 0 and 1: a resample is 0, ½ or 1 with chances ¼, ½, ¼, so the 95 % limits are 0 and 1."""
    (interval,) = cluster_intervals(np.array([[0.0], [1.0]]), ["a", "b"])
    assert (interval.low, interval.high, interval.reason) == (0, 1, None)


def test_normal_theory_is_met_for_many_patients(rng):
    values = rng.normal(0, 1, (400, 1))
    (interval,) = cluster_intervals(values, [str(i) for i in range(400)])
    expected = 1.96 * values.std() / 20
    assert interval.low == pytest.approx(values.mean() - expected, abs=0.015)
    assert interval.high == pytest.approx(values.mean() + expected, abs=0.015)


def test_coverage_of_a_known_mean(rng):
    """Of 95 % intervals about 95 % hold the truth; fewer of 60 patients do than of many, hence the margin."""
    held = 0
    for trial in range(150):
        values = rng.beta(8, 2, (60, 1))
        (interval,) = cluster_intervals(values, [str(i) for i in range(60)], Resampling(resamples=200, seed=trial))
        held += interval.low <= 0.8 <= interval.high
    assert 0.87 <= held / 150 <= 0.99


def test_shared_patients_widen_the_interval(rng):
    """Ten equal pictures of each patient tell no more than one does."""
    one = rng.random((20, 1))
    ten, names = np.repeat(one, 10, 0), [str(i // 10) for i in range(200)]
    (alone,) = cluster_intervals(one, [str(i) for i in range(20)])
    (clustered,) = cluster_intervals(ten, names)
    (naive,) = cluster_intervals(ten, [str(i) for i in range(200)])
    assert width(clustered) == pytest.approx(width(alone), rel=0.15)
    assert width(naive) < 0.5 * width(clustered)


def test_patients_weigh_by_their_pictures():
    """The statistic resampled is the mean over pictures: the interval holds it even when patients differ in number."""
    values = np.array([[0.0]] * 1 + [[1.0]] * 99)
    (interval,) = cluster_intervals(values, ["a"] + [f"b{i}" for i in range(99)])
    assert interval.low <= values.mean() <= interval.high


def test_undefined_values_are_left_out(rng):
    values = rng.random((12, 1))
    gaps = np.concatenate([values, np.full((5, 1), np.nan)])
    names = [str(i) for i in range(12)]
    (with_gaps,) = cluster_intervals(gaps, [*names, "0", "1", "2", "3", "4"])
    assert with_gaps == cluster_intervals(values, names)[0]


@pytest.mark.parametrize(
    ("values", "patients"),
    [([[0.5]], ["a"]), ([[0.5], [0.6]], ["a", "a"]), ([[0.5], [np.nan]], ["a", "b"]), ([[np.nan]], ["a"])],
)
def test_too_few_patients_have_no_interval(values, patients):
    (interval,) = cluster_intervals(np.array(values), patients, FEW)
    assert (interval.low, interval.high) == (None, None)
    assert interval.reason == "fewer than 2 patients have a defined value"


def test_no_pictures_have_no_interval():
    (interval,) = cluster_intervals(np.zeros((0, 1)), [], FEW)
    assert interval.reason is not None


def test_columns_are_judged_apart(rng):
    values = np.stack([rng.random(6), np.full(6, np.nan)], 1)
    known, unknown = cluster_intervals(values, list("abcdef"), FEW)
    assert known.reason is None
    assert unknown.low is None


def test_blocks_do_not_change_the_numbers(rng, monkeypatch):
    values, patients = rng.random((9, 3)), list("abcdefghi")
    whole = cluster_intervals(values, patients, FEW)
    monkeypatch.setattr(bootstrap, "_CELLS", 50)
    blocks = cluster_intervals(values, patients, FEW)
    for a, b in zip(whole, blocks, strict=True):
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-12)


def test_bad_arguments():
    with pytest.raises(ValueError, match="resamples must be at least 100, got 5"):
        Resampling(resamples=5)
    with pytest.raises(ValueError, match=r"values must be \(N, M\) with N = 1 patients' names, got \(2, 1\)"):
        cluster_intervals(np.zeros((2, 1)), ["a"])
