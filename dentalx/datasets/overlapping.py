"""Overlapping classes from a folder of masks for each: CLASS/NAME.png beside images/, or masks/CLASS/NAME.png."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.datasets.folder_pairs import IMAGE_FOLDERS, MASK_FOLDERS, SPLIT_FOLDERS, Pair, inner_folders
from dentalx.datasets.folders import CLASS_LIST, listed_classes, mask_set
from dentalx.datasets.images import existing_folder
from dentalx.datasets.mask_folder import Flags, MaskFolder
from dentalx.datasets.mask_source import NO_WISHES, MaskSource, MaskWishes
from dentalx.datasets.mask_writing import write_mask
from dentalx.datasets.naming import AS_IT_STANDS, Reading
from dentalx.datasets.pairing import images_within
from dentalx.datasets.passed_over import other_files
from dentalx.errors import InputError
from dentalx.labelling import EXCLUSIVE, MOST, OVERLAPPING, Labelling
from dentalx.samples import UNLABELLED, Mask, Record, Sample, Source

_SHOWN = 5  # names in a note


class OverlappingMasks:
    """A data set for each class, of the same pictures; implements `dentalx.samples.Source`.

    A picture counts where every class has a mask of it, and a pixel where every class is decided on.
    """

    labelling = OVERLAPPING

    def __init__(self, parts: Mapping[str, MaskSource], name: str) -> None:
        """Put together what belongs to one picture.

        Args:
            parts: by class, its own, of that class alone.
            name: shown in reports.

        Raises:
            InputError: no picture has a mask of every class.
        """
        self.name, self._parts = name, tuple(parts.values())
        self.classes = tuple(parts)
        self.layout = f"folders: one of masks for each class ({', '.join(parts)})"
        held = [{record.image_id: record for record in part.records} for part in self._parts]
        whole = sorted(set(held[0]).intersection(*held[1:]))
        self._held = {image_id: [each[image_id] for each in held] for image_id in whole}
        if not self._held:
            raise InputError(f"no picture of {name} has a mask in the folder of every class ({', '.join(parts)})")
        self.records: Sequence[Record] = tuple(records[0] for records in self._held.values())
        self.notes = [f"{each}: {note}" for each, part in parts.items() for note in part.notes]
        if lacking := sorted(set().union(*held) - set(whole)):
            told = "picture(s) without a mask of every class are left out; an empty mask says that a class is not there"
            more = " …" if len(lacking) > _SHOWN else ""
            self.notes.append(f"{len(lacking)} {told}: {', '.join(lacking[:_SHOWN])}{more}")

    @property
    def mask_codes(self) -> list[dict[str, Any]]:
        """How the masks are read, as plain JSON."""
        return [codes for part in self._parts for codes in part.mask_codes]

    @property
    def annotation_files(self) -> tuple[Path, ...]:
        """The masks of all classes but the first, whose masks the records name."""
        others = (record.mask for records in self._held.values() for record in records[1:])
        return tuple(sorted(path for path in others if path is not None))

    def load(self, record: Record) -> Sample:
        """Read one picture and its masks at its own size.

        Raises:
            InputError: a file is broken, or a mask's values are not understood.
        """
        if record.image_id not in self._held:
            raise ValueError(f"record {record.image_id} is not of this data set")
        first, *rest = self._held[record.image_id]
        sample = self._parts[0].load(first)
        masks = [sample.mask, *(part.truth(each) for part, each in zip(self._parts[1:], rest, strict=True))]
        for mask, each in zip(masks, (first, *rest), strict=True):
            if mask.shape != sample.image.shape:
                raise InputError(f"mask {each.mask} is not of its picture's size; export it at the picture's size")
        return Sample(record.image_id, sample.image, together(masks), sample.warnings)


def together(masks: Sequence[Mask]) -> Mask:
    """Masks of one class each, 0, 1 and 255, as one of overlapping classes; 255 where any of them leaves it open.

    >>> together([np.uint8([[1, 1, 255]]), np.uint8([[0, 1, 1]])]).tolist()
    [[1, 3, 255]]
    """
    found = OVERLAPPING.pack(np.stack([mask == 1 for mask in masks], axis=-1))
    found[np.any([mask == UNLABELLED for mask in masks], axis=0)] = UNLABELLED
    return found


def open_overlapping(
    data: Path, classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS, wishes: MaskWishes = NO_WISHES
) -> OverlappingMasks | None:
    """The data set of a folder with a folder of masks for each class; None where it has none.

    Raises:
        InputError: some classes have one and others have none, or as `OverlappingMasks`.
    """
    inside = inner_folders(existing_folder(data))
    splits = {folder: SPLIT_FOLDERS[name] for name, folder in inside.items() if name in SPLIT_FOLDERS}
    roots: dict[Path, str | None] = {**splits} if splits else {data: None}
    found: dict[str, list[Pair]] = {}
    for root, split in roots.items():
        there = inner_folders(root)
        images = next((there[name] for name in IMAGE_FOLDERS if name in there), None)
        masks = next((there[name] for name in MASK_FOLDERS if name in there), root)
        if images is None:
            continue
        for name, folder in class_folders(masks, classes or _named(masks), root).items():
            found.setdefault(name, []).append(Pair(images, folder, split))
    source = _opened(found, data.resolve().name, reading, wishes)
    if source is not None:
        source.notes += other_files(data)
    return source


def open_overlapping_pair(
    images: Path,
    masks: Path,
    classes: tuple[str, ...] = (),
    reading: Reading = AS_IT_STANDS,
    wishes: MaskWishes = NO_WISHES,
) -> OverlappingMasks | None:
    """The same of two folders, pictures, and a folder for each class in that of masks.

    Raises:
        InputError: as `open_overlapping`.
    """
    folders = class_folders(existing_folder(masks), classes or _named(masks), masks)
    found = {name: [Pair(existing_folder(images), folder)] for name, folder in folders.items()}
    return _opened(found, images.resolve().parent.name, reading, wishes)


def class_folders(masks: Path, classes: Sequence[str], beside: Path) -> dict[str, Path]:
    """Each class's folder, in the folder of masks or `beside` it; none where no class has one.

    Raises:
        InputError: some have one and others have none.
    """
    inner, outer = inner_folders(masks), inner_folders(beside)
    found = {name: inner.get(name.lower()) or outer.get(name.lower()) for name in classes}
    there = {name: folder for name, folder in found.items() if folder is not None}
    if there and len(there) < len(found):
        lacking = ", ".join(name for name in found if name not in there)
        raise InputError(f"{masks} has a folder of masks for {', '.join(there)}, and none for {lacking}; add it")
    return there


def check_classes(source: Source) -> None:
    """Refuse classes that do not fit into a mask, or whose names are no folders' names.

    Raises:
        InputError: they are.
    """
    count = len(source.classes)
    if not 2 <= count <= MOST:
        raise InputError(f"--overlapping is for 2 to {MOST} classes, {source.name} has {count}; choose with --classes")
    check_names(source.classes)


def check_names(classes: Sequence[str]) -> None:
    """Refuse names of classes that cannot be those of folders, or would be the same folder.

    Raises:
        InputError: they are such.
    """
    for name in classes:
        if not name.strip() or set(name) & set('/\\:*?"<>|\0') or name.startswith(".") or name.endswith((" ", ".")):
            raise InputError(f"each overlapping class has a folder, which cannot be called {name!r}; rename the class")
    if len({name.casefold() for name in classes}) < len(classes):
        raise InputError(f"classes differ in capitals alone: {', '.join(classes)}; rename one")


def _named(masks: Path) -> tuple[str, ...]:
    """The classes that a folder of masks names: in its list, else by the folders inside it."""
    if (masks / CLASS_LIST).is_file():
        return tuple(listed_classes(masks)[1:])
    inside = inner_folders(masks).values()
    return tuple(folder.name for folder in inside if images_within(folder) and folder.name.lower() not in IMAGE_FOLDERS)


def _opened(
    found: Mapping[str, list[Pair]], name: str, reading: Reading, wishes: MaskWishes
) -> OverlappingMasks | None:
    if not found:
        return None
    parts = {
        each: MaskSource(mask_set(pairs, name, (each,)), (each,), reading, wishes) for each, pairs in found.items()
    }
    return OverlappingMasks(parts, name)


def write_masks(
    folder: Path, name: str, mask: Mask, classes: tuple[str, ...], labelling: Labelling = EXCLUSIVE
) -> list[str]:
    """Write what was found in a picture as NAME.png, or, of overlapping classes, as CLASS/NAME.png each.

    Returns:
        the files within the folder.

    Raises:
        InputError: cannot be written there.
    """
    if not labelling.overlapping:
        write_mask(folder / f"{name}.png", mask, classes)
        return [f"{name}.png"]
    for k, each in enumerate(classes, start=1):
        write_mask(folder / each / f"{name}.png", labelling.of_class(mask, k).astype(np.uint8), (each,))
    return [f"{each}/{name}.png" for each in classes]


class OverlappingFolder:
    """As `MaskFolder`, of a folder for each class: CLASS/NAME.png, or masks/CLASS/NAME.png, as predict writes them.

    Attributes:
        folder: where the classes' folders lie.
        classes: the K class names.
        paths: image_id to the mask of the first class, where every class has one.
        extra: files that no picture is called like.
        note: how the masks are read.
        files: the masks that are used.
    """

    def __init__(
        self,
        folder: Path,
        image_ids: Sequence[str],
        classes: tuple[str, ...],
        wishes: MaskWishes = NO_WISHES,
        flags: Flags | None = None,
    ) -> None:
        """Pair the files of every class; arguments as of `MaskFolder`.

        Raises:
            InputError: a class has no folder, or as `MaskFolder`.
        """
        inner = inner_folders(existing_folder(folder))
        self.folder = next((inner[name] for name in MASK_FOLDERS if name in inner), folder)
        found = class_folders(self.folder, classes, folder)
        if not found:
            raise InputError(f"{self.folder} has no folder of masks for {', '.join(classes)}, which overlap; add them")
        self._parts = [MaskFolder(each, image_ids, (name,), wishes, flags) for name, each in found.items()]
        self.classes = classes
        whole = [name for name in self._parts[0].paths if all(name in part.paths for part in self._parts)]
        self.paths = {name: self._parts[0].paths[name] for name in whole}
        self.extra = tuple(path for part in self._parts for path in part.extra)
        self.note = "; ".join(dict.fromkeys(part.note for part in self._parts if part.note))
        self.files = tuple(part.paths[name] for part in self._parts for name in whole)

    def read(self, image_id: str) -> Mask:
        """(H, W) sets of classes.

        Raises:
            InputError: a file is broken, or the masks differ in size.
        """
        masks = [part.read(image_id) for part in self._parts]
        if len({mask.shape for mask in masks}) > 1:
            raise InputError(f"the masks of {image_id} in {self.folder} differ in size from class to class")
        return together(masks)


def open_masks(
    folder: Path,
    image_ids: Sequence[str],
    classes: tuple[str, ...],
    wishes: MaskWishes = NO_WISHES,
    flags: Flags | None = None,
    labelling: Labelling = EXCLUSIVE,
) -> MaskFolder | OverlappingFolder:
    """A folder of masks as classes of this kind are written; arguments and errors as of both."""
    kind = OverlappingFolder if labelling.overlapping else MaskFolder
    return kind(folder, image_ids, classes, wishes, flags)
