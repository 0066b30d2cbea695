"""Supervisely projects: meta.json, and in each data set ann/PICTURE.json beside img/PICTURE.

https://docs.supervisely.com/data-organization/00_ann_format_navi. Coordinates name pixels, not the lines between
them. Humans in the Loop publish their teeth (https://humansintheloop.org) as two such projects of the same pictures.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.bitmaps import check_packed_png, paint_packed_png
from dentalx.datasets.readers.listing import Listing, finite, shortened, split_of
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
    shown,
)
from dentalx.datasets.readers.raster import Size, check_parts, fill_pixels
from dentalx.datasets.readers.rings import Ring, box_ring, is_closed_line, is_rectangle, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_META = "meta.json"
_HUMANS_IN_THE_LOOP = "teeth segmentation"  # how their two folders begin
_TEETH = {str(number) for number in range(1, 33)}
_BITMAPS = ("bitmap", "alpha_mask")  # of an alpha mask everything that is not fully transparent is the object
_LINES = ("polyline", "line")


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like Supervisely; None where nothing does."""
    marks = {"objects", "classTitle"}
    found = next((path for path in _annotations(listing) if marks <= listing.marks(path)), None)
    return f"{found.relative_to(listing.root)} is a Supervisely file" if found else None


def read(listing: Listing) -> Annotated:
    """Every picture of every data set; one that several projects hold is read once.

    Raises:
        InputError: a file is broken, or names a class that is not text.
    """
    found, notes = _once(listing)
    missing, pictures = list[str](), list[Picture]()
    for path in found:
        content = read_json(path)
        objects = content.get("objects") if isinstance(content, dict) else None
        if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
            raise InputError(f"{path} must be a JSON object with objects, a list; correct the file")
        split = split_of(path.relative_to(listing.root).parent)
        picture = _picture(path, listing, split)
        if picture is None:
            missing.append(path.name)
            continue
        shapes, lost = divided(_shape(item, path) for item in objects)
        pictures.append(Picture(picture, shapes, split, _size(content.get("size"), path), lost, path))
    if missing:
        notes.append(f"{len(missing)} file(s) without their picture left out: {shortened(missing)}")
    metas = [path for path in listing.with_suffix(".json") if path.name.lower() == _META]
    used = {shape.labels[0] for picture in pictures for shape in picture.shapes}
    classes = dict.fromkeys([*(name for meta in metas for name in _listed(meta)), *sorted(used)])
    numbering = "universal" if _is_humans_in_the_loop(listing, metas, set(classes)) else ""
    return Annotated(tuple(pictures), tuple(classes), (*metas, *found), tuple(notes), numbering)


def _annotations(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".json") if _is_annotation(path)]


def _is_annotation(path: Path) -> bool:
    return path.parent.name.lower() == "ann" and path.name.lower() != _META


def _beside(path: Path, listing: Listing) -> Path | None:
    """The image of an annotation file in the folder img next to its own, in any letter case."""
    places = (path.parent.parent / name / path.stem for name in ("img", "Img", "IMG"))
    return next((place for place in places if place in listing.there), None)


def _once(listing: Listing) -> tuple[list[Path], list[str]]:
    """The annotation files, and a sentence where projects repeat pictures: data set and name the same, and the size.

    The first project by name is read.
    """
    kept: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    projects: dict[str, None] = {}
    repeated = 0
    for path in _annotations(listing):
        picture = _beside(path, listing)
        size = picture.stat().st_size if picture else 0
        same = kept.setdefault((path.parent.parent.name, path.name), [])
        twin = next((other for bytes_there, other in same if size in (bytes_there, 0) or not bytes_there), None)
        if twin is None:
            same.append((size, path))
        else:
            repeated += 1
            projects.update(dict.fromkeys(_project(each, listing) for each in (twin, path)))
    found = sorted(path for same in kept.values() for _, path in same)
    if not repeated:
        return found, []
    both = " and in ".join(projects)
    return found, [f"{repeated} picture(s) are in {both}; they are read once, from {next(iter(projects))}"]


def _project(path: Path, listing: Listing) -> str:
    return path.parent.parent.parent.relative_to(listing.root).as_posix()


def _picture(path: Path, listing: Listing, split: str | None) -> Path | None:
    return _beside(path, listing) or listing.picture(path.stem, path, split)


def _listed(meta: Path) -> list[str]:
    """The classes of a project, in its order."""
    content = read_json(meta)
    classes = content.get("classes") if isinstance(content, dict) else None
    if not isinstance(classes, list) or not all(
        isinstance(c, dict) and isinstance(c.get("title"), str) for c in classes
    ):
        raise InputError(f"{meta} must list classes with titles; correct the file")
    return [each["title"] for each in classes]


def _is_humans_in_the_loop(listing: Listing, metas: list[Path], classes: set[str]) -> bool:
    """Whether the classes are the teeth of Humans in the Loop, whose 1…32 are Universal numbers."""
    names = [meta.parent.name if meta.parent != listing.root else listing.root.resolve().name for meta in metas]
    return bool(names) and classes == _TEETH and all(n.lower().startswith(_HUMANS_IN_THE_LOOP) for n in names)


def _size(size: Any, path: Path) -> Size | None:
    if not isinstance(size, dict):
        return None
    height, width = finite([size.get("height"), size.get("width")], path)
    return int(height), int(width)


def _shape(item: Mapping[str, Any], path: Path) -> Shape | Lost:
    label = item.get("classTitle")
    if not isinstance(label, str):
        raise InputError(f"{path} has an object without a classTitle; correct the file")
    where = f"{path.stem} {shown(label)}"
    return attempted((label,), where, lambda: _drawn(item, (label,), where))


def _drawn(item: Mapping[str, Any], labels: tuple[str, ...], where: str) -> Shape | Lost:
    kind = item.get("geometryType")
    if kind is None:  # older exports leave it out
        kind = "bitmap" if isinstance(item.get("bitmap"), dict) else "polygon"
    if kind in _BITMAPS:
        return _bitmap(item.get("bitmap"), labels, where)
    points = item.get("points")
    if kind not in ("polygon", "rectangle", *_LINES) or not isinstance(points, dict):
        return Lost(labels, f"a {shown(kind)} has no area", where)
    outer = corners(points.get("exterior"))
    if kind == "rectangle" and len(outer) == 4:
        outer = box_ring(*outer)
    elif kind in _LINES and not is_closed_line(outer):
        return Lost(labels, f"a {kind} has no area", where)
    elif reason := ring_fault(outer):
        return Lost(labels, reason, where)
    return _filled(outer, points.get("interior") or [], labels, where)


def _filled(outer: Ring, interior: Any, labels: tuple[str, ...], where: str) -> Shape:
    if not isinstance(interior, list):
        raise BrokenObjectError("an interior that is no list")
    holes = tuple(corners(hole) for hole in interior)
    plain = not holes and is_rectangle(outer)
    paint = partial(fill_pixels, outer, holes)
    return Shape(labels, paint, check=partial(check_parts, (outer, *holes)), rectangle=plain, where=where)


def _bitmap(bitmap: Any, labels: tuple[str, ...], where: str) -> Shape:
    data = bitmap.get("data") if isinstance(bitmap, dict) else None
    origin = numbers(bitmap.get("origin")) if isinstance(bitmap, dict) else ()
    if not isinstance(data, str) or len(origin) != 2:
        raise BrokenObjectError("a bitmap without data or origin")
    corner = int(origin[1]), int(origin[0])
    check = partial(check_packed_png, data, corner)
    return Shape(labels, partial(paint_packed_png, data, corner), check=check, where=where)
