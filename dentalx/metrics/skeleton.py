"""Thin lines and how well they are found: skeletons, and the Dice of centre lines for canals and other tubes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.metrics.boundary import Binary
from dentalx.metrics.counts import Floats
from dentalx.metrics.ratios import ratio
from dentalx.samples import UNLABELLED, Mask

# North first, then clockwise: the neighbours P2…P9 of the literature, bit by bit.
_NEIGHBOURS = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))


def skeleton(mask: Binary) -> NDArray[np.bool_]:
    """The centre line of an object, one pixel wide, in as many pieces and with as many holes as the object.

    Guo and Hall, "Parallel thinning with two-subiteration algorithms", Commun ACM 32:359, 1989, algorithm A1. Pixels
    are neighbours in eight directions; beyond the edge is background.

    Args:
        mask: (H, W) bool, or uint8 of which all but 0 is the object.

    >>> skeleton(np.ones((3, 7), bool)).astype(int).tolist()
    [[0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0]]
    """
    given = np.asarray(mask) != 0
    x, y, width, height = cv2.boundingRect(given.view(np.uint8))
    part = (slice(y, y + height), slice(x, x + width))
    wide = np.pad(given[part].view(np.uint8), 1)
    inner = wide[1:-1, 1:-1]
    changed = bool(inner.size)
    while changed:
        changed = False
        for removable in _REMOVABLE:
            gone = cv2.LUT(_neighbour_codes(wide), removable)
            gone &= inner
            changed |= bool(gone.any())
            inner -= gone
    result = np.zeros(given.shape, bool)
    result[part] = inner
    return result


def cl_dice(truth: Mask, prediction: Mask, classes: int) -> Floats:
    """Centre-line Dice of each class, in [0, 1] (Shit et al., "clDice", CVPR 2021).

    The harmonic mean of the share of the prediction's centre line that lies in truth and the share of truth's centre
    line that was predicted.

    Args:
        truth: (H, W) uint8 of 0…K, 255 not counted: there truth is taken to be what was predicted.
        prediction: (H, W) uint8 of 0…K.
        classes: K.

    Returns:
        (K,) float64; NaN where there is nothing in either, 0 where in one only.

    >>> mask = np.zeros((5, 9), np.uint8)
    >>> mask[2, :8] = 1
    >>> round(float(cl_dice(mask, np.where(np.arange(9) < 4, mask, 0).astype(np.uint8), 1)[0]), 4)
    0.6667
    """
    counted = truth != UNLABELLED
    parts = [_overlaps(truth == k, prediction == k, counted) for k in range(1, classes + 1)]
    inside_truth, said, found, there = (np.array(column) for column in zip(*parts, strict=True))
    precision, sensitivity = ratio(inside_truth, said), ratio(found, there)
    both = ratio(2 * precision * sensitivity, precision + sensitivity)
    return np.where((said == 0) & (there == 0), np.nan, np.nan_to_num(both))


def _overlaps(
    truth: NDArray[np.bool_], prediction: NDArray[np.bool_], counted: NDArray[np.bool_]
) -> tuple[int, int, int, int]:
    """Pixels of the prediction's centre line in truth, all of them, of truth's in the prediction, all of them."""
    known = np.where(counted, truth, prediction)
    of_prediction, of_truth = skeleton(prediction) & counted, skeleton(known) & counted
    pixels = (of_prediction & truth, of_prediction, of_truth & prediction, of_truth)
    return tuple(int(np.count_nonzero(part)) for part in pixels)  # type: ignore[return-value]


def _neighbour_codes(wide: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) from (H + 2, W + 2): which of a pixel's eight neighbours are set."""
    height, width = wide.shape[0] - 2, wide.shape[1] - 2
    codes = np.zeros((height, width), np.uint8)
    for bit, (dy, dx) in enumerate(_NEIGHBOURS):
        codes |= wide[dy : dy + height, dx : dx + width] << np.uint8(bit)
    return codes


def _removable() -> NDArray[np.uint8]:
    """(2, 256): may a pixel with these neighbours go in the first and in the second half of a round?"""
    table = np.zeros((2, 256), np.uint8)
    for code in range(256):
        p = {number: bool(code >> number - 2 & 1) for number in range(2, 10)}
        pieces = sum(not p[n] and (p[n + 1] or p[2 + n % 8]) for n in (2, 4, 6, 8))
        first = (p[9] or p[2]) + (p[3] or p[4]) + (p[5] or p[6]) + (p[7] or p[8])
        second = (p[2] or p[3]) + (p[4] or p[5]) + (p[6] or p[7]) + (p[8] or p[9])
        if pieces == 1 and 2 <= min(first, second) <= 3:
            table[0, code] = not ((p[6] or p[7] or not p[9]) and p[8])
            table[1, code] = not ((p[2] or p[3] or not p[5]) and p[4])
    return table


_REMOVABLE = _removable()
