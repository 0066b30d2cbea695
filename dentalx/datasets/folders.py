"""Two folders, pictures and masks; and finding the two inside one."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from dentalx.datasets.images import existing_folder, list_images
from dentalx.datasets.mask_codes import ClassMap
from dentalx.datasets.mask_source import NO_WISHES, MaskSet, MaskSource, MaskWishes, Part
from dentalx.datasets.naming import AS_IT_STANDS, Reading
from dentalx.datasets.pairing import divide_by_name, pair_files
from dentalx.errors import InputError
from dentalx.files import read_json

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "radiographs", "xrays")
MASK_FOLDERS = ("masks", "mask", "labels", "label", "segmentations", "segmentation", "gt")
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
CLASS_LIST = "classes.json"  # beside masks of several classes: their names, "background" first
_NAMES_SHOWN = 12
_DEPTH = 4  # of folders around the data
_MOST_FOLDERS = 500


@dataclass(frozen=True)
class Pair:
    """A folder of pictures and one of masks, perhaps the same, and the split that the publisher gives to them."""

    images: Path
    masks: Path
    split: str | None = None


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
    source = MaskSource(mask_set(pairs, images.resolve().parent.name, classes), classes, reading, wishes)
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
    return MaskSource(mask_set(found, data.resolve().name, classes), classes, reading, wishes)


def recognises(data: Path, classes: tuple[str, ...] = ()) -> bool:
    """Whether a folder holds pairs of folders with pictures in both."""
    return any(
        list_images(pair.images) and list_images(pair.masks)
        for pairs in find_pairs(existing_folder(data), classes).values()
        for pair in pairs
    )


def has_images(data: Path) -> bool:
    """Whether a folder holds one that is called as folders of pictures are."""
    there = inner_folders(data)
    return any(name in there for name in (*IMAGE_FOLDERS, *SPLIT_FOLDERS))


def find_pairs(data: Path, classes: tuple[str, ...] = ()) -> dict[str, list[Pair]]:
    """The pairs of folders in `data`, or else below it, by the name of the folder around them.

    Known are FOLDER/images beside FOLDER/masks, train/images, images/train, train_images, masks inside the folder of
    their pictures, and pictures and masks in one folder, told apart by their names.
    """
    level = {".": data}
    for _ in range(_DEPTH):
        found = {name: pairs for name, folder in level.items() if (pairs := _pairs(folder, classes))}
        if found:
            return found
        deeper = [(name, inner) for name, folder in level.items() for inner in inner_folders(folder).values()]
        level = {inner.relative_to(data).as_posix(): inner for _, inner in deeper[:_MOST_FOLDERS]}
    return {}


def choose_part(data: Path, places: dict[str, list[Pair]], part: str | None) -> list[Pair]:
    """The pairs of the only place, or of the one that is named.

    Raises:
        InputError: there are several and none is named, or the name is unknown.
    """
    if part is None and len(places) == 1:
        return next(iter(places.values()))
    named = {name.casefold(): pairs for name, pairs in places.items()}
    if part is not None and part.casefold().strip("/") in named:
        return named[part.casefold().strip("/")]
    listed = " or ".join(f"--part {_quoted(name)}" for name in list(places)[:_NAMES_SHOWN])
    unknown = f"has no part {part!r}; " if part is not None else f"holds {len(places)} sets of pictures and masks; "
    raise InputError(f"{data} {unknown}choose one: {listed}")


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
    if len(parts) == 1 and parts[0].split is not None:
        notes.append(f"only a folder called {parts[0].split} is there: it is divided like a whole data set")
        parts = [replace(part, split=None) for part in parts]
    own = tuple(listed[1:]) or _named_by_folder(pairs[0])
    return MaskSet(tuple(parts), name, own, own=bool(listed), notes=tuple(notes))


def _named_by_folder(pair: Pair) -> tuple[str, ...]:
    """A mask folder's name where it is not one that says nothing."""
    name = pair.masks.resolve().name.lower()
    generic = pair.images == pair.masks or _plain(name) in ("", *MASK_FOLDERS) or name in SPLIT_FOLDERS
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


def inner_folders(parent: Path) -> dict[str, Path]:
    """The folders inside one, by their names in small letters."""
    try:
        inside = [
            entry for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__MACOSX"))
        ]
    except OSError as error:
        raise InputError(f"cannot list {parent}: {error.strerror or error}; check permissions") from error
    return {folder.name.lower(): folder for folder in sorted(inside) if not folder.is_symlink()}


def _plain(name: str) -> str:
    """A folder's name without the words that name a split.

    >>> _plain("train_images"), _plain("Update_Test"), _plain("valid")
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
            inner = _find_pair(folder, {_plain(n) or n: f for n, f in inner_folders(folder).items()}, classes)
            found += [Pair(*inner, split)] if inner else []
    for split in () if found else dict.fromkeys(SPLIT_FOLDERS.values()):
        beside = {_plain(name): folder for name, folder in there.items() if _split(name) == split and _plain(name)}
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


def _nothing_found(data: Path, classes: tuple[str, ...]) -> str:
    there = inner_folders(data)
    listed = ", ".join(list(there)[:_NAMES_SHOWN]) or "no folder"
    image = next((name for name in IMAGE_FOLDERS if name in there), None)
    masks_of = [name for name in there if name != image]
    if image and not classes and len(masks_of) > 1:
        named = " or ".join(f"--classes {_quoted(name)}" for name in masks_of[:_NAMES_SHOWN])
        return f"{data} holds several folders that may be masks; choose one: {named}"
    if image and len(classes) > 1 and {name.lower() for name in classes} <= set(masks_of):
        named = " or ".join(f"--classes {_quoted(name)}" for name in classes)
        return f"{data} holds a folder of masks for each class, which are read one at a time; choose one: {named}"
    masks = "|".join((*classes[:1], *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS)
    return (
        f"{data} holds no pair of folders: looked for {'|'.join(IMAGE_FOLDERS)} beside {masks}, "
        f"found {listed}; give --images and --masks"
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"[^\w./-]", name) else name
