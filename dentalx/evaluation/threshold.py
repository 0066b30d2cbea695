"""The probability above which a pixel is called foreground, chosen on validation pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation.levels import LEVELS, level_counts
from dentalx.metrics import ratio
from dentalx.metrics.counts import Integers
from dentalx.samples import Mask


@dataclass(frozen=True)
class Threshold:
    """A threshold and how it was found.

    Attributes:
        value: a pixel is foreground where probability ≥ value.
        dice: mean Dice of the pictures at `value`; None where no picture has one.
        dice_at_half: the same at 0.5, for comparison.
        n: pictures seen.
        curve: mean Dice at 1/256, 2/256 … 255/256, None where undefined.
    """

    value: float
    dice: float | None
    dice_at_half: float | None
    n: int
    curve: tuple[float | None, ...]

    def as_json(self) -> dict[str, Any]:
        """The values under their names, for `thresholds.json`."""
        return {
            "value": self.value,
            "dice": self.dice,
            "dice_at_half": self.dice_at_half,
            "n": self.n,
            "curve": list(self.curve),
        }


class ThresholdSweep:
    """Mean Dice at every threshold k / 256, picture by picture; memory does not grow with their number."""

    def __init__(self) -> None:
        self._sums = np.zeros(LEVELS - 1)
        self._defined = np.zeros(LEVELS - 1, np.int64)
        self._n = 0

    def add(self, truth: Mask, probability: NDArray[np.floating]) -> None:
        """See one picture.

        Args:
            truth: (H, W) uint8, 1 the class, 255 not counted, all else background.
            probability: (H, W) or (H, W, 1) in [0, 1], of the class.
        """
        self.add_counts(*level_counts(truth, probability))

    def add_counts(self, true: Integers, false: Integers) -> None:
        """As `add`, of a picture whose levels are counted already by `levels.level_counts`."""
        dice = _dice_at_all(true, false)
        self._sums += np.nan_to_num(dice)
        self._defined += ~np.isnan(dice)
        self._n += 1

    def best(self) -> Threshold:
        """The threshold with the largest mean Dice, the one nearest 0.5 among equals; 0.5 where nothing is defined."""
        curve = ratio(self._sums, self._defined)
        half = LEVELS // 2 - 1
        index = half
        if not np.isnan(curve).all():
            equal = np.flatnonzero(curve >= np.nanmax(curve) - 1e-12)
            index = int(equal[np.argmin(np.abs(equal - half))])
        points = tuple(None if np.isnan(value) else float(value) for value in curve)
        return Threshold((index + 1) / LEVELS, points[index], points[half], self._n, points)


def best_threshold(pairs: Iterable[tuple[Mask, NDArray[np.floating]]]) -> Threshold:
    """The best threshold for pairs of truth and probability; see `ThresholdSweep`.

    >>> truth, probability = np.array([[1, 1, 0]], np.uint8), np.array([[0.9, 0.3, 0.2]], np.float32)
    >>> best_threshold([(truth, probability)]).value
    0.296875
    """
    sweep = ThresholdSweep()
    for truth, probability in pairs:
        sweep.add(truth, probability)
    return sweep.best()


def _dice_at_all(true: Integers, false: Integers) -> NDArray[np.float64]:
    """Dice of one picture at k / 256 for k = 1…255, from its cumulated histograms."""
    tp, fp = (histogram[::-1].cumsum()[::-1][1:] for histogram in (true, false))
    return ratio(2 * tp, tp + fp + true.sum())
