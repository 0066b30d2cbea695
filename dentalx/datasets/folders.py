"""Two folders, pictures and masks; and finding the two inside one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalx.datasets.images import existing_folder, image_size, list_images, read_grey
from dentalx.datasets.masks import Encoding, encoding_shown, read_mask
from dentalx.datasets.naming import AS_IT_STANDS, Reading, distinct_records, record_name
from dentalx.datasets.pairing import pair_files
from dentalx.datasets.patients import whose
from dentalx.errors import InputError
from dentalx.files import read_json
from dentalx.samples import Record, Sample

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "radiographs", "xrays")
MASK_FOLDERS = ("masks", "mask", "labels", "label", "segmentations", "segmentation", "gt")
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
CLASS_LIST = "classes.json"  # beside masks of several classes: their names, "background" first
_SCANNED = 256  # masks that are looked at to learn how a data set writes its classes
_NAMES_SHOWN = 12


@dataclass(frozen=True)
class Part:
    """A pair of folders, and the split that the publisher gives to what is in them."""

    images: Path
    masks: Path
    split: str | None = None


class FolderSource:
    """Pictures and masks in folders; implements `dentalx.samples.Source`.

    What can be said without decoding every file is said at once: what has no partner, what has another size.
    """

    def __init__(
        self, parts: Sequence[Part], classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS, name: str = ""
    ) -> None:
        """Pair the files and check the sizes in their headers.

        Args:
            parts: the folders; several where the publisher has made splits.
            classes: the K class names; none takes those that `classes.json` lists, or one named after the folder.
            reading: whose the pictures are, and how DICOM becomes grey.
            name: shown in reports.

        Raises:
            InputError: a folder is missing, nothing pairs, a name is there twice, or sizes differ.
        """
        notes: list[str] = []
        records: list[Record] = []
        for part in parts:
            pairs, unpaired = pair_files(part.images, part.masks)
            records += [_record(image, mask, part.split) for image, mask in pairs]
            notes += unpaired
        records, owners = whose(distinct_records(records), reading)
        notes += owners
        self._grey = reading.grey
        self._records = tuple(sorted(records, key=lambda record: record.image_id))
        _check_sizes(self._records)
        self._name = name or parts[0].images.resolve().parent.name
        self._classes = _class_names(parts[0].masks, classes)
        self._encoding = self._learn_encoding(notes)
        self._notes = tuple(notes)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._name

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""
        return self._classes

    @property
    def records(self) -> Sequence[Record]:
        """Every pair, sorted by image_id."""
        return self._records

    @property
    def notes(self) -> Sequence[str]:
        """Unpaired files and how masks are read, a sentence each."""
        return self._notes

    def load(self, record: Record) -> Sample:
        """Read one pair at its own size.

        Raises:
            InputError: a file is broken, or the mask's values are not understood.
        """
        if record.image is None or record.mask is None:
            raise ValueError(f"record {record.image_id} has no files")
        image = read_grey(record.image, rule=self._grey)
        mask = read_mask(record.mask, self._classes, self._encoding)
        if image.shape != mask.shape:
            raise InputError(_size_message(record, image.shape, mask.shape))
        return Sample(record.image_id, image, mask)

    def _learn_encoding(self, notes: list[str]) -> Encoding | None:
        """One decision for all files: whether 255 is the class, or unlabelled beside the class's index."""
        masks = [record.mask for record in self._records if record.mask is not None]
        for mask in masks[:: -(-len(masks) // _SCANNED)]:
            try:
                found = encoding_shown(mask, self._classes)
            except InputError:
                continue  # `load` says it again, to whoever needs the file
            if found is not None:
                if len(self._classes) == 1:
                    notes.append(f"{mask.name} holds both 1 and 255, so 255 is read as unlabelled in every mask")
                return found
        return Encoding.WHITE if len(self._classes) == 1 else None


def open_pair(
    images: Path, masks: Path, classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS
) -> FolderSource:
    """The data set of two folders.

    Raises:
        InputError: as `FolderSource`.
    """
    return FolderSource([Part(existing_folder(images), existing_folder(masks))], classes, reading)


def open_folder(data: Path, classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS) -> FolderSource:
    """The data set of one folder that holds images and masks, perhaps divided into train, val and test.

    The mask folder is the one named like the class, or one of `MASK_FOLDERS`, or the only other one.

    Raises:
        InputError: no such folders inside; lists what was looked for and what is there.
    """
    parts = _find_parts(existing_folder(data), classes)
    if not parts:
        raise InputError(_nothing_found(data, classes))
    return FolderSource(parts, classes, reading, data.resolve().name)


def recognises(data: Path, classes: tuple[str, ...] = ()) -> bool:
    """Whether a folder holds pairs of folders with pictures in both."""
    return any(
        list_images(part.images) and list_images(part.masks) for part in _find_parts(existing_folder(data), classes)
    )


def has_images(data: Path) -> bool:
    """Whether a folder holds one that is called as folders of pictures are."""
    there = _folders(data)
    return any(name in there for name in (*IMAGE_FOLDERS, *SPLIT_FOLDERS))


def _record(image: Path, mask: Path, split: str | None) -> Record:
    name = record_name(image)
    return Record(name, name, image, mask, split)


def _check_sizes(records: Sequence[Record]) -> None:
    problems = []
    for record in records:
        assert record.image is not None and record.mask is not None
        try:
            sizes = image_size(record.image), image_size(record.mask)
        except InputError as error:
            problems.append(str(error))
            continue
        if sizes[0] != sizes[1]:
            problems.append(_size_message(record, *sizes))
    if problems:
        more = f" ({len(problems) - 1} more of {len(records)} have problems too)" if len(problems) > 1 else ""
        raise InputError(problems[0] + more)


def _size_message(record: Record, image: tuple[int, ...], mask: tuple[int, ...]) -> str:
    sizes = ["×".join(map(str, size)) for size in (mask, image)]
    return (
        f"mask {record.mask} is {sizes[0]} but its picture {record.image} is {sizes[1]} (rows×columns); "
        "export the mask at the picture's size, or remove the pair"
    )


def _class_names(masks: Path, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The names asked for, checked against `classes.json` where there is one."""
    listed = _listed_classes(masks)
    if listed and asked and asked != listed:
        raise InputError(
            f"{masks / CLASS_LIST} lists the classes {', '.join(listed)}, but --classes names {', '.join(asked)}; "
            "name all of them in that order, or leave --classes out"
        )
    name = masks.resolve().name.lower()
    generic = name in MASK_FOLDERS or name in SPLIT_FOLDERS
    return asked or listed or (("foreground",) if generic else (name,))


def _listed_classes(masks: Path) -> tuple[str, ...]:
    path = masks / CLASS_LIST
    if not path.exists():
        return ()
    names = read_json(path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(names) < 2:
        raise InputError(f'{path} must be a JSON list of names that begins with "background"; correct or remove it')
    if names[0] != "background":
        raise InputError(f'{path} must begin with "background", got {names[0]!r}; correct or remove it')
    return tuple(names[1:])


def _folders(parent: Path) -> dict[str, Path]:
    """The folders inside one, by their names in small letters."""
    try:
        inside = [entry for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise InputError(f"cannot list {parent}: {error.strerror or error}; check permissions") from error
    return {folder.name.lower(): folder for folder in sorted(inside)}


def _find_parts(data: Path, classes: tuple[str, ...]) -> list[Part]:
    """The pairs of folders inside `data`: data/images, data/images/SPLIT, or data/SPLIT/images."""
    if pair := _find_pair(data, classes):
        images, masks = (_folders(folder) for folder in pair)
        both = [name for name in SPLIT_FOLDERS if name in images and name in masks]
        return [Part(images[name], masks[name], SPLIT_FOLDERS[name]) for name in both] or [Part(*pair)]
    found = [(name, folder) for name, folder in _folders(data).items() if name in SPLIT_FOLDERS]
    pairs = [(SPLIT_FOLDERS[name], _find_pair(folder, classes)) for name, folder in found]
    return [Part(*pair, split) for split, pair in pairs if pair]


def _find_pair(parent: Path, classes: tuple[str, ...]) -> tuple[Path, Path] | None:
    there = _folders(parent)
    images = next((there.pop(name) for name in IMAGE_FOLDERS if name in there), None)
    wanted = (classes[0].lower(), *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS
    masks = next((there[name] for name in wanted if name in there), None)
    if images and masks is None and not classes:
        others = [folder for folder in there.values() if list_images(folder)]
        masks = others[0] if len(others) == 1 else None
    return (images, masks) if images and masks else None


def _nothing_found(data: Path, classes: tuple[str, ...]) -> str:
    there = _folders(data)
    listed = ", ".join(list(there)[:_NAMES_SHOWN]) or "no folder"
    image = next((name for name in IMAGE_FOLDERS if name in there), None)
    if image and not classes and len(there) > 2:
        named = " or ".join(f"--classes {name}" for name in there if name != image)
        return f"{data} holds several folders that may be masks ({listed}); choose one: {named}"
    masks = "|".join((*classes[:1], *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS)
    return (
        f"{data} holds no pair of folders: looked for {'|'.join(IMAGE_FOLDERS)} beside {masks}, "
        f"found {listed}; give --images and --masks"
    )
