"""Outlines as rows of numbers: made, turned, and judged; pure functions."""

import math
from collections.abc import Sequence
from operator import mul, sub

Ring = tuple[float, ...]  # x1, y1, x2, y2 …, closed by itself

_CORNERS = 64  # of an ellipse
_GAP = 0.1  # of the diagonal of a line's box: ends that are no farther apart were meant to meet
_FEWEST = 4  # points of a line that may be an outline


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


def turned(ring: Ring, centre: tuple[float, float], turn: float) -> Ring:
    """Turn an outline about a point, by radians clockwise as images are shown."""
    if not turn:
        return ring
    cos, sin, (x0, y0) = math.cos(turn), math.sin(turn), centre
    points = [(x - x0, y - y0) for x, y in zip(ring[0::2], ring[1::2], strict=True)]
    return tuple(v for x, y in points for v in (x0 + x * cos - y * sin, y0 + x * sin + y * cos))


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


def is_rectangle(ring: Sequence[float]) -> bool:
    """Whether an outline is a plain rectangle, upright or turned, as boxes are.

    >>> is_rectangle((0, 0, 4, 0, 4, 2, 0, 2)), is_rectangle((0, 0, 4, 0, 5, 2, 0, 2))
    (True, False)
    >>> is_rectangle((2, 0, 4, 2, 2, 4, 0, 2))
    True
    """
    if len(ring) == 10 and tuple(ring[:2]) == tuple(ring[-2:]):
        ring = ring[:8]
    if len(ring) != 8:
        return False
    ax, ay, bx, by, cx, cy, dx, dy = ring
    first, second = math.hypot(cx - ax, cy - ay), math.hypot(dx - bx, dy - by)
    apart = math.hypot(ax + cx - bx - dx, ay + cy - by - dy)  # twice the way between the middles of the diagonals
    near = 1e-3 * max(first, second)
    return bool(apart <= near and abs(first - second) <= near)


def is_closed_line(line: Sequence[float]) -> bool:
    """Whether a line through points comes back to where it began, as an outline that a hand drew does.

    Its ends are the same, or apart by at most a tenth of its extent (the diagonal of its box).

    >>> is_closed_line((0, 0, 9, 0, 9, 9, 0, 9, 0, 1)), is_closed_line((0, 0, 9, 9, 18, 0))
    (True, False)
    """
    if len(line) % 2 or len(line) < 2 * _FEWEST:
        return False
    x, y = line[0::2], line[1::2]
    gap = math.hypot(x[-1] - x[0], y[-1] - y[0])
    return gap <= _GAP * math.hypot(max(x) - min(x), max(y) - min(y))
