"""The five losses, each a mean over what was drawn to learn from, by all replicas; all in float32.

Ren et al., "Faster R-CNN", 2015, equation 1, and He et al., "Mask R-CNN", 2017, section 3, with the normalisation of
the reference implementations: box losses are divided by all drawn candidates, not by the positive ones.
"""

from typing import Any

import tensorflow as tf

from dentalx.models.maskrcnn.replicas import everywhere


def objectness(logits: Any, state: Any, drawn: Any) -> Any:
    """Binary cross-entropy of the drawn anchors, their mean.

    Args:
        logits: (B, A).
        state: (B, A) int32, 1 object, 0 background.
        drawn: (B, A) float32, 1 where learnt from.
    """
    each = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(state == 1, tf.float32), tf.cast(logits, tf.float32))
    return tf.math.divide_no_nan(tf.reduce_sum(each * drawn), everywhere(tf.reduce_sum(drawn)))


def box_regression(deltas: Any, target: Any, positive: Any, count: Any, beta: float) -> Any:
    """Smooth L1 over the positive candidates' four numbers, divided by all candidates drawn.

    Args:
        deltas: (…, 4).
        target: (…, 4).
        positive: (…) float32, 1 where the box counts.
        count: how many candidates were drawn.
        beta: where the loss turns from square to straight; 0 is plain L1.
    """
    away = tf.abs(tf.cast(deltas, tf.float32) - target)
    each = tf.where(away < beta, 0.5 * away**2 / max(beta, 1e-9), away - 0.5 * beta)
    return tf.math.divide_no_nan(tf.reduce_sum(tf.reduce_sum(each, -1) * positive), everywhere(count))


def classification(logits: Any, labels: Any, drawn: Any) -> Any:
    """Softmax cross-entropy of the drawn regions, their mean.

    Args:
        logits: (B, R, K + 1).
        labels: (B, R) int32, 0 background.
        drawn: (B, R) float32.
    """
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32))
    return tf.math.divide_no_nan(tf.reduce_sum(each * drawn), everywhere(tf.reduce_sum(drawn)))


def mask(logits: Any, target: Any, positive: Any) -> Any:
    """Binary cross-entropy of the positive regions' pixels in the mask of their own class, the mean.

    Args:
        logits: (P, h, w), of each region's class.
        target: (P, h, w) float32, 0 or 1.
        positive: (P,) float32.
    """
    each = tf.nn.sigmoid_cross_entropy_with_logits(target, tf.cast(logits, tf.float32))
    count = everywhere(tf.reduce_sum(positive))
    return tf.math.divide_no_nan(tf.reduce_sum(tf.reduce_mean(each, (1, 2)) * positive), count)
