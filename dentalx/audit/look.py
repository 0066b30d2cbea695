"""The audit itself: every picture and mask read, counted and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from dentalx.audit.names import Guess, guess_patients, roboflow_groups, roboflow_readme
from dentalx.covering import Cover, vanished
from dentalx.datasets.candidates import Progress
from dentalx.datasets.contents import look_into, objects
from dentalx.datasets.decode import read_pixels
from dentalx.datasets.leaks import Leak, find_leaks
from dentalx.datasets.pairing import stem
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.datasets.splits import NAMES, Splits, split_by_patient, without_leaks
from dentalx.datasets.twins import Bundle, Pair, Search, compare, connected
from dentalx.errors import InputError
from dentalx.samples import Record, Source


@dataclass(frozen=True)
class Task:
    """What is to be looked over.

    Attributes:
        source: the data set.
        splits: its splits, where there are any.
        other: another data set that must have nothing in common with it.
        folder: where READMEs may lie.
        fractions, seed: of the splits that are drawn where there are none.
    """

    source: Source
    splits: Splits | None = None
    other: Source | None = None
    folder: Path | None = None
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    seed: int = 0


@dataclass(frozen=True)
class Facts:
    """What was counted.

    Attributes:
        sizes: (rows, columns) to pictures.
        bits: of a stored level, to pictures.
        pixels: class to its share of the labelled pixels.
        pictures: class to the pictures it is in.
        objects: class to its objects, where the data tell them apart.
        empty, full: ids of pictures without any class, and with one class everywhere.
        doubtful: what is doubted of a picture to the ids of those of which it is.
        vanished: classes that later classes hide, a sentence each.
    """

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    bits: Counter[int] = field(default_factory=Counter)
    pixels: Mapping[str, float] = field(default_factory=dict)
    pictures: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vanished: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """What was found.

    Attributes:
        task: what was asked.
        facts: counts.
        bad: image_id to the reason why the picture or its mask cannot be used.
        records: of both data sets, as `search` counts them; those of the other one last.
        search: pairs of twins.
        groups: ids of one radiograph in several pictures of the data set.
        roboflow: source picture to its copies.
        readme: what Roboflow's READMEs say.
        guess: a pattern that may name patients.
        leaks: between the splits.
        cleaned: splits without them.
    """

    task: Task
    facts: Facts
    bad: Mapping[str, str]
    records: tuple[Record, ...]
    search: Search
    groups: Bundle
    roboflow: Mapping[str, tuple[str, ...]]
    readme: Mapping[str, tuple[str, ...]]
    guess: Guess | None
    leaks: tuple[Leak, ...]
    cleaned: Splits | None

    @property
    def own(self) -> int:
        """How many of `records` are of the data set itself."""
        return len(self.task.source.records)

    @property
    def across(self) -> list[Pair]:
        """Pairs of one picture of each data set."""
        return [pair for pair in self.search.pairs if (pair.first < self.own) != (pair.second < self.own)]


def audit(task: Task, progress: Progress = lambda what, done, of: None) -> Audit:
    """Look a data set over. Pictures that cannot be read are told in `bad`, and all others are looked at."""
    records = tuple(task.source.records)
    facts, present, bad = _counted(task.source, records, progress)
    every = records + tuple(task.other.records if task.other else ())
    search = _compared(every, progress)
    bad |= {every[i].image_id: why for i, why in search.unreadable.items() if i < len(records)}
    groups = _groups(search, records)
    roboflow = roboflow_groups(records)
    splits = task.splits or published(records)
    together = [*groups, *roboflow.values()]
    return Audit(
        task,
        facts,
        bad,
        every,
        search,
        groups,
        roboflow,
        roboflow_readme(task.folder) if task.folder else {},
        _guessed(records),
        find_leaks(splits, together) if splits else (),
        _cleaned(task, splits, together, present),
    )


def published(records: Sequence[Record]) -> Splits | None:
    """The publisher's splits; pictures without one are for training. None where no picture has one."""
    if not any(record.split for record in records):
        return None
    return {name: tuple(r for r in records if (r.split or "train") == name) for name in NAMES}


