"""Supervisely projects: meta.json, and in each data set ann/PICTURE.json beside img/PICTURE.

https://docs.supervisely.com/data-organization/00_ann_format_navi. Coordinates name pixels, not the lines between
them. Humans in the Loop publish their teeth (https://humansintheloop.org) as two such projects of the same pictures.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.bitmaps import paint_packed_png
from dentalx.datasets.readers.listing import Listing, finite, shortened, split_of, told
from dentalx.datasets.readers.raster import Ring, Size, box_ring, fill_pixels, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_META = "meta.json"
_HUMANS_IN_THE_LOOP = "teeth segmentation"  # how their two folders begin
_TEETH = {str(number) for number in range(1, 33)}
Faults = list[tuple[str, str]]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like Supervisely; None where nothing does."""
    marks = {'"objects"', '"classTitle"'}
    found = next((path for path in _annotations(listing) if marks <= listing.marks(path)), None)
    return f"{found.relative_to(listing.root)} is a Supervisely file" if found else None


def read(listing: Listing) -> Annotated:
    """Every picture of every data set; one that several projects hold is read once.

    Raises:
        InputError: a file is broken, or names a class that is not text.
    """
    found, notes = _once(listing)
    faults, missing, pictures = Faults(), list[str](), list[Picture]()
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
        shapes = [shape for item in objects if (shape := _shape(item, path, faults))]
        pictures.append(Picture(picture, tuple(shapes), split, _size(content.get("size"), path)))
    if missing:
        notes.append(f"{len(missing)} file(s) without their picture left out: {shortened(missing)}")
    metas = [path for path in listing.with_suffix(".json") if path.name == _META]
    used = {shape.labels[0] for picture in pictures for shape in picture.shapes}
    classes = dict.fromkeys([*(name for meta in metas for name in _listed(meta)), *sorted(used)])
    numbering = "universal" if _is_humans_in_the_loop(listing, metas, set(classes)) else ""
    return Annotated(tuple(pictures), tuple(classes), (*metas, *found), (*notes, *told(faults)), numbering)


def _annotations(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".json") if path.parent.name == "ann" and path.name != _META]


def _once(listing: Listing) -> tuple[list[Path], list[str]]:
    """The annotation files, and a sentence where projects repeat pictures: data set and name the same, and the size.

    The first project by name is read.
    """
    kept: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    projects: dict[str, None] = {}
    repeated = 0
    for path in _annotations(listing):
        picture = path.parent.parent / "img" / path.stem
        size = picture.stat().st_size if picture in listing.there else 0
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
    beside = path.parent.parent / "img" / path.stem
    return beside if beside in listing.there else listing.picture(path.stem, path, split)


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


def _shape(item: Mapping[str, Any], path: Path, faults: Faults) -> Shape | None:
    label, kind = item.get("classTitle"), item.get("geometryType")
    if not isinstance(label, str):
        raise InputError(f"{path} has an object without a classTitle; correct the file")
    if kind is None:  # older exports leave it out
        kind = "bitmap" if isinstance(item.get("bitmap"), dict) else "polygon"
    if kind == "bitmap":
        return Shape((label,), _bitmap(item.get("bitmap"), path))
    points = item.get("points")
    if kind not in ("polygon", "rectangle") or not isinstance(points, dict):
        faults.append((f"a {str(kind)[:20]} has no area", f"{path.stem} {label[:40]}"))
        return None
    outer = _ring(points.get("exterior"), path)
    if kind == "rectangle" and len(outer) == 4:
        return Shape((label,), partial(fill_pixels, box_ring(*outer), ()))
    if reason := ring_fault(outer):
        faults.append((reason, f"{path.stem} {label[:40]}"))
        return None
    holes = points.get("interior") or []
    if not isinstance(holes, list):
        raise InputError(f"{path} has an interior that is no list; correct the file")
    return Shape((label,), partial(fill_pixels, outer, tuple(_ring(hole, path) for hole in holes)))


def _bitmap(bitmap: Any, path: Path) -> partial[Any]:
    data = bitmap.get("data") if isinstance(bitmap, dict) else None
    origin = finite(bitmap.get("origin"), path) if isinstance(bitmap, dict) else ()
    if not isinstance(data, str) or len(origin) != 2:
        raise InputError(f"{path} has a bitmap without data or origin; correct the file")
    return partial(paint_packed_png, data, (int(origin[1]), int(origin[0])))


def _ring(points: Any, path: Path) -> Ring:
    if not isinstance(points, list):
        raise InputError(f"{path} has points that are no list; correct the file")
    corners = [finite(point, path) for point in points]
    if any(len(corner) != 2 for corner in corners):
        raise InputError(f"{path} has a point that is not x and y; correct the file")
    return tuple(value for corner in corners for value in corner)
