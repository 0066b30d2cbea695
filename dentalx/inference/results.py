"""What is made of one picture's prediction, and written: mask, overlay, and whatever else is asked for."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx import overlay
from dentalx.datasets.dicom_spacing import Spacing
from dentalx.datasets.overlapping import check_names, write_masks
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError
from dentalx.files import replacing, write_bytes, write_text
from dentalx.foreign_text import table_text
from dentalx.inference.annotations import Annotations
from dentalx.inference.pieces import HEAD, Piece, drawn, tidied, told_apart
from dentalx.inference.rows import Row, summarise
from dentalx.inference.segmentations import Segmentations
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.notes import write_notes
from dentalx.postprocess import Labels, teeth_among
from dentalx.predict_config import PredictConfig
from dentalx.samples import Grey, Prediction

OBJECTS = "objects.csv"
_NUMBERED = 255  # objects that a label map of one byte can tell apart


@dataclass(frozen=True)
class Seen:
    """A picture of which results are made.

    Attributes:
        path: its file.
        name: of its results.
        within: its path among the pictures, with slashes.
        image: (H, W).
    """

    path: Path
    name: str
    within: str
    image: Grey


@dataclass
class Results:
    """What a run that predicts masks writes under `output`.

    Attributes:
        output: the folder.
        classes: K names.
        config: what is asked for.
        run: its name.
        labelling: whether the classes overlap, which makes a folder of masks for each.
        rows: of objects.csv, so far.
        entries: for the annotation programs, so far.
    """

    output: Path
    classes: tuple[str, ...]
    config: PredictConfig
    run: str = "dentalx"
    labelling: Labelling = EXCLUSIVE
    rows: list[list[Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        _ = self.segmentations  # what is missing for them is told at once
        if self.labelling.overlapping:
            check_names(self.classes)
        if self.config.split_teeth and not teeth_among(self.classes):
            raise InputError(
                f"--split-teeth needs a class called teeth or tooth, the run has {', '.join(self.classes)}"
            )

    @property
    def segmentations(self) -> Segmentations:
        """The writer of DICOM segmentations."""
        return Segmentations(self.output, self.classes, self.run, self.config.dicom_seg, self.labelling)

    @property
    def annotations(self) -> Annotations:
        """The writers for annotation programs."""
        return Annotations(self.output, self.classes, self.config.to)

    def make(self, seen: Seen, prediction: Prediction) -> tuple[Row, dict[str, Any], Callable[[Row], list[str]]]:
        """The row of a picture, what is listed of it (complete when it is written), and what writes its results."""
        source = self.segmentations.source(seen.path)
        prediction = dataclasses.replace(prediction, mask=tidied(prediction, len(self.classes), self.config))
        row = summarise(seen.path, prediction, len(self.classes))
        spacing = _spacing(seen.path)
        pixel = None if spacing is None else spacing.pixel_mm2
        mm2 = () if pixel is None else tuple(round(area * pixel, 3) for area in row.areas)
        row = dataclasses.replace(row, mm2=mm2, spacing=None if spacing is None else dataclasses.asdict(spacing))
        band = None
        if self.config.uncertain is not None:
            band = unsure(prediction.probability, self.config.uncertain, self.labelling)
            row = dataclasses.replace(row, uncertain=float(band.mean()))
        listed: dict[str, Any] = {}
        layers, found = list[Labels](), list[Piece]()
        if self.config.apart:
            layers, found = told_apart(prediction, self.classes, self.config.split_teeth)
            counts = np.bincount([piece.label for piece in found], minlength=len(self.classes) + 1)[1:]
            row = dataclasses.replace(row, counts=tuple(counts.tolist()))
            listed["objects"] = [piece.cells(self.classes) for piece in found]

        def write(final: Row) -> list[str]:
            files = self._draw(seen, prediction, final)
            files += self.segmentations.write(seen.name, source, prediction.mask, prediction.probability)
            if band is not None:
                files.append(self._save("uncertain", seen.name, Image.fromarray(band.astype(np.uint8) * np.uint8(255))))
            if self.config.split_teeth:
                named = zip(self._names(seen.name), layers, strict=True)
                files += [self._save("labels", name, label_map(numbers)) for name, numbers in named]
            if self.config.to:
                size, scores = (seen.image.shape[0], seen.image.shape[1]), [piece.score for piece in found]
                more, listed["annotations"] = self.annotations.add(
                    seen.name, seen.within, size, drawn(layers, found), scores
                )
                files += more
            return files

        return row, listed, write

    def _names(self, name: str) -> list[str]:
        """What a picture's masks are called: one, or, of overlapping classes, one in the folder of each."""
        return [f"{each}/{name}" for each in self.classes] if self.labelling.overlapping else [name]

    def _draw(self, seen: Seen, prediction: Prediction, row: Row) -> list[str]:
        files = write_masks(self.output / "masks", seen.name, prediction.mask, self.classes, self.labelling)
        files = [f"masks/{name}" for name in files]
        if not (self.config.overlays or self.config.side_by_side):
            return files
        over = overlay.overlay(
            seen.image, prediction.mask, self.classes, opacity=self.config.opacity, labelling=self.labelling
        )
        write_notes(over, row.warnings, prediction.mask > 0)
        if self.config.overlays:
            files.append(f"overlays/{seen.name}.png")
            write_bytes(self.output / files[-1], overlay.encode(over))
        if self.config.side_by_side:
            files.append(self._save("side_by_side", seen.name, beside(seen.image, over)))
        return files

    def _save(self, folder: str, name: str, picture: Image.Image) -> str:
        file = f"{folder}/{name}.png"
        with replacing(self.output / file) as temporary:
            picture.save(temporary, compress_level=3)
        return file

    def add(self, picture: Path, listed: Any) -> None:
        """List what was made of a picture, in the order of the pictures."""
        if isinstance(listed, dict):
            cells = listed.get("objects", [])
            self.rows += [[str(picture), number, *each] for number, each in enumerate(cells, start=1)]
            self.entries += [listed["annotations"]] if "annotations" in listed else []

    def finish(self) -> list[str]:
        """Write objects.csv and what belongs to all pictures in annotations/; what was lost there, a sentence each."""
        if self.config.objects or self.config.split_teeth:
            write_text(self.output / OBJECTS, table_text([HEAD, *self.rows]))
        return self.annotations.finish(self.entries) if self.entries else []


