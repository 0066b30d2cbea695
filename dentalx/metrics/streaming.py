"""The scores as Keras metrics: they see batches, and answer as if they had seen all pictures at once.

What is kept are counts, so neither the batch size, nor a partial last batch, nor replicas change the number.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dentalx.labelling import OVERLAPPING
from dentalx.samples import UNLABELLED


def batch_counts(truth: Any, logits: Any, threshold: float = 0.5, overlapping: bool = False) -> tuple[Any, Any, Any]:
    """True positives, truth and predicted pixels of each picture and class, as `metrics.count` would have them.

    Args:
        truth: (B, H, W) of 0…K, or bits where classes overlap; 255 not counted.
        logits: (B, H, W, C); C = 1 predicts class 1 where sigmoid ≥ threshold, C = K + 1 predicts the largest, and of
            overlapping classes each of C = K is predicted as if it were the only one.
        threshold: in (0, 1), for single and overlapping classes.
        overlapping: whether classes overlap.

    Returns:
        three (B, K) float64 tensors.
    """
    truth = tf.cast(truth, tf.int32)
    if overlapping:
        each = [
            batch_counts(OVERLAPPING.alone(truth, k, logits.shape[-1]), logits[..., k - 1 : k], threshold)
            for k in range(1, logits.shape[-1] + 1)
        ]
        both, true, said = (tf.concat(parts, axis=-1) for parts in zip(*each, strict=True))
        return both, true, said
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


def _dice(both: Any, true: Any, said: Any) -> tuple[Any, Any]:
    return 2 * both, true + said


def _iou(both: Any, true: Any, said: Any) -> tuple[Any, Any]:
    return both, true + said - both


class _Ratio(keras.metrics.Metric):  # type: ignore[misc]
    """What all have in common: sums kept in float64, in which pixel counts are exact.

    Args:
        name: in Keras' logs.
        threshold: in (0, 1), of the probability of a single class, or of each that overlaps.
        label: one class, from 1; None is all of them, as each metric says.
        dtype: as for every Keras metric; what is kept is float64 whatever it says.
        overlapping: whether classes overlap.
    """

    formula: Callable[[Any, Any, Any], tuple[Any, Any]]

    def __init__(
        self,
        name: str,
        threshold: float = 0.5,
        label: int | None = None,
        dtype: Any = None,
        overlapping: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 < threshold < 1:
            raise ValueError(f"threshold must lie in (0, 1), got {threshold}")
        if label is not None and label < 1:
            raise ValueError(f"label must be at least 1, got {label}")
        self.threshold = threshold
        self.label = label
        self.overlapping = overlapping
        self.part = self.add_variable((), "zeros", dtype="float64", name="part")
        self.whole = self.add_variable((), "zeros", dtype="float64", name="whole")

    def _parts(self, truth: Any, logits: Any) -> tuple[Any, Any]:
        """Numerator and denominator (B, K), or (B, 1) of one class, for each picture."""
        counts = batch_counts(truth, logits, self.threshold, self.overlapping)
        if self.label is not None:
            if self.label > counts[0].shape[-1]:
                raise ValueError(f"label must lie in 1…{counts[0].shape[-1]}, got {self.label}")
            counts = tuple(part[:, self.label - 1 : self.label] for part in counts)
        return type(self).formula(*counts)

    def result(self) -> Any:
        """The score of all pictures so far, float32; NaN where none is defined."""
        return tf.cast(tf.convert_to_tensor(self.part) / tf.convert_to_tensor(self.whole), tf.float32)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the metric."""
        return {
            **super().get_config(),
            "threshold": self.threshold,
            "label": self.label,
            "overlapping": self.overlapping,
        }


class _Mean(_Ratio):
    """Mean over pictures of a picture's score, itself the mean over the classes defined in it."""

    def update_state(self, truth: Any, logits: Any, sample_weight: Any = None) -> None:
        """Add a batch: truth (B, H, W), logits (B, H, W, C), and, where given, a weight for each picture (B,)."""
        part, whole = self._parts(truth, logits)
        defined = tf.cast(whole > 0, tf.float64)
        scores = tf.math.divide_no_nan(part, whole)
        score = tf.math.divide_no_nan(tf.reduce_sum(scores, -1), tf.reduce_sum(defined, -1))
        weight = _weights(sample_weight, score) * tf.reduce_max(defined, -1)
        self.part.assign_add(tf.reduce_sum(score * weight))
        self.whole.assign_add(tf.reduce_sum(weight))


class _Pooled(_Ratio):
    """The score of all pictures and classes as if they were one picture: large ones weigh more."""

    def update_state(self, truth: Any, logits: Any, sample_weight: Any = None) -> None:
        """Add a batch: truth (B, H, W), logits (B, H, W, C), and, where given, a weight for each picture (B,)."""
        part, whole = self._parts(truth, logits)
        weight = _weights(sample_weight, part[:, 0])[:, None]
        self.part.assign_add(tf.reduce_sum(part * weight))
        self.whole.assign_add(tf.reduce_sum(whole * weight))


@keras.saving.register_keras_serializable(package="dentalx")
class MeanDice(_Mean):
    """Mean over pictures of a picture's Dice, itself the mean over the classes defined in it.

    Pictures in which no class is defined (nothing there, nothing predicted) are left out.
    """

    formula = staticmethod(_dice)

    def __init__(self, name: str = "dice", **options: Any) -> None:
        super().__init__(name, **options)


@keras.saving.register_keras_serializable(package="dentalx")
class MeanIoU(_Mean):
    """As `MeanDice`, of IoU."""

    formula = staticmethod(_iou)

    def __init__(self, name: str = "iou", **options: Any) -> None:
        super().__init__(name, **options)


@keras.saving.register_keras_serializable(package="dentalx")
class PooledDice(_Pooled):
    """Dice of all pictures and classes as if they were one picture: large ones weigh more. Not `MeanDice`."""

    formula = staticmethod(_dice)

    def __init__(self, name: str = "pooled_dice", **options: Any) -> None:
        super().__init__(name, **options)


@keras.saving.register_keras_serializable(package="dentalx")
class PooledIoU(_Pooled):
    """As `PooledDice`, of IoU."""

    formula = staticmethod(_iou)

    def __init__(self, name: str = "pooled_iou", **options: Any) -> None:
        super().__init__(name, **options)


def _weights(sample_weight: Any, like: Any) -> Any:
    if sample_weight is None:
        return tf.ones_like(like)
    return tf.reshape(tf.cast(sample_weight, tf.float64), tf.shape(like))
