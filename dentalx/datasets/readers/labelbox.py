"""Labelbox's older export as the Tufts Dental Database has it (https://tdd.ece.tufts.edu).

A list of pictures, {"External ID", "Label": {"objects": [{"title", "bounding box", "polygons"}]}}. Titles of teeth are
Universal numbers; boxes are [y1, x1, y2, x2] and some are wrong, so they are not used; outlines of teeth
were traced from masks and bring specks along; what the experts outlined is small at times, and is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    united,
)
from dentalx.datasets.readers.rings import Ring, box_ring, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_SPECK = 0.1  # share of the largest outline's area below which another one is a speck
_MISMATCHED = ("1051",)  # of the Tufts database: others report that its mask is another picture's
_NOTHING: tuple[Any, ...] = (None, "none", "None", "", [])  # how exports write that there is no outline
_RADIOGRAPHS = "radiographs"  # Tufts' folder of images; others hold masks and maps of where the experts looked
_TOOTH = re.compile("[0-9]{1,2}|[A-Ta-t]")
Item = Mapping[str, Any]


@dataclass
class _Found:
    """What the files say, gathered entry by entry."""

    objects: dict[Path, list[Shape | Lost]] = field(default_factory=dict)
    splits: dict[Path, str | None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    nothing: list[str] = field(default_factory=list)
    specks: int = 0

    def notes(self) -> list[str]:
        """What the user should know, a sentence each."""
        said = []
        if self.missing:
            names = shortened(list(self.missing))
            said.append(f"{len(self.missing)} picture(s) named but not there, left out: {names}")
        if self.specks:
            said.append(
                f"{self.specks} outline(s) of less than {_SPECK:.0%} of their tooth's largest are specks, left out"
            )
        if self.nothing:
            said.append(f"{len(self.nothing)} object(s) say that nothing is there: {shortened(self.nothing)}")
        return said


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
    found = _Found()
    for path in files:
        _add(path, listing, found)
    is_tufts = any(path.name == "teeth_polygon.json" for path in files)
    wrong = [picture for picture in found.objects if is_tufts and picture.stem in _MISMATCHED]
    notes += [
        f"{picture.name} is left out: others report that its annotations are another picture's" for picture in wrong
    ]
    pictures = []
    for picture, objects in found.objects.items():
        shapes, lost = divided(objects)
        if picture not in wrong:
            pictures.append(Picture(picture, shapes, found.splits[picture], None, lost))
    classes = _ordered({shape.labels[0] for picture in pictures for shape in picture.shapes})
    numbering = "universal" if is_tufts else ""
    return Annotated(tuple(pictures), classes, tuple(files), (*notes, *found.notes()), numbering)


def _add(path: Path, listing: Listing, found: _Found) -> None:
    """Add what one file says of its images."""
    for name, objects in _entries(path):
        split = split_of(path.relative_to(listing.root))
        picture = listing.picture(name, path, split, within=_RADIOGRAPHS)
        if picture is None:
            found.missing[shown(name)] = None
            continue
        mine = found.objects.setdefault(picture, [])
        found.splits[picture] = split or split_of(picture.relative_to(listing.root).parent)
        where = f"{shown(name)} in {path.name}"
        for item in objects:
            if _is_nothing(item):
                found.nothing.append(where)
            else:
                mine.append(_shape(item, path, where, found))


def _is_nothing(item: Item) -> bool:
    """Whether an object says that there is none, as the experts of Tufts say it of sound images."""
    return all(item.get(key) in _NOTHING for key in ("polygons", "bounding box", "bbox"))


def _files(listing: Listing) -> list[Path]:
    """The files of this kind; those with boxes alone only where there are no others."""
    marks = {"External ID", "Label"}
    files = [path for path in listing.with_suffix(".json") if marks <= listing.marks(path)]
    boxes = {path for path in files if listing.marks(path) & {"polygons", "bounding box"} == {"bounding box"}}
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


def _shape(item: Item, path: Path, where: str, found: _Found) -> Shape | Lost:
    """One object; a tooth without its specks, which are counted in `found`.

    Raises:
        InputError: it has no title.
    """
    title = item.get("title")
    title = str(title) if isinstance(title, int) else title
    if not isinstance(title, str):
        raise InputError(f"{path} has an object without a title; correct the file")
    return attempted((title,), where, lambda: _drawn(item, title, where, found))


def _drawn(item: Item, title: str, where: str, found: _Found) -> Shape | Lost:
    given, box = item.get("polygons"), item.get("bbox")
    if given in _NOTHING and isinstance(box, dict):
        x, y, width, height = numbers([box.get(side) for side in ("left", "top", "width", "height")])
        return outlined((title,), box_ring(x, y, x + width, y + height), where)
    if given in _NOTHING:
        return Lost((title,), "a box without an outline (some of such boxes are wrong, so they are not read)", where)
    if not isinstance(given, list):
        raise BrokenObjectError("polygons that are no list")
    rings = [corners(outline) for outline in given if outline not in _NOTHING]
    if _TOOTH.fullmatch(title):
        areas = [_area(ring) for ring in rings if not ring_fault(ring)]
        kept = [ring for ring in rings if not ring_fault(ring) and _area(ring) >= _SPECK * max(areas)]
        found.specks += len(rings) - len(kept) if kept else 0
        rings = kept or rings
    return united((title,), rings, where)


def _area(ring: Ring) -> float:
    """Of an outline, in pixels (the shoelace formula; Meister, 1769)."""
    x, y = ring[0::2], ring[1::2]
    return abs(sum(a * d - c * b for a, b, c, d in zip(x, y, (*x[1:], x[0]), (*y[1:], y[0]), strict=True))) / 2


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Numbers by size, then letters, then words."""
    return tuple(sorted(names, key=lambda name: (len(name) > 2, name.zfill(2) if name.isdecimal() else "~" + name)))
