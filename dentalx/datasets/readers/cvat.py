"""CVAT for images 1.1: one XML file (https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/).

The XML is read as a stream by expat; document types and entities, which nothing here needs, are refused.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dentalx.datasets.readers.keys import mentions
from dentalx.datasets.readers.listing import Listing, shortened, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    attempted,
    divided,
    numbers,
    outlined,
    shown,
)
from dentalx.datasets.readers.raster import Plane, Size, paste
from dentalx.datasets.readers.rings import Ring, box_ring, ellipse_ring, is_closed_line, turned
from dentalx.datasets.readers.xml_events import Events, follow
from dentalx.errors import InputError
from dentalx.geometry import check_counts, rle_decode

_DRAWN = ("polygon", "polyline", "box", "ellipse", "mask", "points", "cuboid", "skeleton")
Values = dict[str, str]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like CVAT; None where nothing does."""
    found = next(iter(_files(listing)), None)
    return f"{found.relative_to(listing.root)} is a CVAT file" if found else None


def read(listing: Listing) -> Annotated:
    """Every CVAT file of a folder. Objects of a higher `z_order` lie above others; of equal ones the class named later.

    Raises:
        InputError: a file is broken, too large, has a document type, or names a picture outside the folder.
    """
    files = _files(listing)
    missing, pictures = list[str](), list[Picture]()
    classes: dict[str, None] = {}
    for path in files:
        content = _parsed(path)
        classes.update(
            dict.fromkeys([*content.labels, *(item["label"] for _, items in content.images for item in items)])
        )
        for image, items in content.images:
            named = image.get("name", "")
            split = split_of(Path(image.get("subset", ""))) or split_of(path.relative_to(listing.root))
            picture = listing.picture(named, path, split)
            if picture is None:
                missing.append(shown(named))
                continue
            shapes, lost = divided(_shape(item, f"{picture.name} {shown(item['label'])}") for item in items)
            own = split or split_of(picture.relative_to(listing.root).parent)
            pictures.append(Picture(picture, shapes, own, _size(image, path), lost, path))
    notes = [f"{len(missing)} picture(s) named but not there, left out: {shortened(missing)}"] if missing else []
    return Annotated(tuple(pictures), tuple(classes), tuple(files), tuple(notes))


def _files(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".xml") if mentions(path, "<annotations", "<image ")]


@dataclass
class _Content:
    """What one file holds: its labels in order, and each image's values with those of its objects."""

    path: Path
    labels: list[str] = field(default_factory=list)
    images: list[tuple[Values, list[Values]]] = field(default_factory=list)

    def start(self, names: list[str], values: Values) -> None:
        """An element begins."""
        name = names[-1]
        if name == "track":
            raise InputError(f"{self.path} is CVAT's format for video; export the task as 'CVAT for images 1.1'")
        if name == "image":
            self.images.append((values, []))
        elif names[-2:-1] == ["image"] and name in _DRAWN:
            if not values.get("label"):
                raise InputError(f"{self.path} has a {name} without a label; correct the file")
            self.images[-1][1].append(values | {"kind": name})

    def end(self, names: list[str], text: str) -> None:
        """An element ends."""
        if names[-3:] == ["labels", "label", "name"]:
            self.labels.append(text)


def _parsed(path: Path) -> _Content:
    content = _Content(path)
    follow(path, Events(content.start, content.end))
    return content


def _shape(item: Values, where: str) -> Shape | Lost:
    return attempted((item["label"],), where, lambda: _drawn(item, (item["label"],), where))


def _drawn(item: Values, labels: tuple[str, ...], where: str) -> Shape | Lost:
    kind, level = item["kind"], _level(item)
    if kind == "mask":
        left, top, width, height = (int(value) for value in _values(item, "left top width height"))
        counts = tuple(int(value) for value in _split(item.get("rle", ""), ","))
        box = left, top, width, height
        check = partial(_check_mask, counts, box)
        return Shape(labels, partial(_paint_mask, counts, box), check=check, level=level, where=where)
    ring = _ring(item, kind)
    return Lost(labels, f"a {kind} has no area", where) if ring is None else outlined(labels, ring, where, level=level)


def _level(item: Values) -> int:
    """The z_order; 0 where it is no number."""
    text = item.get("z_order", "0")
    return int(text) if len(text) < 9 and text.strip().lstrip("-").isdecimal() else 0


def _ring(item: Values, kind: str) -> Ring | None:
    """An object's outline; None where its kind has no area."""
    if kind in ("polygon", "polyline"):
        line = tuple(v for point in item.get("points", "").split(";") for v in _split(point, ","))
        return line if kind == "polygon" or is_closed_line(line) else None
    turn = math.radians(_split(item.get("rotation", "0"), ",")[0])
    if kind == "ellipse":
        x, y, rx, ry = _values(item, "cx cy rx ry")
        return ellipse_ring((x, y), (rx, ry), turn)
    if kind == "box":
        x1, y1, x2, y2 = _values(item, "xtl ytl xbr ybr")
        return turned(box_ring(x1, y1, x2, y2), ((x1 + x2) / 2, (y1 + y2) / 2), turn)
    return None


def _paint_mask(counts: tuple[int, ...], box: tuple[int, int, int, int], size: Size) -> Plane:
    """CVAT's run lengths: row by row inside a box, zeros first (`encode_mask` of its SDK, `rle2Mask` of its page)."""
    _check_mask(counts, box, size)
    left, top, width, height = box
    return paste(rle_decode(list(counts), (width, height)).T, (top, left), size)


def _check_mask(counts: tuple[int, ...], box: tuple[int, int, int, int], size: Size) -> None:
    left, top, width, height = box
    if not (0 < width <= size[1] and 0 < height <= size[0]):
        raise ValueError(f"a mask of {height}×{width} does not fit its image of {size[0]}×{size[1]}")
    check_counts(list(counts), (width, height))
    if not any(counts[1::2]):
        raise ValueError("run lengths without a pixel")
    if not (-width < left < size[1] and -height < top < size[0]):
        raise ValueError("a mask that lies outside the image")


def _size(image: Values, path: Path) -> Size | None:
    if "width" not in image or "height" not in image:
        return None
    try:
        height, width = _values(image, "height width")
    except BrokenObjectError as error:
        raise InputError(f"{path} has an image with {error}; correct the file") from error
    return int(height), int(width)


def _values(item: Values, names: str) -> tuple[float, ...]:
    missing = [name for name in names.split() if name not in item]
    if missing:
        raise BrokenObjectError(f"an element without {', '.join(missing)}")
    return tuple(_split(item[name], ",")[0] for name in names.split())


def _split(text: str, by: str) -> tuple[float, ...]:
    try:
        return numbers([float(word) for word in text.split(by)])
    except BrokenObjectError:
        raise
    except ValueError as error:
        raise BrokenObjectError(f"{shown(text)!r} in the place of numbers") from error
