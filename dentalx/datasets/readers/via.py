"""VGG Image Annotator 2 and 3: JSON exports and project files (https://www.robots.ox.ac.uk/~vgg/software/via/)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.listing import Listing, shortened, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    divided,
    numbers,
    outlined,
    shown,
)
from dentalx.datasets.readers.rings import Ring, box_ring, ellipse_ring, is_closed_line
from dentalx.errors import InputError
from dentalx.files import read_json

NAMELESS = "object"  # the class of regions without a label
_PREFERRED = ("class", "label", "name", "category", "type")
_VERSION_3 = {"fid_list", "metadata"}
# of version 3's `xy`, whose first number says the shape (_VIA_RSHAPE in its source)
_SHAPES_3 = {1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "line", 6: "polyline", 7: "polygon"}
Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Region:
    """One region of an image.

    Attributes:
        attributes: what is said of it.
        ring: its outline; None where it has none.
        fault: why it has none.
    """

    attributes: Attributes
    ring: Ring | None = None
    fault: str = ""


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like VIA; None where nothing does."""
    found = next((path for path in listing.with_suffix(".json") if _is_via(listing.marks(path))), None)
    return f"{found.relative_to(listing.root)} is a VIA file" if found else None


def read(listing: Listing) -> Annotated:
    """Every VIA file of a folder. A region is of the class that its attribute names; `_class_key` says which.

    Raises:
        InputError: a file is broken, or names a picture outside the folder.
    """
    files = [path for path in listing.with_suffix(".json") if _is_via(listing.marks(path))]
    found = [(path, name, regions) for path in files for name, regions in _pictures(read_json(path), path)]
    key, notes = _class_key([region.attributes for *_, regions in found for region in regions])
    missing, pictures = list[str](), list[Picture]()
    for path, name, regions in found:
        split = split_of(path.relative_to(listing.root))
        picture = listing.picture(name, path, split)
        if picture is None:
            missing.append(shown(name))
            continue
        shapes, lost = divided(_shape(region, key, f"{shown(name)} in {path.name}") for region in regions)
        own = split or split_of(picture.relative_to(listing.root).parent)
        pictures.append(Picture(picture, shapes, own, None, lost, path))
    if missing:
        notes.append(f"{len(missing)} picture(s) named but not there, left out: {shortened(missing)}")
    classes = sorted({shape.labels[0] for picture in pictures for shape in picture.shapes})
    return Annotated(tuple(pictures), tuple(classes), tuple(files), tuple(notes))


def _is_via(marks: frozenset[str]) -> bool:
    return bool(marks & {"_via_img_metadata", "region_attributes", "file_attributes"}) or marks >= _VERSION_3


def _pictures(content: Any, path: Path) -> Iterator[tuple[str, list[Region]]]:
    """(file name, regions) of each picture."""
    if not isinstance(content, dict):
        raise InputError(f"{path} must be a JSON object, as VIA exports it")
    if "file" in content and "metadata" in content:
        yield from _pictures_3(content, path)
        return
    listed = content.get("_via_img_metadata", content)
    for each in _object(listed, path).values():
        regions = _object(each, path).get("regions", [])
        items = list(regions.values()) if isinstance(regions, dict) else regions
        if not isinstance(items, list) or not isinstance(each.get("filename"), str):
            raise InputError(f"{path} has a picture without a filename or with regions that are no list; correct it")
        yield each["filename"], [_region_2(_object(item, path), path) for item in items]


def _region_2(item: Mapping[str, Any], path: Path) -> Region:
    drawn = _object(item.get("shape_attributes"), path)
    attributes = _object(item.get("region_attributes") or {}, path)
    return _region(shown(drawn.get("name")), attributes, lambda kind: _numbers_2(kind, drawn))


def _numbers_2(kind: str, drawn: Mapping[str, Any]) -> tuple[float, ...]:
    if kind in ("polygon", "polyline"):
        x, y = (numbers(drawn.get(f"all_points_{axis}")) for axis in "xy")
        if len(x) != len(y):
            raise BrokenObjectError(f"a {kind} with {len(x)} x and {len(y)} y")
        return tuple(value for pair in zip(x, y, strict=True) for value in pair)
    names = {"rect": "x y width height", "circle": "cx cy r", "ellipse": "cx cy rx ry"}.get(kind, "")
    turn = [drawn.get("theta", 0)] if kind == "ellipse" else []
    return numbers([*(drawn.get(name) for name in names.split()), *turn])


