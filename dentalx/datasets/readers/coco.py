"""COCO instance files, Roboflow's kind included (https://cocodataset.org/#format-data)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.readers import roboflow
from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.listing import Listing, finite, shortened, split_of, told
from dentalx.datasets.readers.raster import Plane, Ring, Size, paint_parts, paint_runs, paint_traced, ring_fault
from dentalx.errors import InputError
from dentalx.files import read_json

_SUFFIX = ".json"
_SIDE_MOST = 100_000
_DENTEX_QUADRANT = "train_quadrant"  # the one tier of DENTEX that has plain categories
_LOOKED = 500  # annotations that show how outlines are meant
_MOSTLY = 0.95  # share of them that must agree
Faults = list[tuple[str, str]]  # why an annotation was left out, and where it was
Naming = Callable[[Mapping[str, Any]], tuple[str, ...]]  # what an annotation is called
Categories = Callable[[Mapping[str, Any], Path, list[str]], tuple[Naming, tuple[str, ...]]]  # and all classes


@dataclass(frozen=True)
class _File:
    """One file, how its annotations are called and painted, and what of it had to be left out."""

    path: Path
    naming: Naming
    paint: Callable[[tuple[Ring, ...], Size], Plane]
    faults: Faults
    missing: list[str]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like COCO; None where nothing does."""
    found = next((path for path in coco_files(listing) if not levels(listing, path)), None)
    return f"{found.relative_to(listing.root)} is a COCO file" if found else None


def read(listing: Listing) -> Annotated:
    """Every COCO file of a folder, as one data set.

    Raises:
        InputError: a file is broken, or names pictures outside the folder.
    """
    files = [path for path in coco_files(listing) if not levels(listing, path)]
    if not files:
        raise InputError(f"{listing.root} holds no COCO file; check --data, or leave --format out")
    return read_files(listing, files, _categories)


def read_files(listing: Listing, files: Sequence[Path], categories: Categories) -> Annotated:
    """COCO files as one data set; `categories` says what a file's annotations are called.

    Raises:
        InputError: as `read`.
    """
    faults, missing, notes = list[tuple[str, str]](), list[str](), roboflow.notes(listing)
    pictures, traced = list[Picture](), list[str]()
    classes: dict[str, None] = {}
    for path in files:
        content = read_json(path)
        if not isinstance(content, dict):
            raise InputError(f"{path} must be a JSON object with images, annotations and categories")
        naming, own = categories(content, path, notes)
        classes.update(dict.fromkeys(own))
        if is_traced := _is_traced(items_of(content, "annotations", path)):
            traced.append(path.name)
        file = _File(path, naming, paint_traced if is_traced else paint_parts, faults, missing)
        pictures += _pictures(content, file, listing)
    if traced:
        notes.append(
            f"{shortened(traced)}: boxes are a pixel larger than their outlines, so these run through the middles of "
            "pixels, as OpenCV traces them; the pixels on them are read as the object's"
        )
    if missing:
        notes.append(f"{len(missing)} picture(s) named but not there, left out: {shortened(missing)}")
    if faults and not any(picture.shapes for picture in pictures):
        raise InputError(f"{files[0]} holds no object that can be drawn: {'; '.join(told(faults))}")
    return Annotated(tuple(pictures), tuple(classes), tuple(files), (*notes, *told(faults)))


def coco_files(listing: Listing) -> list[Path]:
    """The JSON files that hold COCO objects; captions, result lists and other formats are left out."""
    return [path for path in listing.with_suffix(_SUFFIX) if _is_coco(listing.marks(path))]


def _is_coco(marks: frozenset[str]) -> bool:
    others = {'"caption"', '"_via_img_metadata"', '"file_attributes"', '"shapes"', '"External ID"', '"classTitle"'}
    own = {'"annotations"', '"images"', '"categories"', '"categories_1"'}
    return bool(marks & own) and not marks & others and bool(marks & {'"file_name"', '"image_id"'})


def levels(listing: Listing, path: Path) -> int:
    """How many lists of categories a file has, by the words in it: 1 to 3 in DENTEX's tiers, 0 in plain COCO."""
    marks = listing.marks(path)
    found = max((n for n in (1, 2, 3) if marks & {f'"categories_{n}"', f'"category_id_{n}"'}), default=0)
    return found or int(path.stem.lower() == _DENTEX_QUADRANT)


