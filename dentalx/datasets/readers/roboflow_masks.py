"""Roboflow's "Semantic Segmentation Masks": `x.jpg` beside `x_mask.png`, class indices that `_classes.csv` names.

The list of each split counts for that split alone: the same index can mean different classes in two of them.
"""

from pathlib import Path

from dentalx.datasets.images import list_images
from dentalx.datasets.mask_codes import ClassMap, Encoding
from dentalx.datasets.mask_source import MaskSet, Part
from dentalx.datasets.pairing import divide_by_name, pair_lists
from dentalx.datasets.readers.listing import Listing, split_of
from dentalx.datasets.sniff import beginning
from dentalx.errors import InputError
from dentalx.files import read_text
from dentalx.foreign_text import TableError, table_rows

_LIST = "_classes.csv"
_BEFORE = b"\xef\xbb\xbf \"'"  # a byte order mark, spaces and quotes
_LARGEST = 2**20  # bytes of a list


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like such an export; None where nothing does."""
    found = next(iter(_lists(listing)), None)
    return f"{found.relative_to(listing.root)} names the classes of Roboflow's masks" if found else None


def read(listing: Listing) -> MaskSet:
    """The pairs of every folder that has a list of classes.

    Raises:
        InputError: a list is broken, or no picture has a mask.
    """
    parts, notes = list[Part](), list[str]()
    for path in _lists(listing):
        pictures, truths = divide_by_name(list_images(path.parent))
        pairs, unpaired = pair_lists(pictures, truths)
        split = split_of(path.relative_to(listing.root).parent)
        parts.append(Part(tuple(pairs), split, _class_map(path), (path,)))
        notes += unpaired
    if not any(part.pairs for part in parts):
        raise InputError(f"{listing.root} holds no picture with its mask, x.jpg beside x_mask.png; export it again")
    filled = tuple(part for part in parts if part.pairs)
    if len({part.class_map for part in filled}) > 1:
        notes.append(f"the splits number their classes differently; each is read by its own {_LIST}, by name")
    return MaskSet(filled, listing.root.resolve().name, encoding=Encoding.INDEX, notes=tuple(notes))


def _lists(listing: Listing) -> list[Path]:
    """The lists of classes; Roboflow's lists of labels of whole pictures have the same name and another header."""
    named = [path for path in listing.files if path.name.lower() == _LIST]
    return [
        path for path in named if beginning(path, 64).lower().lstrip(b"\xef\xbb\xbf \"'").startswith(b"pixel value")
    ]


def _class_map(path: Path) -> ClassMap:
    """Index to name.

    Raises:
        InputError: a row is not a whole number and a name.
    """
    try:
        rows = list(table_rows(read_text(path, _LARGEST), skipinitialspace=True, strict=True))
    except TableError as error:
        raise InputError(f"cannot read {path}: not CSV text ({error})") from error
    pairs = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        index, name = row[0].strip(), ", ".join(cell.strip() for cell in row[1:])
        if not (index.isascii() and index.isdecimal() and len(index) < 10 and int(index) < 256 and name):
            raise InputError(f"{path} line {number} must be a pixel value 0…255 and a class; correct it")
        pairs.append((name, int(index)))
    try:
        return ClassMap(tuple(pairs))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
