"""CVAT's "Segmentation mask 1.1" and Pascal VOC: `labelmap.txt`, JPEGImages/, SegmentationClass/, ImageSets/.

https://docs.cvat.ai/docs/dataset_management/formats/format-smask/
"""

import re
from pathlib import Path

from dentalx.datasets.images import DICOM_SUFFIXES, SUFFIXES
from dentalx.datasets.mask_codes import ClassMap, Encoding
from dentalx.datasets.mask_source import MaskSet, Part
from dentalx.datasets.readers.listing import Listing, relative, shortened, split_of
from dentalx.errors import InputError
from dentalx.files import read_text

_LIST = "labelmap.txt"
_LARGEST = 2**22  # bytes of a text file
_LINE = re.compile(r"(?P<name>.+?):(?P<red>\d{1,3}),(?P<green>\d{1,3}),(?P<blue>\d{1,3}):[^:]*:[^:]*")
_PICTURES, _MASKS, _SETS = "jpegimages", "segmentationclass", ("imagesets", "segmentation")


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like such an export; None where nothing does."""
    found = next((path for path in _lists(listing) if _inside(listing, path.parent, _MASKS)), None)
    return f"{found.relative_to(listing.root)} gives the colours of SegmentationClass" if found else None


def read(listing: Listing) -> MaskSet:
    """The pairs that the lists in ImageSets/Segmentation name, or all where there are none.

    Raises:
        InputError: several exports in one folder, no pictures, or a list is broken.
    """
    lists = [path for path in _lists(listing) if _inside(listing, path.parent, _MASKS)]
    if len(lists) != 1:
        raise InputError(f"{listing.root} holds {len(lists)} exports with {_LIST}, expected one; point --data at it")
    root = lists[0].parent
    masks, pictures = _inside(listing, root, _MASKS), _inside(listing, root, _PICTURES)
    if not pictures:
        raise InputError(f"{root} has no pictures in JPEGImages; export it again with the images saved")
    pairs = {name: (pictures[name], masks[name]) for name in masks if name in pictures}
    lonely = [path.name for name, path in (*pictures.items(), *masks.items()) if name not in pairs]
    notes = [f"{len(lonely)} file(s) without a partner left out: {shortened(lonely)}"] if lonely else []
    class_map, sets, parts = _class_map(lists[0]), _image_sets(listing, root), list[Part]()
    for path in sets:
        named = _names(path)
        if strange := [name for name in named if name not in pairs]:
            notes.append(f"{path.name} names {len(strange)} picture(s) without a pair: {shortened(strange)}")
        split = split_of(Path(path.stem))
        chosen = tuple(pairs.pop(name) for name in named if name in pairs)
        if chosen:
            parts.append(Part(chosen, split if len(sets) > 1 else None, class_map, (lists[0], path)))
    if not sets:
        parts = [Part(tuple(pairs.values()), None, class_map, (lists[0],))]
    elif pairs:
        notes.append(f"{len(pairs)} pair(s) that no list in ImageSets names left out: {shortened(sorted(pairs))}")
    if not any(part.pairs for part in parts):
        raise InputError(f"{root}: no picture of JPEGImages has a mask of its name in SegmentationClass")
    return MaskSet(tuple(parts), listing.root.resolve().name, encoding=Encoding.COLOUR, notes=tuple(notes))


def _lists(listing: Listing) -> list[Path]:
    return [path for path in listing.files if path.name.lower() == _LIST]


def _inside(listing: Listing, root: Path, folder: str) -> dict[str, Path]:
    """The pictures of a folder of the export, by their path in it without suffix."""
    found = {}
    for path in listing.with_suffix(*SUFFIXES, *DICOM_SUFFIXES):
        parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
        if len(parts) > 1 and parts[0].lower() == folder:
            found["/".join(parts[1:])[: -len(path.suffix)]] = path
    return found


def _image_sets(listing: Listing, root: Path) -> list[Path]:
    return [
        path
        for path in listing.with_suffix(".txt")
        if path.is_relative_to(root) and tuple(p.lower() for p in path.relative_to(root).parts[:-1]) == _SETS
    ]


def _names(path: Path) -> list[str]:
    """The pictures that a list names, each once; a name stays inside the export."""
    lines = [line.strip() for line in _text(path).splitlines()]
    return list(dict.fromkeys(str(relative(line, path)) for line in lines if line))


def _class_map(path: Path) -> ClassMap:
    """Colours by name, from lines `name:R,G,B:parts:actions`; lines that begin with # are remarks."""
    pairs = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        colour = tuple(int(found[channel]) for channel in ("red", "green", "blue")) if found else ()
        if found is None or max(colour) > 255:
            raise InputError(f"{path} line {number} must be name:red,green,blue:: with 0…255; correct it")
        pairs.append((found["name"].strip(), (colour[0], colour[1], colour[2])))
    try:
        return ClassMap(tuple(pairs))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _text(path: Path) -> str:
    return read_text(path, _LARGEST)
