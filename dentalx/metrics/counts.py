"""Pixels counted, and the ratios that follow: one definition of every score in the house.

Letters: H W rows and columns, K classes without background. Class 0 is background, 255 is *do not count*.
A ratio of nothing to nothing is NaN, never 1 and never saved by a smoothing constant; see `docs/metrics.md`.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.samples import UNLABELLED, Mask

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_BLOCK_PX = 2**22  # pixels counted at a time: OpenCV's histogram counts in float32, exact below 2**24


@dataclass(frozen=True)
class Counts:
    """Pixels of a class against the rest, in any shape: (K,) for a picture, (N, K) for N of them.

    Attributes:
        tp: in truth and in the prediction.
        fp: in the prediction alone.
        fn: in truth alone.
        tn: in neither.

    >>> (Counts(1, 2, 3, 4) + Counts(1, 0, 0, 0)).tp
    array(2)
    """

    tp: Integers
    fp: Integers
    fn: Integers
    tn: Integers

    def __post_init__(self) -> None:
        given = [np.asarray(value, np.int64) for value in (self.tp, self.fp, self.fn, self.tn)]
        for name, value in zip(("tp", "fp", "fn", "tn"), np.broadcast_arrays(*given), strict=True):
            if (value < 0).any():
                raise ValueError(f"{name} must not be negative, got {value.min()}")
            object.__setattr__(self, name, value)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    def __getitem__(self, index: Any) -> "Counts":
        """The same part of all four arrays."""
        return Counts(self.tp[index], self.fp[index], self.fn[index], self.tn[index])

    def sum(self, axis: int | tuple[int, ...] | None = None) -> "Counts":
        """Counts pooled over an axis; over all of them by default."""
        return Counts(self.tp.sum(axis), self.fp.sum(axis), self.fn.sum(axis), self.tn.sum(axis))

    @property
    def pixels(self) -> Integers:
        """Pixels counted: all that are not 255."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def truth(self) -> Integers:
        """Pixels of the class in truth."""
        return self.tp + self.fn

    @property
    def prediction(self) -> Integers:
        """Pixels of the class in the prediction."""
        return self.tp + self.fp


def stack(counts: list[Counts]) -> Counts:
    """N counts of shape (K,) as one of shape (N, K)."""
    return Counts(*(np.stack([getattr(c, name) for c in counts]) for name in ("tp", "fp", "fn", "tn")))


def confusion(truth: Mask, prediction: Mask, classes: int) -> Integers:
    """How often each class was taken for each, over all pixels whose truth is not 255.

    Args:
        truth: (H, W) uint8 in 0…K or 255.
        prediction: (H, W) uint8 in 0…K.
        classes: K, at least 1.

    Returns:
        (K + 1, K + 1) int64; rows are truth, columns the prediction, background first.

    Raises:
        ValueError: the two differ in size, are not uint8, or hold a value above K.

    >>> confusion(np.array([[0, 1, 255]], np.uint8), np.array([[1, 1, 1]], np.uint8), 1).tolist()
    [[0, 1], [0, 1]]
    """
    _check(truth, prediction, classes)
    flat_truth, flat_prediction = truth.reshape(1, -1), prediction.reshape(1, -1)
    square = np.zeros((256, 256), np.int64)
    for start in range(0, truth.size, _BLOCK_PX):
        pair = [np.ascontiguousarray(flat[:, start : start + _BLOCK_PX]) for flat in (flat_truth, flat_prediction)]
        square += cv2.calcHist(pair, [0, 1], None, [256, 256], [0, 256, 0, 256]).astype(np.int64)
    known, k = square[:UNLABELLED], classes + 1
    if known[k:].any():
        raise ValueError(f"truth must lie in 0…{classes} or be 255, got {_strange(known.sum(1), k)}")
    if square[:, k:].any():
        raise ValueError(f"prediction must lie in 0…{classes}, got {_strange(square.sum(0), k)}")
    return square[:k, :k].copy()


def from_confusion(table: Integers) -> Counts:
    """Counts (K,) of each class against the rest from a (K + 1, K + 1) confusion table.

    >>> from_confusion(np.array([[5, 1], [2, 3]])).fn
    array([2])
    """
    tp = np.diagonal(table)
    fp, fn = table.sum(0) - tp, table.sum(1) - tp
    return Counts(tp, fp, fn, table.sum() - tp - fp - fn)[1:]


def count(truth: Mask, prediction: Mask, classes: int) -> Counts:
    """Counts (K,) of each class 1…K against the rest; arguments and errors as in `confusion`.

    >>> counts = count(np.array([[0, 1, 1, 255]], np.uint8), np.array([[1, 1, 0, 1]], np.uint8), 1)
    >>> [int(value[0]) for value in (counts.tp, counts.fp, counts.fn, counts.tn)]
    [1, 1, 1, 0]
    """
    return from_confusion(confusion(truth, prediction, classes))


def _check(truth: Mask, prediction: Mask, classes: int) -> None:
    for name, mask in (("truth", truth), ("prediction", prediction)):
        if mask.dtype != np.uint8 or mask.ndim != 2:
            raise ValueError(f"{name} must be (H, W) uint8, got {mask.shape} {mask.dtype}")
    if truth.shape != prediction.shape:
        sizes = ["×".join(map(str, mask.shape)) for mask in (truth, prediction)]
        raise ValueError(f"truth is {sizes[0]} but the prediction is {sizes[1]} (rows×columns)")
    if not 1 <= classes < UNLABELLED:
        raise ValueError(f"classes must lie in 1…{UNLABELLED - 1}, got {classes}")


def _strange(totals: Integers, first: int) -> list[int]:
    return [first + int(value) for value in np.flatnonzero(totals[first:])][:8]
