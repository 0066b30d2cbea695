"""RoIAlign: a box's contents as a small grid of features, by bilinear interpolation without any rounding.

Definition: He et al., "Mask R-CNN", 2017, section 3, with two samples a bin and side as the reference implementations
take them (`aligned=False`: feature (i, j) stands at the pixel coordinate (i, j) of its level). Beyond the last feature
the map goes on evenly. Boxes lie inside the picture; one narrower than a feature is taken as one feature wide.

All levels lie in one *atlas*, each with a rim that repeats its edge: a call of TensorFlow's `crop_and_resize`, with a
grid whose points are samples, serves regions of every level.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from dentalx.models.maskrcnn.compiled import bilinear

SAMPLES = 2  # a bin and side
_LEVELS = (2, 3, 4, 5)
_CANONICAL = 224.0  # pixels; a box as large belongs to P4


def region_levels(boxes: Any) -> Any:
    """(…, 4) boxes in pixels to (…) int32 index into P2 … P5; equation 1 of "Feature Pyramid Networks".

    >>> region_levels(tf.constant([[0.0, 0.0, 224.0, 224.0], [0.0, 0.0, 111.0, 111.0], [0.0, 0.0, 9.0, 9.0]])).numpy()
    array([2, 0, 0], dtype=int32)
    """
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    root = tf.sqrt(sides[..., 0] * sides[..., 1])
    level = tf.floor(4.0 + tf.math.log(root / _CANONICAL + 1e-12) / math.log(2.0) + 1e-6)
    return tf.cast(tf.clip_by_value(level, _LEVELS[0], _LEVELS[-1]), tf.int32) - _LEVELS[0]


def pyramid_roi_align(levels: list[Any], boxes: Any, which: Any, size: int, compiled: bool = False) -> Any:
    """Features of regions, each from the level that suits its size.

    Args:
        levels: P2 … P5, each (B, H / stride, W / stride, C).
        boxes: (N, 4) in pixels of the picture.
        which: (N,) int32, the picture of each.
        size: bins a side.
        compiled: with operations that XLA has.

    Returns:
        (N, size, size, C) of the levels' type; boxes receive no gradient.
    """
    boxes = tf.stop_gradient(boxes)
    index = region_levels(boxes)
    atlas, corners = _atlas(levels)
    scales = tf.constant([1 / 2**level for level in _LEVELS], tf.float32)
    scaled = boxes * tf.gather(scales, index)[:, None]
    offset = tf.gather(tf.constant(corners, tf.float32), index)
    limit = tf.gather(tf.constant([tuple(level.shape[1:3]) for level in levels], tf.float32), index)
    return _align(atlas, _widened(scaled, limit), offset, (which, size, compiled))


def roi_align(features: Any, boxes: Any, which: Any, size: int) -> Any:
    """Features of regions of one map.

    Args:
        features: (B, H, W, C).
        boxes: (N, 4) in the map's own coordinates.
        which: (N,) int32, the map of each.
        size: bins a side.

    Returns:
        (N, size, size, C) of the features' type.
    """
    atlas, corners = _atlas([features])
    offset = tf.broadcast_to(tf.constant(corners[0], tf.float32), tf.shape(boxes[:, :2]))
    limit = tf.constant(tuple(features.shape[1:3]), tf.float32)
    return _align(atlas, _widened(tf.stop_gradient(boxes), limit), offset, (which, size, False))


def crop_masks(masks: Any, boxes: Any, index: Any, size: int, compiled: bool = False) -> Any:
    """Each region's part of its object's mask.

    Here pixel (i, j) covers the square from (i, j) to (i + 1, j + 1) and its value stands in the middle, so that a crop
    that is pasted back lies where it was.

    Args:
        masks: (P, H, W) uint8, 0 or 1.
        boxes: (N, 4) in the masks' pixels.
        index: (N,) int32, which of the P masks.
        size: bins a side.
        compiled: with operations that XLA has.

    Returns:
        (N, size, size) float32 in [0, 1], the share of each bin's samples that lies inside.
    """
    rimmed = tf.pad(masks[..., None], ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
    return _sampled(rimmed, tf.stop_gradient(boxes), 0.5, (index, size, compiled))[..., 0]


def _atlas(levels: list[Any]) -> tuple[Any, list[tuple[float, float]]]:
    """The maps in one: the first above, the others side by side below it; and the corner (row, column) of each."""
    rimmed = [tf.pad(level, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC") for level in levels]
    corners = [(1.0, 1.0)]
    if len(rimmed) == 1:
        return rimmed[0], corners
    height = max(level.shape[1] for level in rimmed[1:])
    column = 0
    for level in rimmed[1:]:
        corners.append((rimmed[0].shape[1] + 1.0, column + 1.0))
        column += level.shape[2]
    width = max(column, rimmed[0].shape[2])
    below = tf.concat([_grown(level, height, level.shape[2]) for level in rimmed[1:]], 2)
    return tf.concat([_grown(rimmed[0], rimmed[0].shape[1], width), _grown(below, height, width)], 1), corners


def _widened(boxes: Any, limit: Any) -> Any:
    """Boxes at least one feature wide, still inside a map of `limit` (…, 2) rows and columns."""
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 1.0)
    start = tf.minimum(boxes[..., :2], limit - sides)
    return tf.concat([start, start + sides], -1)


def _grown(level: Any, height: int, width: int) -> Any:
    return tf.pad(level, ((0, 0), (0, height - level.shape[1]), (0, width - level.shape[2]), (0, 0)))


def _align(atlas: Any, boxes: Any, offset: Any, how: tuple[Any, int, bool]) -> Any:
    """(N, size, size, C) from an atlas (B, H, W, C), boxes (N, 4) in a level's frame, its corners (N, 2)."""
    return tf.cast(_sampled(tf.cast(atlas, tf.float32), boxes, offset, how), atlas.dtype)