def unsure(
    probability: NDArray[np.float32], band: tuple[float, float], labelling: Labelling = EXCLUSIVE
) -> NDArray[np.bool_]:
    """Where the probability of any class lies in a band, its lower end included and its upper one not.

    Of overlapping classes: where that of one of them does.

    Args:
        probability: (H, W, C).
        band: low and high.
        labelling: whether the classes overlap.

    Returns:
        (H, W).

    >>> unsure(np.float32([[[0.2], [0.4], [0.6]]]), (0.4, 0.6)).tolist()
    [[False, True, False]]
    >>> unsure(np.float32([[[0.5, 0.25, 0.25], [0.9, 0.1, 0.0]]]), (0.4, 0.6)).tolist()
    [[True, False]]
    """
    there = labelling.foreground(probability)
    low, high = np.float32(band[0]), np.float32(band[1])
    return np.asarray(((there >= low) & (there < high)).any(-1))


def label_map(numbers: Labels) -> Image.Image:
    """(H, W) numbers of objects as a picture: of one byte with colours up to 255 objects, else of two."""
    if numbers.max(initial=0) > _NUMBERED:
        return Image.fromarray(numbers.astype(np.uint16))
    labels = Image.fromarray(numbers.astype(np.uint8))
    labels.putpalette(overlay.PALETTE.tobytes())
    return labels


def beside(image: Grey, over: overlay.Picture) -> Image.Image:
    """A picture beside its overlay, or above it where it is wider than high, a light line between them.

    Args:
        image: (H, W) or (H, W, 3).
        over: (H, W, 3).
    """
    axis = 0 if image.shape[1] > image.shape[0] else 1
    line = np.full((4, image.shape[1], 3) if axis == 0 else (image.shape[0], 4, 3), 235, np.uint8)
    return Image.fromarray(np.concatenate([overlay.as_picture(image), line, over], axis))


def _spacing(picture: Path) -> Spacing | None:
    """What a DICOM file says of millimetres; None of other files."""
    if not looks_like_dicom(picture):
        return None
    from dentalx.datasets.dicom import dicom_facts

    try:
        return dicom_facts(picture).spacing
    except InputError:  # gone since it was read
        return None
