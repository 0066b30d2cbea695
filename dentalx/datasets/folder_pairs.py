"""Finding, inside one folder, the folders of images and of masks that belong together."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from dentalx.datasets.images import list_images
from dentalx.datasets.pairing import divide_by_name
from dentalx.datasets.passed_over import result_folders
from dentalx.datasets.patient_folders import are_patients
from dentalx.errors import InputError

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "radiographs", "xrays", "jpegimages")
MASK_FOLDERS = ("masks", "mask", "labels", "label", "segmentations", "segmentation", "gt", "segmentationclass")
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
NAMES_SHOWN = 12
ALL_PARTS = "all"  # --part all: every place together
_DEPTH = 4  # of folders around the data
_MOST_FOLDERS = 20_000


@dataclass(frozen=True)
class Pair:
    """A folder of pictures and one of masks, perhaps the same.

    Attributes:
        images, masks: the folders.
        split: as the publisher gives it to them.
        root: the folder around those of several patients, of which this is one; None where there is none.
    """

    images: Path
    masks: Path
    split: str | None = None
    root: Path | None = None


def find_pairs(data: Path, classes: tuple[str, ...] = ()) -> dict[str, list[Pair]]:
    """The pairs of folders in `data`, or else below it, by the name of the folder around them.

    Known are FOLDER/images beside FOLDER/masks, train/images, images/train, train_images, masks inside the folder of
    their pictures, and pictures and masks in one folder, told apart by their names.
    """
    level, earlier = {".": data}, set(result_folders(data))
    for _ in range(_DEPTH):
        found = {name: pairs for name, folder in level.items() if (pairs := _pairs(folder, classes))}
        if found:
            return found
        every = [inner for folder in level.values() for inner in inner_folders(folder).values()]
        deeper = [inner for inner in every if inner not in earlier]
        if len(deeper) > _MOST_FOLDERS:
            raise InputError(f"{data} holds more than {_MOST_FOLDERS} folders; give --images and --masks")
        level = {inner.relative_to(data).as_posix(): inner for inner in deeper}
    return {}


def choose_part(data: Path, places: dict[str, list[Pair]], part: str | None) -> list[Pair]:
    """The pairs of the only place, of the one that is named, or of all where the places are the folders of patients.

    Raises:
        InputError: there are several and none is named, or the name is unknown.
    """
    if part is None and len(places) == 1:
        return next(iter(places.values()))
    named = {name.casefold(): pairs for name, pairs in places.items()}
    if part is not None and part.casefold().strip("/") in named:
        return named[part.casefold().strip("/")]
    if (part is None and _are_patients(places)) or (part is not None and part.casefold() == ALL_PARTS):
        splits = {name: _by_split_in(name) for name in places}
        return [replace(pair, split=pair.split or splits[name], root=data) for name in places for pair in places[name]]
    listed = " or ".join(f"--part {quoted(name)}" for name in list(places)[:NAMES_SHOWN])
    unknown = f"has no part {part!r}; " if part is not None else f"holds {len(places)} sets of pictures and masks; "
    raise InputError(f"{data} {unknown}choose one: {listed}, or --part {ALL_PARTS} for all of them as one set")


def _are_patients(places: dict[str, list[Pair]]) -> bool:
    if any(len(pairs) != 1 or pairs[0].split for pairs in places.values()):
        return False
    counts = {}
    for name, (pair,) in places.items():
        images, masks = list_images(pair.images), list_images(pair.masks)
        counts[name] = len(divide_by_name(images)[0]) if pair.images == pair.masks else min(len(images), len(masks))
    return are_patients(counts)


def _by_split_in(name: str) -> str | None:
    """The split that one of the folders of a path is named after."""
    return next((SPLIT_FOLDERS[part] for part in name.lower().split("/") if part in SPLIT_FOLDERS), None)


def inner_folders(parent: Path) -> dict[str, Path]:
    """The folders inside one, by their names in small letters."""
    try:
        inside = [
            entry for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__MACOSX"))
        ]
    except OSError as error:
        raise InputError(f"cannot list {parent}: {error.strerror or error}; check permissions") from error
    return {folder.name.lower(): folder for folder in sorted(inside) if not folder.is_symlink()}


def plain(name: str) -> str:
    """A folder's name without the words that name a split.

    >>> plain("train_images"), plain("Update_Test"), plain("valid")
    ('images', 'update', '')
    """
    return "_".join(word for word in re.split(r"[ _.-]+", name.lower()) if word and word not in SPLIT_FOLDERS)


def _split(name: str) -> str | None:
    """The split that a folder's name speaks of.

    >>> _split("Update_Test"), _split("train_images"), _split("images")
    ('test', 'train', None)
    """
    found = {SPLIT_FOLDERS[word] for word in re.split(r"[ _.-]+", name.lower()) if word in SPLIT_FOLDERS}
    return found.pop() if len(found) == 1 else None


def _pairs(data: Path, classes: tuple[str, ...]) -> list[Pair]:
    """The pairs of folders inside `data`: data/images, data/images/SPLIT, data/SPLIT/images, data/SPLIT_images."""
    there = inner_folders(data)
    if pair := _find_pair(data, there, classes):
        images, masks = (_by_split(inner_folders(folder)) for folder in pair)
        both = [split for split in images if split in masks]
        return [Pair(images[split], masks[split], split) for split in both] or [Pair(*pair)]
    found: list[Pair] = []
    for name, folder in there.items():
        if split := _split(name):
            inner = _find_pair(folder, {plain(n) or n: f for n, f in inner_folders(folder).items()}, classes)
            found += [Pair(*inner, split)] if inner else []
    for split in () if found else dict.fromkeys(SPLIT_FOLDERS.values()):
        beside = {plain(name): folder for name, folder in there.items() if _split(name) == split and plain(name)}
        inner = _find_pair(data, beside, classes, mixed=False)
        found += [Pair(*inner, split)] if inner else []
    return found


def _by_split(folders: dict[str, Path]) -> dict[str, Path]:
    """Folders by the split that they are named after.

    Raises:
        InputError: two folders are of one split.
    """
    found: dict[str, Path] = {}
    for name, folder in folders.items():
        if name in SPLIT_FOLDERS and found.setdefault(SPLIT_FOLDERS[name], folder) != folder:
            raise InputError(f"{found[SPLIT_FOLDERS[name]]} and {folder} are of one split; put them together")
    return found


def _find_pair(
    parent: Path, there: dict[str, Path], classes: tuple[str, ...], mixed: bool = True
) -> tuple[Path, Path] | None:
    """The folders of pictures and of masks among those `there`; `mixed` allows pictures in `parent` itself."""
    others = dict(there)
    images = next((others.pop(name) for name in IMAGE_FOLDERS if name in others), None)
    wanted = (classes[0].lower(), *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS
    masks = next((others[name] for name in wanted if name in others), None)
    if images and masks is None and not classes:
        filled = [folder for folder in others.values() if list_images(folder)]
        masks = filled[0] if len(filled) == 1 else None
    if images and masks:
        return images, masks
    if images or not mixed:
        return (images, images) if images and _holds_both(images) else None
    own = list_images(parent)
    if own and masks:
        return parent, masks  # masks inside the folder of their pictures
    return (parent, parent) if own and _holds_both(parent) else None


def _holds_both(folder: Path) -> bool:
    """Whether a folder holds pictures and masks, told apart by their names."""
    pictures, truths = divide_by_name(list_images(folder))
    return bool(truths) and 2 * len(truths) >= len(pictures)


def quoted(name: str) -> str:
    """A name as a shell takes it for one word."""
    return f'"{name}"' if re.search(r"[^\w./-]", name) else name
