"""One data set into another format: every picture read, written and remembered, then what belongs to the whole."""

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from dentalx import __version__
from dentalx.datasets.image_warnings import Warnings, warning_lines
from dentalx.datasets.readers.annotated import AnnotatedSource, painted
from dentalx.datasets.readers.raster import Size
from dentalx.datasets.splits import NAMES, write_splits
from dentalx.datasets.writers.pictures import (
    carries_notes,
    must_be_drawn,
    put_picture,
    put_plane,
    room_for,
    safe_names,
    suffix_of,
)
from dentalx.datasets.writers.scene import Drawn, Entry, Scene, Writer
from dentalx.datasets.writers.staging import Stage
from dentalx.errors import InputError, attributed, ends_batch
from dentalx.files import file_stamp, write_json
from dentalx.samples import UNLABELLED, Grey, Mask, Record, Source, labelling

REPORT = "conversion.json"
_AHEAD = 2  # pictures under way for each thread


class BadPictureError(InputError):
    """A picture or its annotations cannot be read; the message is an InputError's."""


@dataclass(frozen=True)
class Job:
    """What is asked for.

    Attributes:
        source: the data set.
        records: its pictures, with the splits that they shall have.
        writer: of the new format.
        output: folder of the new data set.
        options: what tells one conversion from another when an interrupted one is gone on with.
        link: give pictures a second name in place of a copy.
    """

    source: Source
    records: tuple[Record, ...]
    writer: Writer
    output: Path
    options: dict[str, Any]
    link: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        pictures: how many are in the new data set.
        resumed: how many of them were there from an interrupted attempt.
        failed: image_id and reason of those that are not.
        notes: what was lost or changed, a sentence each.
    """

    pictures: int
    resumed: int
    failed: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def convert(job: Job, progress: Callable[[int, int], None] = lambda done, of: None) -> Outcome:
    """Write a data set in another format: whole or absent.

    Pictures that cannot be read are left out and listed. An interrupted conversion is gone on with by the same call.

    Args:
        job: what is asked for.
        progress: told how many pictures are done, of how many.

    Raises:
        InputError: the output is taken or cannot be written, or no picture can be read.
    """
    records = _with_one_kind_of_split(job.records)
    if not job.link:
        room_for((record.image for record in records if record.image is not None), job.output)
    stage = Stage(job.output, job.options | {"dentalx": __version__, "data": _digest(job)})
    names = safe_names(record.image_id for record in records)
    resumed, failed = len(stage.done), list[tuple[str, str]]()
    waiting = [(n, record) for n, record in enumerate(records, start=1) if record.image_id not in stage.done]
    for record, result in _written(job, stage.folder, waiting, names):
        if isinstance(result, BadPictureError):
            failed.append((record.image_id, str(result)))
        else:
            stage.add(result)
            stage.done.add(record.image_id)
        progress(len(stage.done) + len(failed), len(records))
    if not stage.done:
        raise InputError(f"no picture could be read; the first: {failed[0][1]}")
    notes = (*job.writer.finish(stage.folder, stage.entries), *_told(stage, records, job))
    outcome = Outcome(len(stage.done), resumed, tuple(failed), notes)
    _write_rest(job, stage, outcome)
    stage.publish()
    return outcome


def _with_one_kind_of_split(records: Sequence[Record]) -> list[Record]:
    """Where some have a split, those without go to train, as `split_by_patient` treats them."""
    some = any(record.split for record in records)
    return [replace(record, split="train") if some and not record.split else record for record in records]


def _written(
    job: Job, target: Path, waiting: list[tuple[int, Record]], names: dict[str, str]
) -> Iterator[tuple[Record, Entry | BadPictureError]]:
    """Each picture written, in order; a few at a time."""
    threads = max(1, min(8, os.cpu_count() or 1))
    rest = iter(waiting)
    with ThreadPoolExecutor(threads) as pool:

        def begin(count: int) -> list[tuple[Record, Future[Entry | BadPictureError]]]:
            return [(r, pool.submit(_one, job, target, n, r, names[r.image_id])) for n, r in islice(rest, count)]

        under_way = deque(begin(_AHEAD * threads))
        try:
            while under_way:
                record, result = under_way.popleft()
                yield record, result.result()
                under_way.extend(begin(1))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one(job: Job, target: Path, number: int, record: Record, name: str) -> Entry | BadPictureError:
    try:
        with attributed(record.image or record.image_id):
            return _entry(job, target, number, record, name)
    except BadPictureError as error:
        return error
    except InputError as error:
        if ends_batch(error):
            raise
        return BadPictureError(str(error))


def _entry(job: Job, target: Path, number: int, record: Record, name: str) -> Entry:
    scene, plane, warnings = _scene(job.source, number, record, name)
    entry = job.writer.write(scene, target)
    place = target / job.writer.place(scene.split) / scene.picture
    notes = False
    if plane is not None or record.image is None:
        assert plane is not None
        put_plane(plane, place)
        how = "drawn"
    else:
        how = put_picture(record.image, place, job.link)
        notes = carries_notes(record.image)
    more = {"id": record.image_id, "name": name, "patient": record.patient_id, "split": record.split}
    return more | {"picture": scene.picture, "how": how, "notes": notes, "warnings": list(warnings)} | entry


def _scene(source: Source, number: int, record: Record, name: str) -> tuple[Scene, Grey | None, Warnings]:
    """The picture's objects, its plane where the picture must be written anew, and the warnings of its file."""
    try:
        anew = record.image is None or must_be_drawn(record.image)
        if isinstance(source, AnnotatedSource):
            assert record.image is not None
            grey, warnings = source.grey(record)
            plane, size = grey if anew else None, grey.shape
            objects, unlabelled = _objects(source, record, (size[0], size[1])), None
        else:
            sample = source.load(record)
            plane, size, warnings = sample.image if anew else None, sample.image.shape, sample.warnings
            objects = chain.from_iterable(map(_areas, labelling(source).layers(sample.mask, len(source.classes))))
            unknown = sample.mask == UNLABELLED
            unlabelled = unknown * np.uint8(UNLABELLED) if unknown.any() else None
        suffix = ".png" if anew or record.image is None else suffix_of(record.image)
    except InputError as error:
        raise BadPictureError(str(error)) from error
    return Scene(number, name, name + suffix, record.split, (size[0], size[1]), objects, unlabelled), plane, warnings