def _sampled(maps: Any, boxes: Any, offset: Any, how: tuple[Any, int, bool]) -> Any:
    """(N, size, size, C) float32: the mean of each bin's samples in every region's own map.

    `how` is which map (N,), bins a side, and whether by operations that XLA has.

    Each bin's first samples are a grid, and so are its second ones: a call of TensorFlow's for each grid, one after the
    other, and no more than two grids are in memory at a time.
    """
    which, size, compiled = how
    step = (boxes[:, 2:] - boxes[:, :2]) / size
    end = tf.constant([maps.shape[1] - 1, maps.shape[2] - 1], tf.float32)
    grids = []
    for place in itertools.product([(index + 0.5) / SAMPLES for index in range(SAMPLES)], repeat=2):
        first = boxes[:, :2] + step * tf.constant(place, tf.float32) + offset
        grids.append(tf.concat([first / end, (first + step * (size - 1)) / end], 1))
    if compiled:
        return tf.add_n([bilinear(maps, grid, which, size) for grid in grids]) / len(grids)
    return _mean_of_grids(maps, grids, which, size)


def _mean_of_grids(maps: Any, grids: list[Any], which: Any, size: int) -> Any:
    """(N, size, size, C), and its gradient with as little in memory."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def mean(maps: Any) -> tuple[Any, Callable[[Any], Any]]:
        def gradient(upstream: Any) -> Any:
            return _one_by_one(
                grids,
                lambda grid: tf.raw_ops.CropAndResizeGradImage(
                    grads=upstream / len(grids), boxes=grid, box_ind=which, image_size=tf.shape(maps), T=tf.float32
                ),
            )

        samples = _one_by_one(grids, lambda grid: tf.image.crop_and_resize(maps, grid, which, (size, size)))
        return samples / len(grids), gradient

    return mean(maps)


def _one_by_one(parts: list[Any], compute: Callable[[Any], Any]) -> Any:
    """The sum of what is computed of each part, never two at once."""
    total = compute(parts[0])
    for part in parts[1:]:
        with tf.control_dependencies([total]):
            total = total + compute(part)
    return total
