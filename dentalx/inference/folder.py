"""A folder of pictures in; masks, overlays and a table out."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx import overlay
from dentalx.config import GreyRule
from dentalx.datasets.images import read_grey
from dentalx.datasets.masks import write_mask
from dentalx.errors import InputError
from dentalx.files import make_folder, replacing, write_text
from dentalx.inference.predictor import Predictor, confidence
from dentalx.samples import UNLABELLED, Grey, Prediction

AHEAD = 2  # pictures read before they are needed, and results not yet written
TABLE_EVERY = 25  # pictures after which predictions.csv is brought up to date
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


def predict_folder(
    predictor: Predictor,
    pictures: Sequence[Path],
    output: Path,
    *,
    opacity: float = 0.35,
    progress: Callable[[int, Row], None] = lambda done, row: None,
) -> list[Row]:
    """Predict every picture and write masks/, overlays/ and predictions.csv under `output`.

    Reading, the network and writing overlap; a bad file is listed and the rest goes on. Memory does not grow with the
    number of pictures.

    Raises:
        InputError: nothing can be written to `output`; what was written before stays and is listed.
    """

    def one(picture: Path, name: str, image: Grey) -> tuple[Row, Callable[[], None]]:
        prediction = predictor(picture.stem, image)
        row = summarise(picture, prediction, len(predictor.classes))
        return row, lambda: _write(output, name, image, prediction, predictor, opacity)

    return walk(pictures, output, Reading(one, predictor.classes, predictor.grey), progress)


@dataclass(frozen=True)
class Reading:
    """What is made of each picture.

    Attributes:
        one: a picture's path, the name of its results and the picture itself, to its row and what writes its results.
        classes: K names.
        grey: what spreads DICOM's stored values over black to white.
    """

    one: Callable[[Path, str, Grey], tuple[Row, Callable[[], None]]]
    classes: Sequence[str]
    grey: GreyRule


def walk(
    pictures: Sequence[Path], output: Path, how: Reading, progress: Callable[[int, Row], None] = lambda done, row: None
) -> list[Row]:
    """Read every picture, have something made of it, and write predictions.csv under `output`.

    Raises:
        InputError: nothing can be written to `output`.
    """
    names = output_names(pictures)
    rows: list[Row] = []
    make_folder(output)
    try:
        with ThreadPoolExecutor(AHEAD) as readers, ThreadPoolExecutor(1) as writer:
            pending: list[tuple[Row, Future[None]]] = []
            for picture, image in _read_ahead(readers, pictures, how.grey):
                if isinstance(image, InputError):
                    pending.append((Row(str(picture), "failed", str(image)), writer.submit(lambda: None)))
                else:
                    row, write = how.one(picture, names[picture], image)
                    pending.append((row, writer.submit(write)))
                if len(pending) > AHEAD:
                    _settle(pending.pop(0), rows, output, how.classes, progress)
            for item in pending:
                _settle(item, rows, output, how.classes, progress)
    finally:
        write_table(output / "predictions.csv", rows, how.classes)
    return rows


def output_names(pictures: Sequence[Path]) -> dict[Path, str]:
    """What each picture's results are called: its stem, or its whole name where two share a stem.

    >>> list(output_names([Path("a.png"), Path("b.png"), Path("b.jpg")]).values())
    ['a', 'b.png', 'b.jpg']
    """
    stems = Counter(picture.stem.casefold() for picture in pictures)
    return {picture: picture.stem if stems[picture.stem.casefold()] == 1 else picture.name for picture in pictures}


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


def _read_ahead(
    readers: ThreadPoolExecutor, pictures: Sequence[Path], rule: GreyRule
) -> Iterator[tuple[Path, Grey | InputError]]:
    rest = iter(pictures)
    waiting = [(picture, readers.submit(_read, picture, rule)) for picture in islice(rest, AHEAD)]
    while waiting:
        picture, job = waiting.pop(0)
        yield picture, job.result()
        waiting.extend((following, readers.submit(_read, following, rule)) for following in islice(rest, 1))


def _read(picture: Path, rule: GreyRule) -> Grey | InputError:
    try:
        return read_grey(picture, rule=rule)
    except InputError as error:
        return error


def _write(output: Path, name: str, image: Grey, prediction: Prediction, predictor: Predictor, opacity: float) -> None:
    write_mask(output / "masks" / f"{name}.png", prediction.mask, predictor.classes)
    drawn = overlay.overlay(image, prediction.mask, predictor.classes, opacity=opacity)
    with replacing(output / "overlays" / f"{name}.png") as temporary:
        Image.fromarray(drawn).save(temporary, compress_level=3)


def _settle(
    item: tuple[Row, Future[None]],
    rows: list[Row],
    output: Path,
    classes: Sequence[str],
    progress: Callable[[int, Row], None],
) -> None:
    row, job = item
    job.result()
    rows.append(row)
    if len(rows) % TABLE_EVERY == 0:
        write_table(output / "predictions.csv", rows, classes)
    progress(len(rows), row)
