"""Two folders, images and masks, as a data set; given, or found inside one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dentalx.datasets.folder_pairs import (
    IMAGE_FOLDERS,
    MASK_FOLDERS,
    NAMES_SHOWN,
    SPLIT_FOLDERS,
    Pair,
    choose_part,
    find_pairs,
    inner_folders,
    plain,
    quoted,
)
from dentalx.datasets.images import existing_folder, list_images
from dentalx.datasets.mask_codes import ClassMap
from dentalx.datasets.mask_source import NO_WISHES, MaskSet, MaskSource, MaskWishes, Part
from dentalx.datasets.misplaced import misplaced_masks
from dentalx.datasets.naming import AS_IT_STANDS, Reading
from dentalx.datasets.pairing import images_within, pair_files
from dentalx.datasets.passed_over import other_files
from dentalx.datasets.patient_folders import Folders, by_folder
from dentalx.errors import InputError
from dentalx.files import read_json

CLASS_LIST = "classes.json"  # beside masks of several classes: their names, "background" first


def open_pair(
    images: Path,
    masks: Path,
    classes: tuple[str, ...] = (),
    reading: Reading = AS_IT_STANDS,
    wishes: MaskWishes = NO_WISHES,
) -> MaskSource:
    """The data set of two folders.

    Raises:
        InputError: a folder is missing, nothing pairs, or as `MaskSource`.
    """
    pairs = [Pair(existing_folder(images), existing_folder(masks))]
    found = mask_set(pairs, images.resolve().parent.name, classes)
    others = dict.fromkeys((*other_files(images), *other_files(masks)))
    source = MaskSource(replace(found, notes=(*found.notes, *others)), classes, reading, wishes)
    source.layout = "folders: --images and --masks name them"
    return source


def open_folder(
    data: Path, classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS, wishes: MaskWishes = NO_WISHES
) -> MaskSource:
    """The data set of one folder that holds images and masks, perhaps divided into train, val and test.

    The mask folder is the one named like the class, or one of `MASK_FOLDERS`, or the only other one. Both may lie
    some folders deeper; where several places hold such pairs, `wishes.part` names one.

    Raises:
        InputError: no such folders inside, or several; lists what was looked for and what is there.
    """
    places = find_pairs(existing_folder(data), classes)
    if not places:
        raise InputError(_nothing_found(data, classes))
    found = choose_part(data, places, wishes.part)
    masks = mask_set(found, data.resolve().name, classes)
    masks = replace(masks, notes=(*masks.notes, *other_files(data)))
    if apart := _without_masks(data, found):
        shown = ", ".join(path.relative_to(data).as_posix() for path in apart[:NAMES_SHOWN])
        told = f"{len(apart)} image(s) in folders without masks left out: {shown}"
        masks = replace(masks, notes=(*masks.notes, told))
    return MaskSource(masks, classes, reading, wishes)


def _without_masks(data: Path, pairs: Sequence[Pair]) -> list[Path]:
    """The images below the folder of several patients that lie in none of their folders."""
    if not any(pair.root for pair in pairs):
        return []
    read = {folder for pair in pairs for folder in (pair.images, pair.masks)}
    return [path for path in list_images(data, recursive=True) if not read.intersection(path.parents)]


def recognises(data: Path, classes: tuple[str, ...] = ()) -> bool:
    """Whether a folder holds pairs of folders with pictures in both."""
    return any(
        images_within(pair.images) and images_within(pair.masks)
        for pairs in find_pairs(existing_folder(data), classes).values()
        for pair in pairs
    )


def has_images(data: Path) -> bool:
    """Whether a folder holds one that is called as folders of pictures are."""
    there = inner_folders(data)
    return any(name in there for name in (*IMAGE_FOLDERS, *SPLIT_FOLDERS))


def mask_set(pairs: list[Pair], name: str, classes: tuple[str, ...]) -> MaskSet:
    """The parts of a data set, its files paired.

    Raises:
        InputError: nothing pairs, or the list of classes is broken.
    """
    listed = listed_classes(pairs[0].masks)
    class_map = ClassMap(tuple((each, level) for level, each in enumerate(listed))) if len(listed) > 2 else None
    parts, notes = [], []
    for pair in pairs:
        files, unpaired = pair_files(pair.images, pair.masks)
        parts.append(Part(tuple(files), pair.split, class_map))
        notes += unpaired
    notes += misplaced_masks({pair: part.pairs for pair, part in zip(pairs, parts, strict=True)})
    called = named_by_folders(pairs, parts)
    parts = [replace(part, ids=called.ids) for part in parts]
    notes += [called.note] if called.note else []
    if len(parts) == 1 and parts[0].split is not None:
        notes.append(f"only a folder called {parts[0].split} is there: it is divided like a whole data set")
        parts = [replace(part, split=None) for part in parts]
    own = tuple(listed[1:]) or _named_by_folder(pairs[0])
    return MaskSet(tuple(parts), name, own, own=bool(listed), notes=tuple(notes))


def named_by_folders(pairs: Sequence[Pair], parts: Sequence[Part]) -> Folders:
    """What the folders around the images of all parts say: their ids, and their patients."""
    roots = {
        image: pair.root or pair.images for pair, part in zip(pairs, parts, strict=True) for image, _ in part.pairs
    }
    return by_folder(roots)


def _named_by_folder(pair: Pair) -> tuple[str, ...]:
    """A mask folder's name where it is not one that says nothing."""
    name = pair.masks.resolve().name.lower()
    generic = pair.images == pair.masks or plain(name) in ("", *MASK_FOLDERS) or name in SPLIT_FOLDERS
    return ("foreground",) if generic else (name,)


def listed_classes(masks: Path) -> list[str]:
    """The names in the list beside masks, background first; none where there is no list.

    Raises:
        InputError: it is no such list.
    """
    path = masks / CLASS_LIST
    if not path.exists():
        return []
    names = read_json(path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(names) < 2:
        raise InputError(f'{path} must be a JSON list of names that begins with "background"; correct it')
    if names[0] != "background":
        raise InputError(f'{path} must begin with "background", got {names[0]!r}; correct it')
    return names


def _nothing_found(data: Path, classes: tuple[str, ...]) -> str:
    there = inner_folders(data)
    listed = ", ".join(list(there)[:NAMES_SHOWN]) or "no folder"
    image = next((name for name in IMAGE_FOLDERS if name in there), None)
    masks_of = [name for name in there if name != image]
    if image and not classes and len(masks_of) > 1:
        named = " or ".join(f"--classes {quoted(name)}" for name in masks_of[:NAMES_SHOWN])
        return f"{data} holds several folders that may be masks; choose one: {named}"
    if image and len(classes) > 1 and {name.lower() for name in classes} <= set(masks_of):
        named = " or ".join(f"--classes {quoted(name)}" for name in classes)
        return f"{data} holds a folder of masks for each class, which are read one at a time; choose one: {named}"
    masks = "|".join((*classes[:1], *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS)
    return (
        f"{data} holds no pair of folders: looked for {'|'.join(IMAGE_FOLDERS)} beside {masks}, "
        f"found {listed}; give --images and --masks"
    )
