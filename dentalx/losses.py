"""Losses on logits, one value a picture, in float32 whatever the network computes in.

Letters: B pictures, H W rows and columns, C channels of logits: 1 for one class against background, K + 1 for several
with background first. Pixels marked 255 are not counted; a picture that has no others costs nothing.

A value a picture, (B,), lets Keras take the mean over the batch and over replicas as it does for its own losses.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx.balance import WEIGHTED_TERMS
from dentalx.geometry import signed_distance
from dentalx.labelling import OVERLAPPING
from dentalx.loss_terms import loss_terms, moving
from dentalx.samples import UNLABELLED

SMOOTH_PX = 1.0  # in soft Dice alone: a picture without the class has a value and a gradient; scores have none of it


def bce(truth: Any, logits: Any, class_weights: Sequence[float] | None = None) -> Any:
    """Cross-entropy: the mean over a picture's counted pixels.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.
        class_weights: K + 1, that of background first: a pixel's cross-entropy is multiplied by the weight of its true
            class, and the sum still divided by the number of pixels; None: by 1.

    Returns:
        (B,) float32 in nats, at least 0.
    """
    return _mean(*_entropy(truth, logits), _of_pixels(truth, class_weights))


def soft_dice(truth: Any, logits: Any) -> Any:
    """1 − (2 Σ p t + s) / (Σ p + Σ t + s) with s = `SMOOTH_PX`, the mean over classes without background.

    After Milletari et al., "V-Net", 3DV 2016, with plain sums (no squares) in the denominator.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in [0, 1).
    """
    target, probability = _classes(truth, logits)
    both = tf.reduce_sum(probability * target, (1, 2))
    either = tf.reduce_sum(probability, (1, 2)) + tf.reduce_sum(target, (1, 2))
    return tf.reduce_mean(1 - (2 * both + SMOOTH_PX) / (either + SMOOTH_PX), -1)


def focal(truth: Any, logits: Any, gamma: float = 2.0, class_weights: Sequence[float] | None = None) -> Any:
    """Cross-entropy of each pixel times (1 − p)^γ, p the probability of its own class: the mean over counted pixels.

    After Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017; their α are the class weights.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.
        gamma: 0 is `bce`; the larger, the less counts what is known already.
        class_weights: as in `bce`.

    Returns:
        (B,) float32 in nats, at least 0.
    """
    each, counted = _entropy(truth, logits)
    return _mean(each * (1 - tf.exp(-each)) ** gamma, counted, _of_pixels(truth, class_weights))


def tversky(truth: Any, logits: Any, alpha: float = 0.3, beta: float = 0.7) -> Any:
    """1 − (Σ p t + s) / (Σ p t + α Σ p (1 − t) + β Σ (1 − p) t + s), the mean over classes without background.

    After Salehi et al., "Tversky Loss Function for Image Segmentation", MLMI 2017; s = `SMOOTH_PX` / 2.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.
        alpha: what is made up weighs so much,
        beta: what is missed so much; 0.5 and 0.5 are `soft_dice`.

    Returns:
        (B,) float32 in [0, 1).
    """
    target, probability = _classes(truth, logits)
    both = tf.reduce_sum(probability * target, (1, 2))
    made_up = tf.reduce_sum(probability, (1, 2)) - both
    missed = tf.reduce_sum(target, (1, 2)) - both
    smooth = SMOOTH_PX / 2
    return tf.reduce_mean(1 - (both + smooth) / (both + alpha * made_up + beta * missed + smooth), -1)


def generalised_dice(truth: Any, logits: Any) -> Any:
    """1 − 2 Σₗ wₗ Σ p t / Σₗ wₗ Σ (p + t) over all classes with background, wₗ = 1 / (Σ tₗ)².

    After Sudre et al., "Generalised Dice Overlap", DLMIA 2017. A class that is not in the picture weighs as much as the
    heaviest that is.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in [0, 1].
    """
    target, probability = _classes(truth, logits)
    counted = tf.cast(tf.cast(truth, tf.int32) != UNLABELLED, tf.float32)[..., None]
    rest = [tf.maximum(0.0, counted - tf.reduce_sum(each, -1, keepdims=True)) for each in (target, probability)]
    target, probability = (tf.concat([r, e], -1) for r, e in zip(rest, (target, probability), strict=True))
    size = tf.reduce_sum(target, (1, 2))
    weight = tf.math.divide_no_nan(1.0, size**2)
    weight = tf.where(size > 0, weight, tf.reduce_max(weight, -1, keepdims=True))
    both = tf.reduce_sum(weight * tf.reduce_sum(probability * target, (1, 2)), -1)
    either = tf.reduce_sum(weight * (tf.reduce_sum(probability, (1, 2)) + size), -1)
    return tf.where(either > 0, 1 - 2 * tf.math.divide_no_nan(both, either), 0.0)


def lovasz(truth: Any, logits: Any) -> Any:
    """The Lovász extension of the Jaccard loss on |t − p|, the mean over classes without background.

    After Berman et al., "The Lovász-Softmax Loss", CVPR 2018, each picture by itself.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in [0, 1].
    """
    target, probability = _classes(truth, logits)
    shape = tf.shape(target)
    target, probability = (
        tf.transpose(tf.reshape(each, (shape[0], -1, each.shape[-1])), (0, 2, 1)) for each in (target, probability)
    )
    error = tf.abs(target - probability)  # 0 where nothing counts: last, and without weight
    order = tf.argsort(error, -1, "DESCENDING")
    there = tf.gather(target, order, batch_dims=2)
    left = tf.reduce_sum(there, -1, keepdims=True) - tf.cumsum(there, -1)
    jaccard = 1 - left / tf.maximum(left + tf.cumsum(there, -1) + tf.cumsum(1 - there, -1), 1.0)
    steps = tf.concat([jaccard[..., :1], jaccard[..., 1:] - jaccard[..., :-1]], -1)
    each = tf.reduce_sum(tf.gather(error, order, batch_dims=2) * tf.stop_gradient(steps), -1)
    return tf.reduce_mean(each, -1)


def boundary(truth: Any, logits: Any) -> Any:
    """Σ φ (p − t) / Σ 1 over the counted pixels, φ the signed distance from the truth's border: the mean over classes.

    After Kervadec et al., "Boundary loss for highly unbalanced segmentation", Medical Image Analysis 67, 2021, with the
    constant Σ φ t that they leave out, so that it is Σ |φ| |p − t|: 0 where prediction and truth are the same, and half
    the area between their borders times how far they are apart. Borders as in `geometry.signed_distance`. A class that
    is not in the picture costs nothing, nor one without a border: it goes with a term that knows of these, and with a
    small weight, since distances are counted in pixels.

    Args:
        truth: (B, H, W) of 0…K, 255 not counted; any number type.
        logits: (B, H, W, C) of any float type.

    Returns:
        (B,) float32 in pixels, at least 0.
    """
    target, probability = _classes(truth, logits)
    numbers = tf.cast(truth, tf.int32)
    distance = tf.numpy_function(_distances, [numbers, target.shape[-1]], tf.float32, stateful=False)
    each = tf.reduce_mean(tf.reshape(distance, tf.shape(target)) * (probability - target), -1)
    return _mean(each, tf.cast(numbers != UNLABELLED, tf.float32))


def _distances(truth: NDArray[np.int32], classes: NDArray[np.int32]) -> NDArray[np.float32]:
    """(B, H, W, K) signed distances from the border of each class."""
    found = np.empty((*truth.shape, int(classes)), np.float32)
    for place in np.ndindex(len(truth), int(classes)):
        picture, label = truth[place[0]], place[1] + 1
        found[place[0], ..., place[1]] = signed_distance(picture == label, picture != UNLABELLED)
    return found


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "bce": bce,
    "dice": soft_dice,
    "focal": focal,
    "tversky": tversky,
    "generalised_dice": generalised_dice,
    "lovasz": lovasz,
    "boundary": boundary,
}


def _entropy(truth: Any, logits: Any) -> tuple[Any, Any]:
    """(B, H, W) cross-entropy of each pixel, and 1 where it counts."""
    truth, logits, counted = _cast(truth, logits)
    if logits.shape[-1] == 1:
        target = tf.cast(truth == 1, tf.float32)
        each = tf.nn.sigmoid_cross_entropy_with_logits(target, logits[..., 0])
    else:
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.where(counted, truth, 0), logits)
    return each, tf.cast(counted, tf.float32)


def _mean(each: Any, counted: Any, weight: Any = 1.0) -> Any:
    return tf.reduce_sum(each * counted * weight, (1, 2)) / tf.maximum(tf.reduce_sum(counted, (1, 2)), 1.0)


def _of_pixels(truth: Any, class_weights: Sequence[float] | None) -> Any:
    """(B, H, W) weight of each pixel's true class; 1 where nothing is weighted or counted."""
    if class_weights is None:
        return 1.0
    return tf.gather(
        tf.constant([*class_weights, 1.0], tf.float32), tf.minimum(tf.cast(truth, tf.int32), len(class_weights))
    )


