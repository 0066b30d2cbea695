"""The command that looks a data set over, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from dentalx.cli.data_flags import DataFlags
from dentalx.config import DataConfig

_DATA = DataConfig()


@dataclass(frozen=True, kw_only=True)
class Audit(DataFlags):
    """Look a data set over: what it holds, what is in it twice, what its splits leak. Changes nothing in it."""

    data: Annotated[Path | None, tyro.conf.Positional] = None
    """folder of a data set"""
    pictures: bool = False
    """look at every picture in the folder, and at no masks"""
    against: Path | None = None
    """another data set, or folder of pictures, that must have nothing in common with this one"""
    splits: Path | None = None
    """a splits.csv (image_id, patient_id, split) to look at in place of the data set's own splits"""
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
        return self.data_config(fractions=self.fractions, seed=self.seed, salt=self.salt)

    def __call__(self) -> int:
        from dentalx.cli.audit import audit

        return audit(self)