def _counted(
    source: Source, records: Sequence[Record], progress: Progress
) -> tuple[Facts, dict[str, frozenset[str]], dict[str, str]]:
    sizes: Counter[tuple[int, int]] = Counter()
    bits: Counter[int] = Counter()
    total, pixels = np.zeros(len(source.classes), np.int64), 0
    present: dict[str, frozenset[str]] = {}
    empty, full = [], []
    bad: dict[str, str] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    covers: list[Cover] = []
    for record, contents in look_into(source, records, lambda done, of: progress("reading masks", done, of)):
        if isinstance(contents, str):
            bad[record.image_id] = contents
            continue
        present[record.image_id] = contents.present(source.classes)
        empty += [record.image_id] if source.classes and contents.empty else []
        full += [record.image_id] if source.classes and contents.full else []
        sizes[contents.size] += 1
        total += contents.areas
        pixels += contents.labelled
        doubtful |= {doubt: (*doubtful.get(doubt, ()), record.image_id) for doubt in contents.doubts}
        covers += [contents.cover] if contents.cover else []
        if record.image is not None:
            bits[stored_bits(record.image)] += 1
    labelled = max(1, pixels)
    facts = Facts(
        sizes,
        bits,
        {name: float(area / labelled) for name, area in zip(source.classes, total, strict=True)},
        {name: sum(name in held for held in present.values()) for name in source.classes},
        objects(source),
        tuple(empty),
        tuple(full),
        doubtful,
        tuple(vanished(covers, source.classes)),
    )
    return facts, present, bad


def stored_bits(path: Path) -> int:
    """Bits of a stored level; 0 where the file cannot be read."""
    try:
        if looks_like_dicom(path):
            from dentalx.datasets.dicom import dicom_facts

            return dicom_facts(path).bits
        with path.open("rb") as file:
            head = file.read(26)
        if head.startswith(b"\x89PNG\r\n"):
            return head[24]
        if head.startswith((b"\xff\xd8", b"BM")):
            return 8
        return 8 * read_pixels(path).values.dtype.itemsize
    except Exception:  # the reason is among those of the images that cannot be used
        return 0


def _compared(records: Sequence[Record], progress: Progress) -> Search:
    """`compare`, with the places of all records; drawn ones have no file to compare."""
    there = [i for i, record in enumerate(records) if record.image is not None]
    search = compare([path for record in records if (path := record.image) is not None], progress)
    pairs = tuple(replace(pair, first=there[pair.first], second=there[pair.second]) for pair in search.pairs)
    return Search(
        pairs,
        {there[i]: why for i, why in search.unreadable.items()},
        {there[i]: size for i, size in search.sizes.items()},
    )


def _groups(search: Search, records: Sequence[Record]) -> Bundle:
    """Ids of one radiograph; pictures of the other data set may be what connects them."""
    places = [[int(i) for i in group] for group in connected((str(p.first), str(p.second)) for p in search.pairs)]
    own = [sorted(records[i].image_id for i in group if i < len(records)) for group in places]
    return tuple(sorted(tuple(group) for group in own if len(group) > 1))


def _guessed(records: Sequence[Record]) -> Guess | None:
    """A guess where nothing else says whose the pictures are."""
    if len({record.patient_id for record in records}) < len(records):
        return None
    return guess_patients([stem(record.image) for record in records if record.image is not None])


def _cleaned(
    task: Task, splits: Splits | None, together: list[tuple[str, ...]], present: dict[str, frozenset[str]]
) -> Splits | None:
    """The splits without leaks where there are splits, else fresh ones; None where there are too few patients."""
    if splits:
        kept = without_leaks(splits, together)
        if all(bool(kept[name]) == bool(splits[name]) for name in NAMES):
            return kept
    plain = [replace(record, split=None) for record in task.source.records]
    own = {record.image_id: record for record in task.source.records}
    try:
        drawn = split_by_patient(plain, task.fractions, task.seed, together, present)
    except InputError:
        return None
    return {name: tuple(own[record.image_id] for record in part) for name, part in drawn.items()}
