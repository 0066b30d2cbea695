"""The evaluation itself: picture after picture, then everything that all of them say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dentalx import __version__
from dentalx.datasets.image_warnings import warning_lines
from dentalx.datasets.overlapping import open_masks
from dentalx.errors import InputError
from dentalx.evaluation.aggregate import SCHEMA
from dentalx.evaluation.calibration import Temperature, TemperatureFit
from dentalx.evaluation.prior import MeanShape
from dentalx.evaluation.scores import About, Result
from dentalx.samples import Grey, Mask, Record, labelling
from dentalx.scoring.against import comparison, opponent
from dentalx.scoring.groups import Division, Known, blocks, divide, read_columns
from dentalx.scoring.options import Options, Scored
from dentalx.scoring.picture import Measure, Measured
from dentalx.scoring.subjects import EXTRA, FolderSubject, RunSubject, Subject, named, stamp
from dentalx.scoring.tasks import Task
from dentalx.scoring.totals import Problem, Table, Totals, problem_table, strata_table
from dentalx.scoring.unfinished import Unfinished


@dataclass(frozen=True)
class Job:
    """One evaluation.

    Attributes:
        kind: "run", "predictions" or "raters".
        task: the pictures.
        subject: what is scored.
        about: for the reader.
        options: what is asked for.
    """

    kind: str
    task: Task
    subject: Subject
    about: About
    options: Options


def images_of(records: Sequence[Record]) -> dict[str, Path]:
    """The image of each image_id, where there is one."""
    return {record.image_id: record.image for record in records if record.image is not None}


def carry_out(job: Job) -> Scored:
    """Score every picture and draw everything together.

    Raises:
        InputError: something that was asked for cannot be had, or no picture could be scored.
    """
    task, options, classes = job.task, job.options, job.subject.classes
    ids = [record.image_id for record in task.records]
    columns = read_columns(options.strata, ids)
    beside = options.raters if job.kind != "raters" else ()
    how = labelling(task.source)
    wishes = replace(options.rater_wishes, pictures=images_of(task.records))
    raters = tuple(open_masks(folder, ids, classes, wishes, labelling=how) for folder in beside)
    other, said = opponent(task, classes, options)
    temperature, unfit = _temperature(job)
    mean_shape, unshaped = _mean_shape(task, len(classes))
    measure = Measure(
        task.source,
        job.subject,
        options.folders.missing,
        mean_shape,
        raters,
        other,
        options.tolerance_px,
        None if temperature is None else temperature.value,
        options.calibrate,
        len(classes),
    )
    totals = Totals(classes, options.tolerance_px, options.folders.missing)
    _go_through(job, measure, totals)
    extra = job.subject.extra if isinstance(job.subject, FolderSubject) else ()
    totals.problems += [Problem(path.name, EXTRA, "not used", f"{path} is named like no picture") for path in extra]
    if not totals.evaluation.scores:
        first = totals.problems[0].reason if totals.problems else "there is none"
        raise InputError(f"no picture could be scored: {first}")
    about = replace(job.about, notes=(*job.about.notes, *unfit, *unshaped))
    result = totals.evaluation.result(about, options.resampling)
    more, tables = _together(job, totals, result, columns, temperature)
    if other is not None:
        opposite = totals.other.result(About(other.name), options.resampling)
        more["comparison"] = comparison(opposite, result, totals, options, said)
    metrics = {"schema": SCHEMA, "kind": job.kind} | result.metrics | more
    by_id = {record.image_id: record for record in task.records}
    found = Result(result.about, result.classes, result.scores, metrics)
    warnings = tuple(warning_lines(totals.warnings, len(totals.warnings)))
    return Scored(found, lambda image_id: _look(job, by_id[image_id]), tuple(totals.problems), tables, warnings)


def _go_through(job: Job, measure: Measure, totals: Totals) -> None:
    records, of = job.task.records, len(job.task.records)
    kept = Unfinished(job.options.unfinished, _identity(job, measure), job.options.resume)
    try:
        earlier = kept.replay([record.image_id for record in records])
        for done, record in enumerate(records):
            job.options.progress(done, of)
            line = next(earlier, None)
            if line is not None:
                totals.add(_taken_up(line, job.options))
                continue
            found = measure(record)
            kept.add(found.as_json())
            totals.add(found)
        job.options.progress(of, of)
    finally:
        kept.close()


def _taken_up(line: dict[str, Any], options: Options) -> Measured:
    try:
        return Measured.from_json(line)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{options.unfinished} was changed by hand; start anew without --resume") from error


def _together(
    job: Job, totals: Totals, result: Result, columns: list[Division], temperature: Temperature | None
) -> tuple[dict[str, Any], dict[str, Table]]:
    """What metrics.json says beside the scores, and the tables."""
    how, task = job.options.resampling, job.task
    more: dict[str, Any] = totals.unreadable()
    tables: dict[str, Table] = {}
    if task.leaked:
        more["without_leaks"] = totals.evaluation.without(task.leaked, how)
    if isinstance(job.subject, FolderSubject) and job.kind == "predictions":
        more["predictions"] = totals.predictions()
    if job.options.raters:
        more["raters"] = totals.raters([named(f) for f in job.options.raters], how, alone=job.kind == "raters")
    if divisions := [*divide(result, Known(totals.sizes, totals.styles, totals.teeth)), *columns]:
        more["strata"] = blocks(result, divisions, how)
        tables["strata"] = strata_table(more["strata"])
    blocks_of_sureness, tables_of_sureness = totals.sureness(temperature)
    more, tables = more | blocks_of_sureness, tables | tables_of_sureness
    if totals.problems:
        tables["problems"] = problem_table(totals.problems)
    return more, tables


def _mean_shape(task: Task, classes: int) -> tuple[Mask | None, list[str]]:
    """Of the training masks, None where there are none; and what is to be said of it."""
    how, broken = labelling(task.source), 0
    shapes = [MeanShape(1) for _ in range(classes)] if how.overlapping else [MeanShape(classes)]
    for source, record in task.training:
        try:
            for shape, mask in zip(shapes, how.views(source.load(record).mask, classes), strict=True):
                shape.add(mask)
        except Exception:  # it is not scored: a broken picture of another split should not stop this one
            broken += 1
    if broken == len(task.training):
        return None, []
    said = f"{broken} training pictures cannot be read; the mean shape is of the others"
    return how.merged([shape.mask() for shape in shapes]), [said] if broken else []


def _temperature(job: Job) -> tuple[Temperature | None, list[str]]:
    """Fitted on the run's validation pictures, None where there are none or nobody asked; and what is to be said."""
    if not isinstance(job.subject, RunSubject) or not job.options.calibrate:
        return None, []
    fit, broken = TemperatureFit(np.random.default_rng(0)), 0
    for record in job.task.validation:
        try:
            sample = job.task.source.load(record)
            how, answers = labelling(job.task.source), job.subject.predictor.probability(sample.image)
        except Exception:  # as above
            broken += 1
            continue
        for truth, probability in zip(
            how.views(sample.mask, len(job.subject.classes)), how.split(answers), strict=True
        ):
            fit.add(truth, probability)
    if broken == len(job.task.validation):
        return None, []
    said = f"{broken} validation pictures cannot be read; the temperature is of the others"
    return fit.result(), [said] if broken else []


def _identity(job: Job, measure: Measure) -> Any:
    """All that the numbers of a picture depend on, as JSON; files by name, size and time, which costs no reading."""
    source, records = job.task.source, job.task.records

    def files(record: Record) -> list[Any]:
        return [stamp(path) for path in (record.image, record.mask) if path is not None]

    return [
        [__version__, SCHEMA, job.kind, job.task.split, job.task.data],
        [source.name, list(source.classes), repr(getattr(source, "size", "")), getattr(source, "mask_codes", "")],
        [stamp(path) for path in getattr(source, "annotation_files", ())],
        [[record.image_id, record.patient_id, files(record)] for record in records],
        job.subject.identity(),
        measure.other.identity() if measure.other else None,
        [FolderSubject(folder).identity() for folder in measure.raters],
        [job.options.folders.missing, measure.tolerance_px, measure.calibrate, measure.temperature],
    ]


def _look(job: Job, record: Record) -> tuple[Grey, Mask, Mask]:
    sample = job.task.source.load(record)
    mask = job.subject(record, sample).mask
    return sample.image, sample.mask, np.zeros_like(sample.mask) if mask is None else mask
