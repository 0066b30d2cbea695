"""The commands that fetch and rewrite data sets, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional, UseAppendAction

from dentalx.config import DataConfig, GreyRule, MaskEncoding, ToothNumbers

_DATA = DataConfig()


@dataclass(frozen=True)
class Convert:
    """Write a data set, in any layout that is read, in another one. Whole or absent; an interrupted one goes on."""

    output: Path
    """folder to write: new, empty, or with what an interrupted conversion left"""
    to: Literal["coco", "folders", "yolo", "labelme", "roboflow-masks"]
    """layout to write"""
    data: Path | None = None
    """folder of a data set"""
    format: str = _DATA.layout
    """of --data: auto, or the name of a layout as data/README.md lists them"""
    images: Path | None = None
    """folder of radiographs, with --masks"""
    masks: Path | None = None
    """folder of masks named like the radiographs, with --images"""
    classes: tuple[str, ...] = ()
    """names of the classes to keep, later ones above earlier ones where a layout cannot hold both (default: all)"""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """other names for classes, OLD=NEW each; several OLD for one NEW merge them"""
    tooth_numbers: ToothNumbers = _DATA.tooth_numbers
    """what numbers as class names are: auto, fdi, universal or palmer"""
    mask_encoding: MaskEncoding = _DATA.mask_encoding
    """how mask files write classes"""
    class_map: Path | None = None
    """JSON file that says which level or colour of a mask is which class"""
    part: str | None = None
    """which masks, where a data set has several of each picture"""
    splits: Path | None = None
    """a splits.csv (image_id, patient_id, split) to follow in place of the data set's own splits"""
    patient_pattern: str | None = None
    """regular expression whose first group, in a file's stem, names the patient"""
    tolerance: float = 0.0
    """pixels that YOLO's outlines may be off, for fewer corners; 0: none (yolo)"""
    grey: GreyRule = _DATA.grey
    """DICOM's values to grey: voi (the file's own window), percentile (0.5 to 99.5) or full (lowest to highest)"""
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
