"""Radiographs without what says whose they are: names, tags, and text in the pixels found or covered."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from dentalx.datasets.decode import looks_like_picture
from dentalx.datasets.images import existing_folder, read_grey
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.deidentify.names import coded_name, is_mask
from dentalx.deidentify.pictures import suffix_of, write_bare
from dentalx.errors import InputError
from dentalx.files import file_digest, make_folder, replacing
from dentalx.foreign_text import TableError, table_records, table_text
from dentalx.text import Box, find_text

Text = Literal["report", "cover", "ignore"]
TABLE_EVERY = 25  # pictures after which the table is brought up to date


@dataclass(frozen=True)
class Job:
    """What is asked for.

    Attributes:
        source: a file or a folder; everything below it is gone through.
        output: folder for the pictures; neither in `source` nor around it.
        table: the private table, outside `output`.
        salt: of the codes.
        text: burned-in text is reported, covered with black, or not looked for.
    """

    source: Path
    output: Path
    table: Path
    salt: bytes
    text: Text


@dataclass(frozen=True)
class Row:
    """A line of the private table.

    Attributes:
        output: the file below the output folder; "" where there is none.
        original: the whole path of the file.
        sha256: of the original.
        mode: the `text` that was asked for.
        status: "ok", "failed" or "not copied".
        text: boxes (y1, x1, y2, x2) of text that was found, as JSON.
        reason: why there is no output.
    """

    output: str
    original: str
    sha256: str
    mode: str
    status: str
    text: str = "[]"
    reason: str = ""


def deidentify(job: Job, progress: Callable[[int, int, Row], None] = lambda done, of, row: None) -> list[Row]:
    """Write every picture of a file or folder without what says whose it is, and the private table.

    A picture is written under a temporary name, read back, and renamed. Done ones are passed over when the same is
    asked again; a bad one is listed and the others go on.

    Raises:
        InputError: the folders lie in each other, or the output or the table cannot be written.
    """
    _check_places(job)
    files = _files(job.source)
    known = {row.original: row for row in read_table(job.table)}
    rows: dict[str, Row] = dict(known)
    taken: dict[str, str] = {row.output: row.original for row in known.values() if row.output}
    asked: list[Row] = []
    make_folder(job.output)
    write_table(job.table, list(rows.values()))  # before the first picture: without a table nobody finds the way back
    try:
        for done, (path, relative) in enumerate(files, start=1):
            row = _one(job, path, relative, known.get(path.resolve().as_posix()), taken)
            rows[row.original] = row
            asked.append(row)
            if row.output:
                taken[row.output] = row.original
            if done % TABLE_EVERY == 0:
                write_table(job.table, list(rows.values()))
            progress(done, len(files), row)
    finally:
        write_table(job.table, list(rows.values()))
    return asked


def not_copied(rows: list[Row]) -> dict[str, int]:
    """How many files of which suffix are no pictures and were left behind.

    >>> not_copied([Row("", "a/b.JSON", "", "report", "not copied"), Row("x.png", "b.png", "", "report", "ok")])
    {'.json': 1}
    """
    return dict(Counter(Path(row.original).suffix.lower() or "none" for row in rows if row.status == "not copied"))


def read_table(path: Path) -> list[Row]:
    """The rows of a table that was written before; none where there is no file.

    Raises:
        InputError: it is no such table.
    """
    if not path.exists():
        return []
    names = [field.name for field in fields(Row)]
    try:
        head, rows = table_records(path.read_bytes().decode("utf-8", "surrogateescape"))
        if head != names:
            raise InputError(f"{path} is not a table of this command; name another with --table")
        return [Row(**row) for row in rows]
    except (OSError, TableError) as error:
        raise InputError(f"cannot read {path}: {error}; name another table with --table") from error


def write_table(path: Path, rows: list[Row]) -> None:
    """Write the table so that its owner alone can read it."""
    names = [field.name for field in fields(Row)]
    ordered = sorted(rows, key=lambda row: row.original)
    text = table_text([names, *([getattr(row, name) for name in names] for row in ordered)])
    with replacing(path) as temporary:
        temporary.unlink(missing_ok=True)
        private = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(private, "wb") as file:  # noqa: PTH123 (a descriptor, so that the file is never readable by others)
            file.write(text.encode("utf-8", "surrogateescape"))


def _check_places(job: Job) -> None:
    source, output, table = (path.resolve() for path in (job.source, job.output, job.table))
    if not source.exists():
        raise InputError(f"no such file or folder: {job.source}; check the spelling of --input")
    if output.is_relative_to(source) or (source.is_relative_to(output)):
        raise InputError(f"--output {job.output} and --input lie in each other; choose a folder elsewhere")
    if table.is_relative_to(output):
        raise InputError(f"--table {job.table} lies in --output, where it would be shared; choose a place outside")


def _files(source: Path) -> list[tuple[Path, Path]]:
    """Every visible file, with its path as seen from the source; symbolic links are left out."""
    if source.is_file():
        return [(source, Path(source.name))]

    def below(folder: Path) -> Iterator[Path]:
        for entry in sorted(existing_folder(folder).iterdir()):
            if entry.name.startswith((".", "~")) or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from below(entry)
            elif entry.is_file():
                yield entry

    return [(path, path.relative_to(source)) for path in below(source)]


def _one(job: Job, path: Path, relative: Path, known: Row | None, taken: dict[str, str]) -> Row:
    original = path.resolve().as_posix()
    dicom = looks_like_dicom(path)
    if not dicom and not looks_like_picture(path):
        return Row("", original, "", job.text, "not copied", reason="no picture")
    digest = ""
    try:
        digest = file_digest(path)
        same = known is not None and (known.sha256, known.mode, known.status) == (digest, job.text, "ok")
        if known is not None and same and (job.output / known.output).is_file():
            return known
        boxes = () if job.text == "ignore" or is_mask(relative) else find_text(read_grey(path))
        over = boxes if job.text == "cover" else ()
        name = coded_name(relative, job.salt, ".dcm" if dicom else suffix_of(path, over)).as_posix()
        again = relative
        while taken.get(name, original) != original:  # of one stem, and now of one suffix
            again = again.with_name(again.name + "~")
            name = coded_name(again, job.salt, Path(name).suffix).as_posix()
        _write(job, path, job.output / name, boxes, over)
        if known is not None and known.output not in ("", name):  # of another mode or salt: it must not stay behind
            (job.output / known.output).unlink(missing_ok=True)
    except InputError as error:
        return Row("", original, digest, job.text, "failed", reason=str(error))
    except OSError as error:
        return Row("", original, digest, job.text, "failed", reason=f"cannot read {path}: {error.strerror or error}")
    return Row(name, original, digest, job.text, "ok", json.dumps(boxes))


def _write(job: Job, path: Path, target: Path, boxes: tuple[Box, ...], over: tuple[Box, ...]) -> None:
    with replacing(target) as temporary:
        if target.suffix == ".dcm":
            from dentalx.deidentify.dicom import write_bare_dicom

            write_bare_dicom(path, temporary, job.salt, over, bool(boxes))
        else:
            write_bare(path, temporary, over)
