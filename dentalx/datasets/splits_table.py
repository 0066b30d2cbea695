"""The rows of a splits.csv."""

from pathlib import Path

from dentalx.errors import InputError
from dentalx.files import read_text
from dentalx.foreign_text import TableError, table_records

COLUMNS = ("image_id", "patient_id", "split")
_LARGEST = 2**28  # bytes


def split_rows(path: Path) -> list[tuple[str, str, str]]:
    """Return image_id, patient_id and split of each row of a splits.csv.

    Raises:
        InputError: unreadable, no table, or a column is missing.
    """
    try:
        return _columns(path, read_text(path, _LARGEST))
    except TableError as error:
        raise InputError(
            f"{path} is no table ({error}); save it as CSV with the columns {', '.join(COLUMNS)}"
        ) from error


def _columns(path: Path, text: str) -> list[tuple[str, str, str]]:
    head, rows = table_records(text)
    if lacking := [name for name in COLUMNS if name not in head]:
        raise InputError(f"{path} lacks the column(s) {', '.join(lacking)}; expected {', '.join(COLUMNS)}")
    return [(row["image_id"], row["patient_id"], row["split"].strip()) for row in rows]
