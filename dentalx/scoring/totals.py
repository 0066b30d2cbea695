"""What all pictures of an evaluation add up to: the blocks of metrics.json, and tables for whoever draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dentalx.evaluation.agreement import agreement_of
from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.calibration import Calibration, CalibrationCounts, Temperature
from dentalx.evaluation.curves import CurveCounts
from dentalx.evaluation.scores import ImageScore, short_hash
from dentalx.evaluation.semantic import SemanticEvaluation
from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.metrics.counts import Floats
from dentalx.metrics.lesions import FROC_AT, Lesions, froc
from dentalx.scoring.picture import Measured
from dentalx.scoring.subjects import EXTRA, MISSING, RESIZED, UNREADABLE, WRONG_SIZE

Table = list[list[Any]]  # the first row says what the columns are

KINDS = (MISSING, UNREADABLE, WRONG_SIZE, EXTRA, RESIZED)
COUNTED = {"zero": "counted as empty", "skip": "left out", "refuse": "refused"}
POINTS = 65  # of a curve in metrics.json


@dataclass(frozen=True)
class Problem:
    """Something that could not be used as it was.

    Attributes:
        name: image_id, or the file's name where no picture is called like it; for the user's own eyes.
        kind: out of `KINDS`; "picture" where the picture or its truth cannot be read, "rater" where a rater's mask
            cannot be used.
        counted: what became of it.
        reason: one sentence.
    """

    name: str
    kind: str
    counted: str
    reason: str


@dataclass
class Totals:
    """Grows by a few kilobytes a picture.

    Attributes:
        classes: K names.
        tolerance_px: of NSD, for the record.
        rule: what becomes of predictions that are not to be had.
    """

    classes: tuple[str, ...]
    tolerance_px: float | None
    rule: str
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    teeth: dict[str, tuple[int, ...] | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    other_problems: int = 0

    def __post_init__(self) -> None:
        self.evaluation = SemanticEvaluation(self.classes, tolerance_px=self.tolerance_px)
        self.other = SemanticEvaluation(self.classes, tolerance_px=self.tolerance_px)
        self._raters: list[tuple[ImageScore, ...]] = []
        self._curves, self._sweep = CurveCounts(), ThresholdSweep()
        self._calibration, self._calibrated = CalibrationCounts(), CalibrationCounts()
        self._pieces: list[Lesions] = []
        self._n = 0

    def add(self, found: Measured) -> None:
        """Take one picture."""
        if found.failure:
            self.problems.append(Problem(found.record_id, "picture", "left out", found.failure))
            return
        self._n += 1
        if found.problem:
            counted = "used" if found.problem == RESIZED else COUNTED[self.rule]
            self.problems.append(Problem(found.record_id, found.problem, counted, found.reason))
        self.other_problems += found.other_problem not in ("", RESIZED)
        if found.score is None or found.size is None:
            return
        if found.rater_problem:
            self.problems.append(Problem(found.record_id, "rater", "not compared", found.rater_problem))
        self.sizes[found.record_id], self.styles[found.record_id] = found.size, found.style
        self.teeth[found.record_id] = found.teeth
        self.evaluation.add_scored(found.score, found.guess)
        if found.other is not None:
            self.other.add_scored(found.other)
        if found.raters:
            self._raters.append(found.raters)
        if found.levels is not None:
            self._curves.add_counts(*found.levels)
            self._sweep.add_counts(*found.levels)
        if found.calibration is not None:
            self._calibration.merge(found.calibration)
        if found.calibrated is not None:
            self._calibrated.merge(found.calibrated)
        if found.pieces is not None:
            self._pieces.append(found.pieces)

    def unreadable(self) -> dict[str, Any]:
        """`unreadable` of metrics.json, or nothing where everything was read."""
        hashes = [short_hash(problem.name) for problem in self.problems if problem.kind == "picture"]
        return {"unreadable": {"n": len(hashes), "pictures": sorted(hashes)}} if hashes else {}

    def predictions(self) -> dict[str, Any]:
        """`predictions` of metrics.json: what was wrong with a folder's masks, and how it was counted."""
        of = {kind: [short_hash(p.name) for p in self.problems if p.kind == kind] for kind in KINDS}
        unusable = sum(len(of[kind]) for kind in (MISSING, UNREADABLE, WRONG_SIZE))
        counted = {kind: len(hashes) for kind, hashes in of.items()}
        what = {
            "zero": "a prediction that is missing, unreadable or of another size counts as an empty one",
            "skip": "pictures whose prediction is missing, unreadable or of another size are left out",
            "refuse": "every prediction was there",
        }
        return {
            "expected": self._n,
            "usable": self._n - unusable,
            **counted,
            "rule": self.rule,
            "counted_as_empty": unusable if self.rule == "zero" else 0,
            "left_out": unusable if self.rule == "skip" else 0,
            "pictures": {kind: sorted(hashes) for kind, hashes in of.items() if hashes},
            "what": what[self.rule],
        }

    def raters(self, names: Sequence[str], how: Resampling, alone: bool = False) -> dict[str, Any]:
        """`raters` of metrics.json.

        Args:
            names: of the two.
            how: resampling of the intervals.
            alone: whether the evaluation itself is of the second against the first.
        """
        rated = [(score,) for score in self.evaluation.scores] if alone else self._raters
        unusable = [problem for problem in self.problems if problem.kind == "rater"]
        everywhere = sum(bool(_everywhere(score[0]).any()) for score in rated)
        sides = {} if alone else {name: [score[i] for score in rated] for i, name in enumerate(names, start=1)}
        return {
            "names": list(names),
            "n_images": len(rated),
            "n_absent": self._n - len(rated) - len(unusable),
            "n_unusable": len(unusable),
            "n_everywhere": everywhere,
            "between": agreement_of([score[0] for score in rated], self.classes, how),
            "model_against": {name: agreement_of(side, self.classes, how) for name, side in sides.items()},
            "what": (
                "what two people reach against each other on the same pictures, neither being right; a model trained "
                "on one of them can hardly do better on the other"
            ),
        }

    def calibration(self, temperature: Temperature | None) -> tuple[dict[str, Any], Table]:
        """`calibration` of metrics.json, and every bin."""
        before = self._calibration.result()
        block = before.as_json()
        rows = _bins("as predicted", before)
        if temperature is not None:
            after = self._calibrated.result()
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

    def froc(self) -> tuple[dict[str, Any], Table]:
        """`froc` of metrics.json, and every point."""
        curve = froc(self._pieces)
        at = np.unique(np.linspace(0, len(curve.thresholds) - 1, min(POINTS, len(curve.thresholds))).round())
        columns = (curve.thresholds, curve.false_positives, curve.sensitivity)
        names = ("thresholds", "false_positives", "sensitivity")
        thin = {name: _plain(column[at.astype(int)]) for name, column in zip(names, columns, strict=True)}
        block = {
            "lesions": curve.lesions,
            "pictures": curve.pictures,
            "in_too_many_pieces": len(self.sizes) - curve.pictures,
            **thin,
            "at": [[limit, _plain(np.array([curve.at(limit)]))[0]] for limit in FROC_AT],
        }
        rows = zip(*(_plain(column) for column in columns), strict=True)
        return block, [["threshold", "false_positives_a_picture", "sensitivity"], *(list(row) for row in rows)]

    @property
    def sure(self) -> bool:
        """Whether probabilities were seen."""
        return self._calibration.result().n > 0

    @property
    def piecewise(self) -> bool:
        """Whether pieces were counted."""
        return bool(self._pieces)


def strata_table(blocks: Mapping[str, Any]) -> Table:
    """`strata` of metrics.json as rows."""
    rows: Table = [["division", "group", "images", "patients", "score", "mean", "low", "high", "median", "n"]]
    for division, block in blocks.items():
        for group, found in block["groups"].items():
            for name, entry in found.items():
                if isinstance(entry, dict):
                    low, high = entry["ci95"] or (None, None)
                    numbers = [entry["mean"], low, high, entry["median"], entry["n"]]
                    rows.append([division, group, found["n_images"], found["n_patients"], name, *numbers])
    return rows


def problem_table(problems: Sequence[Problem]) -> Table:
    """Problems as rows, names in full."""
    return [["name", "problem", "counted", "reason"], *([p.name, p.kind, p.counted, p.reason] for p in problems)]


def _everywhere(score: ImageScore) -> Any:
    """Classes that both sides see in every pixel."""
    return (score.counts.tp == score.counts.pixels) & (score.counts.pixels > 0)


def _bins(what: str, calibration: Calibration) -> Table:
    return [[what, b.low, b.high, b.n, b.confidence, b.frequency] for b in calibration.bins]


def _plain(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
