"""Radiographs with truth, and masks that stand for what a program or a person made of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from dentalx.config import DataConfig
from dentalx.files import make_folder
from dentalx.samples import Mask

SIZE = (12, 20)


def truth(i: int) -> Mask:
    """A block whose place and width depend on the number; the last rows stay free."""
    mask = np.zeros(SIZE, np.uint8)
    mask[2:8, 2 + i % 3 : 10 + i % 4] = 1
    return mask


def shifted(mask: Mask, by: int) -> Mask:
    """The same a few rows lower."""
    return np.roll(mask, by, 0)


def write(path: Path, mask: Mask) -> None:
    """As a picture of 0 and 255."""
    make_folder(path.parent)
    Image.fromarray(mask * np.uint8(255)).save(path)


def write_set(folder: Path, count: int) -> DataConfig:
    """Pictures and truth `p0.png` …, and the data that they are."""
    for i in range(count):
        make_folder(folder / "images")
        pixels = np.random.default_rng(i).integers(0, 256, SIZE, np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"p{i}.png")
        write(folder / "teeth" / f"p{i}.png", truth(i))
    return DataConfig(images=folder / "images", masks=folder / "teeth")


def write_masks(folder: Path, count: int, by: int = 1) -> Path:
    """Masks by the pictures' names, each a few rows lower than truth."""
    for i in range(count):
        write(folder / f"p{i}.png", shifted(truth(i), by))
    return folder


def overlap(by: int) -> float:
    """Dice of a block of 6 rows with itself a few rows lower."""
    return (6 - by) / 6
