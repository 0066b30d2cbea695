"""Which pictures are scored, and what must be said of the choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.leaks import leaked, read_leaks
from dentalx.datasets.mask_folder import BareMasks
from dentalx.datasets.mask_source import MaskWishes
from dentalx.datasets.naming import Reading
from dentalx.datasets.naming import without_names as without_names
from dentalx.datasets.splits import NAMES, read_divided_splits, read_splits
from dentalx.errors import InputError
from dentalx.runs import Description, Run
from dentalx.samples import Record, Source


@dataclass(frozen=True)
class Task:
    """What is to be scored.

    Attributes:
        source, records: the pictures.
        split: what to call them.
        training: records of the run's training split, for the mean-shape baseline; empty where they are not to be had.
        notes: what the reader of the scores should know.
        validation: records of the run's validation split, for the temperature; empty where they are not to be had.
        leaked: image ids that an earlier split knows too.
        data: fingerprint of the data, where it was taken anyway.
    """

    source: Source
    records: Sequence[Record]
    split: str
    training: Sequence[tuple[Source, Record]]
    notes: tuple[str, ...]
    validation: Sequence[Record] = ()
    leaked: frozenset[str] = frozenset()
    data: str = ""


def choose(run: Run, description: Description, data: DataConfig | None, split: str | None) -> Task:
    """The pictures of a run's own data, or of other data.

    Args:
        run: a run folder.
        description: of it.
        data: other data; None means the run's own.
        split: "train", "val", "test" or "all"; of other data, the publisher's. None means test of the run's own
            data and all of other data.

    Raises:
        InputError: the data cannot be used, or the split is empty.
    """
    own = description.train.data
    asked = own
    if data is not None:
        asked = replace(
            data, classes=description.classes, grey=own.grey, colour=own.colour, overlapping=own.overlapping
        )
    source = open_source(asked, description.train.model.image_size)
    taken = fingerprint(source)
    unchanged = taken == description.raw["data"]["fingerprint"]
    if source.classes != description.classes:
        raise InputError(
            f"the run knows {description.classes}, the data {source.classes}; give data of the same classes"
        )
    notes = [without_names(note) for note in source.notes]
    if data is None and not unchanged:
        notes.append("the data have changed since the run was trained")
    if data is not None and not unchanged:
        return Task(source, published_split(source, split), split or "all", (), tuple(notes), data=taken)
    read = read_divided_splits if own.allow_leaks else read_splits
    splits = read(run.splits, source.records)
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
    training = tuple((source, record) for record in splits["train"])
    leaked = leaked_pictures(run, chosen)
    return Task(source, records, chosen, training, tuple(notes), tuple(splits["val"]), leaked, taken)


def choose_data(data: DataConfig, split: str | None) -> Task:
    """The pictures of data that no run is asked about; masks without pictures will do.

    Raises:
        InputError: there is no truth, it cannot be used, or nothing is of the split.
    """
    if data.data is None and data.masks is None:
        raise InputError("scores need truth: give --data, or --masks (with --images or alone), or --run")
    bare = data.data is None and data.images is None and data.masks is not None
    if bare and data.overlapping:
        raise InputError("--overlapping needs the radiographs beside the masks: give --images with --masks, or --data")
    if bare and data.masks is not None:
        source: Source = BareMasks(data.masks, data.classes, Reading.of(data), MaskWishes.of(data))
    else:
        source = open_source(data, (0, 0))
    notes = tuple(without_names(note) for note in source.notes)
    return Task(source, published_split(source, split), split or "all", (), notes)


def published_split(source: Source, split: str | None) -> tuple[Record, ...]:
    """The records that the publisher of a data set gives to a split; every one where none or "all" is asked for.

    Raises:
        InputError: none is of that split; says which splits there are.
    """
    if split in (None, "all"):
        return tuple(source.records)
    records = tuple(record for record in source.records if record.split == split)
    if not records:
        published = sorted({record.split for record in source.records if record.split})
        known = f"it has {', '.join(published)}" if published else "it is not divided"
        raise InputError(f"{source.name} has no picture of the {split} split: {known}; choose another --split, or none")
    return records


def leaked_pictures(run: Run, split: str) -> frozenset[str]:
    """Pictures of the split that an earlier split knows, or whose patient it knows, as the run wrote them down.

    Raises:
        InputError: leaks.json is not what train.py writes.
    """
    return frozenset(leaked(read_leaks(run.leaks)).get(split, ()))
