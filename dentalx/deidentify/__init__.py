"""Radiographs without what says whose they are: names, tags, and text in the pixels found or covered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dentalx.datasets.decode import looks_like_picture
from dentalx.datasets.images import existing_folder, read_grey
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.deidentify.names import coded_name, is_mask
from dentalx.deidentify.pictures import suffix_of, write_bare
from dentalx.deidentify.table import RULES, Row, read_table, write_table
from dentalx.errors import InputError
from dentalx.errors import reason as why
from dentalx.files import file_digest, make_folder, replacing
from dentalx.text import Box, find_text, joined

Text = Literal["report", "cover", "ignore"]
TABLE_EVERY = 25  # files after which the table is brought up to date


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


def deidentify(job: Job, progress: Callable[[int, int, Row], None] = lambda done, of, row: None) -> list[Row]:
    """Write every picture of a file or folder without what says whose it is, and the private table.

    A picture is written under a temporary name, read back, and renamed. Done ones are passed over when the same is
    asked again; a bad one is listed and the others go on, whatever it makes a decoder raise.

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


def _check_places(job: Job) -> None:
    source, output, table = (path.resolve() for path in (job.source, job.output, job.table))
    if not source.exists():
        raise InputError(f"no such file or folder: {job.source}; check the spelling of --input")
    if output.is_relative_to(source) or (source.is_relative_to(output)):
        raise InputError(f"--output {job.output} and --input lie in each other; choose a folder elsewhere")
    if table.is_relative_to(output):
        raise InputError(f"--table {job.table} lies in --output, where it would be shared; choose a place outside")


def _files(source: Path) -> list[tuple[Path, Path]]:
    """Every visible file, with its path as seen from the source; symbolic links are left out.

    A folder below the source that cannot be listed is there itself, and fails when it is opened.
    """
    if source.is_file():
        return [(source, Path(source.name))]

    def below(folder: Path, entries: list[Path]) -> Iterator[Path]:
        for entry in entries:
            if entry.name.startswith((".", "~")) or entry.is_symlink():
                continue
            if entry.is_dir():
                try:
                    inside = sorted(entry.iterdir())
                except OSError:
                    yield entry
                else:
                    yield from below(entry, inside)
            elif entry.is_file():
                yield entry

    found = below(source, sorted(existing_folder(source).iterdir()))
    return [(path, path.relative_to(source)) for path in found]


def _one(job: Job, path: Path, relative: Path, known: Row | None, taken: dict[str, str]) -> Row:
    """The row of one file, which was written, passed over, or failed for whatever reason."""
    original = path.resolve().as_posix()
    digest = ""
    try:
        if path.is_dir():
            raise InputError(f"cannot list the folder {path}; check its permissions")
        dicom = looks_like_dicom(path)
        if not dicom and not looks_like_picture(path):
            return Row("", original, "", job.text, "not copied", reason="no picture")
        digest = file_digest(path)
        suffix = ".dcm" if dicom else suffix_of(path)
        if known is not None and _is_done(job, known, digest, suffix):
            return known
        boxes = () if job.text == "ignore" or is_mask(relative) else _text(path, dicom)
        name = coded_name(relative, job.salt, suffix).as_posix()
        again = relative
        while taken.get(name, original) != original:  # of one stem, and now of one suffix
            again = again.with_name(again.name + "~")
            name = coded_name(again, job.salt, suffix).as_posix()
        _write(job, path, job.output / name, boxes)
        if known is not None and known.output not in ("", name):  # of another mode or salt: it must not stay behind
            _inside(job.output, job.output / known.output).unlink(missing_ok=True)
    except InputError as error:
        reason = str(error) if str(path) in str(error) else f"{path}: {error}"
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror or error}; check its permissions"
    except Exception as error:  # one file never ends a batch; the error's text may quote the file, and so a patient
        reason = why(error, path)
    else:
        return Row(name, original, digest, job.text, "ok", json.dumps(boxes), rules=RULES)
    return Row("", original, digest, job.text, "failed", reason=reason)


def _text(path: Path, dicom: bool) -> tuple[Box, ...]:
    """Where text is burned in: also where a DICOM file's window hides it from whoever looks."""
    found = find_text(read_grey(path))
    return joined([*found, *find_text(read_grey(path, rule="full"))]) if dicom else found


def _is_done(job: Job, known: Row, digest: str, suffix: str) -> bool:
    """Whether the output of the same file in the same mode is there, written by the rules of today."""
    same = (known.sha256, known.mode, known.status, known.rules) == (digest, job.text, "ok", RULES)
    return same and known.output.endswith(suffix) and _inside(job.output, job.output / known.output).is_file()


def _write(job: Job, path: Path, target: Path, boxes: tuple[Box, ...]) -> None:
    over = boxes if job.text == "cover" else ()
    with replacing(_inside(job.output, target)) as temporary:
        if target.suffix == ".dcm":
            from dentalx.deidentify.dicom import write_bare_dicom

            write_bare_dicom(path, temporary, job.salt, over, bool(boxes))
        else:
            write_bare(path, temporary, over)


def _inside(output: Path, target: Path) -> Path:
    """`target`, which no link may lead out of the output folder.

    Raises:
        InputError: one does.
    """
    if not target.parent.resolve().is_relative_to(output.resolve()):
        raise InputError(f"a link in {output} leads outside, where nothing is written; choose an empty --output")
    return target
