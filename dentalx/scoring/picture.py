"""One picture: everything that is measured in it, as values that can be kept and taken up again."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from dentalx.datasets.mask_folder import MaskFolder
from dentalx.datasets.overlapping import OverlappingFolder
from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.readers.annotated import TEETH, AnnotatedSource
from dentalx.datasets.tooth_names import tooth_numbers
from dentalx.errors import InputError, attributed, reason
from dentalx.evaluation.agreement import score_raters
from dentalx.evaluation.keeping import score_as_json, score_from_json
from dentalx.evaluation.scores import ImageScore
from dentalx.evaluation.semantic import score_guess, score_image
from dentalx.labelling import Labelling
from dentalx.samples import UNLABELLED, Mask, Record, Sample, Source, labelling
from dentalx.scoring.subjects import Answer, Subject
from dentalx.scoring.sureness import Question, Sureness, sureness
from dentalx.teeth import FDI

_NUMBERS: dict[str, int | None] = {str(number): number for number in FDI}

Rule = Literal["zero", "skip", "refuse"]


@dataclass(frozen=True)
class Measured:
    """What is kept of one picture.

    Attributes:
        record_id: its image_id.
        size: (rows, columns); None where it cannot be read.
        failure: why the picture or its truth cannot be read.
        problem, reason: of the prediction, as in `Answer`.
        score: None where the prediction is left out.
        guess: what the mean shape scores.
        other: what the one compared with scores, and `other_problem` what was wrong with its prediction.
        raters: the first against the second, the prediction against the first and against the second; or empty.
        sure: what probabilities say, and pieces: of all exclusive classes, or of each that overlaps.
        style: the device's, where it is known.
        teeth: FDI numbers of the teeth that truth names; None where it names none in any picture.
        rater_problem: why a rater's mask could not be used.
        warnings: what the image's file should be doubted for.
    """

    record_id: str
    size: tuple[int, int] | None = None
    failure: str = ""
    problem: str = ""
    reason: str = ""
    score: ImageScore | None = None
    guess: ImageScore | None = None
    other: ImageScore | None = None
    other_problem: str = ""
    raters: tuple[ImageScore, ...] = ()
    sure: tuple[Sureness, ...] = ()
    style: str = ""
    teeth: tuple[int, ...] | None = None
    rater_problem: str = ""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the same to the last bit."""
        kept = {name: getattr(self, name) for name in _PLAIN}
        kept |= {name: score_as_json(score) for name in _SCORES if (score := getattr(self, name)) is not None}
        kept["raters"] = [score_as_json(score) for score in self.raters]
        kept["sure"] = [each.as_json() for each in self.sure]
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Measured":
        """What `as_json` made.

        Raises:
            KeyError, TypeError, ValueError: it is nothing of the kind.
        """
        found: dict[str, Any] = {name: kept[name] for name in _PLAIN}
        found["warnings"] = tuple(str(text) for text in kept["warnings"])
        found["size"] = None if kept["size"] is None else (int(kept["size"][0]), int(kept["size"][1]))
        found["teeth"] = None if kept["teeth"] is None else tuple(int(number) for number in kept["teeth"])
        found |= {name: score_from_json(kept[name]) for name in _SCORES if name in kept}
        found["raters"] = tuple(score_from_json(score) for score in kept["raters"])
        found["sure"] = tuple(Sureness.from_json(each) for each in kept["sure"])
        return cls(**found)


_PLAIN = (
    *("record_id", "size", "failure", "problem", "reason", "other_problem"),
    *("style", "teeth", "rater_problem", "warnings"),
)
_SCORES = ("score", "guess", "other")


