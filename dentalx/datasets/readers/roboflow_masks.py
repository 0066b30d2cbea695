"""Roboflow's "Semantic Segmentation Masks": `x.jpg` next to `x_mask.png`, class indices that `_classes.csv` names.

The list of each split counts for that split alone: the same index can mean different classes in two of them. Images and
masks that were moved to folders of their own (`image/`, `mask/`) are found in or around the folder of a list.
"""

from collections.abc import Iterator
from pathlib import Path

from dentalx.datasets.folder_pairs import find_pairs
from dentalx.datasets.images import list_images
from dentalx.datasets.mask_codes import ClassMap, Encoding
from dentalx.datasets.mask_source import MaskSet, Part
from dentalx.datasets.pairing import divide_by_name, pair_files, pair_lists
from dentalx.datasets.readers.listing import Listing, split_of
from dentalx.datasets.sniff import beginning
from dentalx.errors import InputError
from dentalx.files import read_text, text_encoding
from dentalx.foreign_text import TableError, table_rows

_LIST = "_classes.csv"
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
    parts, notes, known = list[Part](), list[str](), set[Path]()
    for path in sorted(_lists(listing), key=lambda path: -len(path.parts)):  # the nearest list counts
        class_map = _class_map(path)
        for pairs, split, unpaired in _pairs(path, listing.root):
            new = tuple(pair for pair in pairs if known.isdisjoint(pair))
            parts.append(Part(new, split, class_map, (path,)))
            known.update(file for pair in new for file in pair)
            notes += unpaired
    filled = tuple(sorted((part for part in parts if part.pairs), key=lambda part: part.pairs[0]))
    if not filled:
        raise InputError(
            f"{listing.root} holds no picture with its mask, x.jpg beside x_mask.png or in folders image and mask "
            f"next to {_LIST}; export it again"
        )
    if len({part.class_map for part in filled}) > 1:
        notes.append(f"the splits number their classes differently; each is read by its own {_LIST}, by name")
    return MaskSet(filled, listing.root.resolve().name, encoding=Encoding.INDEX, notes=tuple(notes))


_Found = tuple[list[tuple[Path, Path]], str | None, list[str]]  # pairs, their split, and what was left out


def _pairs(path: Path, root: Path) -> Iterator[_Found]:
    """Yield the pairs in the folder of a list, or else those of folders of images and masks in and around it."""
    here = path.parent
    own, unpaired = pair_lists(*divide_by_name(list_images(here)))
    if own:
        yield own, split_of(here.relative_to(root)), unpaired
        return
    around = here.parent if here != root else here
    for within in dict.fromkeys((here, around)):
        every = [pair for pairs in find_pairs(within).values() for pair in pairs]
        found = [pair for pair in every if within == here or here in (pair.images, pair.masks)]
        for pair in found:
            pairs, unpaired = pair_files(pair.images, pair.masks)
            yield pairs, pair.split or split_of(pair.images.relative_to(root)), unpaired
        if found:
            return


def _lists(listing: Listing) -> list[Path]:
    """The lists of classes; Roboflow's lists of labels of whole pictures have the same name and another header."""
    named = [path for path in listing.files if path.name.lower() == _LIST]
    return [path for path in named if _begins_so(beginning(path, 128))]


def _begins_so(head: bytes) -> bool:
    """Whether a table begins with Roboflow's heading, in any of the encodings that name themselves.

    >>> _begins_so(b"Pixel Value, Class"), _begins_so("Pixel Value;Class".encode("utf-16")), _begins_so(b"filename, 1")
    (True, True, False)
    """
    text = head[: len(head) // 4 * 4 or None].decode(text_encoding(head), "ignore")
    return text.lower().lstrip("\ufeff \"'").startswith("pixel value")


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
