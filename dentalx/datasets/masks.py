"""Mask files into classes, and classes into mask files. What is ambiguous is refused, never guessed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.decode import DEFAULT_LIMITS, Pixels, ReadLimits, read_pixels
from dentalx.datasets.images import grey_levels, read_grey
from dentalx.datasets.mask_codes import Coding, Colour, Encoding, shown
from dentalx.datasets.mask_looks import (
    SOFT_EDGE_SHARE,
    SOFT_INNER_SHARE,
    SOFT_LEVELS,
    alpha_says,
    borders,
    count_colours,
    count_levels,
    histogram,
    is_soft,
    opaque,
    pack,
    plane,
)
from dentalx.datasets.mask_product import copied_share, from_picture
from dentalx.datasets.planes import Levels
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError
from dentalx.preprocess import to_uint8
from dentalx.samples import UNLABELLED, Mask

# Levels by which a channel may differ from its class's colour: in a file of many colours, as JPEG and smoothing leave
# them, and in one of few.
_NEAR, _NEAR_OF_FEW = 24, 3
_ROWS = 64  # at a time
_EDGE = 3  # pixels from a border that JPEG and smoothing reach; its colours are stored at half the size
_COPIED = 0.9  # of the bright pixels of a picture times its mask that must equal the picture


def read_mask(path: Path, coding: Coding, picture: Path | None = None, limits: ReadLimits = DEFAULT_LIMITS) -> Mask:
    """Read one mask file as its data set's coding says.

    Args:
        path: the file.
        coding: of the whole data set, from `mask_encoding.decide`.
        picture: the radiograph, which only `Encoding.PICTURE` looks at.
        limits: as for pictures.

    Returns:
        (H, W) uint8, 0…K and 255.

    Raises:
        InputError: unreadable, or it holds what the coding does not know; says what.
    """
    pixels = read_pixels(path, limits)
    encoding = coding.encoding
    if encoding is Encoding.ALPHA:
        return _by_alpha(pixels, path)
    if encoding is Encoding.COLOUR:
        return by_colour(_colours(pixels), coding, path)
    if encoding in (Encoding.INDEX, Encoding.PALETTE):
        indices = pixels.values if pixels.palette is not None else _grey(pixels, path)
        return by_level(indices, coding, path, pixels.format == "JPEG")
    values, lossy = _grey(pixels, path), pixels.format == "JPEG"
    if encoding is Encoding.BINARY:
        return _binary(values, path, coding, lossy)
    if picture is None:
        raise ValueError("a picture times its mask needs the picture")
    return _product(values, path, levels_beside(picture, values, limits), picture, lossy)


def levels_beside(picture: Path, values: Levels, limits: ReadLimits = DEFAULT_LIMITS) -> Levels:
    """A radiograph's (H, W) levels to compare with those of a mask: as stored, or as it is exported to eight bits.

    The latter of DICOM, by its own window, and of pictures of more bits than the mask.

    Raises:
        InputError: unreadable.
    """
    if not looks_like_dicom(picture):
        levels = grey_levels(read_pixels(picture, limits))
        if levels.dtype == values.dtype:
            return levels
    return to_uint8(read_grey(picture, limits))


def by_level(values: Levels, coding: Coding, path: Path, lossy: bool = False) -> Mask:
    """The classes of (H, W) levels or indices, each of which the coding must know; near ones too in a JPEG.

    Raises:
        InputError: a level is not known.
    """
    known = {code: number for code, number in coding.codes if isinstance(code, int)}
    counts = count_levels(values)
    if set(counts) <= set(known):
        table = np.zeros(max(256, int(values.max()) + 1), np.uint8)
        for code, number in known.items():
            table[code : code + 1] = number
        return np.asarray(table[values])
    if lossy and min((abs(a - b) for a in known for b in known if a != b and UNLABELLED not in (a, b)), default=0) > 16:
        codes = tuple(((min(code, 255),) * 3, number) for code, number in coding.codes if isinstance(code, int))
        return by_colour(_tripled(values), Coding(Encoding.COLOUR, coding.classes, codes), path)
    plain = all(code == number for code, number in known.items())
    listed = ", ".join(f"{shown(code)} {_name(number, coding)}" for code, number in known.items())
    wanted = f"the class index 0…{len(coding.classes)} for {', '.join(coding.classes)}" if plain else listed
    lossless = "; JPEG changes class indices, export it as PNG" if lossy else ""
    raise InputError(
        f"mask {path} has {histogram(counts)}, expected {wanted}, and 255 for unlabelled; "
        f"convert it, or name its classes with --class-map{lossless}"
    )


def by_colour(values: Levels, coding: Coding, path: Path) -> Mask:
    """The classes of (H, W, 3) colours: exact ones, near ones, and at edges whichever is nearest.

    Raises:
        InputError: away from edges it has colours that the coding does not know.
    """
    codes = [(code, number) for code, number in coding.codes if not isinstance(code, int)]
    table = np.zeros(2**24, np.uint16)  # of every colour, the number and one; only what is looked up takes memory
    for (red, green, blue), number in codes:
        table[red << 16 | green << 8 | blue] = number + 1
    mask, far = (np.zeros(values.shape[:2], np.uint8) for _ in range(2))
    others: set[int] = set()  # colours that are no code's; eight are enough
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        packed = pack(values[rows])
        numbers = table[packed]
        mask[rows] = (numbers - 1).astype(np.uint8)
        other = numbers == 0
        if other.any():
            mask[rows][other], far[rows][other] = _nearest(packed[other], codes)
            if len(others) < SOFT_LEVELS:
                others.update(np.unique(packed[other])[:SOFT_LEVELS].tolist())
    if not others:
        return mask
    few = len(others) < SOFT_LEVELS
    strange = far > _tolerance([code for code, _ in codes], _NEAR_OF_FEW if few else _NEAR)
    inner, classes = np.count_nonzero(strange & ~borders(mask, _EDGE)), np.count_nonzero(mask)
    soft = inner <= SOFT_INNER_SHARE * classes and np.count_nonzero(strange) <= SOFT_EDGE_SHARE * classes
    if strange.any() and (few or not soft):
        found = count_colours(values)
        known = ", ".join(f"{shown(code)} {_name(number, coding)}" for code, number in codes)
        raise InputError(f"mask {path} has {histogram(found)}, expected {known}; add to --class-map what is missing")
    return mask


def _by_alpha(pixels: Pixels, path: Path) -> Mask:
    if pixels.alpha is None or (pixels.alpha.min() == pixels.alpha.max() and pixels.alpha.any()):
        if not pixels.values.any():
            return np.zeros(pixels.values.shape[:2], np.uint8)
        raise InputError(
            f"mask {path} has no transparent pixel, while transparency is the mask; export it as the others"
        )
    return opaque(pixels.alpha).astype(np.uint8) if pixels.alpha.any() else np.zeros(pixels.alpha.shape, np.uint8)


def _colours(pixels: Pixels) -> Levels:
    """(H, W, 3) colours of any mask."""
    if pixels.palette is not None:
        return pixels.palette[pixels.values]
    kept = plane(pixels, alpha_says(pixels))[1]
    return kept if kept.ndim == 3 else _tripled(kept)


def _tripled(values: Levels) -> Levels:
    planes: Levels = np.empty((*values.shape, 3), values.dtype)
    planes[...] = values[..., None]
    return planes


def _grey(pixels: Pixels, path: Path) -> Levels:
    """(H, W) grey levels of a mask whose encoding knows no colours."""
    kind, values = plane(pixels, alpha_says(pixels))
    if kind == "colour":
        found = histogram(count_colours(values))
        raise InputError(f"mask {path} is coloured ({found}), expected classes as grey levels; see --mask-encoding")
    return grey_levels(pixels) if kind == "palette" else values


def _binary(values: Levels, path: Path, coding: Coding, lossy: bool) -> Mask:
    """The one class of a plane of grey levels."""
    if coding.codes:
        return np.asarray(values >= coding.codes[0][0], np.uint8)
    present = {int(level) for level in np.unique(values)}
    if present == {0, 1, UNLABELLED} or present == {1, UNLABELLED}:
        raise InputError(
            f"mask {path} holds both 1 and 255, while other masks of this data set use one of them alone; "
            "write 255 for the class in all, or 0, 1 and 255 (unlabelled) in all"
        )
    if present <= {0, 1} or present <= {0, UNLABELLED}:
        return (values > 0).astype(np.uint8)
    if values.dtype == np.uint16 and present <= {0, 65_535}:
        return (values > 0).astype(np.uint8)
    if values.dtype == np.uint8 and is_soft(values, lossy):
        return (values > 127).astype(np.uint8)
    raise InputError(
        f"mask {path} has {histogram(count_levels(values))}, expected 0/1 or 0/255 for one class; a picture times its "
        "mask or several classes must be named (--mask-encoding, --class-map)"
    )


def _product(values: Levels, path: Path, levels: Levels, picture: Path, lossy: bool) -> Mask:
    """The mask behind a picture times its mask."""
    if not values.any():
        return np.zeros(values.shape, np.uint8)
    if values.shape != levels.shape:
        raise InputError(
            f"mask {path} and its picture {picture} differ in size; export them alike, or move both to another folder"
        )
    share = copied_share(values, levels, lossy)
    if share is None or share < _COPIED:
        told = "it is the picture itself" if share is None else f"only {100 * share:.0f}% of its bright pixels equal it"
        told = told if values.dtype == levels.dtype else "it has more bits than the picture"
        raise InputError(f"mask {path} is not {picture} times a mask: {told}; see --mask-encoding")
    return from_picture(values, levels, lossy)


def _nearest(
    packed: NDArray[np.uint32], codes: list[tuple[Colour, int]]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(N,) numbers of the codes nearest to (N,) colours 0xRRGGBB, and by how many levels of a channel they are off."""
    nearest, far = np.zeros(packed.shape, np.uint8), np.full(packed.shape, 256, np.int16)
    channels = [(packed >> shift & 255).astype(np.int16) for shift in (16, 8, 0)]
    for code, number in codes:
        off = np.maximum.reduce([np.abs(c - level) for c, level in zip(channels, code, strict=True)])
        closer = off < far
        nearest[closer], far[closer] = number, off[closer]
    return nearest, np.minimum(far, 255).astype(np.uint8)


def _tolerance(codes: list[tuple[int, int, int]], most: int) -> int:
    """Levels by which a channel may be off, at most `most`: never so many that two codes could be meant."""
    pairs = [(a, b) for i, a in enumerate(codes) for b in codes[:i]]
    apart = min((max(abs(x - y) for x, y in zip(a, b, strict=True)) for a, b in pairs), default=255)
    return min(most, (apart - 1) // 2)


def _name(number: int, coding: Coding) -> str:
    return "unlabelled" if number == UNLABELLED else coding.classes[number - 1] if number else "background"
