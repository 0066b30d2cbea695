"""Masks into outlines along the borders of their pixels, which COCO's rule fills back to the very mask.

Corners are found row by row and column by column; nothing is walked pixel by pixel.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.readers.raster import Plane
from dentalx.geometry import mask_box

Corners = NDArray[np.int64]  # (P, 2) x, y along pixel borders, closed by itself


@dataclass(frozen=True)
class Outlines:
    """The outlines of an object: one around each part, one around each hole."""

    parts: tuple[Corners, ...]
    holes: tuple[Corners, ...]


def trace(plane: Plane) -> Outlines:
    """The outlines of an (H, W) mask. Pixels that touch at a corner belong to one part, as `pieces` counts them.

    >>> found = trace(np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 1]], bool))
    >>> [ring.tolist() for ring in found.parts]
    [[[0, 0], [3, 0], [3, 2], [4, 2], [4, 3], [0, 3]]]
    >>> [ring.tolist() for ring in found.holes]
    [[[1, 1], [2, 1], [2, 2], [1, 2]]]
    """
    top, left, bottom, right = (int(side) for side in mask_box(plane))
    padded = np.pad(plane[top:bottom, left:right].astype(np.uint8), 1)
    across, down = _borders(padded), _borders(padded.T)
    parts, holes = list[Corners](), list[Corners]()
    for start in sorted(across):
        if start in across:  # the highest and leftmost corner of an outline that is not yet taken
            ring = [(column + left, row + top) for row, column in _ring(start, padded, across, down)]
            (parts if padded[start[0] + 1, start[1] + 1] else holes).append(np.array(ring, np.int64))
    return Outlines(tuple(parts), tuple(holes))


def simplified(ring: Corners, tolerance_px: float) -> Corners:
    """An outline with fewer corners, nowhere farther off than `tolerance_px`.

    Ramer (1972), Douglas and Peucker (1973); 0 changes nothing, and so does an outline of which less than three corners
    would stay.
    """
    if tolerance_px <= 0:
        return ring
    fewer = cv2.approxPolyDP(ring.astype(np.int32)[:, None], tolerance_px, True)[:, 0].astype(np.int64)
    return fewer if len(fewer) >= 3 else ring


_Corner = tuple[int, int]  # row, column of a point between pixels; the first one is 0, 0
_Borders = dict[_Corner, list[int]]  # from a corner, the columns (or rows) where straight borders from it end


def _borders(padded: NDArray[np.uint8]) -> _Borders:
    """The straight borders along the rows of a mask with an empty rim, from both their ends.

    A border ends at a point around which an odd number of the four pixels is of the mask; where two pixels touch at
    their corners alone, one border ends and another begins.
    """
    around = (padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:])
    crossing = (around[0] == around[3]) & (around[1] == around[2]) & (around[0] != around[1])
    rows, columns = np.nonzero(((around[0] + around[1] + around[2] + around[3]) % 2 == 1) | crossing)
    times = 1 + crossing[rows, columns].astype(np.int64)
    ends = np.repeat(np.stack([rows, columns], 1), times, axis=0).tolist()
    found: _Borders = {}
    for (row, first), (_, second) in zip(ends[0::2], ends[1::2], strict=True):
        found.setdefault((row, first), []).append(second)
        found.setdefault((row, second), []).append(first)
    return found


def _ring(start: _Corner, padded: NDArray[np.uint8], across: _Borders, down: _Borders) -> list[_Corner]:
    """Take one outline, rightwards from its highest and leftmost corner, out of the borders."""
    ring, here, column = list[_Corner](), start, max(across[start])
    while True:
        there = here[0], column
        ring += [here, there]
        _take(across, here, column)
        row = _onwards(down[there[::-1]], here[1] < column, padded, there)
        _take(down, there[::-1], row)
        came_low, here = there[0] < row, (row, column)
        if here == start:
            return ring
        column = _onwards(across[here], came_low, padded, here)


def _onwards(ends: list[int], came_low: bool, padded: NDArray[np.uint8], at: _Corner) -> int:
    """Where the outline goes on: at a crossing so that the two pixels of the mask stay together."""
    if len(ends) == 1:
        return ends[0]
    falling = bool(padded[at[0], at[1]])  # upper left and lower right
    return max(ends) if came_low == falling else min(ends)


def _take(borders: _Borders, at: _Corner, end: int) -> None:
    for corner, other in ((at, end), ((at[0], end), at[1])):
        borders[corner].remove(other)
        if not borders[corner]:
            del borders[corner]
