"""The field's usual single number for objects: everything that was found against everything that is there, as one area.

It is given to be compared with numbers that are published so, beside scores that count objects.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.geometry import mask_box
from dentalx.metrics.ratios import ratio
from dentalx.samples import Instances

WHY = (
    "pixels of all masks of all classes and pictures as one area, which joined teeth, wrong classes and numbers, and "
    "small lesions that are missed hardly change"
)

Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]


def pixels_at(truth: Instances, crowd: Bools, found: Instances, scores: NDArray[np.float64]) -> Integers:
    """Pixels of one picture by whether an object is there, and by the best score of the masks found on them.

    Args:
        truth: the objects that are there.
        crowd: (N,) bool; pixels of a crowd alone, of no other object, are not counted.
        found: the objects found, of any class.
        scores: (S,) rising.

    Returns:
        (2, S + 1) int64; row 1 where an object is there; column s holds the pixels that s of the scores do not exceed.
    """
    level = np.zeros(truth.masks.shape[1:], np.int64)
    best = np.searchsorted(scores, found.scores.astype(np.float64), side="right")
    for index, (box, mask) in _inside(found.masks):
        np.maximum(level[box], best[index] * mask, out=level[box])
    there, uncounted = np.zeros(level.shape, np.bool_), np.zeros(level.shape, np.bool_)
    for index, (box, mask) in _inside(truth.masks):
        (uncounted if crowd[index] else there)[box] |= mask
    columns = len(scores) + 1
    keys = (there * columns + level)[there | ~uncounted]
    return np.bincount(keys, minlength=2 * columns).reshape(2, columns)


def pooled_iou(pixels: Integers, s: int) -> float:
    """Intersection over union of all that has at least score number `s` and all that is there; NaN for nothing at all.

    >>> pooled_iou(np.array([[90, 1, 2], [2, 0, 5]]), 0), pooled_iou(np.array([[90, 1, 2], [2, 0, 5]]), 1)
    (0.5, 0.5555555555555556)
    """
    both, wrong = pixels[1, s + 1 :].sum(), pixels[0, s + 1 :].sum()
    return float(ratio(both, wrong + pixels[1].sum()))


def _inside(masks: Bools) -> Iterator[tuple[int, tuple[Any, Bools]]]:
    """Each mask that has pixels: its number, and the part of the picture and of the mask within its box."""
    for index, mask in enumerate(masks):
        y1, x1, y2, x2 = (int(value) for value in mask_box(mask))
        if y2 > y1 and x2 > x1:
            box = np.s_[y1:y2, x1:x2]
            yield index, (box, mask[box])
