"""The scores as Keras metrics: they see batches, and answer as if they had seen all pictures at once.

What is kept are counts, so neither the batch size, nor a partial last batch, nor replicas change the number.
"""

from typing import Any

import keras
import tensorflow as tf

from dentalx.samples import UNLABELLED


def batch_counts(truth: Any, logits: Any, threshold: float = 0.5) -> tuple[Any, Any, Any]:
    """True positives, truth and predicted pixels of each picture and class, as `metrics.count` would have them.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted.
        logits: (B, H, W, C); C = 1 predicts class 1 where sigmoid ≥ threshold, C = K + 1 predicts the largest.
        threshold: in (0, 1), for C = 1 alone.

    Returns:
        three (B, K) float64 tensors.
    """
    truth = tf.cast(truth, tf.int32)
    counted = truth != UNLABELLED
    if logits.shape[-1] == 1:
        cut = float(tf.math.log(threshold / (1 - threshold))) if threshold != 0.5 else 0.0
        predicted = tf.cast(tf.cast(logits[..., 0], tf.float32) >= cut, tf.int32)
    else:
        predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
    classes = max(1, logits.shape[-1] - 1)
    kinds = [_per_class(truth, predicted, counted, k) for k in range(1, classes + 1)]
    both, true, said = (tf.stack(parts, axis=-1) for parts in zip(*kinds, strict=True))
    return both, true, said


def _per_class(truth: Any, predicted: Any, counted: Any, k: int) -> tuple[Any, Any, Any]:
    is_truth, is_predicted = truth == k, (predicted == k) & counted
    return _pixels(is_truth & is_predicted), _pixels(is_truth), _pixels(is_predicted)


def _pixels(where: Any) -> Any:
    return tf.reduce_sum(tf.cast(tf.math.count_nonzero(where, axis=-1, dtype=tf.int32), tf.float64), axis=-1)


class _Dice(keras.metrics.Metric):  # type: ignore[misc]
    """What the two have in common: sums kept in float64, in which pixel counts are exact."""

    def __init__(self, name: str, threshold: float = 0.5, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 < threshold < 1:
            raise ValueError(f"threshold must lie in (0, 1), got {threshold}")
        self.threshold = threshold
        self.part = self.add_variable((), "zeros", dtype="float64", name="part")
        self.whole = self.add_variable((), "zeros", dtype="float64", name="whole")

    def result(self) -> Any:
        """The score of all pictures so far, float32; NaN where none is defined."""
        return tf.cast(tf.convert_to_tensor(self.part) / tf.convert_to_tensor(self.whole), tf.float32)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the metric."""
        return {**super().get_config(), "threshold": self.threshold}


@keras.saving.register_keras_serializable(package="dentalx")
class MeanDice(_Dice):
    """Mean over pictures of a picture's Dice, itself the mean over the classes defined in it.

    Pictures in which no class is defined (nothing there, nothing predicted) are left out.
    """

    def __init__(self, name: str = "dice", threshold: float = 0.5, dtype: Any = None) -> None:
        super().__init__(name, threshold, dtype)

    def update_state(self, truth: Any, logits: Any, sample_weight: Any = None) -> None:
        """Add a batch: truth (B, H, W), logits (B, H, W, C), and, where given, a weight for each picture (B,)."""
        both, true, said = batch_counts(truth, logits, self.threshold)
        defined = tf.cast(true + said > 0, tf.float64)
        scores = tf.math.divide_no_nan(2 * both, true + said)
        score = tf.math.divide_no_nan(tf.reduce_sum(scores, -1), tf.reduce_sum(defined, -1))
        weight = _weights(sample_weight, score) * tf.reduce_max(defined, -1)
        self.part.assign_add(tf.reduce_sum(score * weight))
        self.whole.assign_add(tf.reduce_sum(weight))


@keras.saving.register_keras_serializable(package="dentalx")
class PooledDice(_Dice):
    """Dice of all pictures and classes as if they were one picture: large ones weigh more. Not `MeanDice`."""

    def __init__(self, name: str = "pooled_dice", threshold: float = 0.5, dtype: Any = None) -> None:
        super().__init__(name, threshold, dtype)

    def update_state(self, truth: Any, logits: Any, sample_weight: Any = None) -> None:
        """Add a batch: truth (B, H, W), logits (B, H, W, C), and, where given, a weight for each picture (B,)."""
        both, true, said = batch_counts(truth, logits, self.threshold)
        weight = _weights(sample_weight, both[:, 0])[:, None]
        self.part.assign_add(tf.reduce_sum(2 * both * weight))
        self.whole.assign_add(tf.reduce_sum((true + said) * weight))


def _weights(sample_weight: Any, like: Any) -> Any:
    if sample_weight is None:
        return tf.ones_like(like)
    return tf.reshape(tf.cast(sample_weight, tf.float64), tf.shape(like))
