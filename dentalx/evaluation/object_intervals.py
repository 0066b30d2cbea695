"""Intervals of the scores of objects: patients are drawn again, each with all pictures, and every score taken anew.

The cluster bootstrap of `bootstrap`, of sums over pictures rather than of means. A score at one threshold is a ratio of
sums, so all resamples are one product of matrices. Average precision needs the detections in the order of their scores;
these are sorted once, and a resample only weighs them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation.average_precision import Bools, Floats, Scored, precision_curve
from dentalx.evaluation.bootstrap import LEVEL, Interval, Resampling, draws, percentiles, too_few
from dentalx.metrics import ratio

COUNTED = ("precision", "recall", "f1", "pq")
AVERAGED = ("AP", "AP50")
LEAST, MOST = 100, 1000  # resamples of average precision
_CELLS = 4 * 10**8  # detections weighed in all, each at every overlap: about ten seconds
_OVERHEAD = 800  # detections whose weighing takes as long as what a class costs anyway

Intervals = dict[int | None, dict[str, Interval]]  # place of a class, None for all, to score to interval


@dataclass(frozen=True)
class Patients:
    """Who is in which picture.

    Attributes:
        count: how many there are.
        rows: (N,) the number of each picture's patient, from 0.
    """

    count: int
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, names: Sequence[str]) -> "Patients":
        """Of the name of each picture's patient."""
        found, rows = np.unique(np.asarray(names, dtype=object).astype(str), return_inverse=True)
        return cls(len(found), rows)

    def sums(self, values: NDArray[Any]) -> Floats:
        """(P, …) sums of (N, …) values over the pictures of each patient."""
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.rows, values)
        return total


def rates(counts: Floats) -> dict[str, Floats]:
    """Precision, recall, F1 and PQ of many counts, as `metrics.objects.ObjectCounts` has them.

    Args:
        counts: (…, 4) matched, missed, spurious, sum of the IoU.

    Returns:
        each of `COUNTED` to (…), NaN where undefined.

    >>> {name: value.item() for name, value in rates(np.array([3, 1, 0, 2.1])).items() if name != "f1"}
    {'precision': 1.0, 'recall': 0.75, 'pq': 0.6}
    """
    matched, missed, spurious, ious = np.moveaxis(counts, -1, 0)
    said, both = matched + spurious, 2 * matched + missed + spurious
    precision = np.where((said == 0) & (missed > 0), 0.0, ratio(matched, said))
    found = (precision, ratio(matched, matched + missed), ratio(2 * matched, both), ratio(2 * ious, both))
    return dict(zip(COUNTED, found, strict=True))


def counted_intervals(counts: Floats, patients: Sequence[str], how: Resampling) -> Intervals:
    """Intervals of `COUNTED`, of every class and of all together.

    Args:
        counts: (N, K, 4) of N pictures, as `rates` takes them.
        patients: N names.
        how: number of resamples and seed.
    """
    who = Patients.of(patients)
    sums = who.sums(np.concatenate([counts.sum(1, keepdims=True), counts], 1))
    alone = rates(sums)
    drawn: dict[str, list[Floats]] = {name: [] for name in COUNTED}
    for weights in draws(who.count, how) if who.count else ():
        for name, values in rates(np.tensordot(weights, sums, 1)).items():
            drawn[name].append(values)
    enough = {name: (~np.isnan(alone[name])).sum(0) >= 2 for name in COUNTED}
    every = {name: np.concatenate(drawn[name]) for name in COUNTED if drawn[name]}
    return {
        place: {name: percentiles(every[name][:, k]) if enough[name][k] else too_few() for name in COUNTED}
        for k, place in enumerate((None, *range(counts.shape[1])))
    }


