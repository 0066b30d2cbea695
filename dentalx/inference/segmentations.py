"""The DICOM segmentation objects of `predict --dicom-seg`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.sniff import looks_like_dicom
from dentalx.datasets.writers import dicom_seg
from dentalx.errors import InputError
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.predict_config import SegmentationKind
from dentalx.samples import Mask

FOLDER = "seg"


@dataclass(frozen=True)
class Segmentations:
    """What is written of DICOM pictures under `output`; nothing where none are asked for.

    Attributes:
        output: the folder.
        classes: K names.
        run: its name.
        kind: None where none are asked for.
        labelling: whether the classes overlap.

    Raises:
        InputError: highdicom is missing, or a kind in which classes cannot overlap is asked for.
    """

    output: Path
    classes: tuple[str, ...]
    run: str
    kind: SegmentationKind | None
    labelling: Labelling = EXCLUSIVE

    def __post_init__(self) -> None:
        if self.kind is not None:
            dicom_seg.require()
        if self.kind == "labelmap" and self.labelling.overlapping:
            raise InputError("--dicom-seg labelmap holds one class a pixel, and the run's classes overlap; use binary")

    def source(self, picture: Path) -> Any | None:
        """What a segmentation of a picture repeats of it; None where there will be none.

        Raises:
            InputError: its header does not allow one.
        """
        return dicom_seg.read_source(picture) if self.kind is not None and looks_like_dicom(picture) else None

    def write(self, name: str, source: Any | None, mask: Mask, probability: NDArray[np.float32] | None) -> list[str]:
        """Write the segmentation of a picture; its file within the output."""
        if source is None or self.kind is None:
            return []
        file = f"{FOLDER}/{name}.dcm"
        by = dicom_seg.MadeBy(self.classes, self.run, self.kind, self.labelling)
        dicom_seg.write_segmentation(self.output / file, source, mask, by, probability)
        return [file]
