"""Text burned into radiographs: names and dates that a program drew into the pixels. Pure functions of grey planes.

What a program draws differs from anatomy: strokes of one level, thin against their height, and several of them in a
line. After stroke and component filters for text in scenes (Epshtein et al., "Detecting text in natural scenes with
stroke width transform", CVPR 2010), simplified for text that lies straight. Nothing is read, only found; made
to miss little rather than to be right always, and it does miss some: docs/results.md has the rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.preprocess import to_uint8
from dentalx.samples import Grey, check_grey

Box = tuple[int, int, int, int]

_WIDTHS_PX = (5, 11, 25)  # of the opening that takes strokes away: strokes of up to 4, 10 and 24 pixels stay
_LEAST_CONTRAST = 14  # of 255, between a stroke and what is behind it
_LEVELS = 0.45  # of the contrast, between two characters of one line
_LEAST_HEIGHT_PX, _MOST_HEIGHT = 5, 0.12  # of a character; the upper end as share of the shorter side
_STROKE = 0.4  # of a character's height, at most
_LEAST_CHARACTERS, _LEAST_UPRIGHT = 3, 5
_CLEAR = 36  # of 255: the contrast of characters that count by themselves
_REACH = 1.3  # heights from one character to the next
# Of 1,800 characters drawn into real panoramics, and of 790 pieces of anatomy that pass for strokes:
_SHARP = 0.82  # step at the edge over contrast; drawn 0.91 and more in 98 %, anatomy 0.84 and less in 90 %
_RATHER_SHARP = 0.62  # is enough beside others
_UNEVEN = 0.6  # deviation behind over contrast, at most; drawn 0.5 and less in 98 %, anatomy 0.4 in the middle


@dataclass(frozen=True)
class _Characters:
    """N components that may be characters.

    Attributes:
        boxes: (N, 4) y1, x1, y2, x2.
        levels, contrasts: (N,) of the strokes, of 255.
        sharp: (N,) whether the component looks drawn by itself, and not only beside such.
    """

    boxes: NDArray[np.int64]
    levels: NDArray[np.float64]
    contrasts: NDArray[np.float64]
    sharp: NDArray[np.bool_]


def find_text(plane: Grey) -> tuple[Box, ...]:
    """Boxes (y1, x1, y2, x2), end excluded, around lines of burned-in text: bright or dark, level or upright.

    A line has at least three characters of 5 pixels or more; single letters, as the side marks R and L, are not text.
    Boxes reach a third of a character beyond what was found, so that dots and accents are inside.

    Args:
        plane: (H, W) float32 in [0, 1].

    Returns:
        sorted; none overlaps another.

    >>> drawn = np.zeros((60, 200), np.uint8)
    >>> _ = cv2.putText(drawn, "DOE 1970", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 1)
    >>> boxes = find_text(drawn.astype(np.float32) / 255)
    >>> len(boxes), all(drawn[:y1].max(initial=0) == 0 for y1, *_ in boxes)
    (1, True)
    """
    check_grey(plane)
    grey = to_uint8(plane)
    found: list[Box] = []
    for levels in (grey, np.asarray(255 - grey, np.uint8)):
        found += _lines(levels, _LEAST_CHARACTERS)
        upright = _lines(np.ascontiguousarray(levels.T), _LEAST_UPRIGHT)
        found += [(y1, x1, y2, x2) for x1, y1, x2, y2 in upright]
    return joined(found)


def covered(plane: NDArray[np.generic], boxes: Sequence[Box], value: int | float = 0) -> NDArray[np.generic]:
    """A copy of (H, W) or (H, W, C) values with `value` in every box.

    >>> covered(np.ones((2, 3)), [(0, 1, 2, 2)]).tolist()
    [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]
    """
    found = plane.copy()
    for y1, x1, y2, x2 in boxes:
        found[y1:y2, x1:x2] = value
    return found


def joined(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes that touch or overlap made one, until none does; sorted.

    >>> joined([(0, 0, 2, 2), (5, 5, 6, 6), (1, 1, 3, 4)])
    ((0, 0, 3, 4), (5, 5, 6, 6))
    """
    rest, done = list(boxes), list[Box]()
    while rest:
        one = rest.pop()
        near = [b for b in [*rest, *done] if b[0] <= one[2] and one[0] <= b[2] and b[1] <= one[3] and one[1] <= b[3]]
        if near:  # the one that they become may reach what stood apart before
            rest, done = ([b for b in boxes if b not in near] for boxes in (rest, done))
            both = [one, *near]
            first, last = np.min(both, 0).tolist(), np.max(both, 0).tolist()
            rest.append((first[0], first[1], last[2], last[3]))
        else:
            done.append(one)
    return tuple(sorted(done))


def _lines(levels: NDArray[np.uint8], least: int) -> list[Box]:
    """Level lines of `least` bright characters and more."""
    found: list[Box] = []
    for width in _WIDTHS_PX:
        if width < min(levels.shape):
            found += _grouped(_characters(levels, width), levels.shape, least)
    return found


