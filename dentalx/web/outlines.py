"""Outlines of what was found, as SVG: sharp at every zoom, shown and hidden and linked to the chart without the server.

Outlines and numbers leave in one answer, so that they are always of the same threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.overlay import OKABE_ITO, PALETTE
from dentalx.web.drawing import GRID_PX, middles
from dentalx.web.looked import Looked, Measured, View, small
from dentalx.web.words import many

MOST_POINTS = 40_000  # of all outlines together; a mask like noise is outlined on a coarser grid
_COARSER = (1, 2, 4, 8, 16, 32)
_CORNERS = 8  # corners of a smooth border that become one point of its outline, at most
_TOLERANCE = 0.6  # grid pixels that an outline may be off its contour


@dataclass(frozen=True)
class Outline:
    """One object, or all areas of one class.

    Attributes:
        key: k of its class, 1…K.
        label: what is written into it; empty for nothing.
        said: one phrase about it.
        mask: (rows, columns) bool, on the grid.
        tone: its colour, "#rrggbb".
    """

    key: int
    label: str
    said: str
    mask: NDArray[np.bool_]
    tone: str


def outlines_svg(looked: Looked, view: View) -> str:
    """Return an SVG element that lies over the radiograph: a group for each object, or for the areas of each class."""
    rows, columns = small(looked.picture.grey, GRID_PX)
    found = list(_outlines(looked, view, (rows, columns)))
    drawn = _paths([each.mask for each in found])
    groups = "".join(_group(each, path, step) for each, (path, step) in zip(found, drawn, strict=True))
    return (
        f'<svg class="outlines" viewBox="0 0 {columns} {rows}" role="img" '
        f'aria-label="{escape(outlined(view), True)}">{groups}</svg>'
    )


def outlined(view: View) -> str:
    """Say how much is outlined."""
    if view.found is not None:
        return f"Outlines of {many(len(view.found.instances), 'object')}"
    return f"Outlines of {many(sum(1 for row in view.rows if row.count), 'class', 'classes')}"


def tone(key: int, numbered: bool = False) -> str:
    """The colour of class k, as in overlays and masks; that of a tooth, which its number tells, is never a darker one.

    >>> tone(1), tone(8) == tone(1), tone(8, numbered=True) == tone(1)
    ('#56b4e9', False, True)
    """
    red, green, blue = (int(value) for value in PALETTE[1 + (key - 1) % len(OKABE_ITO) if numbered else key])
    return f"#{red:02x}{green:02x}{blue:02x}"


def phrase(row: Measured) -> str:
    """Say in a phrase what was found of a class."""
    name = row.name if row.fdi is None else f"Tooth {row.fdi}"
    sure = "" if row.confidence is None else f", confidence {row.confidence:.2f}"
    return f"{name}{sure}, {row.area_px:,} px"


def _outlines(looked: Looked, view: View, size: tuple[int, int]) -> Iterator[Outline]:
    """Yield what is outlined, the largest first, so that the smaller lies on top."""
    grid = np.ix_(*(middles(n, whole) for n, whole in zip(size, looked.picture.grey.shape, strict=True)))
    if view.found is None:
        mask, labelling = view.mask[grid], view.labelling
        keys = [k for k, row in enumerate(view.rows, start=1) if row.count]
        for k in sorted(keys, key=lambda k: -view.rows[k - 1].area_px):
            yield Outline(
                k, "", phrase(view.rows[k - 1]), labelling.of_class(mask, k), tone(k, view.rows[k - 1].fdi is not None)
            )
        return
    instances, several = view.found.instances, len(view.rows) > 1
    areas = instances.masks.sum((1, 2), dtype=np.int64)
    for index in np.argsort(-areas, kind="stable").tolist():
        k, score = int(instances.labels[index]), float(instances.scores[index])
        fdi, name = view.rows[k - 1].fdi, view.rows[k - 1].name
        said = f"{name if fdi is None else f'Tooth {fdi}'}, confidence {score:.2f}, {int(areas[index]):,} px"
        colour = (
            tone(k, fdi is not None) if several else tone(1 + index, numbered=True)
        )  # of one class neighbours take turns
        yield Outline(k, "" if fdi is None else str(fdi), said, instances.masks[index][grid], colour)


def _paths(masks: list[NDArray[np.bool_]]) -> list[tuple[str, int]]:
    """The outline of each mask as a path, and how many grid pixels its unit is: the least that keeps the page light."""
    made: list[tuple[str, int]] = []
    for step in _COARSER:
        made, left = [], MOST_POINTS
        planes = [mask[step // 2 :: step, step // 2 :: step] for mask in masks]
        if step < _COARSER[-1] and sum(map(_corners, planes)) > _CORNERS * MOST_POINTS:
            continue
        for plane in planes:
            contours = _contours(plane)
            left -= sum(map(len, contours))
            if left < 0 and step < _COARSER[-1]:
                break
            made.append(("".join(map(_path, contours)), step))
        else:
            break
    return made


def _corners(mask: NDArray[np.bool_]) -> int:
    """How often the border of a mask turns by a right angle: quickly counted, and more than its outline has points."""
    rows = mask[1:] ^ mask[:-1]
    return int(np.count_nonzero(rows[:, 1:] ^ rows[:, :-1]))


def _contours(mask: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Contours, holes among them, (n, 2) of column and row each."""
    plane = np.ascontiguousarray(mask).view(np.uint8)
    left, top, width, height = cv2.boundingRect(plane)
    if not width:
        return []
    part = plane[top : top + height, left : left + width]
    found, _ = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top))
    smooth = (np.asarray(cv2.approxPolyDP(each, _TOLERANCE, True), np.int32) for each in found)
    return [each.reshape(-1, 2) for each in smooth]


def _path(contour: NDArray[np.int32]) -> str:
    """A closed contour in SVG's words.

    >>> _path(np.array([[1, 2], [4, 2], [4, 5]], np.int32))
    'M1 2l3 0 0 3z'
    """
    steps = np.diff(contour, axis=0).ravel().tolist()
    line = f"l{' '.join(map(str, steps))}" if steps else "h.01"
    return f"M{contour[0, 0]} {contour[0, 1]}{line}z"


def _group(outline: Outline, path: str, step: int) -> str:
    """One outline with its label in its middle."""
    shift = f"translate({step / 2:g} {step / 2:g})" + (f" scale({step})" if step > 1 else "")
    label = ""
    if outline.label:
        rows, columns = np.nonzero(outline.mask)
        if len(rows):
            label = f'<text x="{columns.mean() + 0.5:.0f}" y="{rows.mean() + 0.5:.0f}">{escape(outline.label)}</text>'
    return (
        f'<g data-key="{outline.key}" style="--tone:{outline.tone}"><title>{escape(outline.said)}</title>'
        f'<path fill-rule="evenodd" transform="{shift}" d="{path}"/>{label}</g>'
    )
