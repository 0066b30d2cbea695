"""Objects against objects: who is whose, how good is each, and what went wrong.

An object is a mask; masks of one picture may overlap. Panoptic quality follows Kirillov et al., CVPR 2019.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dentalx.metrics.counts import Floats, Integers
from dentalx.metrics.ratios import ratio

Masks = NDArray[np.bool_]  # (N, H, W)
_MOSTLY = 0.5  # an object lies in another where more than this share of it does


@dataclass(frozen=True)
class Overlaps:
    """Pixels in common of N true and M predicted objects.

    Attributes:
        both: (N, M) pixels in both.
        truth: (N,) pixels of each true object.
        prediction: (M,) pixels of each predicted one.

    >>> Overlaps(np.array([[2]]), np.array([4]), np.array([2])).iou.tolist()
    [[0.5]]
    """

    both: Integers
    truth: Integers
    prediction: Integers

    @property
    def iou(self) -> Floats:
        """(N, M) intersection over union; 0 for two empty masks."""
        union = self.truth[:, None] + self.prediction[None] - self.both
        return np.nan_to_num(ratio(self.both, union))


def overlaps(truth: Masks, prediction: Masks, counted: NDArray[np.bool_] | None = None) -> Overlaps:
    """Overlaps of objects given as masks.

    Args:
        truth: (N, H, W) bool.
        prediction: (M, H, W) bool.
        counted: (H, W) bool; pixels where it is False belong to nobody.

    Raises:
        ValueError: the sizes differ.

    >>> overlaps(np.ones((1, 2, 2), bool), np.zeros((0, 2, 2), bool)).both.shape
    (1, 0)
    """
    if truth.ndim != 3 or prediction.ndim != 3 or truth.shape[1:] != prediction.shape[1:]:
        raise ValueError(f"masks must be (N, H, W) of one size, got {truth.shape} and {prediction.shape}")
    if counted is not None:
        truth, prediction = truth & counted, prediction & counted
    windows = [_windows(masks) for masks in (truth, prediction)]
    both = np.zeros((len(truth), len(prediction)), np.int64)
    for i, j in zip(*np.nonzero(_meet(*windows)), strict=True):
        (y1, x1, y2, x2), (v1, u1, v2, u2) = windows[0][i], windows[1][j]
        common = np.s_[max(y1, v1) : min(y2, v2), max(x1, u1) : min(x2, u2)]
        both[i, j] = np.count_nonzero(truth[i][common] & prediction[j][common])
    sizes = [np.array([np.count_nonzero(mask) for mask in masks], np.int64) for masks in (truth, prediction)]
    return Overlaps(both, *sizes)


def _windows(masks: Masks) -> Integers:
    """(N, 4) rows and columns between which each mask lies, ends excluded; zeros for an empty one."""
    found = np.zeros((len(masks), 4), np.int64)
    for window, mask in zip(found, masks, strict=True):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            window[:] = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    return found


def _meet(one: Integers, other: Integers) -> NDArray[np.bool_]:
    """(N, M) whether windows have a pixel in common."""
    first = np.maximum(one[:, None, :2], other[None, :, :2])
    last = np.minimum(one[:, None, 2:], other[None, :, 2:])
    return np.asarray((first < last).all(2))


def label_overlaps(truth: NDArray[np.integer], prediction: NDArray[np.integer]) -> Overlaps:
    """Overlaps of objects numbered 1…N and 1…M in two (H, W) maps; 0 is nobody's.

    >>> label_overlaps(np.array([[1, 1, 2]]), np.array([[1, 0, 1]])).both.tolist()
    [[1], [1]]
    """
    if truth.shape != prediction.shape:
        raise ValueError(f"maps must be of one size, got {truth.shape} and {prediction.shape}")
    n, m = (int(labels.max(initial=0)) + 1 for labels in (truth, prediction))
    pairs = truth.ravel().astype(np.int64) * m + prediction.ravel()
    table = np.bincount(pairs, minlength=n * m).reshape(n, m)
    return Overlaps(table[1:, 1:], table.sum(1)[1:], table.sum(0)[1:])


@dataclass(frozen=True)
class Matching:
    """Which predicted object is which true one.

    Attributes:
        truth, prediction: (T,) numbers of the objects of each pair.
        iou: (T,) of each pair.
        missed: numbers of true objects left alone.
        spurious: numbers of predicted objects left alone.
    """

    truth: Integers
    prediction: Integers
    iou: Floats
    missed: Integers
    spurious: Integers


def match(ious: Floats, above: float = 0.5) -> Matching:
    """One-to-one pairs with an IoU larger than `above`: as many as possible, and of these those with the most IoU.

    With objects that do not overlap each other and `above` ≥ 0.5 every object has at most one candidate, so there is
    nothing to choose.

    Args:
        ious: (N, M) in [0, 1].
        above: in [0, 1).

    >>> match(np.array([[0.6, 0.0], [0.2, 0.4]])).missed.tolist()
    [1]
    """
    if not 0 <= above < 1:
        raise ValueError(f"above must lie in [0, 1), got {above}")
    return match_allowed(ious, ious > above)


def match_allowed(ious: Floats, allowed: NDArray[np.bool_]) -> Matching:
    """As `match`, among the pairs that are allowed, (N, M) bool."""
    gain = np.where(allowed, ious + min(ious.shape) + 1, 0.0)  # one pair more outweighs any sum of IoU
    truth, prediction = linear_sum_assignment(gain, maximize=True)
    kept = allowed[truth, prediction]
    truth, prediction = truth[kept].astype(np.int64), prediction[kept].astype(np.int64)
    alone = [np.setdiff1d(np.arange(n), used) for n, used in zip(ious.shape, (truth, prediction), strict=True)]
    return Matching(truth, prediction, ious[truth, prediction].astype(np.float64), *alone)


@dataclass(frozen=True)
class ObjectCounts:
    """Matched and unmatched objects; may be added over pictures, and the scores taken of the sum.

    Attributes:
        matched, missed, spurious: objects.
        iou_sum: of the matched pairs.

    >>> counts = ObjectCounts(3, 1, 1, 2.4) + ObjectCounts(0, 0, 0, 0.0)
    >>> round(counts.panoptic_quality, 3)
    0.6
    """

    matched: int
    missed: int
    spurious: int
    iou_sum: float

    def __add__(self, other: "ObjectCounts") -> "ObjectCounts":
        return ObjectCounts(
            self.matched + other.matched,
            self.missed + other.missed,
            self.spurious + other.spurious,
            self.iou_sum + other.iou_sum,
        )

    @property
    def precision(self) -> float:
        """Matched / predicted; 0 where there was something and nothing was predicted, NaN for nothing at all."""
        if self.missed and not self.matched + self.spurious:
            return 0.0
        return float(ratio(self.matched, self.matched + self.spurious))

    @property
    def recall(self) -> float:
        """Matched / there; NaN where nothing was."""
        return float(ratio(self.matched, self.matched + self.missed))

    @property
    def recognition_quality(self) -> float:
        """RQ, the F1 score of objects; NaN for nothing at all."""
        return float(ratio(2 * self.matched, 2 * self.matched + self.missed + self.spurious))

    @property
    def segmentation_quality(self) -> float:
        """SQ, the mean IoU of matched pairs; NaN where there is none."""
        return float(ratio(self.iou_sum, self.matched))

    @property
    def panoptic_quality(self) -> float:
        """PQ = SQ × RQ; 0 where nothing matched, NaN for nothing at all."""
        return float(ratio(2 * self.iou_sum, 2 * self.matched + self.missed + self.spurious))


def object_counts(matching: Matching) -> ObjectCounts:
    """A matching, counted."""
    return ObjectCounts(len(matching.truth), len(matching.missed), len(matching.spurious), float(matching.iou.sum()))


@dataclass(frozen=True)
class ObjectErrors:
    """Why objects have no partner.

    Attributes:
        truth: one of "missed", "merged" (into one prediction with another true object) and "split" (into several
            predictions) for each unmatched true object, by number.
        prediction: one of "spurious", "merged" and "split" for each unmatched predicted one, by number.
    """

    truth: dict[int, str] = field(default_factory=dict)
    prediction: dict[int, str] = field(default_factory=dict)


def object_errors(found: Overlaps, matching: Matching) -> ObjectErrors:
    """The kind of error of every unmatched object.

    An object lies in another where more than half of it does. True objects that lie together in one prediction, and
    such a prediction, are *merged*; predictions that lie together in one true object, and such an object, are *split*.

    >>> cut = Overlaps(np.array([[5, 5]]), np.array([10]), np.array([5, 5]))
    >>> object_errors(cut, match(cut.iou)).truth
    {0: 'split'}
    """
    truth_in = np.nan_to_num(ratio(found.both, found.truth[:, None])) > _MOSTLY
    prediction_in = np.nan_to_num(ratio(found.both, found.prediction[None])) > _MOSTLY
    merging, halved = truth_in.sum(0) > 1, prediction_in.sum(1) > 1
    return ObjectErrors(
        {int(i): _kind((truth_in[i] & merging).any(), halved[i], "missed") for i in matching.missed},
        {int(j): _kind(merging[j], (prediction_in[:, j] & halved).any(), "spurious") for j in matching.spurious},
    )


def _kind(merged: bool, split: bool, otherwise: str) -> str:
    if merged:
        return "merged"
    return "split" if split else otherwise


def label_confusion(
    matching: Matching, truth: NDArray[np.integer], prediction: NDArray[np.integer], labels: int
) -> Integers:
    """How often a matched object of each label was given each; row 0 counts the spurious, column 0 the missed.

    Args:
        matching: found without looking at labels.
        truth: (N,) labels in 1…L.
        prediction: (M,) labels in 1…L.
        labels: L.

    Returns:
        (L + 1, L + 1) int64, rows truth.

    >>> label_confusion(match(np.eye(2)), np.array([1, 2]), np.array([1, 1]), 2).tolist()
    [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    """
    for name, given in (("truth", truth), ("prediction", prediction)):
        if len(given) and not (given.min() >= 1 and given.max() <= labels):
            raise ValueError(f"labels of {name} must lie in 1…{labels}, got {given.min()}…{given.max()}")
    table = np.zeros((labels + 1, labels + 1), np.int64)
    np.add.at(table, (truth[matching.truth], prediction[matching.prediction]), 1)
    np.add.at(table[:, 0], truth[matching.missed], 1)
    np.add.at(table[0], prediction[matching.spurious], 1)
    return table
