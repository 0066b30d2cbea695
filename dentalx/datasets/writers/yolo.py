"""YOLO segmentation: images/… beside labels/…, a line an outline (https://docs.ultralytics.com/datasets/segment/).

The format has no holes, no parts and no crowds. What that loses is measured: each object is filled again from the very
text that is written, by the rule of `readers.yolo`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.datasets.readers.raster import Plane, Size, fill
from dentalx.datasets.readers.rings import ring_fault
from dentalx.datasets.writers.outlines import Corners, simplified, trace
from dentalx.datasets.writers.scene import Drawn, Entries, Entry, Scene
from dentalx.datasets.writers.tables import write_table
from dentalx.files import write_text
from dentalx.geometry import mask_box
from dentalx.samples import UNLABELLED

LOSSES = "loss.csv"
COLUMNS = ("picture", "object", "class", "pixels", "pixels_lost", "pixels_gained", "iou", "parts", "holes_filled")
_SPLITS = (("train", "train"), ("val", "val"), ("test", "test"))


@dataclass(frozen=True)
class YoloWriter:
    """images/SPLIT/… and labels/SPLIT/…, or images/ and labels/ without splits; data.yaml; loss.csv.

    Attributes:
        tolerance_px: how far off a simplified outline may be; 0 keeps every corner of every pixel.
    """

    classes: tuple[str, ...]
    name: str = ""
    tolerance_px: float = 0.0

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return f"images/{split}" if split else "images"

    def write(self, scene: Scene, target: Path) -> Entry:
        """The text file; an empty one where there is no object."""
        lines: list[str] = []
        losses: list[list[Any]] = []
        crowds = 0
        for number, drawn in enumerate(scene.objects, start=1):
            texts, loss = self._outlined(drawn, scene.size)
            lines += [f"{drawn.index - 1} {text}" for text in texts]
            losses.append([number, drawn.index, *loss])
            crowds += drawn.crowd
        text = target / self.place(scene.split).replace("images", "labels", 1) / f"{scene.name}.txt"
        write_text(text, "".join(line + "\n" for line in lines))
        unlabelled = 0 if scene.unlabelled is None else int(np.count_nonzero(scene.unlabelled == UNLABELLED))
        return {"losses": losses, "crowds": crowds, "unlabelled": unlabelled}

    def _outlined(self, drawn: Drawn, size: Size) -> tuple[list[str], list[Any]]:
        """A text for each part of an object, and the rest of its row in loss.csv."""
        found = trace(drawn.plane)
        texts = [_shares(simplified(ring, self.tolerance_px), size) for ring in found.parts]
        texts = [text for text in texts if not ring_fault([float(word) for word in text.split()])]
        top, left, bottom, right = (int(side) for side in mask_box(drawn.plane))
        truth = drawn.plane[top:bottom, left:right]
        again = _filled(texts, size, (top, left), (bottom - top, right - left))
        common, pixels = int((truth & again).sum()), int(truth.sum())
        lost, gained = pixels - common, int(again.sum()) - common
        iou = round(common / (pixels + gained), 6) if pixels + gained else 1.0
        return texts, [pixels, lost, gained, iou, len(found.parts), len(found.holes)]

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """data.yaml and loss.csv."""
        import yaml

        splits = {entry["split"] for entry in entries()}
        places = {key: self.place(split) for split, key in _SPLITS if split in splits} or {"train": self.place(None)}
        settings = places | {"names": dict(enumerate(self.classes))}
        write_text(target / "data.yaml", yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        rows = (
            (entry["name"], number, self.classes[index - 1], *rest)
            for entry in entries()
            for number, index, *rest in entry["losses"]
        )
        write_table(target / LOSSES, COLUMNS, rows)
        notes = [_summary(entries)]
        if "val" not in places:
            notes.append("data.yaml names no validation pictures, which YOLO's training asks for; see --splits")
        return notes


def _shares(ring: Corners, size: Size) -> str:
    """An outline as shares of the picture's width and height, x before y."""
    return " ".join(f"{value:.7g}" for corner in ring.tolist() for value in (corner[0] / size[1], corner[1] / size[0]))


def _filled(texts: Sequence[str], size: Size, corner: tuple[int, int], crop: Size) -> Plane:
    """What a reader of the texts fills, within a part of the picture that begins at a (row, column)."""
    again: Plane = np.zeros(crop, bool)
    for text in texts:
        values = [float(word) for word in text.split()]
        ring = [v * size[1 - i % 2] - corner[1 - i % 2] for i, v in enumerate(values)]
        again |= fill(ring, crop)
    return again


def _summary(entries: Entries) -> str:
    """What all objects lost, in a sentence."""
    rows = [row for entry in entries() for row in entry["losses"]]
    pixels, lost, gained = (sum(row[column] for row in rows) for column in (2, 3, 4))
    told = [
        f"{len(rows)} objects outlined: {lost} of {pixels} pixels lost, {gained} gained, "
        f"lowest IoU {min((row[5] for row in rows), default=1.0):.4f}; each in {LOSSES}"
    ]
    if holed := [row for row in rows if row[7]]:
        told.append(f"{sum(row[7] for row in holed)} hole(s) in {len(holed)} object(s) filled")
    if parted := [row for row in rows if row[6] > 1]:
        told.append(f"{len(parted)} object(s) of several parts became {sum(row[6] for row in parted)} lines")
    if gone := sum(1 for row in rows if row[2] and row[3] == row[2]):
        told.append(f"{gone} object(s) too small to be outlined are gone")
    if crowds := sum(entry["crowds"] for entry in entries()):
        told.append(f"{crowds} crowd(s) are written as single objects")
    if unlabelled := sum(entry["unlabelled"] for entry in entries()):
        told.append(f"{unlabelled} pixel(s) marked unlabelled become background")
    return "; ".join(told)
