"""Images with drawn objects: what every annotation format becomes."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.raster import (
    Plane,
    Size,
    check_parts,
    check_shares,
    check_visible,
    fill,
    fill_shares,
    paint_parts,
)
from dentalx.datasets.readers.rings import Ring, is_rectangle, ring_fault

_LONGEST = 60  # characters of a name that a message quotes


class BrokenObjectError(ValueError):
    """One object of a file cannot be drawn; says why in a few words, without the file's name."""


@dataclass(frozen=True)
class Shape:
    """One object of an image.

    Attributes:
        labels: what it is called; the first is the class it has when none are asked for.
        paint: its (H, W) pixels for an image of (rows, columns); ValueError where that cannot be.
        crowd: whether it stands for several objects that nobody told apart (COCO's iscrowd).
        check: raises ValueError where `paint` would, at less cost; None where `paint` cannot fail.
        rectangle: whether its outline is a plain rectangle, as a box is.
        level: objects of a higher level lie above those of lower ones, whatever their classes (CVAT's z_order).
        where: how messages name it.
    """

    labels: tuple[str, ...]
    paint: Callable[[Size], Plane]
    crowd: bool = False
    check: Callable[[Size], object] | None = None
    rectangle: bool = False
    level: int = 0
    where: str = ""


@dataclass(frozen=True)
class Lost:
    """One object of an image that cannot be drawn.

    Attributes:
        labels: what it is called.
        reason: why, in a few words.
        where: how messages name it.
    """

    labels: tuple[str, ...]
    reason: str
    where: str


@dataclass(frozen=True)
class Picture:
    """One image as an annotation file describes it.

    Attributes:
        path: its file.
        shapes: its objects, later ones over earlier ones where they are of different classes named later.
        split: as published.
        size: (rows, columns) that the annotations are for; None where the format does not say.
        lost: its objects that cannot be drawn: an image with such objects alone is no negative.
        file: the annotation file that describes it.
    """

    path: Path
    shapes: tuple[Shape, ...]
    split: str | None = None
    size: Size | None = None
    lost: tuple[Lost, ...] = ()
    file: Path | None = None

    @property
    def objects(self) -> tuple[Shape | Lost, ...]:
        """Every object, those that can be drawn first."""
        return (*self.shapes, *self.lost)


@dataclass(frozen=True)
class Annotated:
    """What a reader found.

    Attributes:
        pictures: in any order.
        classes: the names of the format's own classes, in its order.
        files: the annotation files, which the data set's fingerprint covers.
        notes: what the user should know, a sentence each.
        numbering: what class names that are numbers mean: "fdi" or "universal" where the layout says so, "" where
            nobody has asked yet, `dentalx.datasets.readers.annotated.AMBIGUOUS` where they may be teeth or not.
    """

    pictures: tuple[Picture, ...]
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    numbering: str = ""


def divided(found: Iterable[Shape | Lost]) -> tuple[tuple[Shape, ...], tuple[Lost, ...]]:
    """Separate the objects that can be drawn from those that cannot."""
    items = list(found)
    return tuple(x for x in items if isinstance(x, Shape)), tuple(x for x in items if isinstance(x, Lost))


def attempted(labels: tuple[str, ...], where: str, draw: Callable[[], Shape | Lost]) -> Shape | Lost:
    """Return what `draw` makes of one object, or the object as lost where its file has it broken."""
    try:
        return draw()
    except BrokenObjectError as error:
        return Lost(labels, str(error), where)


def outlined(
    labels: tuple[str, ...], ring: Ring, where: str, paint: Callable[[Ring, Size], Plane] = fill, level: int = 0
) -> Shape | Lost:
    """Make an object of one outline, or say why it has no area."""
    if reason := ring_fault(ring):
        return Lost(labels, reason, where)
    return Shape(
        labels,
        partial(paint, ring),
        check=partial(check_shares, ring) if paint is fill_shares else partial(check_visible, (ring,)),
        rectangle=is_rectangle(ring),
        level=level,
        where=where,
    )


def united(
    labels: tuple[str, ...],
    rings: Sequence[Ring],
    where: str,
    paint: Callable[[tuple[Ring, ...], Size], Plane] = paint_parts,
) -> Shape | Lost:
    """Make an object of several outlines, without those that have no area, or say why none has."""
    kept = tuple(ring for ring in rings if not ring_fault(ring))
    if not kept:
        return Lost(labels, str(ring_fault(rings[0])) if rings else "nothing drawn", where)
    plain = len(kept) == 1 and is_rectangle(kept[0])
    check = check_visible if paint is paint_parts else check_parts
    return Shape(labels, partial(paint, kept), check=partial(check, kept), rectangle=plain, where=where)


def numbers(values: Any) -> tuple[float, ...]:
    """Read a list of finite numbers.

    Raises:
        BrokenObjectError: it is something else.
    """
    if not isinstance(values, (list, tuple)):
        raise BrokenObjectError("coordinates that are no list")
    if not set(map(type, values)) <= {int, float} or not _are_finite(values):
        raise BrokenObjectError("a coordinate that is no finite number")
    return tuple(values)


def corners(points: Any) -> Ring:
    """Read a list of points, [x, y] or {"x", "y"} each, as x1, y1, x2, y2 …

    Raises:
        BrokenObjectError: it is something else.
    """
    if not isinstance(points, list):
        raise BrokenObjectError("points that are no list")
    found = [numbers([p.get("x"), p.get("y")] if isinstance(p, dict) else p) for p in points]
    if any(len(point) != 2 for point in found):
        raise BrokenObjectError("a point that is not x and y")
    return tuple(value for point in found for value in point)


def _are_finite(values: Sequence[float]) -> bool:
    """Whether all are, and none is absurd; a sum shows NaN, which compares with nothing.

    >>> _are_finite([1, 2.5]), _are_finite([1.0, float("nan"), 2.0]), _are_finite([10**400]), _are_finite([])
    (True, False, False, True)
    """
    return not values or (min(values) > -1e9 and max(values) < 1e9 and -math.inf < sum(values) < math.inf)


def shown(value: Any) -> str:
    """A value out of a file as a message may quote it: short, on one line, without control characters.

    >>> shown("a\\x1b[31m\\nb"), shown("x" * 99)[-1], shown([1]), shown(None), shown(True)
    ('a [31m b', '…', 'a list', 'null', 'true')
    """
    kinds = {list: "a list", dict: "an object", type(None): "null"}
    text = value if isinstance(value, str) else kinds.get(type(value), repr(value).lower())
    text = "".join(c if c.isprintable() else " " for c in text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
