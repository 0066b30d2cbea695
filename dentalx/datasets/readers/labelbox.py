"""Labelbox's older export as the Tufts Dental Database has it (https://tdd.ece.tufts.edu).

A list of pictures, {"External ID", "Label": {"objects": [{"title", "bounding box", "polygons"}]}}. Titles of teeth are
Universal numbers; boxes are [y1, x1, y2, x2] and some are wrong, so they are not used; outlines were traced from masks
and bring specks along.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.listing import Listing, finite, shortened, split_of, told
from dentalx.datasets.readers.raster import Ring, paint_parts, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_SPECK = 0.1  # share of the largest outline's area below which another one is a speck
_MISMATCHED = ("1051",)  # of the Tufts database: others report that its mask is another picture's
_NOTHING: tuple[Any, ...] = (None, "none", "None", "", [])  # how exports write that there is no outline
Faults = list[tuple[str, str]]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like Labelbox; None where nothing does."""
    found = next(iter(_files(listing)), None)
    return f"{found.relative_to(listing.root)} is a Labelbox file" if found else None


def read(listing: Listing) -> Annotated:
    """Every Labelbox file of a folder; what several files say of one picture is put together.

    Of the Tufts database the students' findings are left out where the experts' are there.

    Raises:
        InputError: a file is broken, or names a picture outside the folder.
    """
    files, notes = _files(listing), list[str]()
    if any(path.stem.lower() == "expert" for path in files):
        students = [path for path in files if path.stem.lower() == "student"]
        files = [path for path in files if path not in students]
        notes += [f"{path.name} is left out beside expert.json; move expert.json away to read it" for path in students]
    faults, missing, specks = Faults(), dict[str, None](), 0
    shapes: dict[Path, list[Shape]] = {}
    splits: dict[Path, str | None] = {}
    for path in files:
        for name, objects in _entries(path):
            split = split_of(path.relative_to(listing.root))
            picture = listing.picture(name, path, split)
            if picture is None:
                missing[name] = None
                continue
            mine = shapes.setdefault(picture, [])
            splits[picture] = split or split_of(picture.relative_to(listing.root).parent)
            for item in objects:
                shape, lost = _shape(item, path, (faults, f"{name} in {path.name}"))
                specks += lost
                mine += [shape] if shape else []
    if missing:
        notes.append(f"{len(missing)} picture(s) named but not there, left out: {shortened(list(missing))}")
    if specks:
        notes.append(f"{specks} outline(s) of less than {_SPECK:.0%} of their object's largest are specks, left out")
    is_tufts = any(path.name == "teeth_polygon.json" for path in files)
    wrong = [picture for picture in shapes if is_tufts and picture.stem in _MISMATCHED]
    notes += [
        f"{picture.name} is left out: others report that its annotations are another picture's" for picture in wrong
    ]
    pictures = tuple(Picture(p, tuple(found), splits[p]) for p, found in shapes.items() if p not in wrong)
    if faults and not any(picture.shapes for picture in pictures):
        raise InputError(f"{files[0]} holds no object that can be drawn: {'; '.join(told(faults))}")
    classes = _ordered({shape.labels[0] for picture in pictures for shape in picture.shapes})
    numbering = "universal" if is_tufts else ""
    return Annotated(pictures, classes, tuple(files), (*notes, *told(faults)), numbering)


def _files(listing: Listing) -> list[Path]:
    """The files of this kind; those with boxes alone only where there are no others."""
    marks = {'"External ID"', '"Label"'}
    files = [path for path in listing.with_suffix(".json") if marks <= listing.marks(path)]
    boxes = {path for path in files if listing.marks(path) & {'"polygons"', '"bounding box"'} == {'"bounding box"'}}
    return [path for path in files if path not in boxes] or files


def _entries(path: Path) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """(file name, objects) of each picture."""
    content = read_json(path)
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise InputError(f"{path} must be a JSON list of pictures, as Labelbox exports it")
    found = []
    for each in content:
        name, label = each.get("External ID"), each.get("Label")
        objects = label.get("objects") if isinstance(label, dict) else label
        objects = [] if objects in _NOTHING or objects == "Skip" else objects
        if not isinstance(name, str) or not isinstance(objects, list) or not all(isinstance(o, dict) for o in objects):
            raise InputError(f"{path} has a picture without an External ID, or objects that are no list; correct it")
        found.append((name, objects))
    return found


def _shape(item: Mapping[str, Any], path: Path, left_out: tuple[Faults, str]) -> tuple[Shape | None, int]:
    """One object without its specks, and how many those were."""
    title, drawn = item.get("title"), item.get("polygons")
    title = str(title) if isinstance(title, int) else title
    if drawn in _NOTHING:
        boxed = item.get("bounding box") not in _NOTHING or item.get("bbox") not in _NOTHING
        left_out[0].append(("a box without an outline" if boxed else "nothing drawn", left_out[1]))
        return None, 0
    if not isinstance(title, str) or not isinstance(drawn, list):
        raise InputError(f"{path} has an object without a title, or polygons that are no list; correct the file")
    rings = [_ring(outline, path) for outline in drawn if outline not in _NOTHING]
    reasons = [ring_fault(ring) for ring in rings]
    whole = [ring for ring, reason in zip(rings, reasons, strict=True) if not reason]
    if not whole:
        left_out[0].append((next((reason for reason in reasons if reason), "nothing drawn"), left_out[1]))
        return None, 0
    areas = [_area(ring) for ring in whole]
    kept = tuple(ring for ring, area in zip(whole, areas, strict=True) if area >= _SPECK * max(areas))
    return Shape((title,), partial(paint_parts, kept)), len(rings) - len(kept)


def _ring(outline: Any, path: Path) -> Ring:
    """An outline of [x, y] pairs, or of {"x", "y"}."""
    if not isinstance(outline, list):
        raise InputError(f"{path} has an outline that is no list; correct the file")
    pairs = [[point.get("x"), point.get("y")] if isinstance(point, dict) else point for point in outline]
    corners = [finite(pair, path) for pair in pairs]
    if any(len(corner) != 2 for corner in corners):
        raise InputError(f"{path} has a point that is not x and y; correct the file")
    return tuple(value for corner in corners for value in corner)


def _area(ring: Ring) -> float:
    """Of an outline, in pixels (the shoelace formula; Meister, 1769)."""
    x, y = ring[0::2], ring[1::2]
    return abs(sum(a * d - c * b for a, b, c, d in zip(x, y, (*x[1:], x[0]), (*y[1:], y[0]), strict=True))) / 2


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Numbers by size, then letters, then words."""
    return tuple(sorted(names, key=lambda name: (len(name) > 2, name.zfill(2) if name.isdecimal() else "~" + name)))