def _region(kind: str, attributes: Attributes, given: Callable[[str], tuple[float, ...]]) -> Region:
    """A region of the numbers that its file gives, or of the reason why they are no outline."""
    try:
        ring = _ring(kind, given(kind))
    except BrokenObjectError as error:
        return Region(attributes, fault=str(error))
    return Region(attributes, ring, "" if ring else f"a {kind} has no area")


def _pictures_3(content: Mapping[str, Any], path: Path) -> Iterator[tuple[str, list[Region]]]:
    """Version 3: files, views of them, and metadata of views, by number. Values may be numbers of options."""
    files, views = _object(content["file"], path), _object(content.get("view"), path)
    known = _object(content.get("attribute"), path)
    regions: dict[str, list[Region]] = {}
    for item in _object(content["metadata"], path).values():
        drawn = _object(item, path).get("xy")
        if drawn == []:
            continue  # says something of the whole image
        attributes = dict(_option(_object(known.get(k), path), k, v) for k, v in _object(item.get("av"), path).items())
        first = drawn[0] if isinstance(drawn, list) else None
        kind = _SHAPES_3.get(int(first), "shape") if isinstance(first, (int, float)) and abs(first) < 9 else "shape"
        region = _region(kind, attributes, lambda _, drawn=drawn: numbers(drawn)[1:])  # type: ignore[misc]
        regions.setdefault(str(item.get("vid")), []).append(region)
    for number, view in views.items():
        listed = _object(view, path).get("fid_list")
        if not isinstance(listed, list) or len(listed) != 1 or str(listed[0]) not in files:
            raise InputError(f"{path} has a view that is not of one listed file; correct it")
        name = _object(files[str(listed[0])], path).get("fname")
        if not isinstance(name, str):
            raise InputError(f"{path} lists a file without fname; correct it")
        yield name, regions.get(number, [])


def _option(attribute: Mapping[str, Any], number: str, value: Any) -> tuple[str, Any]:
    options = attribute.get("options")
    chosen = options.get(str(value), value) if isinstance(options, dict) else value
    return str(attribute.get("aname") or number), chosen


def _ring(kind: str, given: tuple[float, ...]) -> Ring | None:
    """A region's outline; None where its kind has no area, or its numbers are too few."""
    counts = {"rect": (4,), "circle": (3,), "ellipse": (4, 5)}
    if kind == "polygon":
        return given
    if kind == "polyline":
        return given if is_closed_line(given) else None
    if len(given) not in counts.get(kind, ()):
        return None
    if kind == "rect":
        x, y, width, height = given
        return box_ring(x, y, x + width, y + height)
    radii = (given[2], given[2]) if kind == "circle" else (given[2], given[3])
    return ellipse_ring((given[0], given[1]), radii, given[4] if len(given) == 5 else 0.0)


def _shape(region: Region, key: str | None, where: str) -> Shape | Lost:
    own = _values(region.attributes.get(key)) if key else []
    others = [value for name, each in region.attributes.items() if name != key for value in _values(each)]
    labels = tuple(dict.fromkeys([*(own or [NAMELESS]), *others]))
    return Lost(labels, region.fault, where) if region.ring is None else outlined(labels, region.ring, where)


def _values(value: Any) -> list[str]:
    """An attribute's values: a text, a number, or the ticked ones of several."""
    if isinstance(value, dict):
        return [str(name) for name, ticked in value.items() if ticked]
    return [str(value)] if isinstance(value, (str, int)) and str(value).strip() else []


def _class_key(regions: list[Attributes]) -> tuple[str | None, list[str]]:
    """The attribute that names classes: the one on most regions, of equals one of `_PREFERRED`, else the first."""
    uses = Counter(key for attributes in regions for key, value in attributes.items() if _values(value))
    if not uses:
        return None, [f"no region has a label; their class is called {NAMELESS}"] if regions else []
    order = list(uses)
    best = max(order, key=lambda key: (uses[key], key.lower() in _PREFERRED, -order.index(key)))
    notes = []
    if len(uses) > 1:
        counted = ", ".join(f"{key} (on {count})" for key, count in uses.most_common(8))
        notes.append(f"regions have several attributes, {counted}; {best} gives the classes, --classes takes all")
    if uses[best] < len(regions):
        notes.append(f"{len(regions) - uses[best]} region(s) have no {best}; their class is called {NAMELESS}")
    return best, notes


def _object(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{path} is not written as VIA writes it (expected an object, got {type(value).__name__})")
    return value