def _classes(truth: Any, logits: Any) -> tuple[Any, Any]:
    """(B, H, W, K) truth and probability of the classes without background, 0 where nothing counts."""
    truth, logits, counted = _cast(truth, logits)
    weight = tf.cast(counted, tf.float32)[..., None]
    if logits.shape[-1] == 1:
        return tf.cast(truth == 1, tf.float32)[..., None], tf.sigmoid(logits) * weight
    target = tf.one_hot(tf.where(counted, truth, 0), logits.shape[-1])[..., 1:] * weight
    return target, tf.nn.softmax(logits)[..., 1:] * weight


def _cast(truth: Any, logits: Any) -> tuple[Any, Any, Any]:
    """Truth as int32, logits as float32 with 0 where nothing counts (not even an infinity), and what counts."""
    truth = tf.cast(truth, tf.int32)
    counted = truth != UNLABELLED
    return truth, tf.where(counted[..., None], tf.cast(logits, tf.float32), 0.0), counted


@keras.saving.register_keras_serializable(package="dentalx")
class WeightedSum(keras.losses.Loss):  # type: ignore[misc]
    """Functions of (truth, logits) to (B,) added up, as Keras wants them, spared Keras' guesses about ranks.

    Args:
        terms: as `loss_terms` reads them; names and weights, those of the first epoch until `come` is called.
        class_weights: K + 1 weights of pixels by their true class, for the terms that know such; None: all alike.
        overlapping: truth is bits (`dentalx.labelling`) and logits are K: every class is a single one of its own, with
            weights out of K pairs (elsewhere, there), and a term is the mean over them.
    """

    def __init__(
        self,
        terms: str = "bce+dice",
        name: str = "loss",
        reduction: str = "sum_over_batch_size",
        dtype: Any = "float32",
        class_weights: Sequence[Any] | None = None,
        overlapping: bool = False,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.overlapping = overlapping
        self.terms = terms
        self.class_weights: Any = None if class_weights is None else tuple(class_weights)
        self._weights = loss_terms(terms)
        self._share = tf.Variable(0.0, trainable=False) if moving(terms) else None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Reduce `call` as Keras does, which turns truth into floats: sets of classes would not stay exact there."""
        if self.overlapping:
            truth, classes = tf.cast(y_true, tf.int32), int(y_pred.shape[-1])
            y_true = tf.stack([OVERLAPPING.alone(truth, k, classes) for k in range(1, classes + 1)], axis=-1)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(B,) from truth (B, H, W), of overlapping classes (B, H, W, K) of 0, 1 and 255, and logits (B, H, W, C)."""
        if not self.overlapping:
            return self._sum(y_true, y_pred, self.class_weights)
        given = self.class_weights
        each = [
            self._sum(y_true[..., k], y_pred[..., k : k + 1], given and given[k]) for k in range(int(y_pred.shape[-1]))
        ]
        return tf.add_n(each) / len(each)

    def come(self, share: float) -> None:
        """Give each term the weight that it has when `share` of training, 0 to 1, is done."""
        if self._share is not None:
            self._share.assign(share)

    def _weight(self, name: str) -> Any:
        first, last = self._weights[name]
        return first if self._share is None else first + self._share * (last - first)

    def _sum(self, truth: Any, logits: Any, class_weights: Sequence[float] | None) -> Any:
        """(B,), all terms."""
        kept = {name: {"class_weights": class_weights} if name in WEIGHTED_TERMS else {} for name in self._weights}
        return tf.add_n([self._weight(name) * FUNCTIONS[name](truth, logits, **more) for name, more in kept.items()])

    def get_config(self) -> dict[str, Any]:
        own = {"terms": self.terms, "class_weights": self.class_weights, "overlapping": self.overlapping}
        return {**super().get_config(), **own}
