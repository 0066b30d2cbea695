"""Runs that find objects one by one: scored against the objects that are there, at the pictures' own size."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dentalx import DISCLAIMER, runs
from dentalx.config import DataConfig
from dentalx.datasets.image_warnings import warning_lines
from dentalx.datasets.instances import InstanceSample, check_source, load_instances, tooth_numbers
from dentalx.errors import InputError, reason
from dentalx.evaluation.bootstrap import DEFAULT, Resampling
from dentalx.evaluation.instances import SCORES, InstanceEvaluation, Predicted, Truth, nearest_score
from dentalx.evaluation.tooth_errors import ToothErrors
from dentalx.inference import load_instance_predictor
from dentalx.inference.instances import Found
from dentalx.inference.renumbering import renumbered
from dentalx.metrics.objects import ObjectCounts, overlaps
from dentalx.recipe import EnhanceConfig, written
from dentalx.runs import Run
from dentalx.samples import Grey, Instances, Record
from dentalx.scoring.options import Options
from dentalx.scoring.tasks import Task, choose
from dentalx.scoring.totals import Problem, Table

SCHEMA = 2  # of metrics.json for --task instance; 1 had no intervals and no pooled_iou
LOW = 0.05  # objects of a smaller score change no average precision that one can see
HEAD = ("image_id", "patient_id", "class", "objects", "matched", "missed", "spurious", "f1", "pq")


@dataclass(frozen=True)
class PictureCounts:
    """One picture at the score that was chosen.

    Attributes:
        image_id, patient_id: as in its `Record`.
        counts: one of each of K classes.
    """

    image_id: str
    patient_id: str
    counts: tuple[ObjectCounts, ...]

    @property
    def quality(self) -> float:
        """PQ over all classes; NaN where nothing is there and nothing was found."""
        return sum(self.counts, ObjectCounts(0, 0, 0, 0.0)).panoptic_quality


@dataclass(frozen=True)
class ObjectsScored:
    """An evaluation and the way back to its pictures.

    Attributes:
        metrics: plain JSON values, the contents of `metrics.json`.
        classes: K names.
        pictures: one each, in the order of the records.
        look: image_id to (radiograph, truth, objects of the chosen score), read and predicted again when asked.
        problems: pictures that could not be read.
        warnings: what the images should be doubted for, a line for each kind.
    """

    metrics: dict[str, Any]
    classes: tuple[str, ...]
    pictures: tuple[PictureCounts, ...]
    look: Callable[[str], tuple[Grey, Instances, Instances]]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    def ranked(self) -> tuple[PictureCounts, ...]:
        """The pictures that have a PQ, worst first."""
        defined = [picture for picture in self.pictures if not np.isnan(picture.quality)]
        return tuple(sorted(defined, key=lambda picture: (picture.quality, picture.image_id)))

    def table(self) -> Table:
        """A row for each picture and class."""
        rows: Table = [list(HEAD)]
        for picture in self.pictures:
            for name, counts in zip(self.classes, picture.counts, strict=True):
                numbers = [counts.matched + counts.missed, counts.matched, counts.missed, counts.spurious]
                scores = [counts.recognition_quality, counts.panoptic_quality]
                rows.append([picture.image_id, picture.patient_id, name, *numbers, *map(_defined, scores)])
        return rows


def score_instances(
    run: Run,
    data: DataConfig | None,
    split: str | None,
    options: Options,
    enhance: EnhanceConfig | None = None,
    consistent: bool = False,
) -> ObjectsScored:
    """Score a run of --task instance; arguments and errors as `dentalx.scoring.score`.

    Of `options` only `progress` and `resampling` are looked at. With `consistent` the tooth numbers of each picture are
    made to agree before they are scored, as `renumbered` does; weaker objects than the chosen score are left out.
    """
    description = runs.describe(run)
    task = choose(run, description, data, split)
    check_source(task.source)
    chosen = runs.threshold(run)
    predictor = load_instance_predictor(run, enhance=enhance, min_score=chosen if consistent else LOW)
    classes = predictor.classes

    def ask(image: Grey) -> Found:
        found = predictor(image)
        return renumbered(found, classes)[0] if consistent else found

    tally = Tally(classes, chosen, _numbers(classes), task.leaked, options.resampling)
    for done, record in enumerate(task.records):
        options.progress(done, len(task.records))
        tally.add(record, task, ask)
    options.progress(len(task.records), len(task.records))
    if not tally.pictures:
        first = tally.problems[0].reason if tally.problems else "there is none"
        raise InputError(f"no picture could be scored: {first}")
    notes = list(task.notes)
    if predictor.enhance != description.train.enhance:
        trained = written(description.train.enhance)
        notes.append(f"scored with --enhance {written(predictor.enhance)}, trained with {trained}")
    if consistent:
        notes.append(f"tooth numbers were made to agree; objects under {chosen:g} count nowhere, in AP neither")
    about = {
        "schema": SCHEMA,
        "task": "instance",
        "model": f"{description.network}, run {predictor.name}",
        "data": task.source.name,
        "split": task.split,
        "threshold": {"rule": "objects of score >= value", "chosen_on": "val", "value": chosen},
        "n_patients": len({picture.patient_id for picture in tally.pictures}),
    }
    by_id = {record.image_id: record for record in task.records}

    def look(image_id: str) -> tuple[Grey, Instances, Instances]:
        sample = load_instances(task.source, by_id[image_id])
        found = _from(ask(sample.image), chosen)
        return sample.image, sample.instances, found.instances

    metrics = {**about, **tally.metrics(), "notes": notes, "disclaimer": DISCLAIMER}
    warnings = tuple(warning_lines(tally.warnings, len(tally.warnings)))
    return ObjectsScored(metrics, classes, tuple(tally.pictures), look, tuple(tally.problems), warnings)


@dataclass
class Tally:
    """What an evaluation has counted so far.

    Attributes:
        classes: K names.
        score: at which objects are counted.
        numbers: label to FDI number, of the classes that have one.
        leaked: pictures that an earlier split knows.
        resampling: of the intervals.
    """

    classes: tuple[str, ...]
    score: float
    numbers: dict[int, int]
    leaked: frozenset[str]
    resampling: Resampling = DEFAULT
    pictures: list[PictureCounts] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    teeth: ToothErrors = field(default_factory=ToothErrors)

    def __post_init__(self) -> None:
        self.evaluation = InstanceEvaluation(self.classes)
        self.without_leaks = InstanceEvaluation(self.classes)

    def add(self, record: Record, task: Task, predictor: Callable[[Grey], Found]) -> None:
        """Score one picture, or say why it cannot be."""
        try:
            self._add(record, load_instances(task.source, record), predictor)
        except Exception as error:
            why = reason(error, record.image or record.image_id)
            self.problems.append(Problem(record.image_id, "picture", "left out", why))

    def _add(self, record: Record, sample: InstanceSample, predictor: Callable[[Grey], Found]) -> None:
        found = predictor(sample.image)
        truth, predicted = Truth(sample.instances, sample.crowd), Predicted(found.instances, found.boxes)
        self.warnings.append((record.image_id, sample.warnings))
        at = nearest_score(self.score)
        counts = self.evaluation.add(truth, predicted, record.patient_id)
        if record.image_id not in self.leaked:
            self.without_leaks.add(truth, predicted, record.patient_id)
        self.pictures.append(PictureCounts(record.image_id, record.patient_id, tuple(each[at] for each in counts)))
        if self.numbers:
            self._add_teeth(sample, _from(found, float(SCORES[at])).instances)

    def _add_teeth(self, sample: InstanceSample, found: Instances) -> None:
        there = ~sample.crowd & np.isin(sample.instances.labels, list(self.numbers))
        mine = np.isin(found.labels, list(self.numbers))
        common = overlaps(sample.instances.masks[there], found.masks[mine])
        fdi = [
            np.array([self.numbers[label] for label in labels.tolist()], np.int64)
            for labels in (sample.instances.labels[there], found.labels[mine])
        ]
        self.teeth.add(common, fdi[0], fdi[1])

    def metrics(self) -> dict[str, Any]:
        """Everything that was counted, as JSON values."""
        found = self.evaluation.metrics(self.score, self.resampling)
        found["curves"] = self.evaluation.curves()
        if self.numbers:
            found["teeth"] = self.teeth.summary()
        if self.leaked:
            rest = self.without_leaks.metrics(self.score, self.resampling)
            left_out = len(self.pictures) - rest["n_images"]
            found["without_leaks"] = {"n_left_out": left_out, **{k: v for k, v in rest.items() if k != "overlaps"}}
        return found


def _numbers(classes: tuple[str, ...]) -> dict[int, int]:
    """Label to FDI number, of the classes that are teeth by their number."""
    return {label: number for label, number in enumerate(tooth_numbers(classes), start=1) if number is not None}


def _from(found: Found, score: float) -> Found:
    """The objects of at least this score."""
    kept = found.instances.scores >= score
    instances = found.instances
    return replace(
        found,
        instances=Instances(instances.masks[kept], instances.labels[kept], instances.scores[kept]),
        boxes=found.boxes[kept],
    )


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)
