"""Losses on logits, one value a picture, in float32 whatever the network computes in.

Letters: B pictures, H W rows and columns, C channels of logits: 1 for one class against background, K + 1 for several
with background first. Pixels marked 255 are not counted; a picture that has no others costs nothing.

A value a picture, (B,), lets Keras take the mean over the batch and over replicas as it does for its own losses.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dentalx.samples import UNLABELLED

SMOOTH_PX = 1.0  # in soft Dice alone: a picture without the class has a value and a gradient; scores have none of it


def bce(truth: Any, logits: Any) -> Any:
    """Cross-entropy: the mean over a picture's counted pixels.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in nats, at least 0.
    """
    truth, logits, counted = _cast(truth, logits)
    if logits.shape[-1] == 1:
        target = tf.cast(truth == 1, tf.float32)
        each = tf.nn.sigmoid_cross_entropy_with_logits(target, logits[..., 0])
    else:
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.where(counted, truth, 0), logits)
    weight = tf.cast(counted, tf.float32)
    return tf.reduce_sum(each * weight, (1, 2)) / tf.maximum(tf.reduce_sum(weight, (1, 2)), 1.0)


def soft_dice(truth: Any, logits: Any) -> Any:
    """1 − (2 Σ p t + s) / (Σ p + Σ t + s) with s = `SMOOTH_PX`, the mean over classes without background.

    After Milletari et al., "V-Net", 3DV 2016, with plain sums (no squares) in the denominator.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in [0, 1).
    """
    truth, logits, counted = _cast(truth, logits)
    weight = tf.cast(counted, tf.float32)[..., None]
    if logits.shape[-1] == 1:
        target = tf.cast(truth == 1, tf.float32)[..., None]
        probability = tf.sigmoid(logits) * weight
    else:
        target = tf.one_hot(tf.where(counted, truth, 0), logits.shape[-1])[..., 1:] * weight
        probability = tf.nn.softmax(logits)[..., 1:] * weight
    both = tf.reduce_sum(probability * target, (1, 2))
    either = tf.reduce_sum(probability, (1, 2)) + tf.reduce_sum(target, (1, 2))
    return tf.reduce_mean(1 - (2 * both + SMOOTH_PX) / (either + SMOOTH_PX), -1)


def bce_dice(truth: Any, logits: Any) -> Any:
    """`bce` + `soft_dice`, (B,) float32."""
    return bce(truth, logits) + soft_dice(truth, logits)


def _cast(truth: Any, logits: Any) -> tuple[Any, Any, Any]:
    """Truth as int32, logits as float32 with 0 where nothing counts (not even an infinity), and what counts."""
    truth = tf.cast(truth, tf.int32)
    counted = truth != UNLABELLED
    return truth, tf.where(counted[..., None], tf.cast(logits, tf.float32), 0.0), counted


class _Loss(keras.losses.Loss):  # type: ignore[misc]
    """A function of (truth, logits) to (B,) as Keras wants it, spared Keras' guesses about ranks."""

    function: Callable[[Any, Any], Any]

    def __init__(self, name: str = "loss", reduction: str = "sum_over_batch_size", dtype: Any = "float32") -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(B,) from truth (B, H, W) and logits (B, H, W, C)."""
        return type(self).function(y_true, y_pred)


@keras.saving.register_keras_serializable(package="dentalx")
class BceDice(_Loss):
    """`bce_dice` for `compile`."""

    function = staticmethod(bce_dice)


@keras.saving.register_keras_serializable(package="dentalx")
class Bce(_Loss):
    """`bce` for `compile`."""

    function = staticmethod(bce)


@keras.saving.register_keras_serializable(package="dentalx")
class SoftDice(_Loss):
    """`soft_dice` for `compile`."""

    function = staticmethod(soft_dice)


LOSSES: dict[str, type[keras.losses.Loss]] = {"bce_dice": BceDice, "bce": Bce, "dice": SoftDice}
