"""Batch normalisation as one operation of TensorFlow, where Keras makes a dozen."""

from typing import Any

import keras
import tensorflow as tf

from dentalx.models.layers import PACKAGE

_KNOWN = ("float32", "bfloat16", "float16")
_LANES = 8  # fewer channels, or a number that this does not divide, are slower in the kernel than in Keras


@keras.saving.register_keras_serializable(package=PACKAGE)
class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras' layer on its own weights and with its own numbers, up to rounding, for (B, H, W, F) maps.

    Ioffe and Szegedy, ICML 2015. Keras casts a map of 16 bits to 32 and writes several of its size for the mean, the
    variance and each step of the sum; TensorFlow's kernel reads it twice and computes in 32 bits all the same. The
    moving variance is that of the batch, without Bessel's correction, as Keras has it. What the kernel cannot do, or
    does no faster, is left to Keras: statistics over several devices, masks, another axis, few channels.

    It goes by Keras' name because a weights file calls a layer by its class.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if mask is not None or not self._suits(inputs):
            return super().call(inputs, training=training, mask=mask)
        mean, variance = tf.convert_to_tensor(self.moving_mean), tf.convert_to_tensor(self.moving_variance)
        learning = bool(training and self.trainable)
        found = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones_like(mean),
            offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros_like(mean),
            mean=tf.zeros([0]) if learning else mean,
            variance=tf.zeros([0]) if learning else variance,
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            count = tf.cast(tf.size(inputs) // inputs.shape[-1], "float32")
            old, new = self.momentum, 1 - self.momentum
            self.moving_mean.assign(old * mean + new * found.batch_mean)
            self.moving_variance.assign(old * variance + new * (count - 1) / count * found.batch_variance)
        return tf.cast(found.y, self.compute_dtype)

    def _suits(self, inputs: Any) -> bool:
        """Whether TensorFlow's kernel is the faster way to the same."""
        if self.synchronized or self.renorm or len(inputs.shape) != 4 or self.axis not in (-1, 3):
            return False
        return keras.backend.standardize_dtype(inputs.dtype) in _KNOWN and inputs.shape[-1] % _LANES == 0
