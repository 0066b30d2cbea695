"""Outlines and run lengths into masks, by COCO's own rules; the only importer of pycocotools.

Coordinates are continuous, x before y: the pixel in row r, column c covers [c, c + 1] × [r, r + 1]; `fill_pixels`
alone takes outlines that run through pixels' middles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul, sub

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.geometry import rle_decode

Plane = NDArray[np.bool_]  # (H, W)
Ring = tuple[float, ...]  # x1, y1, x2, y2 …, closed by itself
Size = tuple[int, int]  # rows, columns

_MOST_PARTS, _MOST_COVER = 1000, 40  # outlines of one object, and how often they may cover the picture
_FAR = 1.0  # how many picture sides an outline may lie outside
_CORNERS = 64  # of an ellipse


def box_ring(x1: float, y1: float, x2: float, y2: float) -> Ring:
    """The outline of a rectangle between two opposite corners."""
    return x1, y1, x2, y1, x2, y2, x1, y2


def ellipse_ring(centre: tuple[float, float], radii: tuple[float, float], turn: float = 0.0) -> Ring:
    """The outline of an ellipse as a polygon of 64 corners, which misses less than 0.2 % of its area.

    Args:
        centre: x and y.
        radii: along x and y, before the turn.
        turn: in radians, from the x axis to the y axis (clockwise as a picture is shown).
    """
    cos, sin = math.cos(turn), math.sin(turn)
    around = [2 * math.pi * i / _CORNERS for i in range(_CORNERS)]
    spokes = [(radii[0] * math.cos(a), radii[1] * math.sin(a)) for a in around]
    return tuple(v for x, y in spokes for v in (centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos))


def ring_fault(ring: Sequence[float]) -> str | None:
    """Why an outline holds no area, in a few words; None where it does.

    >>> ring_fault((0, 0, 4, 0, 4, 4)), ring_fault((0, 0, 4, 0)), ring_fault((0, 0, 2, 2, 4, 4))
    (None, 'an outline of fewer than three points', 'an outline without area')
    """
    if len(ring) % 2:
        return "an outline with an odd count of numbers"
    if len(ring) < 6:
        return "an outline of fewer than three points"
    x, y = ring[0::2], ring[1::2]
    # the shoelace formula (Meister, 1769), from the first corner so that far outlines keep their digits
    x0, y0 = x[0], y[0]
    x, y = [value - x0 for value in x], [value - y0 for value in y]
    twice = sum(map(sub, map(mul, x, y[1:]), map(mul, x[1:], y)))  # without a loop of Python's: many are asked
    return None if abs(twice) > 1e-9 else "an outline without area"


def fill(ring: Sequence[float], size: Size) -> Plane:
    """The pixels inside one outline, as COCO's reference implementation (`rleFrPoly`) fills it.

    Raises:
        ValueError: a coordinate is not finite, or more than a picture's side outside.

    >>> fill((1, 0, 3, 0, 3, 1, 1, 1), (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    from pycocotools import mask as coco

    _check_near(ring, size)
    runs = coco.frPyObjects([[float(value) for value in ring]], *size)
    return np.asarray(coco.decode(runs)[..., 0], bool)


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
            _check_near(ring, size)
            cv2.fillPoly(painted, [np.floor(np.reshape(ring, (-1, 2))).astype(np.int32)], value)
    return painted.astype(bool)


def _check_near(ring: Sequence[float], size: Size) -> None:
    for values, side in ((ring[0::2], size[1]), (ring[1::2], size[0])):
        if not all(math.isfinite(value) for value in values):
            raise ValueError("a coordinate is not a finite number")
        if min(values) < -_FAR * side or max(values) > (1 + _FAR) * side:
            raise ValueError("an outline reaches far outside the picture")


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
    """One object of several outlines: their union, except that an outline inside another one is a hole.

    COCO's reference unites all outlines; one that lies wholly inside another adds nothing then, so whoever
    wrote it meant a hole (and an island where it lies inside a hole).
    """
    return _nested([_piece(plane, plane) for plane in (fill(part, size) for part in _few(parts))], size)


def paint_traced(parts: tuple[Ring, ...], size: Size) -> Plane:
    """As `paint_parts`, of outlines that OpenCV's findContours traced through the middles of an object's pixels.

    The pixels on an outline belong to the object, those on a hole's too.
    """
    pieces = []
    for part in _few(parts):
        plane = fill_pixels(part, (), size)
        edge = np.zeros(size, np.uint8)
        cv2.polylines(edge, [np.floor(np.reshape(part, (-1, 2))).astype(np.int32)], True, 1)
        pieces.append(_piece(plane, plane & (edge == 0)))
    return _nested(pieces, size)


def _few(parts: tuple[Ring, ...]) -> tuple[Ring, ...]:
    if len(parts) > _MOST_PARTS:
        raise ValueError(f"an object has {len(parts)} outlines, at most {_MOST_PARTS} are drawn")
    return parts


@dataclass(frozen=True)
class _Piece:
    """What one outline fills, cut out: its first row and column, its pixels, and those it takes away as a hole."""

    top: int
    left: int
    plane: Plane
    hole: Plane

    @property
    def place(self) -> tuple[slice, slice]:
        """Where it lies in the picture."""
        rows, columns = self.plane.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)

    def holds(self, other: "_Piece") -> bool:
        """Whether the other one lies wholly inside."""
        top, left = other.top - self.top, other.left - self.left
        rows, columns = other.plane.shape
        if not other.plane.size or min(top, left) < 0:
            return False
        own = self.plane[top : top + rows, left : left + columns]
        return own.shape == other.plane.shape and not (other.plane & ~own).any()


def _piece(plane: Plane, hole: Plane) -> _Piece:
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    if not rows.size:
        return _Piece(0, 0, plane[:0, :0], hole[:0, :0])
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return _Piece(int(rows[0]), int(columns[0]), plane[box].copy(), hole[box].copy())


def _nested(pieces: Sequence[_Piece], size: Size) -> Plane:
    """Pieces united, largest first; of one that lies inside an odd count of others its hole is taken away."""
    if sum(piece.plane.size for piece in pieces) > _MOST_COVER * size[0] * size[1]:
        raise ValueError(f"an object's outlines cover the picture more than {_MOST_COVER} times")
    order = sorted(pieces, key=lambda piece: -np.count_nonzero(piece.plane))
    painted = np.zeros(size, bool)
    for number, piece in enumerate(order):
        if sum(1 for other in order[:number] if other.holds(piece)) % 2:
            painted[piece.place] &= ~piece.hole
        else:
            painted[piece.place] |= piece.plane
    return painted


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
    if written != size:
        raise ValueError(f"run lengths are for {written[0]}×{written[1]}, the picture is {size[0]}×{size[1]}")
    return rle_decode(list(decompress(counts, size[0] * size[1])) if isinstance(counts, str) else list(counts), size)


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
