"""What is said of each picture: the rows of predictions.csv."""

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
from dentalx.foreign_text import TableWriter
from dentalx.inference.predictor import confidence
from dentalx.samples import Prediction

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
        warnings: what a person should look at, a sentence each.
        mm2: (K,) square millimetres of each class, where the file is calibrated; else empty.
        uncertain: share of the picture that is not sure; None where nobody asked.
        spacing: what a DICOM file says of millimetres and where that comes from, a `Spacing`'s values; None of others.
    """

    file: str
    status: str
    reason: str = ""
    areas: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    pixels: int = 0
    confidence: float | None = None
    warnings: tuple[str, ...] = ()
    mm2: tuple[float, ...] = ()
    uncertain: float | None = None
    spacing: dict[str, Any] | None = None


def stored(row: Row) -> dict[str, Any]:
    """A row as JSON has it."""
    return dataclasses.asdict(row)


def restored(values: Any, picture: Path) -> Row | None:
    """A row that was `stored`, of the same picture under whatever path; None where it is no row.

    >>> restored(stored(Row("a.png", "ok", areas=(3,))), Path("b/a.png")) == Row("b/a.png", "ok", areas=(3,))
    True
    """
    names = {field.name for field in dataclasses.fields(Row)}
    if not isinstance(values, dict) or set(values) != names:
        return None
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Row(**{**plain, "file": str(picture)})


def summarise(picture: Path, prediction: Prediction, classes: int) -> Row:
    """The table's row for one prediction."""
    planes = [prediction.of_class(k) for k in range(1, classes + 1)]
    areas = tuple(int(np.count_nonzero(plane)) for plane in planes)
    warnings = prediction.warnings
    if not any(areas):
        warnings = (*warnings, NOTHING)
    return Row(
        str(picture),
        "ok",
        areas=areas,
        counts=tuple(pieces(plane) for plane in planes),
        pixels=prediction.mask.size,
        confidence=confidence(prediction),
        warnings=warnings,
    )


def warned(row: Row, warnings: tuple[str, ...]) -> Row:
    """A row with more warnings before its own."""
    return dataclasses.replace(row, warnings=warnings + row.warnings) if warnings else row


def refused(row: Row, reasons: tuple[str, ...]) -> Row:
    """The row of a picture that is not to be predicted.

    >>> refused(Row("a.png", "ok", areas=(3,), warnings=("blank",)), ("blank",)).reason
    'a.png is refused: blank; look at it, or predict it without --strict'
    """
    reason = f"{row.file} is refused: {'; '.join(reasons)}; look at it, or predict it without --strict"
    return Row(row.file, "failed", reason, warnings=row.warnings)


def doubtful(rows: Sequence[Row]) -> list[str]:
    """How many pictures have each warning that is about the picture, a line each.

    >>> doubtful([Row("a.png", "ok", warnings=("looks inverted", "nothing found")), Row("b.png", "ok")])
    ['1 of 2 pictures: looks inverted; named in predictions.csv']
    """
    counts = Counter(text for row in rows for text in row.warnings if text != NOTHING)
    return [f"{count} of {len(rows)} pictures: {text}; named in predictions.csv" for text, count in counts.items()]


def pieces(mask: NDArray[np.bool_]) -> int:
    """How many separate pieces an (H, W) mask has; pixels that touch at a corner belong together.

    >>> pieces(np.array([[1, 0, 0, 1], [0, 1, 0, 1]], bool)), pieces(np.zeros((2, 3), bool))
    (2, 0)
    """
    plane = mask.astype(np.uint8)
    left, top, width, height = cv2.boundingRect(plane)
    if not width:  # OpenCV breaks down on no pixels
        return 0
    return int(cv2.connectedComponents(plane[top : top + height, left : left + width], connectivity=8)[0]) - 1


def write_table(path: Path, rows: Sequence[Row], classes: Sequence[str]) -> None:
    """Write predictions.csv: a row a picture.

    Square millimetres have columns where a picture has them, and so has the share that is not sure.
    """
    millimetres, unsure = any(row.mm2 for row in rows), any(row.uncertain is not None for row in rows)
    units = ("area_px", "share", "count", *(("area_mm2",) if millimetres else ()))
    table = io.StringIO()
    writer = TableWriter(table)
    measures = [f"{name}_{unit}" for name in classes for unit in units]
    shares = ("uncertain_share",) if unsure else ()
    writer.writerow(["file", "status", *measures, "mean_confidence", *shares, "warnings", "reason"])
    for row in rows:
        values: list[object] = []
        for k, (area, count) in enumerate(zip(row.areas, row.counts, strict=True)):
            values += [area, f"{area / row.pixels:.6f}", count]
            values += [row.mm2[k] if row.mm2 else ""] if millimetres else []
        values = values or [""] * len(measures)
        sure = "" if row.confidence is None else f"{row.confidence:.4f}"
        band = [] if not unsure else ["" if row.uncertain is None else f"{row.uncertain:.6f}"]
        writer.writerow([row.file, row.status, *values, sure, *band, "; ".join(row.warnings), row.reason])
    write_text(path, table.getvalue())
