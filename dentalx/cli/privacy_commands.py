"""The command that takes patients out of pictures, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Deidentify:
    """Copy radiographs without names, tags and, if asked, burned-in text. A person must look at the result."""

    input: Path
    """a picture, or a folder; everything below it is gone through"""
    output: Path
    """folder for the copies"""
    table: Path | None = None
    """private table of codes and original names, outside --output (default: OUTPUT-PRIVATE.csv beside it)"""
    salt: Path | None = None
    """file with the salt of the codes (default: the user's own, made once)"""
    text: Literal["report", "cover", "ignore"] = "report"
    """burned-in text: report says where, cover blackens it, ignore does not look"""

    def __call__(self) -> int:
        from dentalx.cli.deidentify import deidentify

        return deidentify(self)
