"""What an evaluation is about, what it keeps of a picture, and what it hands to a report."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.metrics import BoundaryScores, Counts, boundary_scores
from dentalx.samples import Mask


@dataclass(frozen=True)
class About:
    """What was measured on what, for the reader of a report; nothing here changes a number.

    Attributes:
        model: one line, e.g. "unet, vgg16, 256×512, run demo".
        data: the data set's name.
        split: "test", "val" …
        threshold: what `thresholds.json` says, or {"value": 0.5}; empty for several classes.
        notes: what the reader should know, a sentence each.
    """

    model: str = ""
    data: str = ""
    split: str = ""
    threshold: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


UNSAID = About()


@dataclass(frozen=True)
class ImageScore:
    """One picture, counted.

    Attributes:
        image_id, patient_id: as in its `Record`.
        counts: (K,) of each class against the rest, at the picture's own size.
        agreed: counted pixels given their own class, background included; None where classes overlap, of which each
            is right or wrong by itself.
        dice: over the foreground: the mean over the classes defined in this picture; NaN where none is.
        boundary: how far the outlines lie apart, in pixels; None where that was not measured.
        problem: what was wrong with the prediction: "missing", "unreadable" and "wrong_size" are scored as empty,
            "resized" as what it became; "" for nothing.
    """

    image_id: str
    patient_id: str
    counts: Counts
    agreed: int | None
    dice: float
    boundary: BoundaryScores | None = None
    problem: str = ""

    def with_boundary(
        self, truth: Mask, prediction: Mask, tolerance_px: float | None = None, labelling: Labelling = EXCLUSIVE
    ) -> "ImageScore":
        """The same, with the outlines of its masks compared; see `metrics.boundary_scores`."""
        classes = len(self.counts.tp)
        found = boundary_scores(truth, prediction, classes, tolerance_px, labelling=labelling)
        return replace(self, boundary=found)

    @property
    def short_hash(self) -> str:
        """Six letters that stand for the picture where its name, which may be a patient's, should not be shown."""
        return short_hash(self.image_id)


def short_hash(image_id: str) -> str:
    """What stands for a picture in pages for others: six letters of its name's SHA-256."""
    return hashlib.sha256(image_id.encode("utf-8", "surrogateescape")).hexdigest()[:6]


@dataclass(frozen=True)
class Result:
    """An evaluation: what `report.write_evaluation` writes down.

    Attributes:
        about: what was measured on what.
        classes: K names.
        scores: one a picture, in the order they came.
        metrics: plain JSON values, the contents of `metrics.json`.
    """

    about: About
    classes: tuple[str, ...]
    scores: tuple[ImageScore, ...]
    metrics: dict[str, Any]

    def worst(self, n: int) -> tuple[ImageScore, ...]:
        """The `n` pictures with the smallest Dice, smallest first; pictures without one are left out."""
        return self._ranked()[:n]

    def best(self, n: int) -> tuple[ImageScore, ...]:
        """The `n` pictures with the largest Dice, largest first; pictures without one are left out."""
        return self._ranked()[::-1][:n]

    def _ranked(self) -> tuple[ImageScore, ...]:
        return tuple(sorted((s for s in self.scores if s.dice == s.dice), key=lambda s: (s.dice, s.image_id)))