def items_of(content: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    """A list of objects; none where the key is absent.

    Raises:
        InputError: it is something else.
    """
    found = content.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{path}: {key} must be a list of objects; correct the file")
    return found


def whole(item: Mapping[str, Any], key: str, path: Path) -> int:
    """A whole number; the text "7" counts as 7, as some exporters write ids.

    Raises:
        InputError: it is none.
    """
    value = item.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{path}: {key} must be a whole number, got {str(value)[:40]!r}; correct the file")
    return value


def named(items: Sequence[Mapping[str, Any]], path: Path) -> dict[int, str]:
    """Id to name of a list of categories.

    Raises:
        InputError: one has no name, or an id stands for two.
    """
    names: dict[int, str] = {}
    for item in items:
        number, name = whole(item, "id", path), item.get("name")
        if not isinstance(name, (str, int)) or isinstance(name, bool):
            raise InputError(f"{path}: category {number} has no name; give it one")
        if names.setdefault(number, str(name)) != str(name):
            raise InputError(f"{path}: category id {number} is both {names[number]} and {name}; keep one")
    return names


def _categories(content: Mapping[str, Any], path: Path, notes: list[str]) -> tuple[Naming, tuple[str, ...]]:
    """Annotations by the name of their category. Roboflow's first category, the project's name, is no class."""
    items = items_of(content, "categories", path)
    names = named(items, path)
    used = Counter(item.get("category_id") for item in items_of(content, "annotations", path))
    parents = {item.get("supercategory") for item in items}
    for item in items:
        number = whole(item, "id", path)
        super_of_others = item.get("supercategory") in (None, "none", "") and item.get("name") in parents
        if super_of_others and len(items) > 1 and not used[item.get("id")]:
            notes.append(f"{path.name}: category {number}, {names.pop(number)}, only groups the others; left out")

    def naming(item: Mapping[str, Any]) -> tuple[str, ...]:
        number = whole(item, "category_id", path)
        if number not in names:
            raise InputError(f"{path}: an annotation has category {number}, which is not listed; correct the file")
        return (names[number],)

    return naming, tuple(names.values())


def _is_traced(annotations: Sequence[Mapping[str, Any]]) -> bool:
    """Whether outlines name pixels and not the lines between them: whole numbers, and boxes one pixel larger.

    OpenCV's findContours and boundingRect give just that.
    """
    looked = annotations[:: len(annotations) // _LOOKED + 1]
    drawn = [(item.get("segmentation"), item.get("bbox")) for item in looked]
    said = [shown for outlines, box in drawn if (shown := _box_shows(outlines, box)) is not None]
    return bool(said) and sum(said) >= _MOSTLY * len(said)


def _box_shows(outlines: Any, box: Any) -> bool | None:
    """Whether a box is one pixel larger than its outlines; None where there is nothing to compare."""
    if not isinstance(outlines, list) or not isinstance(box, list) or len(box) != 4:
        return None
    if not all(isinstance(ring, list) and len(ring) % 2 == 0 for ring in outlines):
        return None
    numbers = [value for ring in outlines for value in ring]
    if len(numbers) < 6 or not set(map(type, (*numbers, *box))) <= {int, float}:
        return None
    x, y = [v for ring in outlines for v in ring[0::2]], [v for ring in outlines for v in ring[1::2]]
    sides = max(x) - min(x) + 1, max(y) - min(y) + 1
    return tuple(box) == (min(x), min(y), *sides) and all(value == round(value) for value in (*sides, *box[:2]))


def _pictures(content: Mapping[str, Any], file: _File, listing: Listing) -> list[Picture]:
    """A file's pictures; annotations that cannot be drawn, and pictures that are not there, are noted in `file`."""
    path = file.path
    items = items_of(content, "images", path)
    shapes: dict[int, list[Shape]] = {whole(item, "id", path): [] for item in items}
    if len(shapes) < len(items):
        raise InputError(f"{path} lists two images with one id; correct the file")
    images = {whole(item, "id", path): item for item in items}
    for item in items_of(content, "annotations", path):
        number = whole(item, "image_id", path)
        if number not in shapes:
            file.faults.append(("their picture is not listed", f"{path.name} annotation {item.get('id')}"))
            continue
        shape = _shape(item, f"{images[number].get('file_name')} annotation {item.get('id')}", file)
        if shape is not None:
            shapes[number].append(shape)
    split = split_of(path.relative_to(listing.root))
    found = []
    for number, item in images.items():
        picture = listing.picture(item.get("file_name", ""), path, split)
        if picture is None:
            file.missing.append(str(item["file_name"]))
        else:
            own = split or split_of(picture.relative_to(listing.root).parent)
            found.append(Picture(picture, tuple(shapes[number]), own, _size(item, path)))
    return found


def _size(item: Mapping[str, Any], path: Path) -> tuple[int, int] | None:
    if item.get("height") is None or item.get("width") is None:
        return None
    size = whole(item, "height", path), whole(item, "width", path)
    if not 0 < min(size) <= max(size) <= _SIDE_MOST:
        raise InputError(f"{path}: an image is {size[0]}×{size[1]} (rows×columns); correct the file")
    return size


def _shape(item: Mapping[str, Any], where: str, file: _File) -> Shape | None:
    labels, drawn, crowd = file.naming(item), item.get("segmentation"), bool(item.get("iscrowd"))
    if isinstance(drawn, dict):
        return Shape(labels, partial(paint_runs, *_runs(drawn, file.path)), crowd)
    if not drawn:
        file.faults.append(("a box without an outline" if item.get("bbox") else "nothing drawn", where))
        return None
    if not isinstance(drawn, list):
        raise InputError(f"{file.path}: a segmentation is neither outlines nor run lengths; correct the file")
    if not isinstance(drawn[0], (list, dict)):
        drawn = [drawn]  # one outline that was not wrapped in a list
    rings = [finite(ring, file.path) for ring in drawn]
    reasons = [ring_fault(ring) for ring in rings]
    file.faults.extend((reason, where) for reason in reasons if reason)
    kept = tuple(ring for ring, reason in zip(rings, reasons, strict=True) if not reason)
    return Shape(labels, partial(file.paint, kept), crowd) if kept else None


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
