"""What is done for rare classes in one training, from the shares that its masks hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.balance import BACKGROUND, BalanceConfig, class_weights, pairs_of_weights, rarity
from dentalx.datasets.crops import Crops
from dentalx.errors import InputError
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.training.reporter import Reporter

Weights = tuple[float, ...] | tuple[tuple[float, ...], ...] | None


@dataclass(frozen=True)
class Balance:
    """How much the classes count.

    Attributes:
        class_weights: K + 1 weights of pixels by their true class, background first; of overlapping classes K pairs
            (elsewhere, there); None: all alike.
        crops: how parts are cut out of training pictures; None: they are whole.
    """

    class_weights: Weights = None
    crops: Crops | None = None


EVEN = Balance()


def find_balance(
    asked: BalanceConfig,
    classes: Sequence[str],
    shares: NDArray[np.float64],
    reporter: Reporter,
    labelling: Labelling = EXCLUSIVE,
) -> Balance:
    """What was asked for, for these classes; tells the weights.

    Args:
        asked: as in the configuration.
        classes: K names.
        shares: (K,) of the labelled training pixels.
        reporter: is told.
        labelling: whether the classes overlap.

    Raises:
        InputError: a weight is given to a class that there is not.
    """
    try:
        weights, told = (_pairs if labelling.overlapping else _single)(asked.class_weights, classes, shares)
    except ValueError as error:
        raise InputError(str(error)) from error
    if weights is not None:
        reporter.say(f"weights of pixels in the loss: {told}")
    crops = Crops(asked.crop, asked.foreground_crops, rarity(shares), labelling) if asked.crop else None
    return Balance(weights, crops)


def _single(words: Sequence[str], classes: Sequence[str], shares: NDArray[np.float64]) -> tuple[Weights, str]:
    """The weights of exclusive classes, and what is told of them."""
    weights = class_weights(words, classes, shares) or ()
    told = [f"{name} {weight:g}" for name, weight in zip((BACKGROUND, *classes), weights, strict=False)]
    return weights or None, ", ".join(told)


def _pairs(words: Sequence[str], classes: Sequence[str], shares: NDArray[np.float64]) -> tuple[Weights, str]:
    """Those of overlapping ones."""
    pairs = pairs_of_weights(words, classes, shares) or ()
    told = [f"{name} {there:g} (elsewhere {rest:g})" for name, (rest, there) in zip(classes, pairs, strict=False)]
    return pairs or None, ", ".join(told)