def _objects(source: AnnotatedSource, record: Record, size: Size) -> Iterator[Drawn]:
    for index, shape in source.shapes(record):
        try:
            yield Drawn(index, painted(shape, size, record), shape.crowd, shape.labels)
        except InputError as error:
            raise BadPictureError(str(error)) from error


def _areas(mask: Mask) -> Iterator[Drawn]:
    """One object for each class of a mask of exclusive classes that tells no objects apart."""
    for index in np.flatnonzero(np.bincount(mask.ravel(), minlength=256)).tolist():
        if 0 < index < UNLABELLED:
            yield Drawn(index, mask == index)


def _told(stage: Stage, records: Sequence[Record], job: Job) -> list[str]:
    how: Counter[str] = Counter()
    notes: Counter[bool] = Counter()
    renamed = 0
    for entry in stage.entries():
        how[entry["how"]] += 1
        notes[entry["notes"]] += 1
        renamed += entry["name"] != entry["id"]
    told = warning_lines(((entry["id"], entry["warnings"]) for entry in stage.entries()), len(stage.done))
    if not isinstance(job.source, AnnotatedSource):
        told.append("the masks do not tell objects apart: each class of a picture is one object")
    if how["drawn"]:
        told.append(f"{how['drawn']} picture(s), DICOM or stored turned, written as upright grey PNG without tags")
    if job.link and how["copied"]:
        told.append(f"{how['copied']} picture(s) could not be linked and were copied")
    if how["linked"]:
        told.append(f"{how['linked']} picture(s) are the same files under a second name; changing one changes both")
    if notes[True]:
        told.append(f"{notes[True]} picture(s) carry Exif data or text along, which may name patients")
    if renamed:
        told.append(f"{renamed} picture(s) have new names that every file system can hold; {REPORT} has the old ones")
    lacking = sum(1 for record in job.records if not record.split)
    if lacking == len(records):
        told.append("the data set says no splits, so none are written; give them with --splits")
    elif lacking:
        told.append(f"{lacking} picture(s) without a split are put into train")
    return told


def _write_rest(job: Job, stage: Stage, outcome: Outcome) -> None:
    entries = list(_brief(stage))
    if all(record.split for record in entries):
        parts = {name: [record for record in entries if record.split == name] for name in NAMES}
        write_splits(stage.folder / "splits.csv", parts)
    splits = Counter(record.split or "none" for record in entries)
    renamed = {entry["name"]: entry["id"] for entry in stage.entries() if entry["name"] != entry["id"]}
    report = {"from": job.source.name, "dentalx": __version__, **job.options, "classes": list(job.source.classes)}
    counts = {"pictures": outcome.pictures, "splits": dict(sorted(splits.items())), "notes": list(outcome.notes)}
    failed = {"failed": [name for name, _ in outcome.failed], "renamed": renamed}
    write_json(stage.folder / REPORT, report | counts | failed)


def _brief(stage: Stage) -> Iterator[Record]:
    for entry in stage.entries():
        yield Record(entry["name"], entry["patient"], split=entry["split"])


def _digest(job: Job) -> str:
    """What the data set is made of, by names, sizes and times; nothing is read."""
    found = hashlib.sha256(repr((job.source.name, job.source.classes)).encode())
    for record in job.records:
        found.update(repr((record.image_id, record.patient_id, record.split)).encode())
        for path in (record.image, record.mask):
            found.update(_stamp(path).encode())
    for path in getattr(job.source, "annotation_files", ()):
        found.update(_stamp(path).encode())
    return found.hexdigest()


def _stamp(path: Path | None) -> str:
    stamp = None if path is None else file_stamp(path)
    return "-" if path is None or stamp is None else f"{path.name} {stamp[0]} {stamp[1]}"
