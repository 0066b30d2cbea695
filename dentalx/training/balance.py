"""What is done for rare classes in one training, from the shares that its masks hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.balance import BACKGROUND, BalanceConfig, class_weights, rarity
from dentalx.datasets.crops import Crops
from dentalx.errors import InputError
from dentalx.training.reporter import Reporter


@dataclass(frozen=True)
class Balance:
    """How much the classes count.

    Attributes:
        class_weights: K + 1 weights of pixels by their true class, background first; None: all alike.
        crops: how parts are cut out of training pictures; None: they are whole.
    """

    class_weights: tuple[float, ...] | None = None
    crops: Crops | None = None


EVEN = Balance()


def find_balance(
    asked: BalanceConfig, classes: Sequence[str], shares: NDArray[np.float64], reporter: Reporter
) -> Balance:
    """What was asked for, for these classes; tells the weights.

    Args:
        asked: as in the configuration.
        classes: K names.
        shares: (K,) of the labelled training pixels.
        reporter: is told.

    Raises:
        InputError: a weight is given to a class that there is not.
    """
    try:
        weights = class_weights(asked.class_weights, classes, shares)
    except ValueError as error:
        raise InputError(str(error)) from error
    if weights is not None:
        told = ", ".join(f"{name} {weight:g}" for name, weight in zip((BACKGROUND, *classes), weights, strict=True))
        reporter.say(f"weights of pixels in the loss: {told}")
    crops = Crops(asked.crop, asked.foreground_crops, rarity(shares)) if asked.crop else None
    return Balance(weights, crops)
