"""COCO's average precision, as pycocotools computes it, from overlaps alone: no picture is kept.

Lin et al., "Microsoft COCO", ECCV 2014, and the definitions of `cocoeval`: ten overlaps from 0.50 to 0.95, precision at
101 recalls, made monotone, the mean over overlaps and classes; a class that is nowhere in the truth has no score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OVERLAPS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections of a class in a picture that count


@dataclass(frozen=True)
class Scored:
    """Detections of one class in one picture against its truth, best first.

    Attributes:
        scores: (D,).
        hit: (T, D) bool at each of T overlaps, whether it is a true object's.
        ignored: (T, D) bool, whether it fell on a crowd.
        objects: true objects that are no crowd.
    """

    scores: Floats
    hit: Bools
    ignored: Bools
    objects: int


def score_picture(ious: Floats, scores: Floats, crowd: Bools, overlaps: Floats = OVERLAPS) -> Scored:
    """Give detections of one class to the true objects of one picture, the best detection first.

    Each takes the free object it overlaps most, if at least by the threshold; a crowd is never used up, and what
    falls on it counts neither for nor against.

    Args:
        ious: (D, G); with a crowd, the share of the detection that lies in it.
        scores: (D,).
        crowd: (G,) bool.
        overlaps: (T,) thresholds.

    >>> score_picture(np.array([[0.8], [0.9]]), np.array([0.5, 0.4]), np.array([False])).hit[0].tolist()
    [True, False]
    """
    best_first = np.argsort(-scores, kind="stable")[:MOST]
    ious, order = ious[best_first], np.argsort(crowd, kind="stable")
    hit, ignored = (np.zeros((len(overlaps), len(best_first)), np.bool_) for _ in range(2))
    for t, least in enumerate(overlaps):
        free = np.ones(len(crowd), np.bool_)
        for d in range(len(best_first)):
            taken = _best_object(ious[d], order, crowd, free, float(least))
            if taken >= 0:
                free[taken] &= crowd[taken]
                hit[t, d], ignored[t, d] = not crowd[taken], crowd[taken]
    return Scored(scores[best_first], hit, ignored, int((~crowd).sum()))


def _best_object(ious: Floats, order: NDArray[np.int64], crowd: Bools, free: Bools, least: float) -> int:
    """The object a detection takes, crowds last; the later of two equals, as in cocoeval; -1 for none."""
    taken, most = -1, min(least, 1 - 1e-10)
    for g in order:
        if not free[g]:
            continue
        if taken >= 0 and not crowd[taken] and crowd[g]:
            break
        if ious[g] >= most:
            taken, most = int(g), float(ious[g])
    return taken


@dataclass(frozen=True)
class Precision:
    """One class over all pictures.

    Attributes:
        average: (T,) average precision at each overlap; NaN where the truth holds none.
        recall: (T,) share of the true objects found by all detections.
        curve: (T, 101) precision at `RECALLS`.
        objects: true objects.
    """

    average: Floats
    recall: Floats
    curve: Floats
    objects: int


def average_precision(pictures: Sequence[Scored], overlaps: Floats = OVERLAPS) -> Precision:
    """The scores of one class, over pictures in a fixed order (equal scores keep it)."""
    objects = sum(picture.objects for picture in pictures)
    if not objects:
        nothing = np.full(len(overlaps), np.nan)
        return Precision(nothing, nothing, np.full((len(overlaps), len(RECALLS)), np.nan), 0)
    scores = np.concatenate([picture.scores for picture in pictures])
    order = np.argsort(-scores, kind="stable")
    hit = np.concatenate([picture.hit for picture in pictures], 1)[:, order]
    ignored = np.concatenate([picture.ignored for picture in pictures], 1)[:, order]
    found, wrong = np.cumsum(hit, 1), np.cumsum(~hit & ~ignored, 1)
    curve = precision_curve(found, wrong, objects)
    recall = found[:, -1] / objects if found.shape[1] else np.zeros(len(overlaps))
    return Precision(curve.mean(1), recall, curve, objects)


def precision_curve(found: NDArray[Any], wrong: NDArray[Any], objects: float) -> Floats:
    """Precision at `RECALLS`, made monotone.

    Args:
        found: (T, D) true objects found by the best detection, by the best two, …, at each of T overlaps.
        wrong: (T, D) detections among these that are nobody's.
        objects: true objects, more than 0.

    Returns:
        (T, 101); 0 from the recall on that is not reached.
    """
    precision = found / np.maximum(found + wrong, np.spacing(1.0))
    envelope = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    curve = np.zeros((len(found), len(RECALLS)))
    for t, recalls in enumerate(found / objects):
        places = np.searchsorted(recalls, RECALLS, side="left")
        inside = places < len(recalls)
        curve[t, inside] = envelope[t, places[inside]]
    return curve


def summary(classes: Sequence[Precision]) -> dict[str, float]:
    """COCO's headline numbers over classes; NaN where no class is in the truth.

    Returns:
        AP (mean of the ten overlaps), AP50, AP75, AR100.
    """
    with_truth = [each for each in classes if each.objects]
    if not with_truth:
        return dict.fromkeys(("AP", "AP50", "AP75", "AR100"), float("nan"))
    average = np.stack([each.average for each in with_truth])
    recall = np.stack([each.recall for each in with_truth])
    return {
        "AP": float(average.mean()),
        "AP50": float(average[:, 0].mean()),
        "AP75": float(average[:, 5].mean()),
        "AR100": float(recall.mean()),
    }
