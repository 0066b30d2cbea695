"""Label Studio's own JSON, whole and "JSON-MIN" (https://labelstud.io/guide/export).

Coordinates are hundredths of an image's sides. A task is an image; of several annotations of one the first counts.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.brush import check_brush, paint_brush
from dentalx.datasets.readers.listing import Listing, shortened, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    attempted,
    corners,
    divided,
    numbers,
    outlined,
    shown,
)
from dentalx.datasets.readers.raster import Size, fill_shares
from dentalx.datasets.readers.rings import Ring, box_ring, ellipse_ring, is_closed_line, turned
from dentalx.errors import InputError
from dentalx.files import read_json

NAMELESS = "object"  # the class of regions without a label
_DRAWN = ("points", "rle", "radiusX", "width", "x", "vertices")
Item = Mapping[str, Any]


@dataclass
class _Found:
    """What the files hold, gathered task by task."""

    pictures: list[Picture] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """What the user should know, a sentence each."""
        sentences = (
            (self.missing, "picture(s) named but not there, left out"),
            (self.unfinished, "task(s) without a finished annotation left out, which are no negatives"),
            (self.several, "task(s) with several annotations, of which the first is read"),
        )
        return [f"{len(names)} {what}: {shortened(names)}" for names, what in sentences if names]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like Label Studio; None where nothing does."""
    found = next(iter(_files(listing)), None)
    return f"{found.relative_to(listing.root)} is a file of Label Studio" if found else None


def read(listing: Listing) -> Annotated:
    """Every file of Label Studio in a folder.

    Raises:
        InputError: a file is broken, or a task names no image.
    """
    files, found = _files(listing), _Found()
    for path in files:
        content = read_json(path)
        tasks = content if isinstance(content, list) else [content]
        if not all(isinstance(task, dict) for task in tasks):
            raise InputError(f"{path} must be a JSON list of tasks, as Label Studio exports it")
        for task in tasks:
            _add(task, path, listing, found)
    classes = sorted({shape.labels[0] for picture in found.pictures for shape in picture.shapes})
    return Annotated(tuple(found.pictures), tuple(classes), tuple(files), tuple(found.notes()))


def _files(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".json") if _is_label_studio(listing.marks(path))]


def _is_label_studio(marks: frozenset[str]) -> bool:
    return "original_width" in marks and not marks & {"shapes", "classTitle", "External ID"}


def _add(task: Item, path: Path, listing: Listing, found: _Found) -> None:
    name = _image(task, path)
    regions = _regions(task, name, found)
    if regions is None:
        return
    split = split_of(path.relative_to(listing.root))
    picture = listing.picture(name, path, split)
    if picture is None:
        found.missing.append(shown(name))
        return
    shapes, lost = divided(_shape(region, f"{picture.name} region {shown(key)}") for key, region in regions)
    own = split or split_of(picture.relative_to(listing.root).parent)
    found.pictures.append(Picture(picture, shapes, own, None, lost, path))


def _image(task: Item, path: Path) -> str:
    """What a task calls its image: `image`, or the first text that looks like a path."""
    data = task.get("data") if isinstance(task.get("data"), dict) else task
    assert isinstance(data, dict)
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    first = next((value for value in texts.values() if "/" in value or "." in value), None)
    name = texts.get("image") or first
    if name is None:
        raise InputError(f"{path}: task {shown(task.get('id'))} names no image; correct the file")
    return name


def _regions(task: Item, name: str, found: _Found) -> list[tuple[Any, Item]] | None:
    """The regions of a task, (key, region); None where it is not annotated."""
    listed = task.get("annotations", task.get("completions"))
    if not isinstance(listed, list):  # JSON-MIN: every list of regions is an annotation's
        lists = [value for value in task.values() if isinstance(value, list)]
        items = [item for value in lists for item in value if isinstance(item, dict) and "original_width" in item]
        return list(enumerate(items, start=1))
    finished = [each for each in listed if isinstance(each, dict) and not each.get("was_cancelled")]
    if not finished:
        found.unfinished.append(shown(name))
        return None
    if len(finished) > 1:
        found.several.append(shown(name))
    return list(_joined(finished[0].get("result")))


