"""The command that looks a data set over, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tyro.conf import UseAppendAction

from dentalx.cli.commands import entries
from dentalx.config import DataConfig, MaskEncoding, ToothNumbers
from dentalx.errors import InputError

_DATA = DataConfig()


@dataclass(frozen=True)
class Audit:
    """Look a data set over: what it holds, what is in it twice, what its splits leak. Changes nothing in it."""

    data: Annotated[Path | None, tyro.conf.Positional] = None
    """folder of a data set"""
    format: str = _DATA.layout
    """of the data: auto, or the name of a layout as data/README.md lists them"""
    images: Path | None = None
    """folder of radiographs, with --masks"""
    masks: Path | None = None
    """folder of masks named like the radiographs, with --images"""
    pictures: bool = False
    """look at every picture in the folder, and at no masks"""
    classes: tuple[str, ...] = ()
    """names of the classes (default: all)"""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """other names for classes, OLD=NEW each; several OLD for one NEW merge them"""
    tooth_numbers: ToothNumbers = _DATA.tooth_numbers
    """what numbers as class names are: auto, fdi, universal or palmer"""
    mask_encoding: MaskEncoding = _DATA.mask_encoding
    """how mask files write classes; auto finds it out"""
    class_map: Path | None = None
    """JSON file that says which level or colour of a mask is which class"""
    part: str | None = None
    """which masks, where a data set has several of each picture; the message names them"""
    against: Path | None = None
    """another data set, or folder of pictures, that must have nothing in common with this one"""
    splits: Path | None = None
    """a splits.csv (image_id, patient_id, split) to look at in place of the data set's own splits"""
    patient_pattern: str | None = None
    """regular expression whose first group, in a file's stem, names the patient"""
    salt: Path | None = None
    """file with the salt of the patients' codes"""
    fractions: tuple[float, float, float] = _DATA.fractions
    """shares of training, validation and test patients, where splits have to be drawn"""
    seed: int = _DATA.seed
    """of that draw"""
    output: Path | None = None
    """folder for audit.md, audit.json, pairs.png and the cleaned splits.csv"""
    names: bool = False
    """call pictures by their names in these files, which may be patients' names"""

    def config(self) -> DataConfig:
        """These flags as a configuration.

        Raises:
            InputError: a value is out of range.
        """
        try:
            return DataConfig(
                data=self.data,
                images=self.images,
                masks=self.masks,
                classes=self.classes,
                fractions=self.fractions,
                seed=self.seed,
                patient_pattern=self.patient_pattern,
                layout=self.format,
                aliases=self.alias,
                tooth_numbers=self.tooth_numbers,
                mask_encoding=self.mask_encoding,
                class_map=entries(self.class_map),
                part=self.part,
                salt=self.salt,
            )
        except ValueError as error:
            raise InputError(str(error)) from error

    def __call__(self) -> int:
        from dentalx.cli.audit import audit

        return audit(self)
