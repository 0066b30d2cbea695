"""Divisions of the pictures: by what is known of them anyway, and by any column of a table."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx.errors import InputError
from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.scores import Result
from dentalx.evaluation.strata import by_quantiles, prevalence, strata
from dentalx.files import read_text
from dentalx.foreign_text import TableError, table_records

SCORES = ("dice", "iou", "precision", "recall", "nsd")
GROUPS = 4
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
_FEW = 6  # different numbers that stand for themselves
_MOST = 30  # groups of a column of words
_LEAST = 8  # pictures from which the divisions that nobody asked for are made
_LARGEST = 2**26
_LAST_PERMANENT, _FUNCTIONAL, _WHOLE = 48, 20, 28
KEY = "image_id"


@dataclass(frozen=True)
class Division:
    """Pictures in groups.

    Attributes:
        name: of the division.
        what: how it is made, in a sentence.
        groups: image_id to its group's name.
    """

    name: str
    what: str
    groups: Mapping[str, str]


def read_columns(asked: Sequence[str], image_ids: Sequence[str]) -> list[Division]:
    """The divisions of FILE.csv:COLUMN each, for the pictures there are.

    Raises:
        InputError: there is no such file or column, none of the pictures is in it, or the column names each one.
    """
    return [_column(*_table(text), image_ids) for text in asked]


@dataclass(frozen=True)
class Known:
    """What is known of each picture without a table, by image_id.

    Attributes:
        sizes: (rows, columns).
        styles: the device's; "" where it is not known.
        teeth: FDI numbers of the teeth that truth names; None where truth does not name teeth.
    """

    sizes: Mapping[str, tuple[int, int]]
    styles: Mapping[str, str]
    teeth: Mapping[str, tuple[int, ...] | None]


def divide(result: Result, known: Known) -> list[Division]:
    """The divisions by size, prevalence, device, dentition; those that put everything in one group are left out."""
    if len(result.scores) < _LEAST:
        return []
    ids = [score.image_id for score in result.scores]
    found = [
        Division(
            "picture size", "rows×columns, or groups of equal number by area in pixels", _by_size(ids, known.sizes)
        ),
        Division("prevalence", "share of the picture that truth gives to any class", _by_prevalence(result)),
        Division(
            "device",
            "the style of device that a phantom was drawn in",
            {i: known.styles[i] for i in ids if known.styles[i]},
        ),
        Division("dentition", "the teeth that truth names", _by_teeth(known.teeth)),
    ]
    return [division for division in found if len(set(division.groups.values())) > 1]


def blocks(result: Result, divisions: Sequence[Division], how: Resampling) -> dict[str, Any]:
    """`strata` of metrics.json."""
    return {
        division.name: {"what": division.what, "groups": strata(result, division.groups, SCORES, how)}
        for division in divisions
    }


def _by_size(ids: Sequence[str], sizes: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    written = {image_id: "×".join(map(str, sizes[image_id])) for image_id in ids}
    if len(set(written.values())) <= _FEW:
        return written
    return by_quantiles(ids, [float(sizes[i][0] * sizes[i][1]) for i in ids], GROUPS)


def _by_prevalence(result: Result) -> dict[str, str]:
    shares = {score.image_id: prevalence(score) for score in result.scores}
    there = {image_id: share for image_id, share in shares.items() if share > 0}
    groups = by_quantiles(list(there), list(there.values()), GROUPS)
    return groups | {image_id: "0: nothing there" for image_id, share in shares.items() if share == 0}


def dentition(numbers: Collection[int]) -> str:
    """What a mouth with these teeth is called; 20 teeth are what the WHO calls a functional dentition.

    >>> dentition([]), dentition([51, 16]), dentition([51]), dentition(range(11, 17))
    ('1: no teeth', '6: mixed', '5: primary', '2: fewer than 20 permanent teeth')
    """
    if not numbers:
        return "1: no teeth"
    primary = sum(number > _LAST_PERMANENT for number in numbers)
    if primary:
        return "5: primary" if primary == len(numbers) else "6: mixed"
    if len(numbers) < _FUNCTIONAL:
        return "2: fewer than 20 permanent teeth"
    return "3: 20 to 27 permanent teeth" if len(numbers) < _WHOLE else "4: 28 or more permanent teeth"


def _by_teeth(teeth: Mapping[str, tuple[int, ...] | None]) -> dict[str, str]:
    return {image_id: dentition(numbers) for image_id, numbers in teeth.items() if numbers is not None}


def _table(asked: str) -> tuple[Path, str | None]:
    path, column = Path(asked), None
    if not path.is_file() and ":" in asked:
        name, _, column = asked.rpartition(":")
        path = Path(name)
    return path, column


def _column(path: Path, column: str | None, image_ids: Sequence[str]) -> Division:
    rows = _rows(path)
    names = [name for name in rows[0] if name is not None] if rows else []
    if KEY not in names:
        raise InputError(f"{path} has no column {KEY}; it has {', '.join(names) or 'no row'}")
    others = [name for name in names if name != KEY]
    if column is None and len(others) != 1:
        raise InputError(f"{path} has {len(others)} columns beside {KEY}; choose: --strata {path}:COLUMN")
    chosen = others[0] if column is None else column
    if chosen not in others:
        raise InputError(f"{path} has no column {chosen!r}; it has {', '.join(others)}")
    there = set(image_ids)
    values = {row[KEY]: (row[chosen] or "").strip() for row in rows if row[KEY] in there}
    values = {image_id: value for image_id, value in values.items() if value}
    if not values:
        raise InputError(f"{path} has no value of {chosen} for any of the {len(there)} pictures; check {KEY}")
    return Division(chosen, *_grouped(path, chosen, values))


def _grouped(path: Path, column: str, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """How the values become groups, and the groups."""
    numbers = [_number(value) for value in values.values()]
    different = len(set(values.values()))
    if all(number is not None for number in numbers) and different > _FEW:
        groups = by_quantiles(list(values), [number or 0.0 for number in numbers], GROUPS)
        return f"column {column}, in {GROUPS} groups of about equal number", groups
    if different > _MOST:
        raise InputError(f"{path}: {column} has {different} different values; give one that has at most {_MOST}")
    return f"column {column}", dict(values)


def _number(text: str) -> float | None:
    try:
        value = float(_DECIMAL_COMMA.sub(r"\1.\2", text))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        return table_records(read_text(path, _LARGEST))[1]
    except InputError as error:
        raise InputError(f"{error}; --strata takes FILE.csv:COLUMN") from error
    except TableError as error:
        raise InputError(f"cannot read {path} as a table: {error}; --strata takes FILE.csv:COLUMN") from error
