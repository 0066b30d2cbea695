"""Evaluation of runs, of any program's masks, and of raters: against the truth, at the pictures' own size."""

from dataclasses import replace
from pathlib import Path

from dentalx import runs
from dentalx.config import DataConfig
from dentalx.datasets.mask_source import MaskWishes
from dentalx.datasets.overlapping import open_masks
from dentalx.errors import InputError
from dentalx.evaluation.scores import About
from dentalx.recipe import EnhanceConfig
from dentalx.runs import Run
from dentalx.samples import labelling
from dentalx.scoring.against import predictions_of
from dentalx.scoring.options import Folders, Options, Scored
from dentalx.scoring.picture import Rule
from dentalx.scoring.procedure import Job, carry_out, images_of
from dentalx.scoring.semantic import score_semantic
from dentalx.scoring.subjects import FolderSubject, named
from dentalx.scoring.tasks import choose, choose_data, without_names
from dentalx.scoring.totals import Problem, Table
from dentalx.scoring.unfinished import NAME as UNFINISHED

__all__ = [
    "UNFINISHED",
    "Folders",
    "Options",
    "Problem",
    "Rule",
    "Scored",
    "Table",
    "score",
    "score_predictions",
    "score_raters",
    "without_names",
]

BY_TASK = {"semantic": score_semantic}  # a run's task to who scores it
_DEFAULT = Options()


def score(
    run: Run,
    data: DataConfig | None,
    split: str | None,
    options: Options = _DEFAULT,
    enhance: EnhanceConfig | None = None,
) -> Scored:
    """Score a run on its own data, or on other data.

    Args:
        run: a run folder with weights.
        data: other data; None means the run's own.
        split: "train", "val", "test" or "all"; None means test of the run's own data and all of other data.
        options: what is asked for beside the scores.
        enhance: another recipe than the one the run was trained with; None means the run's own.

    Raises:
        InputError: the run or the data cannot be used, the split is empty, or no such task is scored.
    """
    task = runs.describe(run).train.task
    if task not in BY_TASK:
        raise InputError(f"{run.folder} is a run of --task {task}; score_instances scores it")
    return BY_TASK[task](run, data, split, options, enhance)


def score_predictions(
    folder: Path, data: DataConfig | None, split: str | None, options: Options = _DEFAULT, run: Run | None = None
) -> Scored:
    """Score a folder of masks, whoever made them, paired with pictures by name.

    Args:
        folder: masks at the pictures' own size, written in one way.
        data: pictures and truth; None means those of `run`.
        split: as published with the data, or of the run's own; None means all of the data, or the run's test.
        options: what is asked for beside the scores.
        run: whose data, split and classes to take.

    Raises:
        InputError: the data or the folder cannot be used.
    """
    if run is not None:
        task = choose(run, runs.describe(run), data, split)
    elif data is not None:
        task = choose_data(data, split)
    else:
        raise InputError("scores need truth: give --data, or --masks (with --images or alone), or --run")
    subject = predictions_of(options, task, task.source.classes, folder)
    about = About(subject.name, task.source.name, task.split, {}, task.notes)
    return carry_out(Job("predictions", task, subject, about, options))


def score_raters(one: Path, two: Path, data: DataConfig, options: Options = _DEFAULT) -> Scored:
    """Score what one person drew against what another did, neither being right.

    Args:
        one: masks, which stand where truth does; scores that differ both ways are of the second against the first.
        two: the other's, by the same names; pictures that only one has drawn are left out.
        data: the radiographs, where they are to be shown, and how the masks are read.
        options: what is asked for beside the scores.

    Raises:
        InputError: a folder cannot be used.
    """
    task = choose_data(replace(data, data=None, masks=one), None)
    classes = task.source.classes
    ids, how = [record.image_id for record in task.records], labelling(task.source)
    masks = open_masks(two, ids, classes, replace(MaskWishes.of(data), pictures=images_of(task.records)), labelling=how)
    names = named(one), named(two)
    options = replace(options, raters=(one, two), folders=replace(options.folders, missing="skip"))
    notes = (*task.notes, "neither rater is right: the first stands where truth does")
    about = About(f"rater {names[1]}", f"rater {names[0]}", task.split, {}, notes)
    return carry_out(Job("raters", task, FolderSubject(masks, leaves_open=True), about, options))