def _characters(levels: NDArray[np.uint8], width: int) -> _Characters:
    """Components of thin bright strokes that are sized like characters, and drawn rather than grown."""
    behind = cv2.morphologyEx(levels, cv2.MORPH_OPEN, np.ones((width, width), np.uint8))
    strokes = np.asarray(cv2.subtract(levels, behind), np.uint8)
    edges = cv2.morphologyEx(levels, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    boxes: list[tuple[int, ...]] = []
    looks: list[tuple[float, float, bool]] = []
    for contrast in (_LEAST_CONTRAST, 3 * _LEAST_CONTRAST):
        labels, stats = cv2.connectedComponentsWithStats(np.asarray(strokes > contrast, np.uint8), connectivity=8)[1:3]
        for index in _sized(stats, min(levels.shape), width):
            x, y, wide, high = (int(number) for number in stats[index, :4])
            around = np.s_[max(0, y - 3) : y + high + 3, max(0, x - 3) : x + wide + 3]
            look = _look(levels[around], edges[around], labels[around] == index, high)
            if look is not None:
                boxes.append((y, x, y + high, x + wide))
                looks.append(look)
    columns = np.array(looks, np.float64).reshape(-1, 3)
    return _Characters(
        np.array(boxes, np.int64).reshape(-1, 4), columns[:, 0], columns[:, 1], columns[:, 2].astype(np.bool_)
    )


def _sized(stats: NDArray[np.int32], shorter: int, width: int) -> NDArray[np.int64]:
    """Which of OpenCV's components are sized like characters of strokes that an opening of `width` removes."""
    wide, high, area = (stats[:, i].astype(np.int64) for i in (2, 3, 4))
    likely = (high >= max(_LEAST_HEIGHT_PX, 0.6 * width)) & (high <= max(24, _MOST_HEIGHT * shorter))
    likely &= (wide <= 12 * high) & (area >= 0.08 * wide * high)
    likely[0] = False
    return np.flatnonzero(likely)


def _look(
    levels: NDArray[np.uint8], edges: NDArray[np.uint8], inside: NDArray[np.bool_], high: int
) -> tuple[float, float, bool] | None:
    """(level, contrast, whether sharp) of a component; None where it is thick, faint, soft, or on uneven ground."""
    mask = inside.astype(np.uint8)
    thickness = 2 * float(cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3).max())
    if thickness > max(4.0, _STROKE * high):
        return None
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    ring = (cv2.dilate(near, np.ones((3, 3), np.uint8)) > 0) & (near == 0)
    if not ring.any():
        return None
    level, behind = float(np.percentile(levels[inside], 85)), float(np.median(levels[ring]))
    contrast = level - behind
    if contrast < _LEAST_CONTRAST or levels[ring].std() > _UNEVEN * contrast:
        return None
    rim = inside & (cv2.erode(mask, np.ones((3, 3), np.uint8)) == 0)
    step = float(np.median(edges[rim])) / contrast
    return (level, contrast, step >= _SHARP and contrast >= _CLEAR) if step >= _RATHER_SHARP else None


def _grouped(found: _Characters, shape: tuple[int, ...], least: int) -> list[Box]:
    """Lines of at least so many sharp characters, alike in height and level, side by side."""
    rest, lines = set(range(len(found.boxes))), []
    while rest:
        line: list[int] = []
        waiting = [rest.pop()]
        while waiting:
            one = waiting.pop()
            line.append(one)
            others = np.array(sorted(rest), np.int64)
            near = others[_side_by_side(found, one, others)].tolist() if len(others) else []
            rest.difference_update(near)
            waiting += near
        lines.append(line)
    return [
        _around(found.boxes[line], shape)
        for line in lines
        if _count(found.boxes[[i for i in line if found.sharp[i]]]) >= least
    ]


def _side_by_side(found: _Characters, one: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the others continue the line that a character is in."""
    own, boxes = found.boxes[one], found.boxes[others]
    heights = boxes[:, 2] - boxes[:, 0]
    high, low = np.maximum(heights, own[2] - own[0]), np.minimum(heights, own[2] - own[0])
    overlap = np.minimum(own[2], boxes[:, 2]) - np.maximum(own[0], boxes[:, 0])
    gap = np.maximum(own[1], boxes[:, 1]) - np.minimum(own[3], boxes[:, 3])
    alike = abs(found.levels[others] - found.levels[one]) <= _LEVELS * np.maximum(
        found.contrasts[others], found.contrasts[one]
    )
    beside: NDArray[np.bool_] = (high <= 2.2 * low) & (overlap >= 0.5 * low) & (gap <= _REACH * high) & alike
    return beside


def _count(boxes: NDArray[np.int64]) -> int:
    """How many characters; touching ones, which are wider than high, for as many as fit; one that is
    found with two thresholds, once."""
    taken, count = -1, 0
    for y1, x1, y2, x2 in boxes[np.argsort(boxes[:, 1], kind="stable")].tolist():
        if (x1 + x2) // 2 > taken:
            count += max(1, round((x2 - x1) / (y2 - y1) - 0.3))
            taken = x2
    return count


def _around(line: NDArray[np.int64], shape: tuple[int, ...]) -> Box:
    y1, x1 = (int(side) for side in line[:, :2].min(0))
    y2, x2 = (int(side) for side in line[:, 2:].max(0))
    more = max(2, -(-(y2 - y1) // 3))
    return max(0, y1 - more), max(0, x1 - more), min(shape[0], y2 + more), min(shape[1], x2 + more)