@dataclass(frozen=True)
class Measure:
    """Measures one record after another.

    Attributes:
        source: of the records.
        subject: what is scored.
        rule: what becomes of a prediction that is not to be had.
        mean_shape: (H, W), for the baseline.
        raters: two folders of masks.
        other: what the subject is compared with.
        tolerance_px: of the normalised surface distance.
        temperature: fitted on validation pictures.
        calibrate: whether probabilities are looked at.
    """

    source: Source
    subject: Subject
    rule: Rule = "zero"
    mean_shape: Mask | None = None
    raters: tuple[MaskFolder | OverlappingFolder, ...] = ()
    other: Subject | None = None
    tolerance_px: float | None = None
    temperature: float | None = None
    calibrate: bool = True
    classes: int = field(default=0)

    @property
    def labelling(self) -> Labelling:
        """What masks mean."""
        return labelling(self.source)

    def __call__(self, record: Record) -> Measured:
        """Everything about one picture.

        Raises:
            InputError: its prediction is not to be had, and the rule is to refuse that.
        """
        try:
            with attributed(record.image or record.image_id):
                sample, style, teeth = known(self.source, record)
        except InputError as error:
            return Measured(record.image_id, failure=str(error))
        try:
            return self._measured(record, sample, style, teeth)
        except InputError:
            raise
        except Exception as error:
            return Measured(record.image_id, failure=reason(error, record.image or record.image_id))

    def _measured(self, record: Record, sample: Sample, style: str, teeth: tuple[int, ...] | None) -> Measured:
        answer = self.subject(record, sample)
        if answer.mask is None and self.rule == "refuse":
            raise InputError(f"{answer.reason}; --missing zero counts it as empty, --missing skip leaves it out")
        height, width = sample.mask.shape
        found = Measured(record.image_id, (height, width), "", answer.problem, answer.reason, style=style, teeth=teeth)
        found = replace(found, warnings=sample.warnings)
        if answer.mask is None and self.rule == "skip":
            return found
        truth, mask = _open(sample.mask, answer.mask)
        score = self._score(record, truth, mask, answer.problem)
        guess = None if self.mean_shape is None else score_guess(score, truth, self.mean_shape, self.labelling)
        raters, wrong = self._rated(record, mask)
        found = replace(found, score=score, guess=guess, raters=raters, rater_problem=wrong)
        return self._sure(self._compared(found, record, sample), truth, replace(answer, mask=mask))

    def _score(self, record: Record, truth: Mask, mask: Mask, problem: str) -> ImageScore:
        how = self.labelling
        score = score_image(record.image_id, record.patient_id, truth, mask, self.classes, how)
        return replace(score.with_boundary(truth, mask, self.tolerance_px, how), problem=problem)

    def _compared(self, found: Measured, record: Record, sample: Sample) -> Measured:
        """What the other one says of the picture; nothing where its prediction is not to be had and that is skipped."""
        if self.other is None:
            return found
        answer = self.other(record, sample)
        if answer.mask is None and self.rule == "refuse":
            raise InputError(f"{answer.reason}; --missing zero counts it as empty, --missing skip leaves it out")
        if answer.mask is None and self.rule == "skip":
            return replace(found, other_problem=answer.problem)
        truth, mask = _open(sample.mask, answer.mask)
        score = self._score(record, truth, mask, answer.problem)
        return replace(found, other=score, other_problem=answer.problem)

    def _rated(self, record: Record, mask: Mask) -> tuple[tuple[ImageScore, ...], str]:
        """The raters and the prediction against each other; nothing where not both have drawn the picture.

        Returns:
            the three scores or none, and why a mask that is there could not be used.
        """
        if not self.raters or any(record.image_id not in folder.paths for folder in self.raters):
            return (), ""
        drawn = []
        for folder in self.raters:
            try:
                drawn.append(folder.read(record.image_id))
            except InputError as error:
                return (), str(error)
            if drawn[-1].shape != mask.shape:
                sizes = ["×".join(map(str, shape)) for shape in (drawn[-1].shape, mask.shape)]
                return (), f"{folder.paths[record.image_id]} is {sizes[0]}, the picture {sizes[1]} (rows×columns)"
        one, two = drawn
        pairs = ((one, two), (one, mask), (two, mask))
        names = record.image_id, record.patient_id
        scores = (score_raters(*names, *pair, self.classes, self.tolerance_px, self.labelling) for pair in pairs)
        return tuple(scores), ""

    def _sure(self, found: Measured, truth: Mask, answer: Answer) -> Measured:
        """What probabilities say, and pieces, where there is one class or each is looked at alone."""
        assert answer.mask is not None
        how, single = self.labelling, self.classes == 1 or self.labelling.overlapping
        truths, masks = (how.views(mask, self.classes) for mask in (truth, answer.mask))
        known = answer.probability if self.calibrate else None
        answers = [None] * len(truths) if known is None else how.split(known)
        asked = (Question(*each, single) for each in zip(truths, masks, answers, strict=True))
        return replace(found, sure=tuple(sureness(each, self.temperature) for each in asked))


def known(source: Source, record: Record) -> tuple[Sample, str, tuple[int, ...] | None]:
    """The picture with its truth, the device's style where it is known, and the teeth that truth names.

    Raises:
        InputError: the picture or its truth cannot be read.
    """
    if isinstance(source, PhantomSource):
        phantom = source.phantom(record)
        sample = Sample(record.image_id, phantom.image, phantom.mask(source.classes, source.labelling))
        return sample, phantom.style, tuple(sorted(set(phantom.teeth.labels.tolist())))
    sample = source.load(record)
    if not isinstance(source, AnnotatedSource):
        return sample, "", None
    numbers = _NUMBERS | dict(zip(source.classes, tooth_numbers(source.classes), strict=True))
    if not all(name == TEETH or numbers[name] for name in source.classes):
        return sample, "", None
    labels = {label for _, shape in source.shapes(record) for label in shape.labels}
    return sample, "", tuple(sorted({number for label in labels if (number := numbers.get(label))}))


def _open(truth: Mask, mask: Mask | None) -> tuple[Mask, Mask]:
    """Truth and prediction where pixels that the prediction leaves open count in neither; none is an empty one."""
    if mask is None:
        return truth, np.zeros_like(truth)
    hidden = mask == UNLABELLED
    if not hidden.any():
        return truth, mask
    truth, mask = truth.copy(), mask.copy()
    truth[hidden], mask[hidden] = UNLABELLED, 0
    return truth, mask
