"""Outlines and run lengths into masks, by COCO's own rules; the only importer of pycocotools.

Coordinates are continuous, x before y: the pixel in row r, column c covers [c, c + 1] × [r, r + 1]; `fill_pixels`
alone takes outlines that run through pixels' middles.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.readers.rings import Ring
from dentalx.geometry import check_counts, rle_decode

Plane = NDArray[np.bool_]  # (H, W)
Size = tuple[int, int]  # rows, columns

_MOST_PARTS = 1000  # outlines of one object
_FAR = 1.0  # how many picture sides an outline may lie outside


def fill(ring: Sequence[float], size: Size) -> Plane:
    """The pixels inside one outline, as COCO's reference implementation (`rleFrPoly`) fills it.

    Raises:
        ValueError: a coordinate is not finite, or more than a picture's side outside.

    >>> fill((1, 0, 3, 0, 3, 1, 1, 1), (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    from pycocotools import mask as coco

    check_near(ring, size)
    runs = coco.frPyObjects([[float(value) for value in ring]], *size)
    return np.asarray(coco.decode(runs)[..., 0], bool)


def fill_shares(shares: Ring, size: Size) -> Plane:
    """As `fill`, of an outline in shares of the image's sides."""
    sides = size[1], size[0]
    return fill([value * sides[i % 2] for i, value in enumerate(shares)], size)


def fill_pixels(outer: Ring, holes: tuple[Ring, ...], size: Size) -> Plane:
    """One outline through the middles of pixels, those on it included, less its holes with theirs.

    So Supervisely draws (`Polygon._draw_impl` of its SDK: OpenCV's fillPoly, coordinates cut to whole numbers).

    Raises:
        ValueError: as `fill`.

    >>> fill_pixels((1, 0, 2, 0, 2, 1, 1, 1), (), (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    painted = np.zeros(size, np.uint8)
    for value, rings in ((1, (outer,)), (0, holes)):
        for ring in rings:
            check_near(ring, size)
            cv2.fillPoly(painted, [np.floor(np.reshape(ring, (-1, 2))).astype(np.int32)], value)
    return painted.astype(bool)


def check_near(ring: Sequence[float], size: Size) -> None:
    """Refuse an outline that has nothing to do with an image of (rows, columns).

    Raises:
        ValueError: a coordinate is not finite, or more than an image's side outside.
    """
    for values, side in ((ring[0::2], size[1]), (ring[1::2], size[0])):
        if not math.isfinite(sum(values)):  # a sum shows NaN, which compares with nothing
            raise ValueError("a coordinate is not a finite number")
        if min(values) < -_FAR * side or max(values) > (1 + _FAR) * side:
            raise ValueError("an outline reaches far outside the picture")


def check_visible(parts: tuple[Ring, ...], size: Size) -> None:
    """As `check_parts`; refuse also what would paint no pixel: outlines next to the image, and those within a pixel.

    Raises:
        ValueError: as `check_parts`, or no outline can be seen.
    """
    check_parts(parts, size)
    inside = [part for part in parts if _reaches_into(part, size)]
    if not inside:
        raise ValueError("an outline that lies outside the image")
    if not any(max(p[0::2]) - min(p[0::2]) >= 1 or max(p[1::2]) - min(p[1::2]) >= 1 for p in inside):
        raise ValueError("an outline smaller than a pixel (are its coordinates shares of the image's sides?)")


def check_shares(shares: Ring, size: Size) -> None:
    """As `check_visible`, of one outline in shares of the image's sides."""
    sides = size[1], size[0]
    check_visible((tuple(value * sides[i % 2] for i, value in enumerate(shares)),), size)


def _reaches_into(ring: Ring, size: Size) -> bool:
    x, y = ring[0::2], ring[1::2]
    return max(x) > 0 and min(x) < size[1] and max(y) > 0 and min(y) < size[0]


def check_painted(crop: Plane, corner: tuple[int, int], size: Size) -> None:
    """Refuse a crop that paints no pixel of an image of (rows, columns).

    Raises:
        ValueError: it is empty, or lies outside.
    """
    if not crop.any():
        raise ValueError("a mask without a pixel")
    if not paste(crop, corner, size).any():
        raise ValueError("a mask that lies outside the image")


def paste(crop: Plane, corner: tuple[int, int], size: Size) -> Plane:
    """A crop at its (row, column) in the picture; what lies outside is cut off."""
    painted = np.zeros(size, bool)
    y, x = corner
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(crop.shape[0], size[0] - y), min(crop.shape[1], size[1] - x)
    if top < bottom and left < right:
        painted[y + top : y + bottom, x + left : x + right] = crop[top:bottom, left:right]
    return painted


def paint_parts(parts: tuple[Ring, ...], size: Size) -> Plane:
    """Paint one object of several outlines: their union, as COCO's reference implementation unites them (`rleMerge`).

    An outline inside another one adds nothing, so it is no hole: formats with holes say so in other ways.

    Raises:
        ValueError: as `fill`, or there are too many outlines.

    >>> paint_parts(((0, 0, 3, 0, 3, 1, 0, 1), (1, 0, 2, 0, 2, 1, 1, 1)), (1, 4)).astype(int).tolist()
    [[1, 1, 1, 0]]
    """
    from pycocotools import mask as coco

    check_parts(parts, size)
    runs = coco.frPyObjects([[float(value) for value in part] for part in parts], *size)
    return np.asarray(coco.decode(coco.merge(runs)), bool)


def paint_traced(parts: tuple[Ring, ...], size: Size) -> Plane:
    """As `paint_parts`, of outlines that OpenCV's findContours traced through the middles of an object's pixels.

    The pixels on an outline belong to the object.
    """
    check_parts(parts, size)
    painted = np.zeros(size, np.uint8)
    for part in parts:
        cv2.fillPoly(painted, [np.floor(np.reshape(part, (-1, 2))).astype(np.int32)], 1)
    return painted.astype(bool)


def check_parts(parts: tuple[Ring, ...], size: Size) -> None:
    """Refuse what `paint_parts` and `paint_traced` cannot paint into an image of (rows, columns).

    Raises:
        ValueError: an outline reaches far outside the image, or there are too many.
    """
    if len(parts) > _MOST_PARTS:
        raise ValueError(f"an object has {len(parts)} outlines, at most {_MOST_PARTS} are drawn")
    for part in parts:
        check_near(part, size)


def paint_runs(counts: tuple[int, ...] | str, written: Size, size: Size) -> Plane:
    """Run lengths, plain or as COCO's compressed string.

    Args:
        counts: column by column, zeros first.
        written: (rows, columns) that the file gives with them.
        size: of the picture.

    Raises:
        ValueError: the sizes differ, or the counts do not fill them.

    >>> paint_runs("13", (2, 2), (2, 2)).astype(int).tolist()
    [[0, 1], [1, 1]]
    """
    return rle_decode(check_runs(counts, written, size), size)


def check_runs(counts: tuple[int, ...] | str, written: Size, size: Size) -> list[int]:
    """Return the plain counts of run lengths that `paint_runs` can paint.

    Raises:
        ValueError: as `paint_runs`.
    """
    if written != size:
        raise ValueError(f"run lengths are for {written[0]}×{written[1]}, the image is {size[0]}×{size[1]}")
    plain = decompress(counts, size[0] * size[1]) if isinstance(counts, str) else list(counts)
    check_counts(plain, size)
    if not any(plain[1::2]):
        raise ValueError("run lengths without a pixel")
    return plain


def compress(plane: Plane) -> str:
    """COCO's compressed run lengths of an (H, W) mask, as the reference writes them.

    >>> compress(np.array([[0, 1], [1, 1]], bool))
    '13'
    """
    from pycocotools import mask as coco

    return str(coco.encode(np.asfortranarray(plane, np.uint8))["counts"].decode("ascii"))


def decompress(text: str, pixels: int) -> list[int]:
    """The counts in COCO's compressed string: five bits a character, low first, differences from the count before last.

    `rleFrString` of the reference implementation says so.

    Raises:
        ValueError: a character is not one of its alphabet, a number does not end, or there are too many.

    >>> decompress("13", 4), decompress("52O", 13)
    ([1, 3], [5, 2, -1])
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 50 or len(counts) > pixels:
            raise ValueError("the compressed run lengths are not COCO's")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    if shift:
        raise ValueError("the compressed run lengths end within a number")
    return counts
