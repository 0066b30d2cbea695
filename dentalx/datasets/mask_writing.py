"""Masks into files that `masks.read_mask` gives back."""

import colorsys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.files import replacing
from dentalx.samples import UNLABELLED, Mask

# Okabe and Ito, "Color Universal Design" (2008), in an order that keeps neighbours apart.
_OKABE_ITO = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
_UNLABELLED_COLOUR = (128, 128, 128)


def write_mask(path: Path, mask: Mask, classes: tuple[str, ...]) -> None:
    """Write a mask as PNG of one channel, all or nothing: 0/255 for one class, else the index with a palette.

    A mask of one class that also holds 255, unlabelled, is written as indices. `read_mask` gives it back.

    Args:
        path: ends in .png.
        mask: (H, W) uint8, 0…K and 255.
        classes: the K class names.

    Raises:
        InputError: cannot be written there.
    """
    image = mask_image(mask, classes)
    with replacing(path) as temporary:
        if image.mode == "L":  # in a third of Pillow's time, and smaller
            temporary.write_bytes(bytes(cv2.imencode(".png", np.asarray(image))[1]))
        else:
            image.save(temporary, format="PNG", compress_level=3)


def mask_image(mask: Mask, classes: tuple[str, ...]) -> Image.Image:
    """What `write_mask` writes of an (H, W) uint8 mask of 0…K and 255.

    >>> mask_image(np.ones((2, 3), np.uint8), ("teeth",)).getextrema()
    (255, 255)
    """
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(f"mask must be (H, W) uint8, got {mask.shape} {mask.dtype}")
    there = np.flatnonzero(cv2.calcHist([mask], [0], None, [256], [0, 256])).tolist()
    if beyond := set(there) - {*range(len(classes) + 1), UNLABELLED}:
        raise ValueError(f"mask holds {max(beyond)}, but there is/are {len(classes)} class(es)")
    binary = len(classes) == 1 and not (mask == UNLABELLED).any()
    image = Image.fromarray(mask * np.uint8(255) if binary else mask)
    if not binary:
        image.putpalette(class_palette(len(classes)).tobytes())
    return image


def class_palette(count: int) -> NDArray[np.uint8]:
    """Colours of classes 0…`count`, black first, told apart by most colour-blind eyes while there are seven or fewer.

    Returns:
        (256, 3) uint8; row 255 is grey, for unlabelled, and unused rows are black.

    >>> class_palette(2)[[0, 1, 2, 255]].tolist()
    [[0, 0, 0], [230, 159, 0], [86, 180, 233], [128, 128, 128]]
    """
    colours = np.zeros((256, 3), np.uint8)
    for i in range(min(count, 254)):
        if i < len(_OKABE_ITO):
            colours[i + 1] = _OKABE_ITO[i]
        else:  # hues a golden angle apart, lightness alternating
            red, green, blue = colorsys.hls_to_rgb(i * 0.381966 % 1, (0.4, 0.55, 0.7)[i % 3], 0.75)
            colours[i + 1] = round(255 * red), round(255 * green), round(255 * blue)
    colours[UNLABELLED] = _UNLABELLED_COLOUR
    return colours
