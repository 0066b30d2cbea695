"""The private table: which code stands for which file. Its owner alone can read it."""

from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

from dentalx.deidentify.names import is_coded
from dentalx.errors import InputError
from dentalx.files import check_regular_size, replacing
from dentalx.foreign_text import TableError, table_records, table_text

_MOST_BYTES = 2**30
RULES = "2"  # of writing an image; another number where an older copy must be made again


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
        rules: by which the output was written; "" in tables of earlier versions.
    """

    output: str
    original: str
    sha256: str
    mode: str
    status: str
    text: str = "[]"
    reason: str = ""
    rules: str = ""


def not_copied(rows: list[Row]) -> dict[str, int]:
    """How many files of which suffix are no pictures and were left behind.

    >>> not_copied([Row("", "a/b.JSON", "", "report", "not copied"), Row("x.png", "b.png", "", "report", "ok")])
    {'.json': 1}
    """
    return dict(Counter(Path(row.original).suffix.lower() or "none" for row in rows if row.status == "not copied"))


def read_table(path: Path) -> list[Row]:
    """The rows of a table that was written before; none where there is no file.

    Raises:
        InputError: it is no such table, or names an output that this command never gives, as a path that leads out
            of the output folder.
    """
    names = [field.name for field in fields(Row)]
    try:
        check_regular_size(path, _MOST_BYTES)
        head, found = table_records(path.read_bytes().decode("utf-8", "surrogateescape"))
        if head not in (names, names[:-1]):
            raise InputError(f"{path} is not a table of this command; name another with --table")
        rows = [Row(**row) for row in found]
    except FileNotFoundError:
        return []
    except (OSError, TableError) as error:
        raise InputError(f"cannot read {path}: {error}; name another table with --table") from error
    for number, row in enumerate(rows, start=1):
        if row.output and not is_coded(row.output):
            raise InputError(
                f"{path}: row {number} names an output that is no code of this command, and could lie outside the "
                "output folder; restore the table, or name another with --table"
            )
    return rows


def write_table(path: Path, rows: list[Row]) -> None:
    """Write the table so that its owner alone can read it."""
    names = [field.name for field in fields(Row)]
    ordered = sorted(rows, key=lambda row: row.original)
    text = table_text([names, *([getattr(row, name) for name in names] for row in ordered)])
    with replacing(path, private=True) as temporary:
        temporary.write_bytes(text.encode("utf-8", "surrogateescape"))
