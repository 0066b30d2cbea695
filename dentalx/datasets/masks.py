"""Mask files into classes, and classes into mask files. What is ambiguous is refused, never guessed."""

import colorsys
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.datasets.decode import DEFAULT_LIMITS, Levels, Pixels, ReadLimits, read_pixels
from dentalx.datasets.images import grey_levels
from dentalx.errors import InputError
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
# Grey between black and white, as JPEG and smoothing leave it at edges, relative to white; and of it, what lies
# away from edges, relative to the foreground. 230 real masks saved so: up to 0.22 and 0.03; times their picture: from
# 4.7 and 0.7.
_SOFT_EDGE_SHARE = 0.5
_SOFT_INNER_SHARE = 0.05
_SOFT_LEVELS = 8
_COLOUR_NOISE = 3  # levels by which the channels of a grey JPEG differ


class Encoding(Enum):
    """How a data set writes its classes; the same for all its files.

    INDEX: 0 background, 1…K the classes, 255 unlabelled. WHITE: 0 background, 255 (or 1) the one class.
    """

    INDEX = "index"
    WHITE = "white"


def read_mask(
    path: Path, classes: tuple[str, ...], encoding: Encoding | None = None, limits: ReadLimits = DEFAULT_LIMITS
) -> Mask:
    """Read one mask file.

    One class: 0/1, 0/255, 0/65535, or grey that clusters at black and white (JPEG, smoothed edges). K classes:
    the class index 0…K. 255 beside indices means unlabelled. Colour is read where the channels are
    equal, palettes by their indices unless the palette itself is black and white.

    Args:
        path: the file.
        classes: the K class names.
        encoding: of the whole data set; None decides by this file alone.
        limits: as for pictures.

    Returns:
        (H, W) uint8, 0…K and 255.

    Raises:
        InputError: unreadable, or its values are none of the above; says which values it has.
    """
    pixels = read_pixels(path, limits)
    values, indexed = _single_plane(pixels, path)
    lossy = pixels.format == "JPEG"
    if indexed or encoding is Encoding.INDEX:
        return _indices(values, path, classes)
    return _binary(values, path, encoding, lossy) if len(classes) == 1 else _several(values, path, classes)


def encoding_shown(path: Path, classes: tuple[str, ...]) -> Encoding | None:
    """What one mask file says of its data set's encoding; None where it fits both.

    Raises:
        InputError: unreadable.
    """
    values, indexed = _single_plane(read_pixels(path), path)
    if indexed:
        return None
    present = _present(_histogram(values))
    if not present <= _allowed(classes):
        return None
    several = len(classes) > 1 and bool(present - {0, UNLABELLED})
    return Encoding.INDEX if several or {1, UNLABELLED} <= present else None


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
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(f"mask must be (H, W) uint8, got {mask.shape} {mask.dtype}")
    if beyond := _present(_histogram(mask)) - _allowed(classes):
        raise ValueError(f"mask holds {max(beyond)}, but there is/are {len(classes)} class(es)")
    binary = len(classes) == 1 and not (mask == UNLABELLED).any()
    image = Image.fromarray(mask * np.uint8(255) if binary else mask)
    if not binary:
        image.putpalette(class_palette(len(classes)).tobytes())
    with replacing(path) as temporary:
        image.save(temporary, format="PNG", compress_level=3)


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


def _single_plane(pixels: Pixels, path: Path) -> tuple[Levels, bool]:
    """(H, W) values, and whether they are indices of a palette."""
    if pixels.alpha is not None and pixels.alpha.min() < np.iinfo(pixels.alpha.dtype).max:
        raise InputError(f"mask {path} is partly transparent, expected one opaque plane; save it without alpha")
    if pixels.palette is not None:
        return _from_palette(pixels.values, pixels.palette, path)
    if pixels.values.ndim == 2:
        return pixels.values, False
    spread = int((pixels.values.max(2) - pixels.values.min(2)).max())
    if spread > (_COLOUR_NOISE if pixels.format == "JPEG" else 0):
        raise InputError(f"mask {path} is coloured ({_colours(pixels.values)}), expected classes as grey levels")
    return grey_levels(pixels), False


def _from_palette(values: Levels, palette: NDArray[np.uint8], path: Path) -> tuple[Levels, bool]:
    present = np.unique(values)
    used = palette[present]
    grey = bool((used == used[:, :1]).all())
    if grey and set(used[:, 0].tolist()) <= {0, 255}:
        return palette[values][..., 0], False
    black = [int(value) for value, colour in zip(present, used, strict=True) if not colour.any()]
    if black and black != [0]:
        raise InputError(f"mask {path} has a palette whose black is index {black[0]}, expected 0; save it as grey")
    return values, True


