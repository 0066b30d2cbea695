"""LabelMe: a JSON file a picture, with `shapes` and `imagePath` (https://github.com/wkentaro/labelme).

Shapes of one label and one `group_id` are one object. Labels such as "1-çürük-46", as DENTEX's test set has them, are
a finding and the FDI number of its tooth. Pictures inside the JSON (`imageData`) are never looked at: the picture's
own file is read.
"""

import math
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.bitmaps import paint_png
from dentalx.datasets.readers.listing import Listing, finite, relative, shortened, split_of, told
from dentalx.datasets.readers.raster import Plane, Ring, Size, box_ring, ellipse_ring, fill, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_DENTEX_TEST = re.compile(r"[0-9]+-(.+)-([1-4][1-8])")  # code, finding, tooth


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like LabelMe; None where nothing does."""
    found = next((path for path in listing.with_suffix(".json") if _is_labelme(listing.marks(path))), None)
    return f"{found.relative_to(listing.root)} is a LabelMe file" if found else None


def read(listing: Listing) -> Annotated:
    """Every LabelMe file of a folder; pictures without one are left out.

    Raises:
        InputError: a file is broken, or names a picture outside the folder.
    """
    pictures, files, classes = list[Picture](), list[Path](), dict[str, None]()
    faults, missing = list[tuple[str, str]](), list[str]()
    for path in listing.with_suffix(".json"):
        if not _is_labelme(listing.marks(path)):
            continue
        content = read_json(path)
        shapes = content.get("shapes") if isinstance(content, dict) else None
        if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
            raise InputError(f"{path} must be a JSON object with shapes, a list; correct the file")
        found = _joined([(item.get("group_id"), shape) for item in shapes if (shape := _shape(item, path, faults))])
        classes.update(dict.fromkeys(shape.labels[0] for shape in found))
        split = split_of(path.relative_to(listing.root).parent)
        picture = _picture(content, path, listing, split)
        if picture is None:
            missing.append(path.name)
            continue
        files.append(path)
        pictures.append(Picture(picture, tuple(found), split, _size(content)))
    notes = [f"{len(missing)} file(s) without their picture left out: {shortened(missing)}"] if missing else []
    return Annotated(tuple(pictures), tuple(sorted(classes)), tuple(files), (*notes, *told(faults)))


def _is_labelme(marks: frozenset[str]) -> bool:
    return '"shapes"' in marks and bool(marks & {'"imagePath"', '"imageHeight"'})


def _picture(content: dict[str, Any], path: Path, listing: Listing, split: str | None) -> Path | None:
    """The picture beside the file, or the one it names; `..\\images\\a.png` is looked for by its last part alone."""
    named = content.get("imagePath")
    last = PurePosixPath(named.replace("\\", "/")).name if isinstance(named, str) else named
    return listing.picture(str(relative(last, path)), path, split)


def _size(content: dict[str, Any]) -> Size | None:
    height, width = content.get("imageHeight"), content.get("imageWidth")
    return (height, width) if type(height) is int and type(width) is int else None


def _shape(item: dict[str, Any], path: Path, faults: list[tuple[str, str]]) -> Shape | None:
    label, kind, points = item.get("label"), item.get("shape_type") or "polygon", item.get("points")
    if not isinstance(label, str) or not isinstance(points, list):
        raise InputError(f"{path} has a shape without a label or points; correct the file")
    corners = [finite(point, path) for point in points]
    if any(len(corner) != 2 for corner in corners):
        raise InputError(f"{path} has a point that is not x and y; correct the file")
    found = _DENTEX_TEST.fullmatch(label)
    labels = (found[1], found[2]) if found else (label,)
    if kind == "mask" and len(corners) == 2:
        packed = item.get("mask")
        if not isinstance(packed, str):
            raise InputError(f"{path} has a mask that is no PNG in base64; correct the file")
        return Shape(labels, partial(paint_png, packed, (round(corners[0][1]), round(corners[0][0]))))
    ring = _ring(kind, corners)
    reason = ring_fault(ring) if ring is not None else f"a {str(kind)[:20]} has no area"
    if reason or ring is None:
        faults.append((str(reason), f"{path.name} {label[:40]}"))
        return None
    return Shape(labels, partial(fill, ring))


def _joined(shapes: list[tuple[Any, Shape]]) -> list[Shape]:
    """Shapes of one label and one group as one; those without a group by themselves."""
    parts: dict[object, list[Shape]] = {}
    for number, (group, shape) in enumerate(shapes):
        key = (shape.labels, group) if isinstance(group, (int, str)) else number
        parts.setdefault(key, []).append(shape)
    return [same[0] if len(same) == 1 else Shape(same[0].labels, partial(_united, same)) for same in parts.values()]


def _united(parts: Sequence[Shape], size: Size) -> Plane:
    return np.asarray(np.any([part.paint(size) for part in parts], axis=0))


def _ring(kind: str, corners: list[tuple[float, ...]]) -> Ring | None:
    """A shape's outline; None where its kind has no area."""
    if kind == "polygon":
        return tuple(value for corner in corners for value in corner)
    if len(corners) == 2 and kind == "rectangle":
        (x1, y1), (x2, y2) = corners
        return box_ring(x1, y1, x2, y2)
    if len(corners) == 2 and kind == "circle":  # its middle, and a point on it
        (x, y), (x2, y2) = corners
        radius = math.hypot(x2 - x, y2 - y)
        return ellipse_ring((x, y), (radius, radius))
    return None
