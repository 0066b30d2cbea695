"""RoIAlign: a box's contents as a small grid of features, by bilinear interpolation without any rounding.

Definition: He et al., "Mask R-CNN", 2017, section 3, with two samples a bin and side as the reference implementations
take them (`aligned=False`: feature (i, j) stands at the pixel coordinate (i, j) of its level). Beyond the last feature
the map goes on evenly. Boxes lie inside the picture; one narrower than a feature is taken as one feature wide.

All levels lie in one *atlas*, each with a rim that repeats its edge: one call of TensorFlow's `crop_and_resize`, with a
grid whose points are the samples, serves regions of every level.
"""

import math
from typing import Any

import tensorflow as tf

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


def pyramid_roi_align(levels: list[Any], boxes: Any, size: int, image_height: int) -> Any:
    """Features of regions, each from the level that suits its size.

    Args:
        levels: P2 … P5, each (B, H / stride, W / stride, C).
        boxes: (B, R, 4) in pixels of the picture.
        size: bins a side.
        image_height: rows of the picture that the levels were made from.

    Returns:
        (B, R, size, size, C) of the levels' type; boxes receive no gradient.
    """
    boxes = tf.stop_gradient(boxes)
    index = region_levels(boxes)
    atlas, corners = _atlas(levels)
    scales = tf.constant([level.shape[1] / image_height for level in levels], tf.float32)
    scaled = boxes * tf.gather(scales, index)[..., None]
    offset = tf.gather(tf.constant(corners, tf.float32), index)
    limit = tf.gather(tf.constant([tuple(level.shape[1:3]) for level in levels], tf.float32), index)
    return _align(atlas, _widened(scaled, limit), offset, size)


def roi_align(features: Any, boxes: Any, size: int) -> Any:
    """Features of regions of one map.

    Args:
        features: (B, H, W, C).
        boxes: (B, R, 4) in the map's own coordinates.
        size: bins a side.

    Returns:
        (B, R, size, size, C) of the features' type.
    """
    atlas, corners = _atlas([features])
    offset = tf.broadcast_to(tf.constant(corners[0], tf.float32), tf.shape(boxes[..., :2]))
    limit = tf.constant(tuple(features.shape[1:3]), tf.float32)
    return _align(atlas, _widened(tf.stop_gradient(boxes), limit), offset, size)


def crop_masks(masks: Any, boxes: Any, index: Any, size: int) -> Any:
    """Each region's part of its object's mask.

    Here pixel (i, j) covers the square from (i, j) to (i + 1, j + 1) and its value stands in the middle, so that a crop
    that is pasted back lies where it was.

    Args:
        masks: (B, M, H, W) uint8, 0 or 1.
        boxes: (B, R, 4) in the masks' pixels.
        index: (B, R) int32, which of the M masks.
        size: bins a side.

    Returns:
        (B, R, size, size) float32 in [0, 1], the share of each bin's samples that lies inside.
    """
    count = masks.shape[1]
    planes = tf.reshape(masks, (-1, *masks.shape[2:], 1))
    flat = tf.reshape(index + count * tf.range(tf.shape(masks)[0])[:, None], (-1,))
    rimmed = tf.pad(planes, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
    crops = _sampled(rimmed, tf.stop_gradient(boxes), 0.5, flat, size)
    return tf.reshape(crops, (-1, boxes.shape[1], size, size))


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


def _align(atlas: Any, boxes: Any, offset: Any, size: int) -> Any:
    """(B, R, size, size, C) from an atlas (B, H, W, C), boxes (B, R, 4) in a level's frame, its corners (B, R, 2)."""
    regions = boxes.shape[1]
    picture = tf.repeat(tf.range(tf.shape(boxes)[0]), regions)
    bins = _sampled(tf.cast(atlas, tf.float32), boxes, offset, picture, size)
    return tf.cast(tf.reshape(bins, (-1, regions, size, size, atlas.shape[3])), atlas.dtype)


def _sampled(maps: Any, boxes: Any, offset: Any, which: Any, size: int) -> Any:
    """(R', size, size, C) float32: the mean of each bin's samples in every region's own map `which`."""
    sides = boxes[..., 2:] - boxes[..., :2]
    grid = size * SAMPLES
    first = boxes[..., :2] + sides * (0.5 / grid) + offset
    last = boxes[..., :2] + sides * ((grid - 0.5) / grid) + offset
    end = tf.constant([maps.shape[1] - 1, maps.shape[2] - 1], tf.float32)
    corners = tf.reshape(tf.concat([first / end, last / end], -1), (-1, 4))
    samples = tf.image.crop_and_resize(maps, corners, which, (grid, grid))
    return tf.nn.avg_pool2d(samples, SAMPLES, SAMPLES, "VALID")