def _binary(values: Levels, path: Path, encoding: Encoding | None, lossy: bool) -> Mask:
    """The one class of a plane of grey levels."""
    counts = _histogram(values)
    present = _present(counts)
    if values.dtype == np.uint16 and present <= {0, 65_535}:
        return (values > 0).astype(np.uint8)
    if {1, UNLABELLED} <= present <= {0, 1, UNLABELLED}:
        if encoding is not Encoding.WHITE:
            return values.astype(np.uint8)
        raise InputError(
            f"mask {path} holds both 1 and 255, while other masks of this data set use one of them alone; "
            "write 255 for the class in all, or 0, 1 and 255 (unlabelled) in all"
        )
    if present <= {0, 1, UNLABELLED}:
        return (values > 0).astype(np.uint8)
    if values.dtype == np.uint8 and _is_soft_binary(values, counts, lossy):
        return (values > 127).astype(np.uint8)
    raise InputError(
        f"mask {path} has {_described(counts)}, expected 0/1 or 0/255 for one class; a picture times its mask "
        "or several classes must be converted first (or name the classes)"
    )


def _is_soft_binary(values: Levels, counts: NDArray[np.int64], lossy: bool) -> bool:
    """Whether grey levels cluster at black and white so that a threshold loses only edges.

    Without loss, smoothed edges have many levels; few levels are classes under another name.
    """
    white, between = counts[224:256].sum(), counts[32:224].sum()
    if counts[32:256].sum() == 0:
        return lossy and counts[8:32].sum() == 0  # an empty mask with the specks that JPEG leaves
    if between > _SOFT_EDGE_SHARE * white or not (lossy or np.count_nonzero(counts[1:255]) >= _SOFT_LEVELS):
        return False
    foreground, around = (values > 127).astype(np.uint8), np.ones((5, 5), np.uint8)
    edges = cv2.dilate(foreground, around) - cv2.erode(foreground, around)
    inner = np.count_nonzero((values >= 32) & (values < 224) & (edges == 0))
    return bool(inner <= _SOFT_INNER_SHARE * np.count_nonzero(foreground))


def _several(values: Levels, path: Path, classes: tuple[str, ...]) -> Mask:
    """K classes of a plane of grey levels, in a data set that did not show its encoding."""
    if _present(_histogram(values)) in ({UNLABELLED}, {0, UNLABELLED}):
        raise InputError(
            f"mask {path} holds 0 and 255 only, as masks of one class do, but {len(classes)} classes are named; "
            f"write the class index 0…{len(classes)}, or name one class"
        )
    return _indices(values, path, classes)


def _indices(values: Levels, path: Path, classes: tuple[str, ...]) -> Mask:
    counts = _histogram(values)
    if _present(counts) <= _allowed(classes):
        return values.astype(np.uint8)
    raise InputError(
        f"mask {path} has {_described(counts)}, expected the class index 0…{len(classes)} "
        f"for {', '.join(classes)}, and 255 for unlabelled; convert it or name other classes"
    )


def _allowed(classes: tuple[str, ...]) -> set[int]:
    return {*range(len(classes) + 1), UNLABELLED}


def _present(counts: NDArray[np.int64]) -> set[int]:
    return set(np.flatnonzero(counts).tolist())


def _histogram(values: Levels) -> NDArray[np.int64]:
    return np.bincount(values.ravel(), minlength=256)


def _described(counts: NDArray[np.int64]) -> str:
    """The values found, in short.

    >>> _described(np.array([900, 0, 99, 1]))
    'values 0 (90%), 2 (10%), 3 (<1%)'
    """
    present = np.flatnonzero(counts)
    if len(present) > 8:
        return f"{len(present)} different values from {present[0]} to {present[-1]}"
    shares = [(value, 100 * counts[value] / counts.sum()) for value in present]
    return "values " + ", ".join(
        f"{value} ({share:.0f}%)" if share >= 1 else f"{value} (<1%)" for value, share in shares
    )


def _colours(values: Levels) -> str:
    found = np.unique(values.reshape(-1, 3), axis=0)
    first = ", ".join(str(tuple(int(channel) for channel in colour)) for colour in found[:4])
    return f"{len(found)} colours: {first}{' …' if len(found) > 4 else ''}"