def _joined(result: Any) -> Iterator[tuple[Any, Item]]:
    """The parts of a result; what has one id is one region, drawn in one part and named in another."""
    regions: dict[Any, dict[str, Any]] = {}
    for number, item in enumerate(result if isinstance(result, list) else [], start=1):
        if not isinstance(item, dict) or not isinstance(item.get("value"), dict):
            continue
        key = item.get("id") if isinstance(item.get("id"), (str, int)) else number
        region = regions.setdefault(key, {"type": item.get("type")})
        region |= {side: item[side] for side in ("original_width", "original_height", "image_rotation") if side in item}
        region |= item["value"]
    for key, region in regions.items():
        if any(name in region for name in _DRAWN):  # else it says something of the whole image
            yield key, region


def _shape(region: Item, where: str) -> Shape | Lost:
    named = [value for key, value in region.items() if key.endswith("labels") and isinstance(value, list)]
    labels = tuple(dict.fromkeys(str(label) for value in named for label in value)) or (NAMELESS,)
    return attempted(labels, where, lambda: _drawn(region, labels, where))


def _drawn(region: Item, labels: tuple[str, ...], where: str) -> Shape | Lost:
    if region.get("image_rotation"):
        raise BrokenObjectError("an image that was turned in Label Studio")
    if "rle" in region:
        return _brush(region, labels, where)
    ring = _ring(region)
    if ring is None:
        kind = "keypoint" if "x" in region else shown(region.get("type"))
        return Lost(labels, f"a {kind} has no area", where)
    if not all(-1 <= share <= 2 for share in ring):
        raise BrokenObjectError("an outline that reaches far outside the image")
    return outlined(labels, ring, where, paint=fill_shares)


def _ring(region: Item) -> Ring | None:
    """A region's outline in shares of the image's sides; None where it has no area."""
    if "points" in region:
        line = corners(region["points"])
        if region.get("closed") is False and not is_closed_line(line):
            return None
        return tuple(value / 100 for value in line)
    if "radiusX" in region:
        x, y, rx, ry = numbers([region.get(key) for key in ("x", "y", "radiusX", "radiusY")])
        ring, centre = ellipse_ring((x, y), (rx, ry)), (x, y)
    elif "height" in region and "width" in region:
        x, y, width, height = numbers([region.get(key) for key in ("x", "y", "width", "height")])
        ring, centre = box_ring(x, y, x + width, y + height), (x, y)
    else:
        return None
    return _turned(ring, centre, region)


def _turned(ring: Ring, centre: tuple[float, float], region: Item) -> Ring:
    """Turned as the region says, in degrees: of pixels, so hundredths of unequal sides become pixels first."""
    (turn,) = numbers([region.get("rotation") or 0])
    if not turn:
        return tuple(value / 100 for value in ring)
    height, width = _size(region)
    pixels = tuple(value * (width, height)[i % 2] / 100 for i, value in enumerate(ring))
    middle = centre[0] * width / 100, centre[1] * height / 100
    return tuple(v / (width, height)[i % 2] for i, v in enumerate(turned(pixels, middle, math.radians(turn))))


def _size(region: Item) -> Size:
    height, width = numbers([region.get("original_height"), region.get("original_width")])
    if not (0 < height < 1e6 and 0 < width < 1e6):
        raise BrokenObjectError("no size of its image")
    return int(height), int(width)


def _brush(region: Item, labels: tuple[str, ...], where: str) -> Shape:
    runs = region["rle"]
    if not isinstance(runs, list) or not set(map(type, runs)) <= {int}:
        raise BrokenObjectError("a brush mask that is no list of bytes")
    try:
        packed = bytes(runs)
    except ValueError as error:
        raise BrokenObjectError("a brush mask that is no list of bytes") from error
    size = _size(region)
    check = partial(check_brush, packed, size)
    return Shape(labels, partial(paint_brush, packed, size), check=check, where=where)
