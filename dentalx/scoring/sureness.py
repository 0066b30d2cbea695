"""What probabilities of one picture say, and pieces; and what those of all pictures add up to.

Of exclusive classes all channels are looked at together; of overlapping ones each class as if it were the only one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation.calibration import Calibration, CalibrationCounts, Temperature, with_temperature
from dentalx.evaluation.curves import CurveCounts
from dentalx.evaluation.keeping import lesions_as_json, lesions_from_json
from dentalx.evaluation.levels import level_counts
from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.metrics.counts import Floats, Integers
from dentalx.metrics.lesions import FROC_AT, Lesions, froc, lesions
from dentalx.samples import Mask

Table = list[list[Any]]  # the first row says what the columns are

MOST_PIECES = 2000  # a mask in more pieces than this is noise, and is not looked at piece by piece
POINTS = 65  # of a curve in metrics.json


@dataclass(frozen=True)
class Sureness:
    """What is kept of one picture.

    Attributes:
        levels: probabilities of the class and of all else, counted as in `level_counts`.
        calibration, calibrated: as probabilities are, and with the temperature.
        pieces: the class, piece by piece; None where there are too many.
    """

    levels: tuple[Integers, Integers] | None = None
    calibration: Mapping[str, Any] | None = None
    calibrated: Mapping[str, Any] | None = None
    pieces: Lesions | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the same to the last bit."""
        kept: dict[str, Any] = {"calibration": self.calibration, "calibrated": self.calibrated}
        if self.levels is not None:
            kept["levels"] = [_sparse(counts) for counts in self.levels]
        if self.pieces is not None:
            kept["pieces"] = lesions_as_json(self.pieces)
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Sureness":
        """What `as_json` made.

        Raises:
            KeyError, TypeError, ValueError: it is nothing of the kind.
        """
        found: dict[str, Any] = {name: kept[name] for name in ("calibration", "calibrated")}
        if "levels" in kept:
            true, false = kept["levels"]
            found["levels"] = _dense(true), _dense(false)
        if "pieces" in kept:
            found["pieces"] = lesions_from_json(kept["pieces"])
        return cls(**found)


@dataclass(frozen=True)
class Question:
    """What is asked of a picture.

    Attributes:
        truth: (H, W) of 0…K, 255 not counted.
        mask: (H, W), the prediction.
        probability: (H, W, C) of K exclusive classes; None where it is not known or nobody asked.
        single: whether there is one class.
    """

    truth: Mask
    mask: Mask
    probability: NDArray[np.float32] | None
    single: bool


def sureness(asked: Question, temperature: float | None) -> Sureness:
    """What probabilities say, with a temperature too where there is one; and pieces, of a single class."""
    probability = asked.probability
    calibration = None if probability is None else _calibration(asked.truth, probability)
    warmed = None if probability is None or temperature is None else with_temperature(probability, temperature)
    calibrated = None if warmed is None else _calibration(asked.truth, warmed)
    if not asked.single:
        return Sureness(None, calibration, calibrated)
    levels = None if probability is None else level_counts(asked.truth, probability)
    return Sureness(levels, calibration, calibrated, _pieces(asked.truth, asked.mask, probability))


