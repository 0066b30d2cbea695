"""What is said of each picture: the rows of predictions.csv."""

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.files import write_text
from dentalx.inference.predictor import confidence
from dentalx.samples import UNLABELLED, Prediction

NOTHING = "nothing found"


@dataclass(frozen=True)
class Row:
    """One line of predictions.csv.

    Attributes:
        file: the picture's path as it was given or found.
        status: "ok" or "failed".
        reason: why it failed; one sentence.
        areas: (K,) pixels of each class.
        counts: (K,) separate pieces of each class, 8-connected.
        pixels: of the whole picture.
        confidence: mean probability over the foreground; None without foreground.
    """

    file: str
    status: str
    reason: str = ""
    areas: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    pixels: int = 0
    confidence: float | None = None
    warnings: tuple[str, ...] = ()


def stored(row: Row) -> dict[str, Any]:
    """A row as JSON has it."""
    return dataclasses.asdict(row)


def restored(values: Any, picture: Path) -> Row | None:
    """A row that was `stored`, of the same picture under whatever path; None where it is no row.

    >>> restored(stored(Row("a.png", "ok", areas=(3,))), Path("b/a.png"))
    Row(file='b/a.png', status='ok', reason='', areas=(3,), counts=(), pixels=0, confidence=None, warnings=())
    """
    names = {field.name for field in dataclasses.fields(Row)}
    if not isinstance(values, dict) or set(values) != names:
        return None
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Row(**{**plain, "file": str(picture)})


def summarise(picture: Path, prediction: Prediction, classes: int) -> Row:
    """The table's row for one prediction."""
    areas = np.bincount(prediction.mask.ravel(), minlength=UNLABELLED)[1 : classes + 1]
    warnings = prediction.warnings
    if not areas.any():
        warnings = (*warnings, NOTHING)
    return Row(
        str(picture),
        "ok",
        areas=tuple(int(area) for area in areas),
        counts=tuple(pieces(prediction.mask == k) for k in range(1, classes + 1)),
        pixels=prediction.mask.size,
        confidence=confidence(prediction),
        warnings=warnings,
    )


def doubtful(rows: Sequence[Row]) -> list[str]:
    """How many pictures have each warning that is about the picture, a line each.

    >>> doubtful([Row("a.png", "ok", warnings=("looks inverted", "nothing found")), Row("b.png", "ok")])
    ['1 of 2 pictures: looks inverted; named in predictions.csv']
    """
    counts = Counter(text for row in rows for text in row.warnings if text != NOTHING)
    return [f"{count} of {len(rows)} pictures: {text}; named in predictions.csv" for text, count in counts.items()]


def pieces(mask: NDArray[np.bool_]) -> int:
    """How many separate pieces an (H, W) mask has; pixels that touch at a corner belong together.

    >>> pieces(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool))
    2
    """
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0]) - 1


def write_table(path: Path, rows: Sequence[Row], classes: Sequence[str]) -> None:
    """Write predictions.csv: a row a picture."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    measures = [f"{name}_{unit}" for name in classes for unit in ("area_px", "share", "count")]
    writer.writerow(["file", "status", *measures, "mean_confidence", "warnings", "reason"])
    for row in rows:
        found = zip(row.areas, row.counts, strict=True)
        values = [value for area, count in found for value in (area, f"{area / row.pixels:.6f}", count)]
        values = values or [""] * len(measures)
        sure = "" if row.confidence is None else f"{row.confidence:.4f}"
        writer.writerow([row.file, row.status, *values, sure, "; ".join(row.warnings), row.reason])
    write_text(path, table.getvalue())
