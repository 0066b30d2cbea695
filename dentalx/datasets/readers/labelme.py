"""LabelMe: a JSON file a picture, with `shapes` and `imagePath` (https://github.com/wkentaro/labelme).

Pictures inside the JSON (`imageData`) are never looked at: the picture's own file is read.
"""

import base64
import binascii
import math
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.listing import Listing, finite, mentions, relative, shortened, split_of, told
from dentalx.datasets.readers.raster import Plane, Ring, Size, fill, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_LOOKED = 20
_CIRCLE = 64  # corners
_PNG_SIZE = slice(16, 24)  # width and height, in the header


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like LabelMe; None where nothing does."""
    found = next((path for path in listing.with_suffix(".json")[:_LOOKED] if _is_labelme(path)), None)
    return f"{found.relative_to(listing.root)} is a LabelMe file" if found else None


def read(listing: Listing) -> Annotated:
    """Every LabelMe file of a folder; pictures without one are left out.

    Raises:
        InputError: a file is broken, or names a picture outside the folder.
    """
    pictures, files, classes = list[Picture](), list[Path](), dict[str, None]()
    faults, missing = list[tuple[str, str]](), list[str]()
    for path in listing.with_suffix(".json"):
        if not _is_labelme(path):
            continue
        content = read_json(path)
        shapes = content.get("shapes") if isinstance(content, dict) else None
        if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
            raise InputError(f"{path} must be a JSON object with shapes, a list; correct the file")
        found = [shape for item in shapes if (shape := _shape(item, path, faults))]
        classes.update(dict.fromkeys(label for shape in found for label in shape.labels))
        split = split_of(path.relative_to(listing.root).parent)
        picture = _picture(content, path, listing, split)
        if picture is None:
            missing.append(path.name)
            continue
        files.append(path)
        pictures.append(Picture(picture, tuple(found), split, _size(content)))
    notes = [f"{len(missing)} file(s) without their picture left out: {shortened(missing)}"] if missing else []
    return Annotated(tuple(pictures), tuple(sorted(classes)), tuple(files), (*notes, *told(faults)))


def _is_labelme(path: Path) -> bool:
    return mentions(path, '"shapes"') and (mentions(path, '"imagePath"') or mentions(path, '"imageHeight"'))


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
    if kind == "mask" and len(corners) == 2:
        crop = _crop(item.get("mask"), path)
        return Shape((label,), partial(_paste, crop, (round(corners[0][1]), round(corners[0][0]))))
    ring = _ring(kind, corners)
    reason = ring_fault(ring) if ring is not None else f"a {str(kind)[:20]} has no area"
    if reason or ring is None:
        faults.append((str(reason), f"{path.name} {label[:40]}"))
        return None
    return Shape((label,), partial(fill, ring))


def _ring(kind: str, corners: list[tuple[float, ...]]) -> Ring | None:
    """A shape's outline; None where its kind has no area."""
    if kind == "polygon":
        return tuple(value for corner in corners for value in corner)
    if len(corners) == 2 and kind == "rectangle":
        (x1, y1), (x2, y2) = corners
        return x1, y1, x2, y1, x2, y2, x1, y2
    if len(corners) == 2 and kind == "circle":  # its middle, and a point on it
        (x, y), (x2, y2) = corners
        radius, angles = math.hypot(x2 - x, y2 - y), [2 * math.pi * i / _CIRCLE for i in range(_CIRCLE)]
        return tuple(v for a in angles for v in (x + radius * math.cos(a), y + radius * math.sin(a)))
    return None


def _crop(text: Any, path: Path) -> Plane:
    """The mask of a shape: a PNG in base64, of the size of its box."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InputError(f"{path} has a mask that is no PNG in base64; correct the file") from error
    sides = int.from_bytes(data[_PNG_SIZE][:4], "big"), int.from_bytes(data[_PNG_SIZE][4:], "big")
    if data[:4] != b"\x89PNG" or not 0 < sides[0] * sides[1] <= 2e8:
        raise InputError(f"{path} has a mask that is no PNG of usable size; correct the file")
    plane = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if plane is None:
        raise InputError(f"{path} has a mask that is a broken PNG; correct the file")
    return np.asarray(plane > 0, bool)


def _paste(crop: Plane, corner: tuple[int, int], size: Size) -> Plane:
    """A crop at its (row, column) in the picture; what lies outside is cut off."""
    painted = np.zeros(size, bool)
    y, x = corner
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(crop.shape[0], size[0] - y), min(crop.shape[1], size[1] - x)
    if top < bottom and left < right:
        painted[y + top : y + bottom, x + left : x + right] = crop[top:bottom, left:right]
    return painted
