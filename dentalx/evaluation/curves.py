"""Precision against recall, and the receiver operating characteristic, over pixels.

Probabilities are counted at 256 levels, so the curves have 257 points, the areas are those of probabilities rounded
down to n / 256, and memory does not grow with the size of the pictures. A ROC over pixels is flattered by every
pixel of background: read precision and recall beside it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dentalx.evaluation.levels import LEVELS, Probability, level_counts
from dentalx.metrics import Summary, ratio, summarise
from dentalx.metrics.counts import Floats, Integers
from dentalx.samples import Mask


@dataclass(frozen=True)
class Curves:
    """The curves of all pixels of all pictures, and the areas picture by picture.

    Attributes:
        thresholds: (257,) descending from 1 to 0; the first point predicts nothing.
        recall, precision, false_positive_rate: (257,) at the thresholds; NaN where undefined.
        auc: area under the ROC of all pixels; NaN without both kinds of pixel.
        average_precision: of all pixels; NaN where nothing is there.
        auc_per_image, average_precision_per_image: summaries over pictures.
        n: pictures.
    """

    thresholds: Floats
    recall: Floats
    precision: Floats
    false_positive_rate: Floats
    auc: float
    average_precision: float
    auc_per_image: Summary
    average_precision_per_image: Summary
    n: int

    def as_json(self) -> dict[str, Any]:
        """Plain values, None for NaN."""
        lists = {
            name: [_number(value) for value in getattr(self, name)]
            for name in ("thresholds", "recall", "precision", "false_positive_rate")
        }
        per_image = {name: vars(getattr(self, name)) for name in ("auc_per_image", "average_precision_per_image")}
        areas = {name: _number(getattr(self, name)) for name in ("auc", "average_precision")}
        return {"n": self.n, **areas, **per_image, **lists}


class CurveCounts:
    """Probabilities of one class, counted picture by picture; memory grows by 16 bytes a picture."""

    def __init__(self) -> None:
        self._true, self._false = np.zeros(LEVELS, np.int64), np.zeros(LEVELS, np.int64)
        self._areas: list[tuple[float, float]] = []

    def add(self, truth: Mask, probability: Probability) -> tuple[float, float]:
        """Count one picture; arguments and errors as in `levels.level_counts`.

        Returns:
            its area under the ROC and its average precision, NaN where undefined.
        """
        return self.add_counts(*level_counts(truth, probability))

    def add_counts(self, true: Integers, false: Integers) -> tuple[float, float]:
        """As `add`, of a picture whose levels are counted already."""
        self._true += true
        self._false += false
        self._areas.append((auc(true, false), average_precision(true, false)))
        return self._areas[-1]

    def result(self) -> Curves:
        """The curves so far."""
        tp, fp = _reached(self._true), _reached(self._false)
        areas = np.array(self._areas).reshape(-1, 2)
        return Curves(
            thresholds=np.arange(LEVELS, -1, -1) / LEVELS,
            recall=ratio(tp, self._true.sum()),
            precision=ratio(tp, tp + fp),
            false_positive_rate=ratio(fp, self._false.sum()),
            auc=auc(self._true, self._false),
            average_precision=average_precision(self._true, self._false),
            auc_per_image=summarise(areas[:, 0]),
            average_precision_per_image=summarise(areas[:, 1]),
            n=len(areas),
        )


def auc(true: Integers, false: Integers) -> float:
    """Area under the ROC from counts by ascending level (L,).

    The chance that a pixel of the class is ranked above another one, ties counting half (Hanley and McNeil 1982).

    >>> auc(np.array([0, 1, 1]), np.array([1, 1, 0]))
    0.875
    """
    below = false.cumsum() - false
    pairs = (true * (below + false / 2)).sum()
    return float(ratio(pairs, float(true.sum()) * float(false.sum())))


def average_precision(true: Integers, false: Integers) -> float:
    """The mean precision over the pixels of the class, from the surest on, without interpolation.

    >>> average_precision(np.array([0, 1, 1]), np.array([1, 1, 0])).__round__(4)
    0.8333
    """
    tp, fp = _reached(true), _reached(false)
    gained = np.diff(tp) * np.nan_to_num(ratio(tp, tp + fp))[1:]
    return float(ratio(gained.sum(), true.sum()))


def _reached(counts: Integers) -> Integers:
    """(L + 1,) pixels at or above each level, from none to all."""
    return np.concatenate([[0], counts[::-1].cumsum()])


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
