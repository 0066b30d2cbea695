"""Lesions, piece by piece: what a mask's connected pieces say about finding things."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.metrics.counts import Floats, Integers
from dentalx.metrics.objects import label_overlaps, match_allowed
from dentalx.metrics.ratios import ratio
from dentalx.samples import UNLABELLED, Mask

FROC_AT = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # false positives a picture, of LUNA16 and many since


@dataclass(frozen=True)
class Hit:
    """When a predicted piece counts as having found a true one.

    Attributes:
        iou_above: where they overlap by more than this, or
        centre: where the centre of the predicted piece lies in the true one.
    """

    iou_above: float = 0.1
    centre: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.iou_above < 1:
            raise ValueError(f"iou_above must lie in [0, 1), got {self.iou_above}")


DEFAULT_HIT = Hit()


@dataclass(frozen=True)
class Lesions:
    """One picture's pieces of one class, matched.

    Attributes:
        areas_px: (N,) of the true pieces.
        found: (N,) bool, has the true piece a partner?
        scores: (M,) of the predicted pieces, ones where no probability was given.
        hits: (M,) bool, is the predicted piece a true one's partner?
        repeats: (M,) bool, would it have been one, had that piece no better one? Such are no false positives.
    """

    areas_px: Integers
    found: NDArray[np.bool_]
    scores: Floats
    hits: NDArray[np.bool_]
    repeats: NDArray[np.bool_]

    @property
    def false_positives(self) -> int:
        """Predicted pieces where nothing is."""
        return int((~self.hits & ~self.repeats).sum())


def lesions(
    truth: Mask, prediction: Mask, label: int = 1, probability: Floats | None = None, hit: Hit = DEFAULT_HIT
) -> Lesions:
    """Match the pieces (8-connected) of one class, one to one: as many as possible, then by the largest IoU.

    Args:
        truth: (H, W) uint8, 255 not counted; predicted pixels there are taken away first.
        prediction: (H, W) uint8.
        label: the class.
        probability: (H, W) of the class; a piece's score is its largest. Without it all scores are 1.
        hit: when a piece has been found.

    >>> lesions(np.array([[1, 0, 1]], np.uint8), np.array([[1, 0, 0]], np.uint8)).found.tolist()
    [True, False]
    """
    if truth.shape != prediction.shape:
        raise ValueError(f"truth and prediction must be of one size, got {truth.shape} and {prediction.shape}")
    there, areas = _pieces(truth == label)[:2]
    said, _, centres = _pieces((prediction == label) & (truth != UNLABELLED))
    overlap = label_overlaps(there, said)
    allowed = overlap.iou > hit.iou_above
    if hit.centre and len(centres):
        at = there[centres[:, 0], centres[:, 1]]
        allowed[at[at > 0] - 1, np.flatnonzero(at > 0)] = True
    matching = match_allowed(overlap.iou, allowed)
    found, hits = np.zeros(len(areas), bool), np.zeros(len(centres), bool)
    found[matching.truth], hits[matching.prediction] = True, True
    return Lesions(areas, found, _scores(said, len(centres), probability), hits, allowed.any(0) & ~hits)


def sensitivity_by_size(pictures: Sequence[Lesions], edges_px: Sequence[float]) -> list[tuple[float | None, int]]:
    """Share of the lesions found and their number, of each size: below the first edge, between edges, above the last.

    >>> one = lesions(np.array([[1, 0, 1, 1]], np.uint8), np.array([[1, 0, 0, 0]], np.uint8))
    >>> sensitivity_by_size([one], edges_px=[2])
    [(1.0, 1), (0.0, 1)]
    """
    areas = np.concatenate([picture.areas_px for picture in pictures] or [np.zeros(0, np.int64)])
    found = np.concatenate([picture.found for picture in pictures] or [np.zeros(0, bool)])
    stratum = np.searchsorted(np.asarray(edges_px), areas, side="right")
    groups = [found[stratum == number] for number in range(len(edges_px) + 1)]
    return [(float(group.mean()) if len(group) else None, len(group)) for group in groups]


@dataclass(frozen=True)
class Froc:
    """Free-response operating characteristic: what is found against false alarms, as the threshold falls.

    Attributes:
        thresholds: scores, descending; a piece counts where its score ≥ the threshold.
        false_positives: a picture, at each threshold.
        sensitivity: share of all lesions found, at each threshold; NaN where there is none at all.
        lesions, pictures: their number.
    """

    thresholds: Floats
    false_positives: Floats
    sensitivity: Floats
    lesions: int
    pictures: int

    def at(self, false_positives: float) -> float:
        """The sensitivity reached with at most so many false positives a picture; 0 where even the first has more."""
        if not self.lesions:
            return float("nan")
        reached = self.sensitivity[self.false_positives <= false_positives]
        return float(reached.max(initial=0.0))


def froc(pictures: Sequence[Lesions]) -> Froc:
    """The curve of many pictures; ties in score are one point, repeats count neither way.

    >>> one = lesions(np.array([[1, 0, 0]], np.uint8), np.array([[1, 0, 1]], np.uint8))
    >>> froc([one]).at(1.0)
    1.0
    """
    total = sum(len(picture.found) for picture in pictures)
    scores = np.concatenate([picture.scores for picture in pictures] or [np.zeros(0)])
    hits = np.concatenate([picture.hits for picture in pictures] or [np.zeros(0, bool)])
    alarms = np.concatenate([~p.hits & ~p.repeats for p in pictures] or [np.zeros(0, bool)])
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # the last of each run of equal scores
    sensitivity = ratio(hits[order].cumsum()[last], total)
    rates = ratio(alarms[order].cumsum()[last], len(pictures))
    return Froc(scores[order][last], rates, sensitivity, total, len(pictures))


def _pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], Integers, NDArray[np.int64]]:
    """Pieces numbered from 1 (H, W), their areas (N,), and the pixel (N, 2) nearest each one's centre of mass."""
    n, labels, stats, centres = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask).view(np.uint8), None, 8)
    at = np.rint(centres[1:, ::-1]).astype(np.int64).reshape(n - 1, 2)
    return labels, stats[1:, cv2.CC_STAT_AREA].astype(np.int64), at


def _scores(labels: NDArray[np.int32], n: int, probability: Floats | None) -> Floats:
    if probability is None:
        return np.ones(n)
    if probability.shape != labels.shape:
        raise ValueError(f"probability must be {labels.shape} as the masks are, got {probability.shape}")
    scores = np.zeros(n + 1)
    np.maximum.at(scores, labels.ravel(), probability.ravel().astype(np.float64))
    return scores[1:]
