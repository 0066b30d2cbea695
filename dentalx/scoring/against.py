"""What a run, or a folder of predictions, is compared with on the same pictures."""

from pathlib import Path
from typing import Any

from dentalx import runs
from dentalx.datasets import fingerprint
from dentalx.datasets.mask_folder import Flags
from dentalx.datasets.overlapping import open_masks
from dentalx.datasets.splits import read_divided_splits
from dentalx.errors import InputError
from dentalx.evaluation.paired import compare_results
from dentalx.evaluation.scores import Result
from dentalx.runs import Run
from dentalx.samples import labelling
from dentalx.scoring.options import Options
from dentalx.scoring.subjects import FolderSubject, RunSubject, Subject
from dentalx.scoring.tasks import Task
from dentalx.scoring.totals import Totals

FLAGS = Flags("--prediction-encoding", "--prediction-class-map")


def opponent(task: Task, classes: tuple[str, ...], options: Options) -> tuple[Subject | None, list[str]]:
    """Who is compared with, and what is to be said of that.

    Raises:
        InputError: both kinds are given, the run knows other classes, or either cannot be used.
    """
    if options.against is not None and options.against_predictions is not None:
        raise InputError("--against and --against-predictions were both given; compare with one at a time")
    if options.against_predictions is not None:
        return predictions_of(options, task, classes, options.against_predictions), []
    if options.against is None:
        return None, []
    run = Run(options.against)
    description = runs.describe(run)
    if description.train.task != "semantic":
        raise InputError(f"{run.folder} is a run of --task {description.train.task}; --against takes runs of masks")
    if description.classes != classes:
        raise InputError(
            f"{run.folder} knows {', '.join(description.classes)}, this evaluation is of {', '.join(classes)}; "
            "compare runs of the same classes"
        )
    if description.train.data.overlapping != labelling(task.source).overlapping:
        raise InputError(f"of {run.folder} and this evaluation one has overlapping classes; compare runs of one kind")
    return RunSubject(run), _knew(run, task, description.raw["data"]["fingerprint"])


def predictions_of(options: Options, task: Task, classes: tuple[str, ...], folder: Path) -> FolderSubject:
    """A folder of predictions, paired with all pictures of the data, so that those of another split are not too many.

    Raises:
        InputError: as `MaskFolder`, or none is of the split.
    """
    ids = [record.image_id for record in task.source.records]
    masks = open_masks(folder, ids, classes, options.folders.wishes, FLAGS, labelling(task.source))
    if not any(record.image_id in masks.paths for record in task.records):
        raise InputError(
            f"{masks.folder} has masks of other pictures, none of the {len(task.records)} of the {task.split} split; "
            "choose another --split, or predict these"
        )
    return FolderSubject(masks, options.folders.resize)


def comparison(first: Result, second: Result, totals: Totals, options: Options, notes: list[str]) -> dict[str, Any]:
    """`comparison` of metrics.json: the second, which the evaluation is of, minus the first."""
    found = compare_results(first, second, how=options.resampling)
    if totals.other_problems:
        rule = "count as empty" if options.folders.missing == "zero" else "are left out"
        notes = [*notes, f"{totals.other_problems} predictions of the first cannot be used and {rule}"]
    notes = [*notes, "p values are not corrected for the number of scores and classes looked at"]
    return {"first": first.about.model, "second": second.about.model, **found, "notes": notes}


def _knew(run: Run, task: Task, trained_on: str) -> list[str]:
    """Whether the run had these pictures before it."""
    if (task.data or fingerprint(task.source)) != trained_on:
        return ["the first was trained on other data; whether it had some of these pictures is not known"]
    splits = read_divided_splits(run.splits, task.source.records)
    seen = {record.image_id for name in ("train", "val") for record in splits[name]}
    count = sum(record.image_id in seen for record in task.records)
    if not count:
        return []
    return [f"the first was trained on, or chosen by, {count} of these {len(task.records)} pictures: it looks too good"]
