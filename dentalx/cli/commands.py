"""Every command: a frozen dataclass whose fields tyro turns into flags, and a call that does the work.

Nothing heavy is imported before a command is called, so that `--help` answers at once. The larger ones have a file
each.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from dentalx.config import PhantomVariety


@dataclass(frozen=True)
class Phantoms:
    """Draw synthetic panoramic radiographs with exact truth."""

    output: Path
    """folder to write"""
    count: int = 20
    """how many"""
    size: tuple[int, int] = (512, 1024)
    """height and width"""
    seed: int = 0
    """same seed, same phantoms"""
    variety: PhantomVariety = "standard"
    """how much images differ: one device, devices in use, or more than any clinic shows"""
    format: Literal["folders", "coco"] = "folders"
    """images and mask folders, or images and annotations.json with one object a tooth"""
    classes: tuple[str, ...] = ("teeth", "mandible")
    """which masks to write (folders)"""

    def __call__(self) -> int:
        from dentalx.cli.phantoms import phantoms

        return phantoms(self)


@dataclass(frozen=True)
class Ensemble:
    """Make several finished runs one, which predict, evaluate and export take like any other."""

    output: Path
    """folder to write, new or empty"""
    members: Positional[tuple[Path, ...]] = ()
    """run folders, of the same classes and data"""

    def __call__(self) -> int:
        from dentalx.cli.export import ensemble

        return ensemble(self)
