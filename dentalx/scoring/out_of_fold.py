"""Cross-validation's own score: every picture predicted by the one run that held it out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t as student

from dentalx import runs
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.overlapping import write_masks
from dentalx.datasets.splits import read_divided_splits
from dentalx.errors import InputError
from dentalx.evaluation.scores import About, ImageScore
from dentalx.labelling import labelling_of
from dentalx.runs import Run
from dentalx.samples import Record, Sample
from dentalx.scoring.groups import Division, blocks
from dentalx.scoring.options import Options, Scored
from dentalx.scoring.procedure import Job, carry_out
from dentalx.scoring.subjects import Answer, RunSubject, stamp
from dentalx.scoring.tasks import Task, without_names
from dentalx.scoring.totals import strata_table

HELD_OUT_FOR_VALIDATION = (
    "the data publish a test split, so the folds are of the rest; epoch and threshold of each run were chosen on the "
    "pictures it is scored on here: the score is a little too good"
)
CONFIDENCE = 0.95


class OutOfFold:
    """The runs of a cross-validation as one subject; one of them is loaded at a time.

    Args:
        folds: the run that held a picture out, by image id; pictures of one run should come one after another.
        masks: a folder that keeps the predicted masks, or None.
    """

    def __init__(self, folds: Mapping[str, Run], masks: Path | None) -> None:
        self._folds, self._masks = folds, masks
        self._now = Run(Path())
        self._subject: RunSubject | None = None
        first = runs.describe(next(iter(folds.values())))
        self.classes = first.classes
        self._labelling = labelling_of(first.train.data.overlapping)
        self.name = f"{first.network}, each of {len(set(folds.values()))} folds by its own run"

    def identity(self) -> list[Any]:
        """Every run's weights and threshold, and what each holds out."""
        each = {run: [run.folder.name, stamp(run.best), stamp(run.thresholds)] for run in self._folds.values()}
        return [[image_id, each[run]] for image_id, run in self._folds.items()]

    def __call__(self, record: Record, sample: Sample) -> Answer:
        """Predict the picture with the run that never saw it."""
        run = self._folds[record.image_id]
        if self._subject is None or run != self._now:
            self._now, self._subject = run, RunSubject(run)
        answer = self._subject(record, sample)
        if self._masks is not None and answer.mask is not None:
            write_masks(self._masks, record.image_id, answer.mask, self.classes, self._labelling)
        return answer


def score_out_of_fold(members: Sequence[Run], options: Options, masks: Path | None = None) -> Scored:
    """Score every picture once, by the run that held it out, and each fold by itself.

    Args:
        members: runs of all folds of one division of one data set.
        options: what is asked for beside the scores.
        masks: a folder for the out-of-fold masks.

    Raises:
        InputError: the runs are not of one cross-validation, or their data have changed.
    """
    source, held, note = _held_out(members)
    folds = {record.image_id: run for run, records in held.items() for record in records}
    numbers = {image_id: str(members.index(run) + 1) for image_id, run in folds.items()}
    records = tuple(record for part in held.values() for record in part)
    notes = (*[without_names(each) for each in source.notes], *([note] if note else []))
    subject = OutOfFold(folds, masks)
    task = Task(source, records, "out of fold", (), notes)
    about = About(subject.name, source.name, task.split, {}, notes)
    scored = carry_out(Job("run", task, subject, about, options))
    division = Division("fold", "the part of the patients that a run held out", numbers)
    strata = {
        **blocks(scored.result, [division], options.resampling),
        **scored.result.metrics.get("strata", {}),
    }
    more = {"strata": strata, "cross_validation": over_folds(scored.result.scores, numbers)}
    tables = {**scored.tables, "strata": strata_table(strata)}
    return replace(scored, result=replace(scored.result, metrics={**scored.result.metrics, **more}), tables=tables)


def over_folds(scores: Sequence[ImageScore], folds: Mapping[str, str]) -> dict[str, Any]:
    """The mean Dice of each fold, and what the folds say together.

    Args:
        scores: of all pictures.
        folds: image id to the fold that held it out.

    Returns:
        `dice` of each fold; their `mean`, standard deviation `sd` and `ci95`, Student's t interval of the mean over
        folds, which share most of their training pictures, so that it is somewhat too narrow (Bengio and Grandvalet,
        JMLR 2004); None where two folds are not to be had.
    """
    each: dict[str, list[float]] = {}
    for score in scores:
        if not math.isnan(score.dice):
            each.setdefault(folds[score.image_id], []).append(score.dice)
    means = {fold: fmean(values) for fold, values in sorted(each.items(), key=lambda item: int(item[0]))}
    return {"folds": len(set(folds.values())), "dice": means, **mean_and_interval(list(means.values()))}


def mean_and_interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean, standard deviation and Student's 95 % interval of the mean.

    >>> mean_and_interval([0.5, 1.0])["mean"], mean_and_interval([0.8])["ci95"]
    (0.75, None)
    """
    if len(values) < 2:
        return {"mean": fmean(values) if values else None, "sd": None, "ci95": None}
    mean, sd = fmean(values), stdev(values)
    half = float(student.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * sd / math.sqrt(len(values))
    return {"mean": mean, "sd": sd, "ci95": [mean - half, mean + half]}


def _held_out(members: Sequence[Run]) -> tuple[Any, dict[Run, tuple[Record, ...]], str]:
    """The data set, which pictures each run held out, and what is to be said of that."""
    if len(members) < 2:
        raise InputError(f"a cross-validation needs at least two runs, got {len(members)}")
    first = runs.describe(members[0])
    source = open_source(first.train.data, first.train.model.image_size)
    taken = fingerprint(source)
    parts = {}
    for run in members:
        if runs.describe(run).raw["data"]["fingerprint"] != taken:
            raise InputError(f"the data of {run.folder} have changed since it was trained; train the folds anew")
        parts[run] = read_divided_splits(run.splits, source.records)
    for name, note in (("test", ""), ("val", HELD_OUT_FOR_VALIDATION)):
        ids = [record.image_id for part in parts.values() for record in part[name]]
        if ids and len(ids) == len(set(ids)):
            return source, {run: tuple(part[name]) for run, part in parts.items()}, note
    raise InputError(f"{members[0].folder} and the others hold out the same pictures; they are no cross-validation")
