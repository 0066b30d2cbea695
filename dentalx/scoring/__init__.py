"""Evaluation of a run: its predictions against the truth, at the pictures' own size."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dentalx import runs
from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.splits import NAMES, read_divided_splits, read_splits
from dentalx.errors import InputError
from dentalx.evaluation.prior import MeanShape
from dentalx.evaluation.scores import About, Result
from dentalx.evaluation.semantic import SemanticEvaluation
from dentalx.files import read_json
from dentalx.inference import Predictor, load_predictor
from dentalx.recipe import EnhanceConfig, written
from dentalx.runs import Description, Run
from dentalx.samples import Grey, Mask, Record, Source

_FILE = re.compile(r"\.(png|jpe?g|jpe|jfif|tiff?|bmp|dcm|dicom|json|txt|xml|csv|ya?ml)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Scored:
    """An evaluation and the way back to its pictures.

    Attributes:
        result: every score.
        look: image_id to (radiograph, truth, prediction), read and predicted again when asked.
    """

    result: Result
    look: Callable[[str], tuple[Grey, Mask, Mask]]


@dataclass(frozen=True)
class Task:
    """What is to be scored.

    Attributes:
        source, records: the pictures.
        split: what to call them.
        training: records of the run's training split, for the mean-shape baseline; empty where they are not to be had.
        notes: what the reader of the scores should know.
    """

    source: Source
    records: Sequence[Record]
    split: str
    training: Sequence[tuple[Source, Record]]
    notes: tuple[str, ...]


def score(
    run: Run,
    data: DataConfig | None,
    split: str | None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    enhance: EnhanceConfig | None = None,
) -> Scored:
    """Score a run on its own data, or on other data.

    Args:
        run: a run folder with weights.
        data: other data; None means the run's own.
        split: "train", "val", "test" or "all"; None means test of the run's own data and all of other data.
        progress: called with the pictures done and their number.
        enhance: another recipe than the one the run was trained with; None means the run's own.

    Raises:
        InputError: the run or the data cannot be used, or the split is empty.
    """
    description = runs.describe(run)
    task = choose(run, description, data, split)
    predictor = load_predictor(run, enhance=enhance)
    mean_shape = MeanShape(len(description.classes))
    for source, record in task.training:
        mean_shape.add(source.load(record).mask)
    evaluation = SemanticEvaluation(description.classes, mean_shape.mask() if task.training else None)
    for done, record in enumerate(task.records):
        progress(done, len(task.records))
        truth, prediction = _pair(predictor, task.source, record)[1:]
        evaluation.add(record.image_id, record.patient_id, truth, prediction)
    progress(len(task.records), len(task.records))
    by_id = {record.image_id: record for record in task.records}
    result = evaluation.result(_about(run, description, task, predictor.enhance))
    if leaked := leaked_pictures(run, task):
        result.metrics["without_leaks"] = evaluation.without(leaked)
    return Scored(
        result,
        lambda image_id: _pair(predictor, task.source, by_id[image_id]),
    )


def leaked_pictures(run: Run, task: Task) -> frozenset[str]:
    """Pictures of the split that an earlier split knows, or whose patient it knows, as the run wrote them down.

    Raises:
        InputError: leaks.json is not what train.py writes.
    """
    if not run.leaks.is_file() or task.split not in ("val", "test"):
        return frozenset()
    content = read_json(run.leaks, limit=2**28)
    try:
        return frozenset(str(image_id) for image_id in content["leaked"][task.split])
    except (KeyError, TypeError) as error:
        raise InputError(f"{run.leaks} is not what train.py writes; restore it or train again") from error


def choose(run: Run, description: Description, data: DataConfig | None, split: str | None) -> Task:
    """Which pictures are scored, and what must be said of the choice."""
    own = description.train.data
    size = description.train.model.image_size
    asked = own if data is None else replace(data, classes=description.classes, grey=own.grey)
    source = open_source(asked, size)
    unchanged = fingerprint(source) == description.raw["data"]["fingerprint"]
    if source.classes != description.classes:
        raise InputError(
            f"the run knows {description.classes}, the data {source.classes}; give data of the same classes"
        )
    notes = [without_names(note) for note in source.notes]
    if data is None and not unchanged:
        notes.append("the data have changed since the run was trained")
    if data is not None and not unchanged:
        chosen = split or "all"
        if chosen != "all":
            raise InputError(f"--split {chosen} is of the run's own data; other data are scored as a whole")
        return Task(source, tuple(source.records), chosen, (), tuple(notes))
    splits = (read_divided_splits if own.allow_leaks else read_splits)(run.splits, source.records)
    chosen = split or "test"
    records = tuple(r for name in NAMES for r in splits[name]) if chosen == "all" else splits[chosen]
    if chosen in ("train", "all"):
        notes.append(
            "these pictures include the ones the model was trained on: not a measure of how it does on new ones"
        )
    if chosen == "val":
        notes.append("epoch and threshold were chosen on these pictures: the score is a little too good")
    if not records:
        raise InputError(f"the {chosen} split of {run.folder} is empty; choose another --split")
    return Task(source, records, chosen, tuple((source, record) for record in splits["train"]), tuple(notes))


def without_names(note: str) -> str:
    """A source's note as it may stand in a report: the files that it lists are left to the terminal.

    >>> without_names("2 picture(s) without a mask left out: Doe, J.png, b.png")
    '2 picture(s) without a mask left out'
    >>> without_names("m 1.png holds both 1 and 255, so 255 is unlabelled"), without_names("alike: caries and carries")
    ('a file holds both 1 and 255, so 255 is unlabelled', 'alike: caries and carries')
    """
    said, colon, listed = note.rpartition(": ")
    if colon and (_FILE.search(listed) or "left out" in said or "negatives" in said):
        note = said
    return re.sub(rf".*{_FILE.pattern}", "a file", note, flags=re.IGNORECASE)


def _pair(predictor: Predictor, source: Source, record: Record) -> tuple[Grey, Mask, Mask]:
    sample = source.load(record)
    return sample.image, sample.mask, predictor(record.image_id, sample.image).mask


def _about(run: Run, description: Description, task: Task, enhance: EnhanceConfig) -> About:
    model = description.train.model
    height, width = model.image_size
    name = f"{model.architecture}, {model.backbone}, {height}×{width}, run {run.folder.resolve().name}"
    threshold = read_json(run.thresholds, limit=2**24) if run.thresholds.is_file() else {"value": 0.5}
    notes = list(task.notes)
    if enhance:
        name += f", enhance {written(enhance)}"
    if enhance != description.train.enhance:
        notes.append(f"scored with --enhance {written(enhance)}, trained with {written(description.train.enhance)}")
    threshold = threshold if len(description.classes) == 1 else {}
    return About(name, task.source.name, task.split, threshold, tuple(notes))