def averaged_intervals(classes: Sequence[Sequence[Scored]], patients: Sequence[str], how: Resampling) -> Intervals:
    """Intervals of `AVERAGED`, of every class and of their mean; the first draws of those of `counted_intervals`.

    A patient drawn twice has all pictures twice; of equal scores within a picture both copies of the first stand before
    those of the second. A class that a resample does not hold is left out of its mean.

    Args:
        classes: K times the same N pictures.
        patients: N names.
        how: number of resamples, see `affordable`, and seed.
    """
    who = Patients.of(patients)
    if who.count < 2:
        return {place: dict.fromkeys(AVERAGED, too_few()) for place in (None, *range(len(classes)))}
    ranked = [_Ranked.of(pictures, who) for pictures in classes]
    means = np.full((how.resamples, len(ranked), len(AVERAGED)), np.nan)
    for r, weights in enumerate(row for block in draws(who.count, how) for row in block):
        for k, each in enumerate(ranked):
            means[r, k] = each.averages(weights)
    known = ~np.isnan(means)
    overall = ratio(np.where(known, means, 0).sum(1), known.sum(1))
    there = np.stack([each.objects > 0 for each in ranked])  # (K, P)
    found: Intervals = {None: _named(overall, int(there.any(0).sum()))}
    return found | {k: _named(means[:, k], int(there[k].sum())) for k in range(len(ranked))}


def affordable(classes: Sequence[Sequence[Scored]], how: Resampling) -> Resampling:
    """As many resamples of average precision as about ten seconds allow, `LEAST` to `MOST`.

    The number depends on the detections alone and not on the machine: the same data give the same interval.
    """
    cells = sum(picture.hit.size for pictures in classes for picture in pictures)
    cells += sum(_OVERHEAD * len(pictures[0].hit) for pictures in classes if pictures)
    return replace(how, resamples=int(np.clip(_CELLS // max(cells, 1), LEAST, min(MOST, how.resamples))))


def as_json(intervals: Intervals) -> dict[int | None, dict[str, Any]]:
    """Of each place `ci95`, score to limits or null, and `ci95_reason` where there are none."""
    return {place: dict(_limits(named)) for place, named in intervals.items()}


def settings(how: Resampling, averaged: Resampling) -> dict[str, Any]:
    """What `metrics.json` says of how the intervals were made."""
    method = {"method": "percentile cluster bootstrap by patient", "level": LEVEL, **vars(how)}
    return method | {"resamples_average_precision": averaged.resamples}


@dataclass(frozen=True)
class _Ranked:
    """Detections of one class over all pictures, best first.

    Attributes:
        rows: (D,) number of each one's patient.
        hit, wrong: (T, D).
        objects: (P,) true objects of each patient.
    """

    rows: NDArray[np.intp]
    hit: Bools
    wrong: Bools
    objects: Floats

    @classmethod
    def of(cls, pictures: Sequence[Scored], who: Patients) -> "_Ranked":
        order = np.argsort(-np.concatenate([picture.scores for picture in pictures]), kind="stable")
        rows = np.repeat(who.rows, [len(picture.scores) for picture in pictures])
        hit = np.concatenate([picture.hit for picture in pictures], 1)
        ignored = np.concatenate([picture.ignored for picture in pictures], 1)
        objects = who.sums(np.array([picture.objects for picture in pictures]))
        return cls(rows[order], hit[:, order], (~hit & ~ignored)[:, order], objects)

    def averages(self, weights: Floats) -> tuple[float, float]:
        """AP and AP50 with each patient as often as `weights`, (P,), says."""
        objects = float(weights @ self.objects)
        if not objects:
            return float("nan"), float("nan")
        often = weights[self.rows]
        curve = precision_curve(np.cumsum(self.hit * often, 1), np.cumsum(self.wrong * often, 1), objects)
        return float(curve.mean()), float(curve[0].mean())


def _named(means: Floats, defined: int) -> dict[str, Interval]:
    return {name: percentiles(means[:, i]) if defined >= 2 else too_few() for i, name in enumerate(AVERAGED)}


def _limits(named: dict[str, Interval]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "ci95", {name: None if each.low is None else [each.low, each.high] for name, each in named.items()}
    reasons = {name: each.reason for name, each in named.items() if each.reason}
    if reasons:
        yield "ci95_reason", reasons
