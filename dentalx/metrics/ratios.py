"""Scores from counts. Every function takes `Counts` of any shape and returns float64 of that shape.

The empty rule, one for all scores of a class in a picture:

- nothing in truth, nothing predicted: Dice, IoU, F, precision and recall are NaN; the picture is left out and counted;
- nothing in truth, something predicted: Dice, IoU, F and precision are 0, recall is NaN; a *false alarm*;
- something in truth, nothing predicted: Dice, IoU, F, precision and recall are 0; a *miss*.

Volumetric similarity follows Dice. Kappa and Matthews' coefficient are NaN where truth and prediction are the same
constant (all or nothing), and 0 where only one of them is constant. Balanced accuracy is NaN where truth is constant.

Definitions follow Maier-Hein et al., "Metrics reloaded", Nature Methods 21:195, 2024.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dentalx.metrics.counts import Counts, Floats, Integers


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """`part / whole`, and NaN for nothing out of nothing.

    >>> ratio([1, 0], [4, 0]).tolist()
    [0.25, nan]
    """
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    result: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
    return result


def dice(counts: Counts) -> Floats:
    """2 TP / (2 TP + FP + FN), in [0, 1].

    >>> float(dice(Counts(3, 1, 1, 0)))
    0.75
    """
    return ratio(2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn)


def iou(counts: Counts) -> Floats:
    """TP / (TP + FP + FN), the Jaccard index, in [0, 1].

    >>> float(iou(Counts(3, 1, 1, 0)))
    0.6
    """
    return ratio(counts.tp, counts.tp + counts.fp + counts.fn)


def pixel_accuracy(counts: Counts) -> Floats:
    """(TP + TN) / all; NaN only where no pixel counts. Always to be read beside the all-background baseline.

    >>> float(pixel_accuracy(Counts(3, 1, 1, 5)))
    0.8
    """
    return ratio(counts.tp + counts.tn, counts.pixels)


def precision(counts: Counts) -> Floats:
    """TP / (TP + FP); 0 where something was there and nothing was predicted.

    >>> precision(Counts([3, 0, 0], [1, 0, 0], [0, 2, 0], 9)).tolist()
    [0.75, 0.0, nan]
    """
    missed = (counts.prediction == 0) & (counts.fn > 0)
    return np.where(missed, 0.0, ratio(counts.tp, counts.prediction))


def recall(counts: Counts) -> Floats:
    """TP / (TP + FN), also called sensitivity; NaN where there was nothing to find.

    >>> float(recall(Counts(3, 0, 1, 0)))
    0.75
    """
    return ratio(counts.tp, counts.truth)


def specificity(counts: Counts) -> Floats:
    """TN / (TN + FP); NaN where every counted pixel is of the class.

    >>> float(specificity(Counts(0, 1, 0, 3)))
    0.75
    """
    return ratio(counts.tn, counts.tn + counts.fp)


def f_beta(counts: Counts, beta: float = 1.0) -> Floats:
    """(1 + β²) TP / ((1 + β²) TP + β² FN + FP): recall weighs β times precision; β = 1 is Dice.

    >>> float(f_beta(Counts(2, 0, 2, 0), beta=2)).__round__(4)
    0.5556
    """
    if beta <= 0:
        raise ValueError(f"beta must be positive, got {beta}")
    weight = 1 + beta**2
    return ratio(weight * counts.tp, weight * counts.tp + beta**2 * counts.fn + counts.fp)


def volumetric_similarity(counts: Counts) -> Floats:
    """1 − |FN − FP| / (2 TP + FP + FN), in [0, 1]: are the areas alike, wherever they lie? (Taha and Hanbury 2015.)

    >>> float(volumetric_similarity(Counts(0, 5, 5, 0)))
    1.0
    """
    return 1 - ratio(np.abs(counts.fn - counts.fp), 2 * counts.tp + counts.fp + counts.fn)


def balanced_accuracy(counts: Counts) -> Floats:
    """The mean of recall and specificity; NaN where truth is all or nothing.

    >>> float(balanced_accuracy(Counts(1, 1, 1, 3)))
    0.625
    """
    return (recall(counts) + specificity(counts)) / 2


def kappa(counts: Counts) -> Floats:
    """Cohen's kappa, agreement beyond chance, in [-1, 1] (Cohen 1960); chance gives each side its own share of pixels.

    >>> float(kappa(Counts(3, 1, 1, 3)))
    0.5
    """
    pixels = counts.pixels.astype(np.float64)
    by_chance = ratio(counts.truth, pixels) * ratio(counts.prediction, pixels)
    by_chance = by_chance + ratio(pixels - counts.truth, pixels) * ratio(pixels - counts.prediction, pixels)
    return np.where(_same_constant(counts), np.nan, ratio(pixel_accuracy(counts) - by_chance, 1 - by_chance))


def mcc(counts: Counts) -> Floats:
    """Matthews' correlation coefficient (phi), in [-1, 1] (Matthews 1975).

    >>> float(mcc(Counts(3, 1, 1, 3)))
    0.5
    """
    tp, fp, fn, tn = (part.astype(np.float64) for part in (counts.tp, counts.fp, counts.fn, counts.tn))
    norm = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    value = np.divide(tp * tn - fp * fn, norm, out=np.zeros(norm.shape), where=norm > 0)
    return np.where(_same_constant(counts), np.nan, np.clip(value, -1, 1))


def _same_constant(counts: Counts) -> NDArray[np.bool_]:
    alike: NDArray[np.bool_] = (counts.fp + counts.fn == 0) & ((counts.tp == 0) | (counts.tn == 0))
    return alike


def overall_kappa(table: Integers) -> Floats:
    """Cohen's kappa over all classes, background included, from a (…, K + 1, K + 1) confusion table.

    >>> round(float(overall_kappa(np.array([[5, 1], [1, 3]]))), 4)
    0.5833
    """
    total = table.sum((-2, -1))
    by_chance = ratio((table.sum(-1).astype(np.float64) * table.sum(-2)).sum(-1), total.astype(np.float64) ** 2)
    return ratio(overall_accuracy(table) - by_chance, 1 - by_chance)


def overall_accuracy(table: Integers) -> Floats:
    """Share of counted pixels given their own class, background included, from a (…, K + 1, K + 1) confusion table.

    >>> float(overall_accuracy(np.array([[5, 1], [1, 3]])))
    0.8
    """
    return ratio(np.trace(table, axis1=-2, axis2=-1), table.sum((-2, -1)))


SCORES: dict[str, Callable[[Counts], Floats]] = {
    "dice": dice,
    "iou": iou,
    "pixel_accuracy": pixel_accuracy,
    "precision": precision,
    "recall": recall,
    "specificity": specificity,
    "balanced_accuracy": balanced_accuracy,
    "volumetric_similarity": volumetric_similarity,
    "kappa": kappa,
    "mcc": mcc,
}
