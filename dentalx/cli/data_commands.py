"""The commands that fetch and rewrite data sets, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from dentalx.cli.data_flags import DataFlags
from dentalx.config import DataConfig, GreyRule

_DATA = DataConfig()


@dataclass(frozen=True, kw_only=True)
class Convert(DataFlags):
    """Write a data set, in any layout that is read, in another one. Whole or absent; an interrupted one goes on."""

    output: Path
    """folder to write: new, empty, or with what an interrupted conversion left"""
    to: Literal["coco", "folders", "yolo", "labelme", "cvat", "roboflow-masks"]
    """layout to write"""
    splits: Path | None = None
    """a splits.csv (image_id, patient_id, split) to follow in place of the data set's own splits"""
    tolerance: float = 0.0
    """pixels that YOLO's outlines may be off, for fewer corners; 0: none (yolo)"""
    grey: GreyRule = _DATA.grey
    """DICOM's values to grey: voi (the file's own window), percentile (0.5 to 99.5) or full (lowest to highest)"""
    overlapping: bool = _DATA.overlapping
    """read a folder of masks for each class; outlines keep where they overlap, index masks do not"""
    link: bool = False
    """give pictures a second name on the same disk in place of copying them"""

    def __call__(self) -> int:
        from dentalx.cli.convert import convert

        return convert(self)


@dataclass(frozen=True)
class Download:
    """Fetch a public data set after showing its terms; goes on where it was interrupted. Without a name: the list."""

    name: Positional[str | None] = None
    """of the data set"""
    output: Path | None = None
    """folder to write (default: data/NAME)"""
    accept_licence: bool = False
    """agree to the terms without being asked, for scripts"""

    def __call__(self) -> int:
        from dentalx.cli.download import download

        return download(self)
