"""The parts of COCO files: ids, categories, and what an annotation draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.listing import finite
from dentalx.datasets.readers.objects import (
    BrokenObjectError,
    Lost,
    Shape,
    attempted,
    numbers,
    outlined,
    shown,
    united,
)
from dentalx.datasets.readers.raster import Plane, Size, check_runs, paint_runs
from dentalx.datasets.readers.rings import Ring, box_ring, ring_fault
from dentalx.errors import InputError

SIDE_MOST = 100_000
_LOOKED = 500  # annotations that show how outlines are meant
_MOSTLY = 0.95  # share of them that must agree
_LONGEST_ID = 200  # characters
Identity = int | str
Item = Mapping[str, Any]
Naming = Callable[[Item], tuple[str, ...]]  # what an annotation is called


@dataclass(frozen=True)
class Drawing:
    """How the annotations of one file are called and painted.

    Attributes:
        path: the file.
        naming: what an annotation is called.
        paint: an object of several outlines.
        crowds: whether `iscrowd` means what it says.
        torn: where to note objects that are painted without some of their outlines.
    """

    path: Path
    naming: Naming
    paint: Callable[[tuple[Ring, ...], Size], Plane]
    crowds: bool
    torn: list[str]


def items_of(content: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    """Return a list of objects; none where the key is absent.

    Raises:
        InputError: it is something else.
    """
    found = content.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{path}: {key} must be a list of objects; correct the file")
    return found


def identity(item: Item, key: str, path: Path) -> Identity:
    """Return an id: a whole number or a text; the text "7" and the number 7.0 count as 7.

    Raises:
        InputError: it is neither.
    """
    value = item.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID:
        return value
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        said = "absent" if key not in item else shown(value)
        where = f" of {key_of(item)}" if "id" in item and key != "id" else ""
        raise InputError(f"{path}: {key}{where} must be a whole number or a text, but it is {said}; correct the file")
    return value


def key_of(item: Item) -> str:
    """How messages name an annotation."""
    return f"annotation {shown(item.get('id'))}"


def named(items: Sequence[Item], path: Path) -> dict[Identity, str]:
    """Return id to name of a list of categories.

    Raises:
        InputError: one has no name, or an id stands for two.
    """
    names: dict[Identity, str] = {}
    for item in items:
        number, name = identity(item, "id", path), item.get("name")
        if not isinstance(name, (str, int)) or isinstance(name, bool):
            raise InputError(f"{path}: category {number} has no name; give it one")
        if names.setdefault(number, str(name)) != str(name):
            raise InputError(f"{path}: category id {number} is both {names[number]} and {name}; keep one")
    return names


def is_traced(annotations: Sequence[Item]) -> bool:
    """Whether outlines name pixels and not the lines between them: whole numbers, and boxes one pixel larger.

    OpenCV's findContours and boundingRect give just that.
    """
    looked = annotations[:: len(annotations) // _LOOKED + 1]
    drawn = [(item.get("segmentation"), item.get("bbox")) for item in looked]
    said = [larger for outlines, box in drawn if (larger := _box_is_larger(outlines, box)) is not None]
    return bool(said) and sum(said) >= _MOSTLY * len(said)


def _box_is_larger(outlines: Any, box: Any) -> bool | None:
    """Whether a box is one pixel larger than its outlines; None where there is nothing to compare."""
    if not isinstance(outlines, list) or not isinstance(box, list) or len(box) != 4:
        return None
    if not all(isinstance(ring, list) and len(ring) % 2 == 0 for ring in outlines):
        return None
    values = [value for ring in outlines for value in ring]
    if len(values) < 6 or not set(map(type, (*values, *box))) <= {int, float}:
        return None
    x, y = [v for ring in outlines for v in ring[0::2]], [v for ring in outlines for v in ring[1::2]]
    sides = max(x) - min(x) + 1, max(y) - min(y) + 1
    return tuple(box) == (min(x), min(y), *sides) and all(value == round(value) for value in (*sides, *box[:2]))


def has_crowds(annotations: Sequence[Item], info: Any) -> bool:
    """Whether `iscrowd` tells crowds from objects, as it does in what dentalx itself writes.

    CVAT and Datumaro write 1 for every mask that a brush painted, since it is a run length, and 0 for every outline.
    So it says nothing where all run lengths and no outlines have it, if there is no outline at all or if the
    annotations have the `attributes` that these programs write.
    """
    if isinstance(info, dict) and "dentalx" in str(info.get("description")):
        return True
    runs = [item for item in annotations if isinstance(item.get("segmentation"), dict)]
    others = [item for item in annotations if not isinstance(item.get("segmentation"), dict)]
    if not runs or not all(item.get("iscrowd") for item in runs) or any(item.get("iscrowd") for item in others):
        return True
    written_by_cvat = all(isinstance(item.get("attributes"), dict) for item in runs)
    return bool(others) and not written_by_cvat


def drawn(item: Item, where: str, how: Drawing) -> Shape | Lost:
    """Return what an annotation draws.

    Raises:
        InputError: its category is not listed, or no id.
    """
    labels = how.naming(item)
    return attempted(labels, where, lambda: _drawn(item, labels, where, how))


def _drawn(item: Item, labels: tuple[str, ...], where: str, how: Drawing) -> Shape | Lost:
    given, crowd = item.get("segmentation"), bool(item.get("iscrowd")) and how.crowds
    if isinstance(given, dict):
        counts, size = _runs(given)
        check = partial(check_runs, counts, size)
        return Shape(labels, partial(paint_runs, counts, size), crowd, check, where=where)
    if not given:
        return _boxed(item, labels, where)
    if not isinstance(given, list):
        raise BrokenObjectError("a segmentation that is neither outlines nor run lengths")
    if not isinstance(given[0], (list, dict)):
        given = [given]  # one outline that was not wrapped in a list
    rings = [numbers(ring) for ring in given]
    found = united(labels, rings, where, how.paint)
    if isinstance(found, Lost):
        return found
    if len(rings) > 1 and any(map(ring_fault, rings)):
        how.torn.append(where)
    return replace(found, crowd=crowd)


def _boxed(item: Item, labels: tuple[str, ...], where: str) -> Shape | Lost:
    """The box of an annotation that draws nothing else, [x, y, width, height]."""
    if not item.get("bbox"):
        return Lost(labels, "nothing drawn", where)
    box = numbers(item["bbox"])
    if len(box) != 4:
        raise BrokenObjectError("a box that is not x, y, width, height")
    x, y, width, height = box
    return outlined(labels, box_ring(x, y, x + width, y + height), where)


def _runs(given: Item) -> tuple[tuple[int, ...] | str, Size]:
    counts, size = given.get("counts"), numbers(given.get("size"))
    if len(size) != 2 or any(side != int(side) or not 0 < side <= SIDE_MOST for side in size):
        raise BrokenObjectError("run lengths without a size of [height, width]")
    shape = int(size[0]), int(size[1])
    if isinstance(counts, str):
        return counts, shape
    found = numbers(counts)
    if any(number != int(number) for number in found):
        raise BrokenObjectError("run lengths that are no whole numbers")
    return tuple(int(number) for number in found), shape


def size_of(item: Item, path: Path) -> Size | None:
    """Return the (rows, columns) of an image entry; None where it does not say.

    Raises:
        InputError: they are no size.
    """
    if item.get("height") is None or item.get("width") is None:
        return None
    height, width = finite([_number(item["height"]), _number(item["width"])], path)
    if not 0 < min(height, width) <= max(height, width) <= SIDE_MOST:
        raise InputError(f"{path}: an image is {shown(height)}×{shown(width)} (rows×columns); correct the file")
    return int(height), int(width)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 9 else value
