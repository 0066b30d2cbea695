"""What all pictures of an evaluation add up to: the blocks of metrics.json, and tables for whoever draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dentalx.evaluation.agreement import agreement_of
from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.calibration import Temperature
from dentalx.evaluation.scores import ImageScore, short_hash
from dentalx.evaluation.semantic import SemanticEvaluation
from dentalx.scoring.picture import Measured
from dentalx.scoring.subjects import EXTRA, MISSING, RESIZED, UNREADABLE, WRONG_SIZE
from dentalx.scoring.sureness import SureTotals
from dentalx.scoring.sureness import Table as Table

KINDS = (MISSING, UNREADABLE, WRONG_SIZE, EXTRA, RESIZED)
COUNTED = {"zero": "counted as empty", "skip": "left out", "refuse": "refused"}


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
    warnings: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    other_problems: int = 0

    def __post_init__(self) -> None:
        self.evaluation = SemanticEvaluation(self.classes, tolerance_px=self.tolerance_px)
        self.other = SemanticEvaluation(self.classes, tolerance_px=self.tolerance_px)
        self._raters: list[tuple[ImageScore, ...]] = []
        self._sure: list[SureTotals] = []
        self._n = 0

    def add(self, found: Measured) -> None:
        """Take one picture."""
        if found.failure:
            self.problems.append(Problem(found.record_id, "picture", "left out", found.failure))
            return
        self._n += 1
        self.warnings.append((found.record_id, found.warnings))
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
        self._sure = self._sure or [SureTotals() for _ in found.sure]
        for total, each in zip(self._sure, found.sure, strict=True):
            total.add(each)

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

    def sureness(self, temperature: Temperature | None) -> tuple[dict[str, Any], dict[str, Table]]:
        """`calibration`, `curves` and `froc` of metrics.json, and their tables.

        Of overlapping classes `one_by_one` has them for each, and `calibration` is of the pixels of all together, in
        which a picture counts once for each class.
        """
        if len(self._sure) == 1:
            return self._sure[0].said(temperature, len(self.sizes))
        whole, blocks, tables = SureTotals(), dict[str, Any](), dict[str, Table]()
        for name, total in zip(self.classes, self._sure, strict=False):
            whole.merge(total)
            blocks[name], of_class = total.said(temperature, len(self.sizes))
            for kind, (head, *rows) in of_class.items():
                tables.setdefault(kind, [["class", *head]]).extend([name, *row] for row in rows)
        together, _ = whole.said(temperature, len(self.sizes))
        return (together | {"one_by_one": blocks} if blocks else {}), tables


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