class SureTotals:
    """Everything that `Sureness` keeps, over all pictures."""

    def __init__(self) -> None:
        self._curves, self._sweep = CurveCounts(), ThresholdSweep()
        self._before, self._after = CalibrationCounts(), CalibrationCounts()
        self._pieces: list[Lesions] = []
        self._levels = 0

    def add(self, found: Sureness) -> None:
        """Take one picture."""
        if found.levels is not None:
            self._levels += 1
            self._curves.add_counts(*found.levels)
            self._sweep.add_counts(*found.levels)
        if found.calibration is not None:
            self._before.merge(found.calibration)
        if found.calibrated is not None:
            self._after.merge(found.calibrated)
        if found.pieces is not None:
            self._pieces.append(found.pieces)

    @property
    def sure(self) -> bool:
        """Whether probabilities were seen."""
        return self._before.result().n > 0

    @property
    def single(self) -> bool:
        """Whether probabilities of one class were."""
        return self._levels > 0

    @property
    def piecewise(self) -> bool:
        """Whether pieces were counted."""
        return bool(self._pieces)

    def merge(self, other: "SureTotals") -> None:
        """Add the calibration of another class."""
        self._before.merge(other._before.state())
        self._after.merge(other._after.state())

    def calibration(self, temperature: Temperature | None) -> tuple[dict[str, Any], Table]:
        """`calibration` of metrics.json, and every bin."""
        before = self._before.result()
        block = before.as_json()
        rows = _bins("as predicted", before)
        if temperature is not None:
            after = self._after.result()
            block["temperature"] = temperature.as_json()
            block["after_temperature"] = after.as_json()
            rows += _bins("with the temperature", after)
        return block, [["what", "from", "to", "pixels", "mean_probability", "frequency"], *rows]

    def curves(self) -> tuple[dict[str, Any], Table]:
        """`curves` of metrics.json, and every point."""
        found = self._curves.result().as_json()
        sweep = self._sweep.best().curve  # at 1/256 … 255/256
        found["dice"] = [None, *sweep[::-1], None]
        names = ("thresholds", "recall", "precision", "false_positive_rate", "dice")
        rows = [list(row) for row in zip(*(found[name] for name in names), strict=True)]
        step = (len(rows) - 1) // (POINTS - 1)
        thin = {name: found[name][::step] for name in names}
        return found | thin, [["threshold", *names[1:]], *rows]

    def froc(self, pictures: int) -> tuple[dict[str, Any], Table]:
        """`froc` of metrics.json, of so many pictures in all, and every point."""
        curve = froc(self._pieces)
        at = np.unique(np.linspace(0, len(curve.thresholds) - 1, min(POINTS, len(curve.thresholds))).round())
        columns = (curve.thresholds, curve.false_positives, curve.sensitivity)
        names = ("thresholds", "false_positives", "sensitivity")
        thin = {name: _plain(column[at.astype(int)]) for name, column in zip(names, columns, strict=True)}
        block = {
            "lesions": curve.lesions,
            "pictures": curve.pictures,
            "in_too_many_pieces": pictures - curve.pictures,
            **thin,
            "at": [[limit, _plain(np.array([curve.at(limit)]))[0]] for limit in FROC_AT],
        }
        rows = zip(*(_plain(column) for column in columns), strict=True)
        return block, [["threshold", "false_positives_a_picture", "sensitivity"], *(list(row) for row in rows)]

    def said(self, temperature: Temperature | None, pictures: int) -> tuple[dict[str, Any], dict[str, Table]]:
        """All that there is of these blocks, and their tables."""
        blocks, tables = dict[str, Any](), dict[str, Table]()
        if self.sure:
            blocks["calibration"], tables["reliability"] = self.calibration(temperature)
        if self.single:
            blocks["curves"], tables["curves"] = self.curves()
        if self.piecewise:
            blocks["froc"], tables["froc"] = self.froc(pictures)
        return blocks, tables


def _calibration(truth: Mask, probability: NDArray[np.float32]) -> dict[str, Any]:
    counts = CalibrationCounts()
    counts.add(truth, probability)
    return counts.state()


def _pieces(truth: Mask, mask: Mask, probability: NDArray[np.float32] | None) -> Lesions | None:
    for side in (truth, mask):
        if cv2.connectedComponents((side == 1).astype(np.uint8), connectivity=8)[0] > MOST_PIECES:
            return None
    return lesions(truth, mask, 1, None if probability is None else probability[..., 0].astype(np.float64))


def _sparse(counts: Integers) -> list[list[int]]:
    at = np.flatnonzero(counts)
    return [at.tolist(), counts[at].tolist(), [len(counts)]]


def _dense(kept: list[list[int]]) -> Integers:
    counts = np.zeros(kept[2][0], np.int64)
    counts[kept[0]] = kept[1]
    return counts


def _bins(what: str, calibration: Calibration) -> Table:
    return [[what, b.low, b.high, b.n, b.confidence, b.frequency] for b in calibration.bins]


def _plain(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
