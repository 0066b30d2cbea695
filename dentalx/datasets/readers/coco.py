"""COCO instance files, Roboflow's and DENTEX's kinds included.

https://cocodataset.org/#format-data; DENTEX has three lists of categories in place of one
(https://huggingface.co/datasets/ibrahimhamamci/DENTEX).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.listing import Listing, finite, mentions, shortened, split_of, told
from dentalx.datasets.readers.raster import paint_parts, paint_runs, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_SUFFIX = ".json"
_LOOKED = 64  # JSON files at most that are looked at to recognise the format
_SIDE_MOST = 100_000
Faults = list[tuple[str, str]]  # why an annotation was left out, and where it was
Labels = Mapping[int, tuple[str, ...]]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like COCO; None where nothing does."""
    found = next(iter(_files(listing)), None)
    return f"{found.relative_to(listing.root)} is a COCO file" if found else None


def read(listing: Listing) -> Annotated:
    """Every COCO file of a folder, as one data set.

    Raises:
        InputError: a file is broken, or names pictures outside the folder; or the files' categories do not fit.
    """
    files, faults, missing = _files(listing), list[tuple[str, str]](), list[str]()
    pictures: list[Picture] = []
    classes: dict[str, None] = {}
    notes: list[str] = []
    levels: dict[int, Path] = {}
    for path in files:
        content = read_json(path)
        if not isinstance(content, dict):
            raise InputError(f"{path} must be a JSON object with images, annotations and categories")
        level = max((n for n in (1, 2, 3) if f"categories_{n}" in content), default=0)
        levels.setdefault(level, path)
        labels, own = _dentex(content, level, path) if level else _categories(content, path, notes)
        classes.update(dict.fromkeys(own))
        pictures += _pictures(content, path, listing, labels, faults, missing)
    if len(levels) > 1:
        shown = ", ".join(str(path) for path in levels.values())
        raise InputError(f"{shown} label different things; point --data at the folder of one of them")
    if missing:
        notes.append(f"{len(missing)} picture(s) named but not there, left out: {shortened(missing)}")
    if faults and not any(picture.shapes for picture in pictures):
        raise InputError(f"{files[0]} holds no object that can be drawn: {'; '.join(told(faults))}")
    return Annotated(tuple(pictures), tuple(classes), tuple(files), (*notes, *told(faults)))


def _files(listing: Listing) -> list[Path]:
    """The JSON files that hold COCO objects; captions and result lists are left out."""
    return [path for path in listing.with_suffix(_SUFFIX)[:_LOOKED] if _is_coco(path)]


def _is_coco(path: Path) -> bool:
    if not any(mentions(path, key) for key in ('"annotations"', '"images"', '"categories"', '"categories_1"')):
        return False
    if mentions(path, '"caption"') or mentions(path, '"_via_img_metadata"') or mentions(path, '"shapes"'):
        return False
    return mentions(path, '"file_name"') or mentions(path, '"image_id"')


