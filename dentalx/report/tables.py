"""Tables beside a report: every point of its curves, strata, and what could not be used."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.foreign_text import table_text

TABLES = ("curves", "froc", "reliability", "strata", "problems")


def write_tables(folder: Path, tables: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    """Write NAME.csv for each table, and take away those of an earlier evaluation.

    Args:
        folder: made where missing.
        tables: name out of `TABLES` to rows, the first of which says what the columns are; None is an empty cell.

    Raises:
        InputError: no permission or no space.
    """
    for name in TABLES:
        if name not in tables:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    for name, rows in tables.items():
        files.write_text(folder / f"{name}.csv", table_text([_cell(value) for value in row] for row in rows))


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value
