"""Boxes as a network regresses them. Pure TensorFlow functions; a box is (y1, x1, y2, x2) in pixels, end excluded.

Definitions are those of R-CNN's box regression (Girshick et al., "Rich feature hierarchies", CVPR 2014, appendix C)
with the weights and the limit that the reference implementations (detectron2, torchvision) use.
"""

import math
from typing import Any

import tensorflow as tf

Weights = tuple[float, float, float, float]  # of the shifts down and right, and of the growth in height and width

MAX_GROWTH = math.log(1000 / 16)  # a box grows at most 62.5 times in one step: exp never overflows


def area(boxes: Any) -> Any:
    """(…, 4) boxes to (…) pixels; 0 where a box ends before it begins.

    >>> float(area(tf.constant([1.0, 2.0, 3.0, 7.0])))
    10.0
    """
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


def pairwise_iou(first: Any, second: Any) -> Any:
    """(B, N, 4) and (B, M, 4) float32 boxes to (B, N, M) intersection over union; 0 where both are empty.

    >>> a, b = tf.constant([[[0.0, 0.0, 2.0, 2.0]]]), tf.constant([[[0.0, 1.0, 2.0, 3.0], [5.0, 5.0, 5.0, 5.0]]])
    >>> pairwise_iou(a, b).numpy().round(4).tolist()
    [[[0.33329999446868896, 0.0]]]
    """
    one, other = first[:, :, None, :], second[:, None, :, :]
    top_left = tf.maximum(one[..., :2], other[..., :2])
    sides = tf.maximum(tf.minimum(one[..., 2:], other[..., 2:]) - top_left, 0.0)
    common = sides[..., 0] * sides[..., 1]
    return tf.math.divide_no_nan(common, area(one) + area(other) - common)


def encode(boxes: Any, anchors: Any, weights: Weights) -> Any:
    """What a network must say at `anchors` to mean `boxes`: (…, 4) float32 (dy, dx, dh, dw).

    Args:
        boxes: (…, 4), every side positive.
        anchors: (…, 4) that broadcast against `boxes`, every side positive.
        weights: what each number is multiplied by, so that all vary about as much as a standard normal.

    >>> encode(tf.constant([1.0, 0.0, 5.0, 4.0]), tf.constant([0.0, 0.0, 4.0, 4.0]), (1, 1, 1, 1)).numpy().tolist()
    [0.25, 0.0, 0.0, 0.0]
    """
    centre, sides = _centre_and_sides(boxes)
    anchor_centre, anchor_sides = _centre_and_sides(anchors)
    shift = (centre - anchor_centre) / anchor_sides
    return tf.concat([shift, tf.math.log(sides / anchor_sides)], -1) * tf.constant(weights, tf.float32)


def decode(deltas: Any, anchors: Any, weights: Weights) -> Any:
    """The boxes (…, 4) that the numbers (…, 4) mean at `anchors`; undoes `encode`, growth limited by `MAX_GROWTH`.

    >>> decode(tf.constant([0.25, 0.0, 0.0, 0.0]), tf.constant([0.0, 0.0, 4.0, 4.0]), (1, 1, 1, 1)).numpy().tolist()
    [1.0, 0.0, 5.0, 4.0]
    """
    anchor_centre, anchor_sides = _centre_and_sides(anchors)
    scaled = deltas / tf.constant(weights, tf.float32)
    centre = anchor_centre + scaled[..., :2] * anchor_sides
    half = tf.exp(tf.minimum(scaled[..., 2:], MAX_GROWTH)) * anchor_sides / 2
    return tf.concat([centre - half, centre + half], -1)


def clip(boxes: Any, height: int | Any, width: int | Any) -> Any:
    """(…, 4) boxes cut off at the picture's edge.

    >>> clip(tf.constant([-1.0, 2.0, 3.0, 9.0]), 4, 5).numpy().tolist()
    [0.0, 2.0, 3.0, 5.0]
    """
    limit = tf.cast(tf.stack([height, width, height, width]), tf.float32)
    return tf.clip_by_value(boxes, 0.0, limit)


def _centre_and_sides(boxes: Any) -> tuple[Any, Any]:
    sides = boxes[..., 2:] - boxes[..., :2]
    return boxes[..., :2] + sides / 2, sides
