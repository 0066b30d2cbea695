"""Masks tidied after the network: small pieces out, holes filled, the largest kept, touching teeth told apart. No disk.

Pixels that touch at a corner belong to one piece, as `pieces` of predictions.csv counts them; a hole is what no way of
steps up, down, left and right leads out of.
"""

import re
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dentalx.samples import Mask

NECK = 0.9  # two bodies are two teeth where the neck between them is narrower than this share of the narrower one
Labels = NDArray[np.int32]  # (H, W), 0 background, 1…N objects
_TEETH = re.compile(r"tooth|teeth", re.IGNORECASE)
_EVERYWHERE = np.ones((3, 3), np.int32)


def remove_small(mask: Mask, min_area: int) -> Mask:
    """Without the pieces of a class that have fewer than `min_area` pixels.

    >>> remove_small(np.uint8([[1, 1, 0, 2], [0, 0, 0, 0], [0, 2, 2, 0]]), 2).tolist()
    [[1, 1, 0, 0], [0, 0, 0, 0], [0, 2, 2, 0]]
    """
    kept = mask.copy()
    for k in _classes(mask):
        labels, areas = _pieces(mask == k)
        kept[(areas < min_area)[labels] & (labels > 0)] = 0
    return kept


def largest(mask: Mask) -> Mask:
    """Of each class the piece with most pixels; of several as large, the one that begins first in reading order.

    >>> largest(np.uint8([[1, 0, 1, 1], [0, 0, 0, 0], [2, 0, 2, 0]])).tolist()
    [[0, 0, 1, 1], [0, 0, 0, 0], [2, 0, 0, 0]]
    """
    kept = mask.copy()
    for k in _classes(mask):
        labels, areas = _pieces(mask == k)
        most = np.flatnonzero(areas[1:] == areas[1:].max()) + 1
        first = min(most.tolist(), key=lambda label: int(np.argmax(labels.ravel() == label)))
        kept[(labels > 0) & (labels != first)] = 0
    return kept


def fill_holes(mask: Mask) -> Mask:
    """Background that one class encloses becomes that class; of several classes, the one of the smallest hole.

    >>> fill_holes(np.uint8([[1, 1, 1, 0], [1, 0, 1, 2], [1, 1, 1, 0]])).tolist()
    [[1, 1, 1, 0], [1, 1, 1, 2], [1, 1, 1, 0]]
    """
    filled = mask.copy()
    smallest = np.full(mask.shape, np.inf)
    for k in _classes(mask):
        own = mask == k
        holes, count = ndimage.label(ndimage.binary_fill_holes(own) & ~own)
        size = np.bincount(holes.ravel(), minlength=count + 1)[holes]
        wins = (holes > 0) & (mask == 0) & (size < smallest)
        filled[wins], smallest[wins] = k, size[wins]
    return filled


def teeth_among(classes: Sequence[str]) -> tuple[int, ...]:
    """The classes, 1…K, that hold teeth without telling them apart.

    >>> teeth_among(("mandible", "Teeth", "36"))
    (2,)
    """
    return tuple(k for k, name in enumerate(classes, start=1) if _TEETH.fullmatch(name))


def split(mask: NDArray[np.bool_], neck: float = NECK) -> Labels:
    """Objects that touch, told apart at their necks.

    The watershed of the distance to the background (S. Beucher and C. Lantuéjoul, "Use of watersheds in contour
    detection", 1979) gives a basin to each maximum of the distance. Basins are joined again, the highest pass first,
    unless the pass lies below `neck` times the lower of the two maxima: half the width of a neck against half that of
    the narrower body.

    Args:
        mask: (H, W).
        neck: share, 0 joins all that touches, 1 parts at the slightest waist.

    Returns:
        (H, W) int32, 0 where the mask is False, else 1…N, from left to right by their middles.

    >>> split(np.bool_([[1, 1, 1, 0, 0, 1]])).tolist()
    [[1, 1, 1, 0, 0, 2]]
    """
    if not 0 <= neck <= 1:
        raise ValueError(f"neck must lie in 0…1, got {neck}")
    found = np.zeros(mask.shape, np.int32)
    labels, _ = ndimage.label(mask, _EVERYWHERE)
    total = 0
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        parts = _split_piece(np.pad(labels[box] == label, 1), neck)[1:-1, 1:-1]
        found[box][parts > 0] = parts[parts > 0] + total
        total += int(parts.max())
    columns = ndimage.mean(np.broadcast_to(np.arange(mask.shape[1]), mask.shape), found, np.arange(1, total + 1))
    rank = np.zeros(total + 1, np.int32)
    rank[np.argsort(columns, kind="stable") + 1] = np.arange(1, total + 1)
    return rank[found]


