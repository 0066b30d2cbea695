"""Scores of groups of pictures: where a mean hides something."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dentalx.evaluation.aggregate import entries, image_values
from dentalx.evaluation.bootstrap import DEFAULT, Resampling
from dentalx.evaluation.scores import ImageScore, Result

UNKNOWN = "unknown"


def strata(
    result: Result, groups: Mapping[str, str], scores: Sequence[str] = ("dice",), how: Resampling = DEFAULT
) -> dict[str, dict[str, Any]]:
    """The scores over the foreground, group by group.

    Args:
        result: of an evaluation.
        groups: image_id to the name of its group; pictures that are not in it are put under "unknown".
        scores: names in `metrics.SCORES` or `metrics.BOUNDARY_SCORES`.
        how: resampling, the same for all groups.

    Returns:
        group, in the order of their names ("unknown" last), to `n_images`, `n_patients` and an entry for each score.
    """
    of = [groups.get(score.image_id, UNKNOWN) for score in result.scores]
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(set(of), key=lambda group: (group == UNKNOWN, group)):
        members = [score for score, group in zip(result.scores, of, strict=True) if group == name]
        patients = [score.patient_id for score in members]
        values = {score: image_values(members, score) for score in scores}
        found[name] = {"n_images": len(members), "n_patients": len(set(patients)), **entries(values, patients, how)}
    return found


def by_quantiles(ids: Sequence[str], values: ArrayLike, groups: int = 3) -> dict[str, str]:
    """Groups of about equal size along a number: image_id to a name that sorts by it and says the range.

    Args:
        ids: N image_ids.
        values: (N,) numbers; NaN is put into no group.
        groups: how many; fewer come out where many values are equal.

    >>> by_quantiles(["a", "b"], [1, 5], 2)
    {'a': '1: 1 to 1', 'b': '2: 5 to 5'}
    """
    given = np.asarray(values, np.float64)
    if len(ids) != len(given) or groups < 1:
        raise ValueError(f"{len(ids)} ids need as many values and at least one group, got {len(given)} and {groups}")
    known = given[~np.isnan(given)]
    if not len(known):
        return {}
    edges = np.unique(np.quantile(known, np.arange(1, groups) / groups, method="lower"))
    number = np.searchsorted(edges, given)
    names = {
        n: f"{rank}: {_written(given[chosen].min())} to {_written(given[chosen].max())}"
        for rank, n in enumerate(np.unique(number[~np.isnan(given)]), 1)
        for chosen in [(number == n) & ~np.isnan(given)]
    }
    return {image_id: names[n] for image_id, n, v in zip(ids, number, given, strict=True) if not np.isnan(v)}


def _written(value: float) -> str:
    """Four digits, or all that stand before the point of a large number."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def prevalence(score: ImageScore) -> float:
    """The share of a picture's counted pixels that truth gives to any class; NaN where none counts."""
    pixels = int(score.counts.pixels[0])
    return float(score.counts.truth.sum()) / pixels if pixels else float("nan")
