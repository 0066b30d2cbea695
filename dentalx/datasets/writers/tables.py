"""Tables as CSV, all or nothing, a row at a time."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dentalx.files import replacing
from dentalx.foreign_text import TableWriter


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file with a head.

    Raises:
        InputError: cannot be written there.
    """
    with replacing(path) as whole, whole.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = TableWriter(file)
        table.writerow(columns)
        table.writerows(rows)