def _split_piece(piece: NDArray[np.bool_], neck: float) -> Labels:
    """The objects of one piece, which does not touch the edge of its (H, W) plane."""
    distance = cv2.distanceTransform(piece.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    basins = _flooded(np.floor(2 * distance).astype(np.int32))
    count = int(basins.max())
    heights = np.zeros(count + 1)
    heights[1:] = ndimage.maximum(distance, basins, np.arange(1, count + 1))
    joined = _joined(_passes(basins, distance), heights, neck)
    return np.unique(joined, return_inverse=True)[1].astype(np.int32)[basins]


def _flooded(levels: NDArray[np.int32]) -> Labels:
    """The basins of (H, W) levels turned upside down: one for each top, grown a level at a time; 0 where levels are."""
    basins, total = np.zeros(levels.shape, np.float32), 0
    steps = (cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.ones((3, 3), np.uint8))  # corners last: no drift
    for level in range(int(levels.max()), 0, -1):
        dry = (levels >= level) & (basins == 0)
        reached = dry
        while reached.any():
            for step in steps:
                grown = cv2.dilate(basins, step)
                reached = dry & (grown > 0)
                if reached.any():
                    break
            basins[reached] = grown[reached]
            dry &= ~reached
        tops, count = ndimage.label(dry, _EVERYWHERE)
        basins[dry] = tops[dry] + total
        total += count
    return basins.astype(np.int32)


def _passes(basins: Labels, distance: NDArray[np.float32]) -> dict[tuple[int, int], float]:
    """For each two basins that touch, the largest distance at which one gets from one to the other."""
    found: dict[tuple[int, int], float] = {}
    height, width = basins.shape
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
        there = (slice(down, height), slice(max(0, right), width + min(0, right)))
        a, b = basins[here], basins[there]
        border = (a != b) & (a > 0) & (b > 0)
        lower = np.minimum(distance[here][border], distance[there][border])
        pairs = np.sort(np.stack([a[border], b[border]], axis=1), axis=1)
        for (one, other), level in zip(pairs.tolist(), lower.tolist(), strict=True):
            found[one, other] = max(level, found.get((one, other), 0.0))
    return found


def _joined(passes: dict[tuple[int, int], float], heights: NDArray[np.float64], neck: float) -> NDArray[np.int64]:
    """To which group each basin belongs, (N + 1,), 0 to itself."""
    group = np.arange(len(heights))
    top = heights.copy()
    for (one, other), level in sorted(passes.items(), key=lambda item: (-item[1], item[0])):
        a, b = int(group[one]), int(group[other])
        if a != b and level >= neck * min(top[a], top[b]):
            group[group == b] = a
            top[a] = max(top[a], top[b])
    return group


def _classes(mask: Mask) -> list[int]:
    return [int(k) for k in np.flatnonzero(np.bincount(mask.ravel(), minlength=1)) if k > 0]


def _pieces(plane: NDArray[np.bool_]) -> tuple[Labels, NDArray[np.int64]]:
    """(H, W) labels of 8-connected pieces, and the pixels of each, label 0 first."""
    labels, count = ndimage.label(plane, _EVERYWHERE)
    return labels, np.bincount(labels.ravel(), minlength=count + 1)
