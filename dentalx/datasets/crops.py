"""Parts of training pictures, some of them around pixels of rare classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.samples import Mask


@dataclass(frozen=True)
class Crops:
    """How parts are cut out of training pictures.

    Attributes:
        size: (rows, columns) of a part; at most those of the pictures.
        foreground: share of the parts that lie around a pixel of a class.
        chances: (K,) how likely each class is to be that one, where the picture has it; any scale.
        labelling: what the values of masks mean.
    """

    size: tuple[int, int]
    foreground: float
    chances: tuple[float, ...]
    labelling: Labelling = EXCLUSIVE


def cut(image: NDArray[np.uint8], mask: Mask, crops: Crops, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Mask]:
    """The same part of a picture and of its mask, as `crops` and chance decide.

    Of `crops.foreground` of the parts, one pixel is the middle: first a class is drawn out of those in the mask, by its
    chances, then a pixel of it. Where such a part would stand over the edge it is moved inwards. All others, and those
    of pictures without any class, lie anywhere in the picture. After the oversampling of foreground in Isensee et al.,
    "nnU-Net", Nature Methods 18, 2021, which draws out of all classes alike.

    Args:
        image: (H, W) uint8.
        mask: (H, W) uint8 or int32 of classes.
        crops: how.
        rng: decides.

    Returns:
        the two of `crops.size`, views of what was given.
    """
    (height, width), (rows, columns) = mask.shape, crops.size
    middle = _middle(mask, crops, rng) if rng.random() < crops.foreground else None
    if middle is None:
        top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    else:
        top, left = (
            min(max(at - side // 2, 0), whole - side)
            for at, side, whole in zip(middle, crops.size, mask.shape, strict=True)
        )
    part = slice(top, top + rows), slice(left, left + columns)
    return image[part], mask[part]


def _middle(mask: Mask, crops: Crops, rng: np.random.Generator) -> tuple[int, int] | None:
    """A pixel of a class, (row, column); None where the mask has none."""
    there = crops.labelling.areas(mask, len(crops.chances)) > 0
    chances = np.where(there, crops.chances, 0.0)
    if not chances.any():
        return None
    label = 1 + int(rng.choice(len(chances), p=chances / chances.sum()))
    row, column = divmod(int(rng.choice(np.flatnonzero(crops.labelling.of_class(mask, label)))), mask.shape[1])
    return row, column