def _list(content: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    found = content.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{path}: {key} must be a list of objects; correct the file")
    return found


def _number(item: Mapping[str, Any], key: str, path: Path) -> int:
    """A whole number; the text "7" counts as 7, as some exporters write ids."""
    value = item.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{path}: {key} must be a whole number, got {str(value)[:40]!r}; correct the file")
    return value


def _named(items: Sequence[Mapping[str, Any]], path: Path) -> dict[int, str]:
    names: dict[int, str] = {}
    for item in items:
        number, name = _number(item, "id", path), item.get("name")
        if not isinstance(name, (str, int)) or isinstance(name, bool):
            raise InputError(f"{path}: category {number} has no name; give it one")
        if names.setdefault(number, str(name)) != str(name):
            raise InputError(f"{path}: category id {number} is both {names[number]} and {name}; keep one")
    return names


def _categories(content: Mapping[str, Any], path: Path, notes: list[str]) -> tuple[Labels, tuple[str, ...]]:
    """Category id to its name; the classes. Roboflow's first category, the project's name, is no class."""
    items = _list(content, "categories", path)
    names = _named(items, path)
    used = Counter(item.get("category_id") for item in _list(content, "annotations", path))
    parents = {item.get("supercategory") for item in items}
    for item in items:
        number = _number(item, "id", path)
        super_of_others = item.get("supercategory") in (None, "none", "") and item.get("name") in parents
        if super_of_others and len(items) > 1 and not used[item.get("id")]:
            notes.append(f"{path.name}: category {number}, {names.pop(number)}, only groups the others; left out")
    return {number: (name,) for number, name in names.items()}, tuple(names.values())


def _dentex(content: Mapping[str, Any], level: int, path: Path) -> tuple[Labels, tuple[str, ...]]:
    """The names of the highest level's categories; those of FDI numbers are made of two levels in `_labels`."""
    names = _named(_list(content, f"categories_{level}", path), path)
    if level == 3:
        return {number: (name,) for number, name in names.items()}, tuple(names.values())
    quadrants = list(_named(_list(content, "categories_1", path), path).values())
    if level == 1:
        return {}, tuple(f"quadrant {name}" for name in quadrants)
    return {}, tuple(f"{quadrant}{tooth}" for quadrant in quadrants for tooth in names.values())


def _labels(item: Mapping[str, Any], content: Mapping[str, Any], labels: Labels, path: Path) -> tuple[str, ...]:
    """What an annotation is called: its category; in DENTEX the finding, the FDI number and the quadrant."""
    if "categories_1" not in content:
        number = _number(item, "category_id", path)
        if number not in labels:
            raise InputError(f"{path}: an annotation has category {number}, which is not listed; correct the file")
        return labels[number]
    levels = [n for n in (1, 2, 3) if f"categories_{n}" in content]
    found = []
    for n in levels:
        names = _named(_list(content, f"categories_{n}", path), path)
        key = f"category_id_{n}" if f"category_id_{n}" in item else "category_id"
        number = _number(item, key, path)
        if number not in names:
            raise InputError(f"{path}: an annotation has {key} {number}, which is not listed; correct the file")
        found.append(names[number])
    teeth = [found[0] + found[1]] if len(found) > 1 else []
    return (*found[2:], *teeth, f"quadrant {found[0]}")


def _pictures(
    content: Mapping[str, Any], path: Path, listing: Listing, labels: Labels, faults: Faults, missing: list[str]
) -> list[Picture]:
    items = _list(content, "images", path)
    shapes: dict[int, list[Shape]] = {_number(item, "id", path): [] for item in items}
    if len(shapes) < len(items):
        raise InputError(f"{path} lists two images with one id; correct the file")
    files = {_number(item, "id", path): item for item in items}
    for item in _list(content, "annotations", path):
        number = _number(item, "image_id", path)
        if number not in shapes:
            faults.append(("their picture is not listed", f"{path.name} annotation {item.get('id')}"))
            continue
        shape = _shape(item, _labels(item, content, labels, path), files[number], path, faults)
        if shape is not None:
            shapes[number].append(shape)
    split = split_of(path.relative_to(listing.root))
    found = []
    for number, item in files.items():
        picture = listing.picture(item.get("file_name", ""), path, split)
        if picture is None:
            missing.append(str(item["file_name"]))
        else:
            own = split or split_of(picture.relative_to(listing.root).parent)
            found.append(Picture(picture, tuple(shapes[number]), own, _size(item, path)))
    return found


def _size(item: Mapping[str, Any], path: Path) -> tuple[int, int] | None:
    if item.get("height") is None or item.get("width") is None:
        return None
    size = _number(item, "height", path), _number(item, "width", path)
    if not 0 < min(size) <= max(size) <= _SIDE_MOST:
        raise InputError(f"{path}: an image is {size[0]}×{size[1]} (rows×columns); correct the file")
    return size


def _shape(
    item: Mapping[str, Any], labels: tuple[str, ...], image: Mapping[str, Any], path: Path, faults: Faults
) -> Shape | None:
    where = f"{image.get('file_name')} annotation {item.get('id')}"
    drawn = item.get("segmentation")
    if isinstance(drawn, dict):
        return Shape(labels, partial(paint_runs, *_runs(drawn, path)), bool(item.get("iscrowd")))
    if not drawn:
        faults.append(("a box without an outline" if item.get("bbox") else "nothing drawn", where))
        return None
    if not isinstance(drawn, list):
        raise InputError(f"{path}: a segmentation is neither outlines nor run lengths; correct the file")
    if not isinstance(drawn[0], (list, dict)):
        drawn = [drawn]  # one outline that was not wrapped in a list
    rings = [finite(ring, path) for ring in drawn]
    reasons = [ring_fault(ring) for ring in rings]
    faults += [(reason, where) for reason in reasons if reason]
    whole = tuple(ring for ring, reason in zip(rings, reasons, strict=True) if not reason)
    return Shape(labels, partial(paint_parts, whole), bool(item.get("iscrowd"))) if whole else None


def _runs(drawn: Mapping[str, Any], path: Path) -> tuple[tuple[int, ...] | str, tuple[int, int]]:
    counts, size = drawn.get("counts"), finite(drawn.get("size"), path)
    if len(size) != 2 or any(side != int(side) or not 0 < side <= _SIDE_MOST for side in size):
        raise InputError(f"{path}: run lengths need a size of [height, width]; correct the file")
    shape = int(size[0]), int(size[1])
    if isinstance(counts, str):
        return counts, shape
    numbers = finite(counts, path)
    if any(number != int(number) for number in numbers):
        raise InputError(f"{path}: run lengths must be whole numbers; correct the file")
    return tuple(int(number) for number in numbers), shape
