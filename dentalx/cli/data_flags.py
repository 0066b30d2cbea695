"""The flags that say which data, shared by the commands that read a data set with its truth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tyro.conf import UseAppendAction

from dentalx.config import Boxes, DataConfig, MaskEncoding, ToothNumbers
from dentalx.errors import InputError

_DATA = DataConfig()


@dataclass(frozen=True, kw_only=True)
class DataFlags:
    """Which pictures, and what their truth means."""

    data: Path | None = None
    """folder of a data set: images/ and masks/ (or train/, val/, test/ with these inside), or an annotated export"""
    format: str = _DATA.layout
    """of --data; auto finds it out, a wrong name lists them"""
    images: Path | None = None
    """folder of radiographs, with --masks"""
    masks: Path | None = None
    """folder of masks named like the radiographs, with --images"""
    classes: tuple[str, ...] = ()
    """names of the classes (default: all of the data)"""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """OLD=NEW: call a class of annotated data otherwise; may be repeated, several OLD for one NEW merge them"""
    tooth_numbers: ToothNumbers = _DATA.tooth_numbers
    """what numbers as names of classes are; auto: what the format says, or FDI where nothing else is possible"""
    boxes: Boxes = _DATA.boxes
    """objects of annotated data whose outline is a plain rectangle: filled, or left out (with images of such alone)"""
    mask_encoding: MaskEncoding = _DATA.mask_encoding
    """how mask files write classes; auto finds it out, tells it, and refuses what is ambiguous"""
    class_map: Path | None = None
    """JSON file that says which level or colour of the masks is which class: {"caries": 1} or {"caries": "#3577B5"}"""
    part: str | None = None
    """which masks, where a data set has several of each picture; the message names them"""
    patient_pattern: str | None = None
    """regular expression whose first group, in a file's stem, names the patient"""

    def data_config(self, **more: Any) -> DataConfig:
        """These flags, and `more` settings, as a configuration.

        Raises:
            InputError: a value is out of range, or the class map's file is none.
        """
        try:
            return DataConfig(
                data=self.data,
                layout=self.format,
                images=self.images,
                masks=self.masks,
                classes=self.classes,
                aliases=self.alias,
                tooth_numbers=self.tooth_numbers,
                boxes=self.boxes,
                mask_encoding=self.mask_encoding,
                class_map=entries(self.class_map),
                part=self.part,
                patient_pattern=self.patient_pattern,
                **more,
            )
        except ValueError as error:
            raise InputError(str(error)) from error


def entries(class_map: Path | None) -> tuple[str, ...]:
    """A class map's file as the configuration keeps it, so that a run does not depend on the file.

    Raises:
        InputError: it is no class map.
    """
    from dentalx.datasets.mask_codes import read_class_map

    return read_class_map(class_map).entries() if class_map else ()
