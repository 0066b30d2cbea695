"""Intervals for means of pictures that share patients.

Pictures of one patient resemble each other, so patients are drawn, each with all pictures, and never pictures alone:
the cluster bootstrap with percentile limits (Davison and Hinkley, "Bootstrap Methods and their Application", 1997,
chapters 3.8 and 5.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95  # share of the resampled means inside the interval
_CELLS = 2**20  # resample weights held at once: memory stays flat for any number of patients

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes:
        resamples: how often the patients are drawn again.
        seed: the same seed and values give the same interval.
    """

    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.resamples < 100:
            raise ValueError(f"resamples must be at least 100, got {self.resamples}")


DEFAULT = Resampling()


@dataclass(frozen=True)
class Interval:
    """Percentile limits of a mean, or the reason why there are none."""

    low: float | None
    high: float | None
    reason: str | None = None


def cluster_intervals(
    values: NDArray[np.floating], patients: Sequence[str], how: Resampling = DEFAULT
) -> list[Interval]:
    """An interval for the mean of each column; all columns see the same draws of patients.

    Args:
        values: (N, M), NaN where undefined; these are left out of the mean, as `metrics.summarise` does.
        patients: N names; rows with one name are drawn together.
        how: number of resamples and seed.

    Returns:
        M intervals; without limits where fewer than 2 patients have a defined value.

    >>> cluster_intervals(np.array([[0.5], [0.7]]), ["a", "a"])[0].reason
    'fewer than 2 patients have a defined value'
    """
    sums, sizes = _per_patient(np.asarray(values, np.float64), patients)
    enough = (sizes > 0).sum(0) >= 2
    means = np.full((how.resamples, values.shape[1]), np.nan)
    if enough.any():
        start = 0
        for weights in draws(len(sums), how):
            with np.errstate(invalid="ignore"):
                means[start : start + len(weights)] = (weights @ sums) / (weights @ sizes)
            start += len(weights)
    return [percentiles(means[:, m]) if enough[m] else too_few() for m in range(values.shape[1])]


def _per_patient(values: Floats, patients: Sequence[str]) -> tuple[Floats, Floats]:
    if values.ndim != 2 or len(values) != len(patients):
        raise ValueError(f"values must be (N, M) with N = {len(patients)} patients' names, got {values.shape}")
    names, row = np.unique(np.asarray(patients, dtype=object).astype(str), return_inverse=True)
    known = ~np.isnan(values)
    sums, sizes = np.zeros((len(names), values.shape[1])), np.zeros((len(names), values.shape[1]))
    np.add.at(sums, row, np.where(known, values, 0.0))
    np.add.at(sizes, row, known)
    return sums, sizes


def draws(patients: int, how: Resampling) -> Iterator[Floats]:
    """How often each of P patients is in each resample.

    Returns:
        (≤ resamples, P) at a time; the same numbers for any size of these blocks, and the first n of them for n
        resamples.
    """
    rng = np.random.default_rng(how.seed)
    block = max(1, _CELLS // patients)
    for start in range(0, how.resamples, block):
        size = min(block, how.resamples - start)
        yield rng.multinomial(patients, np.full(patients, 1 / patients), size=size).astype(np.float64)


def percentiles(means: Floats) -> Interval:
    """The limits of resampled means; resamples without a value (NaN) are left out."""
    low, high = np.nanquantile(means, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(low), float(high))


def too_few() -> Interval:
    """No interval, and why."""
    return Interval(None, None, "fewer than 2 patients have a defined value")
