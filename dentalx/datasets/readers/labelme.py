"""LabelMe: a JSON file an image, with `shapes` and `imagePath` (https://github.com/wkentaro/labelme).

Shapes of one label and one `group_id` are one object, unless all group ids of a data set are FDI numbers: then they
name the object's tooth. Labels such as "1-çürük-46", as DENTEX's test set has them, are a finding and the FDI number of
its tooth. Images inside the JSON (`imageData`) are never looked at: the image's own file is read.
"""

import math
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.datasets.readers.bitmaps import check_png, paint_png
from dentalx.datasets.readers.listing import Listing, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    attempted,
    corners,
    divided,
    outlined,
    shown,
)
from dentalx.datasets.readers.own_image import OwnImages
from dentalx.datasets.readers.raster import Plane, Size
from dentalx.datasets.readers.rings import Ring, box_ring, ellipse_ring, is_closed_line
from dentalx.datasets.vocabulary import meaning
from dentalx.errors import InputError
from dentalx.files import read_json
from dentalx.teeth import FDI

_DENTEX_TEST = re.compile(r"[0-9]+-(.+)-([1-4][1-8])")  # code, finding, tooth
_QUADRILATERALS = ("rectangle", "rotation", "oriented_rectangle", "rotated_rectangle", "quadrilateral")
_TEETH = {str(number) for number in FDI}
Item = dict[str, Any]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like LabelMe; None where nothing does."""
    found = next((path for path in listing.with_suffix(".json") if _is_labelme(listing.marks(path))), None)
    return f"{found.relative_to(listing.root)} is a LabelMe file" if found else None


def read(listing: Listing) -> Annotated:
    """Every LabelMe file of a folder; images without one are left out.

    Raises:
        InputError: a file is broken, or names no image in a usable way.
    """
    contents = {path: _content(path) for path in listing.with_suffix(".json") if _is_labelme(listing.marks(path))}
    numbered = _groups_are_teeth([item for content in contents.values() for item in content["shapes"]])
    pictures, images = list[Picture](), OwnImages(listing)
    for path, content in contents.items():
        split = split_of(path.relative_to(listing.root).parent)
        picture = images.find(path, content["imagePath"])
        if picture is None:
            continue
        drawn = [(item, _shape(item, path, numbered)) for item in content["shapes"]]
        found = _joined([(_group(item), one) for item, one in drawn if isinstance(one, Shape)], numbered)
        _, lost = divided(one for _, one in drawn)
        pictures.append(Picture(picture, tuple(found), split, _size(content), lost, path))
    said = images.notes()
    if numbered:
        said.append("group_id holds FDI numbers of teeth: each object is of its tooth's number too, see --classes")
    classes = sorted({shape.labels[0] for picture in pictures for shape in picture.shapes})
    return Annotated(tuple(pictures), tuple(classes), tuple(p.file for p in pictures if p.file), tuple(said))


def _is_labelme(marks: frozenset[str]) -> bool:
    return "shapes" in marks and bool(marks & {"imagePath", "imageHeight"})


def _content(path: Path) -> Item:
    """What of a file is needed: the image inside it, which may be large, is dropped."""
    content = read_json(path)
    shapes = content.get("shapes") if isinstance(content, dict) else None
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
        raise InputError(f"{path} must be a JSON object with shapes, a list; correct the file")
    if not all(isinstance(shape.get("label"), str) for shape in shapes):
        raise InputError(f"{path} has a shape without a label; correct the file")
    return {key: content.get(key) for key in ("shapes", "imagePath", "imageHeight", "imageWidth")}


def _size(content: Item) -> Size | None:
    height, width = content["imageHeight"], content["imageWidth"]
    return (height, width) if type(height) is int and type(width) is int else None


def _group(item: Item) -> int | str | None:
    group = item.get("group_id")
    return group if isinstance(group, (int, str)) and not isinstance(group, bool) and group != "" else None


def _groups_are_teeth(items: Sequence[Item]) -> bool:
    """Whether group ids are tooth numbers: every one is FDI, and the labels are none."""
    groups = {str(group) for item in items if (group := _group(item)) is not None}
    return len(groups) > 1 and groups <= _TEETH and not any(item["label"].strip() in _TEETH for item in items)


def _shape(item: Item, path: Path, numbered: bool) -> Shape | Lost:
    label = item["label"]
    found = _DENTEX_TEST.fullmatch(label)
    labels = (found[1], found[2]) if found else (label,)
    if numbered and (group := _group(item)) is not None:
        labels = (*labels, str(group))
    where = f"{path.name} {shown(label)}"
    return attempted(labels, where, lambda: _drawn(item, labels, where))


def _drawn(item: Item, labels: tuple[str, ...], where: str) -> Shape | Lost:
    kind, line = item.get("shape_type") or "polygon", corners(item.get("points"))
    if kind == "mask" and len(line) == 4:
        packed = item.get("mask")
        if not isinstance(packed, str):
            raise BrokenObjectError("a mask that is no PNG in base64")
        corner = round(line[1]), round(line[0])
        return Shape(labels, partial(paint_png, packed, corner), check=partial(check_png, packed, corner), where=where)
    ring = _ring(kind, line)
    return Lost(labels, f"a {shown(kind)} has no area", where) if ring is None else outlined(labels, ring, where)


def _ring(kind: str, line: Ring) -> Ring | None:
    """A shape's outline; None where its kind has no area."""
    if kind == "polygon" or (kind in _QUADRILATERALS and len(line) > 4):
        return line
    if kind == "linestrip":
        return line if is_closed_line(line) else None
    if len(line) == 4 and kind == "rectangle":
        return box_ring(*line)
    if len(line) == 4 and kind == "circle":  # its middle, and a point on it
        radius = math.hypot(line[2] - line[0], line[3] - line[1])
        return ellipse_ring((line[0], line[1]), (radius, radius))
    return None


def _joined(shapes: list[tuple[int | str | None, Shape]], numbered: bool) -> list[Shape]:
    """Shapes of one label and one group as one; those without a group by themselves.

    Where groups are tooth numbers, parts of the tooth itself are joined, and its findings are not.
    """
    parts: dict[object, list[Shape]] = {}
    for number, (group, shape) in enumerate(shapes):
        joins = group is not None and (not numbered or meaning(shape.labels[0]) == "tooth")
        parts.setdefault((shape.labels, group) if joins else number, []).append(shape)
    return [same[0] if len(same) == 1 else _one(same) for same in parts.values()]


def _one(parts: Sequence[Shape]) -> Shape:
    first = parts[0]
    return Shape(first.labels, partial(_united, parts), check=partial(_check_all, parts), where=first.where)


def _united(parts: Sequence[Shape], size: Size) -> Plane:
    return np.asarray(np.any([part.paint(size) for part in parts], axis=0))


def _check_all(parts: Sequence[Shape], size: Size) -> None:
    for part in parts:
        if part.check is not None:
            part.check(size)
