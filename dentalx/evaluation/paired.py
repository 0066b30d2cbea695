"""Two sets of predictions on the same pictures: which is better, by how much, and could it be chance?

Patients are the independent units, so everything goes by patient: the interval draws patients, the tests look at each
patient's mean difference. With several scores or classes compared at once, some small p comes by chance alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata, wilcoxon

from dentalx.evaluation.aggregate import image_values
from dentalx.evaluation.bootstrap import DEFAULT, Resampling, cluster_intervals
from dentalx.evaluation.scores import Result
from dentalx.metrics import ratio
from dentalx.metrics.counts import Floats

COMPARED = ("dice", "iou", "precision", "recall", "nsd", "hd95", "assd")
PERMUTATIONS = 10_000
_EXACT = 13  # up to so many patients all 2**13 changes of sign are tried
_SAME = 1e-12  # differences this small are rounding


@dataclass(frozen=True)
class Comparison:
    """The second minus the first.

    Attributes:
        first, second: mean of each over the pictures where both are defined; None where there are none.
        difference: of these means.
        ci95: percentile cluster bootstrap by patient, or None.
        ci95_reason: why there is no interval.
        wilcoxon_p: signed-rank test of the patients' mean differences, two-sided (ties and zeros by Pratt's rule).
        permutation_p: sign changes of the patients' sums of differences, two-sided; exact up to 13 patients.
        cohens_dz: mean over standard deviation of the patients' mean differences; None where they do not vary.
        rank_biserial: matched-pairs rank-biserial correlation in [-1, 1] (Kerby 2014); None where nothing differs.
        superiority: share of patients for whom the second is larger, ties counting half.
        n, patients: pictures and patients compared.
        n_undefined: pictures left out since one of the two has no score.
    """

    first: float | None
    second: float | None
    difference: float | None
    ci95: tuple[float, float] | None
    ci95_reason: str | None
    wilcoxon_p: float | None
    permutation_p: float | None
    cohens_dz: float | None
    rank_biserial: float | None
    superiority: float | None
    n: int
    patients: int
    n_undefined: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"ci95": None if self.ci95 is None else list(self.ci95)}


def compare(first: ArrayLike, second: ArrayLike, patients: Sequence[str], how: Resampling = DEFAULT) -> Comparison:
    """Compare the same score of the same pictures under two sets of predictions.

    Args:
        first: (N,) float64, NaN where undefined.
        second: (N,), of the same pictures in the same order.
        patients: N names.
        how: resamples of the interval, and the seed.

    Raises:
        ValueError: the lengths differ.

    >>> compare([0.5, 0.6, 0.7], [0.6, 0.7, 0.8], ["a", "b", "c"]).superiority
    1.0
    """
    one, two = (np.asarray(values, np.float64).ravel() for values in (first, second))
    if not len(one) == len(two) == len(patients):
        raise ValueError(f"values and patients must be as many, got {len(one)}, {len(two)} and {len(patients)}")
    known = ~(np.isnan(one) | np.isnan(two))
    names = np.asarray(patients, object).astype(str)[known]
    one, two, left_out = one[known], two[known], int((~known).sum())
    if not len(one):
        reason = "no picture has both scores"
        return Comparison(None, None, None, None, reason, None, None, None, None, None, 0, 0, left_out)
    apart: Floats = np.where(np.abs(two - one) < _SAME, 0.0, two - one)
    sums, sizes = _by_patient(apart, names)
    means = sums / sizes
    (interval,) = cluster_intervals(apart[:, None], names.tolist(), how)
    return Comparison(
        first=float(one.mean()),
        second=float(two.mean()),
        difference=float(apart.mean()),
        ci95=None if interval.low is None or interval.high is None else (interval.low, interval.high),
        ci95_reason=interval.reason,
        wilcoxon_p=_wilcoxon(means),
        permutation_p=_permutation(sums, how.seed),
        cohens_dz=_cohens_dz(means),
        rank_biserial=_rank_biserial(means),
        superiority=float((np.sign(means) / 2 + 0.5).mean()),
        n=len(one),
        patients=len(means),
        n_undefined=left_out,
    )


def compare_results(
    first: Result, second: Result, scores: Sequence[str] = COMPARED, how: Resampling = DEFAULT
) -> dict[str, Any]:
    """Compare two evaluations over the pictures they have in common.

    Args:
        first: of one model.
        second: of another, with the same classes and the same truth.
        scores: names in `metrics.SCORES` or `metrics.BOUNDARY_SCORES`; of the foreground.
        how: resampling.

    Returns:
        plain JSON values: `n_common`, `n_only_first`, `n_only_second`, `scores` with a comparison each (the second
        minus the first; for hd95 and assd less is better), and the same per class under `classes`.

    Raises:
        ValueError: the classes, or the truth of a picture, differ.
    """
    if first.classes != second.classes:
        raise ValueError(f"both must have the same classes, got {first.classes} and {second.classes}")
    by_id = {score.image_id: score for score in second.scores}
    pairs = [(score, by_id[score.image_id]) for score in first.scores if score.image_id in by_id]
    for one, other in pairs:
        if (one.counts.truth != other.counts.truth).any() or (one.counts.pixels != other.counts.pixels).any():
            raise ValueError("the truth of a picture differs between the two; score both against the same masks")
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    patients = [score.patient_id for score in ones]

    def block(place: int | None) -> dict[str, Any]:
        values = {name: (image_values(ones, name, place), image_values(others, name, place)) for name in scores}
        return {name: compare(*both, patients, how).as_json() for name, both in values.items()}

    return {
        "n_common": len(pairs),
        "n_only_first": len(first.scores) - len(pairs),
        "n_only_second": len(second.scores) - len(pairs),
        "scores": block(None),
        "classes": {name: block(k) for k, name in enumerate(first.classes)},
    }


def _by_patient(values: Floats, names: NDArray[Any]) -> tuple[Floats, Floats]:
    row = np.unique(names, return_inverse=True)[1]
    return np.bincount(row, values).astype(np.float64), np.bincount(row).astype(np.float64)


def _wilcoxon(means: Floats) -> float | None:
    if not means.any() or len(means) < 2:
        return None
    return float(wilcoxon(means, zero_method="pratt", correction=False).pvalue)


def _permutation(sums: Floats, seed: int) -> float | None:
    """How often the total is at least as far from 0 when signs are given by chance."""
    if len(sums) < 2:
        return None
    seen = abs(sums.sum()) - _SAME
    if len(sums) <= _EXACT:
        signs = 1.0 - 2.0 * (np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1)
        return float((np.abs(signs @ sums) >= seen).mean())
    rng, reached = np.random.default_rng(seed), 0
    for _ in range(PERMUTATIONS // 500):
        signs = 1.0 - 2.0 * rng.integers(0, 2, (500, len(sums)))
        reached += int((np.abs(signs @ sums) >= seen).sum())
    return (reached + 1) / (PERMUTATIONS + 1)


def _cohens_dz(means: Floats) -> float | None:
    spread = means.std(ddof=1) if len(means) > 1 else 0.0
    return float(means.mean() / spread) if spread > _SAME else None


def _rank_biserial(means: Floats) -> float | None:
    different = means[means != 0]
    ranks = rankdata(np.abs(different))
    value = ratio((ranks * np.sign(different)).sum(), ranks.sum())
    return None if np.isnan(value) else float(value)
