"""COCO instance files, Roboflow's kind included (https://cocodataset.org/#format-data)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dentalx.datasets.readers import roboflow
from dentalx.datasets.readers.coco_objects import (
    Drawing,
    Identity,
    Naming,
    drawn,
    has_crowds,
    identity,
    is_traced,
    items_of,
    key_of,
    named,
    size_of,
)
from dentalx.datasets.readers.listing import Listing, shortened, split_of
from dentalx.datasets.readers.objects import Annotated, Lost, Picture, Shape, divided, shown
from dentalx.datasets.readers.raster import paint_parts, paint_traced
from dentalx.errors import InputError
from dentalx.files import read_json

_SUFFIX = ".json"
_DENTEX_QUADRANT = "train_quadrant"  # the one tier of DENTEX that has plain categories
Categories = Callable[[Mapping[str, Any], Path, list[str]], tuple[Naming, tuple[str, ...]]]  # and all classes


@dataclass
class _Found:
    """What the files of a data set hold, gathered file by file."""

    pictures: list[Picture] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    homeless: list[str] = field(default_factory=list)
    traced: list[str] = field(default_factory=list)
    brushed: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """What the user should know, a sentence each."""
        said = {
            "{}: boxes are a pixel larger than their outlines, so these run through the middles of pixels, as OpenCV "
            "traces them; the pixels on them are read as the object's": self.traced,
            "{}: iscrowd is 1 for every run length and nothing else, as CVAT writes it for masks painted with a brush; "
            "they are read as objects and not as crowds": self.brushed,
            "images of {} left out: it lists images without annotations, which are no negatives": self.bare,
        }
        notes = [sentence.format(shortened(names)) for sentence, names in said.items() if names]
        for names, what in (
            (self.homeless, "annotation(s) left out, their image is not listed"),
            (self.missing, "picture(s) named but not there, left out"),
            (self.torn, "annotation(s) painted without those of their outlines that have no area"),
        ):
            notes += [f"{len(names)} {what}: {shortened(names)}"] if names else []
        return notes


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
    found, notes, classes = _Found(), roboflow.notes(listing), dict[str, None]()
    for path in files:
        content = read_json(path)
        if not isinstance(content, dict):
            raise InputError(f"{path} must be a JSON object with images, annotations and categories")
        naming, own = categories(content, path, notes)
        classes.update(dict.fromkeys(own))
        if "annotations" not in content:
            found.bare.append(path.name)
            continue
        annotations = items_of(content, "annotations", path)
        traced, crowds = is_traced(annotations), has_crowds(annotations, content.get("info"))
        found.traced += [path.name] if traced else []
        found.brushed += [] if crowds else [path.name]
        how = Drawing(path, naming, paint_traced if traced else paint_parts, crowds, found.torn)
        _add_pictures(content, how, listing, found)
    if others := [path for path in listing.with_suffix(_SUFFIX) if is_panoptic(listing, path)]:
        names = shortened([path.name for path in others])
        notes.append(f"{names}: COCO's panoptic format, which is not read; the files of instances are")
    return Annotated(tuple(found.pictures), tuple(classes), tuple(files), (*notes, *found.notes()))


def is_panoptic(listing: Listing, path: Path) -> bool:
    """Whether a JSON file is COCO's panoptic kind, whose objects are in images of their own."""
    return {"segments_info", "annotations"} <= listing.marks(path)


def coco_files(listing: Listing) -> list[Path]:
    """The JSON files that hold COCO objects; captions, panoptic files, result lists and other formats are left out."""
    return [path for path in listing.with_suffix(_SUFFIX) if _is_coco(listing.marks(path))]


def _is_coco(marks: frozenset[str]) -> bool:
    others = {
        "caption", "_via_img_metadata", "file_attributes", "shapes", "External ID", "classTitle", "segments_info",
        "original_width",
    }  # fmt: skip
    own = {"annotations", "images", "categories", "categories_1"}
    if not marks & own or not marks & {"file_name", "image_id"} or "segments_info" in marks:
        return False
    return not marks & others or marks >= {"annotations", "image_id", "category_id", "segmentation"}


def levels(listing: Listing, path: Path) -> int:
    """How many lists of categories a file has, by the words in it: 1 to 3 in DENTEX's tiers, 0 in plain COCO."""
    marks = listing.marks(path)
    found = max((n for n in (1, 2, 3) if marks & {f"categories_{n}", f"category_id_{n}"}), default=0)
    return found or int(path.stem.lower() == _DENTEX_QUADRANT)


def _categories(content: Mapping[str, Any], path: Path, notes: list[str]) -> tuple[Naming, tuple[str, ...]]:
    """Annotations by the name of their category. Roboflow's first category, the project's name, is no class."""
    items = items_of(content, "categories", path)
    names = named(items, path)
    used = Counter(identity(item, "category_id", path) for item in items_of(content, "annotations", path))
    parents = {item["supercategory"] for item in items if isinstance(item.get("supercategory"), str)}
    for item in items:
        number = identity(item, "id", path)
        super_of_others = item.get("supercategory") in (None, "none", "") and str(item["name"]) in parents
        if super_of_others and len(items) > 1 and not used[number] and number in names:
            notes.append(f"{path.name}: category {number}, {names.pop(number)}, only groups the others; left out")

    def naming(item: Mapping[str, Any]) -> tuple[str, ...]:
        number = identity(item, "category_id", path)
        if number not in names:
            said = f"{path}: {key_of(item)} has category {shown(number)}, which is not listed"
            raise InputError(f"{said}; correct the file")
        return (names[number],)

    return naming, tuple(names.values())


def _add_pictures(content: Mapping[str, Any], how: Drawing, listing: Listing, found: _Found) -> None:
    """Add a file's images; annotations and images that lead nowhere are noted in `found`."""
    path = how.path
    items = items_of(content, "images", path)
    images = {identity(item, "id", path): item for item in items}
    if len(images) < len(items):
        raise InputError(f"{path} lists two images with one id; correct the file")
    objects: dict[Identity, list[Shape | Lost]] = {number: [] for number in images}
    for item in items_of(content, "annotations", path):
        number = identity(item, "image_id", path)
        if number not in objects:
            found.homeless.append(f"{path.name} {key_of(item)}")
            continue
        where = f"{shown(images[number].get('file_name'))} {key_of(item)}"
        objects[number].append(drawn(item, where, how))
    split = split_of(path.relative_to(listing.root))
    for number, item in images.items():
        picture = listing.picture(item.get("file_name", ""), path, split)
        if picture is None:
            found.missing.append(shown(item["file_name"]))
            continue
        own = split or split_of(picture.relative_to(listing.root).parent)
        shapes, lost = divided(objects[number])
        found.pictures.append(Picture(picture, shapes, own, size_of(item, path), lost, path))
