"""Two folders, pictures and masks, paired by name; and finding the two inside one."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalx.datasets.images import existing_folder, image_size, list_images, read_grey
from dentalx.datasets.masks import Encoding, read_mask, white_or_index
from dentalx.errors import InputError
from dentalx.samples import Record, Sample

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "radiographs", "xrays")
MASK_FOLDERS = ("masks", "mask", "labels", "label", "segmentations", "segmentation", "annotations", "gt")
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
_IMAGE_SUFFIX = re.compile(r"\.(png|jpe?g|jpe|jfif|tiff?|bmp)$", re.IGNORECASE)
_MASK_SUFFIX = re.compile(r"[ _.-]?(?<![A-Za-z])(masks?|seg|segmentation|labels?|gt)$", re.IGNORECASE)
_NAMES_SHOWN = 5
_SCANNED = 256  # masks that are looked at to learn how a data set writes its class


@dataclass(frozen=True)
class Part:
    """A pair of folders, and the split that the publisher gives to what is in them."""

    images: Path
    masks: Path
    split: str | None = None


class FolderSource:
    """Pictures and masks in folders; implements `dentalx.samples.Source`.

    Everything that can be said without decoding is said at once: what has no partner, what has another size.
    """

    def __init__(
        self, parts: Sequence[Part], classes: tuple[str, ...] = (), patient_pattern: str | None = None, name: str = ""
    ) -> None:
        """Pair the files and check the sizes in their headers.

        Args:
            parts: the folders; several where the publisher has made splits.
            classes: the K class names; none means one class, named after the mask folder.
            patient_pattern: a regular expression; its first group, found in a stem, names the patient.
            name: shown in reports.

        Raises:
            InputError: a folder is missing, nothing pairs, a name is there twice, or sizes differ.
        """
        notes: list[str] = []
        records: list[Record] = []
        for part in parts:
            pairs, unpaired = pair_files(part.images, part.masks)
            records += [Record(_stem(image), _stem(image), image, mask, part.split) for image, mask in pairs]
            notes += unpaired
        records = _with_patients(_distinct(records), patient_pattern)
        self._records = tuple(sorted(records, key=lambda record: record.image_id))
        _check_sizes(self._records)
        self._name = name or parts[0].images.parent.name or parts[0].images.name
        self._classes = classes or (_class_from_folder(parts[0].masks),)
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
        image = read_grey(record.image)
        mask = read_mask(record.mask, self._classes, self._encoding)
        if image.shape != mask.shape:
            raise InputError(_size_message(record, image.shape, mask.shape))
        return Sample(record.image_id, image, mask)

    def _learn_encoding(self, notes: list[str]) -> Encoding | None:
        """One decision for all files: whether 255 is the class, or unlabelled beside 0 and 1."""
        if len(self._classes) != 1:
            return None
        masks = [record.mask for record in self._records if record.mask is not None]
        for mask in masks[:: max(1, len(masks) // _SCANNED)]:
            try:
                found = white_or_index(mask)
            except InputError:
                continue  # `load` says it again, for the one who needs the file
            if found is Encoding.INDEX:
                notes.append(f"{mask.name} holds both 1 and 255, so 255 is read as unlabelled in every mask")
                return found
        return Encoding.WHITE


def open_pair(
    images: Path, masks: Path, classes: tuple[str, ...] = (), patient_pattern: str | None = None
) -> FolderSource:
    """The data set of two folders.

    Raises:
        InputError: as `FolderSource`.
    """
    return FolderSource([Part(existing_folder(images), existing_folder(masks))], classes, patient_pattern)


def open_folder(data: Path, classes: tuple[str, ...] = (), patient_pattern: str | None = None) -> FolderSource:
    """The data set of one folder that holds images and masks, perhaps divided into train, val and test.

    Raises:
        InputError: no such folders inside; lists what was looked for and what is there.
    """
    existing_folder(data)
    parts = _find_parts(data, classes)
    if not parts:
        there = ", ".join(sorted(entry.name for entry in _folders(data))[:12]) or "no folder"
        raise InputError(
            f"{data} holds no pair of folders: looked for {'|'.join(IMAGE_FOLDERS)} beside "
            f"{'|'.join((*classes[:1], *MASK_FOLDERS))}, found {there}; give --images and --masks"
        )
    return FolderSource(parts, classes, patient_pattern, data.resolve().name)


def pair_files(images: Path, masks: Path) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pair the pictures of two folders by stem, never by order.

    Returns:
        (image, mask) pairs sorted by name, and a sentence on each kind of file without a partner.

    Raises:
        InputError: a folder is missing or empty, nothing pairs, or two files claim one name.
    """
    pictures, truths = _listed(images), _listed(masks)
    if images.resolve() == masks.resolve():
        pictures, truths = _divide_by_name(pictures)
    by_name = _by_stem(pictures)
    folded = {name.casefold(): name for name in by_name}
    pairs: dict[str, Path] = {}
    lonely_masks: list[Path] = []
    for truth in truths:
        name = next((folded[c.casefold()] for c in _names_meant(truth) if c.casefold() in folded), None)
        if name is None:
            lonely_masks.append(truth)
        elif name in pairs:
            raise InputError(f"{pairs[name]} and {truth} are both masks of {by_name[name].name}; remove one")
        else:
            pairs[name] = truth
    lonely = [path for name, path in by_name.items() if name not in pairs]
    if not pairs:
        raise InputError(
            f"no picture of {images} has a mask of the same name in {masks} (for example {pictures[0].name} and "
            f"{truths[0].name}); rename the masks like their pictures, _mask or _seg at the end is fine"
        )
    notes = [
        f"{len(paths)} {what} left out: {_listing(paths)}"
        for what, paths in (("picture(s) without a mask", lonely), ("mask(s) without a picture", lonely_masks))
        if paths
    ]
    return [(by_name[name], pairs[name]) for name in sorted(pairs)], notes


def _listed(folder: Path) -> list[Path]:
    found = list_images(folder)
    if not found:
        count = sum(1 for _ in folder.iterdir())
        raise InputError(f"{folder} holds no picture (PNG, JPEG, TIFF or BMP) among {count} entries; check the folder")
    return found


def _divide_by_name(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The pictures and the masks of one folder that holds both."""
    stems = {_stem(path).casefold() for path in paths}
    truths = [p for p in paths if any(name.casefold() in stems for name in _names_meant(p)[1:])]
    return [path for path in paths if path not in truths], truths


def _by_stem(paths: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    folded: dict[str, Path] = {}
    for path in paths:
        name = _stem(path)
        if name.casefold() in folded:
            raise InputError(f"{folded[name.casefold()]} and {path} have the same name; rename or remove one")
        found[name] = folded[name.casefold()] = path
    return found


def _stem(path: Path) -> str:
    return unicodedata.normalize("NFC", path.stem if _IMAGE_SUFFIX.search(path.name) else path.name)


def _names_meant(mask: Path) -> list[str]:
    """The stems of pictures that a mask's name may mean, most literal first.

    >>> _names_meant(Path("7.jpg_mask.png"))
    ['7.jpg_mask', '7.jpg', '7']
    >>> _names_meant(Path("a-seg.PNG")), _names_meant(Path("damask.png"))
    (['a-seg', 'a'], ['damask'])
    """
    names = [_stem(mask)]
    while True:
        shorter = _MASK_SUFFIX.sub("", names[-1]) if names[-1] else ""
        shorter = shorter if shorter != names[-1] else _IMAGE_SUFFIX.sub("", names[-1])
        if not shorter or shorter == names[-1]:
            return names
        names.append(shorter)


def _listing(paths: Sequence[Path]) -> str:
    shown = ", ".join(path.name for path in paths[:_NAMES_SHOWN])
    return f"{shown}{' …' if len(paths) > _NAMES_SHOWN else ''}"


def _distinct(records: list[Record]) -> list[Record]:
    """Unique ids: where two splits use the same name, the split goes before it."""
    seen: dict[str, int] = {}
    for record in records:
        seen[record.image_id] = seen.get(record.image_id, 0) + 1
    renamed = [
        replace(r, image_id=f"{r.split}-{r.image_id}", patient_id=f"{r.split}-{r.image_id}")
        if seen[r.image_id] > 1
        else r
        for r in records
    ]
    return renamed


def _with_patients(records: list[Record], pattern: str | None) -> list[Record]:
    if pattern is None:
        return records
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"--patient-pattern {pattern!r} is not a regular expression: {error}") from error
    if compiled.groups < 1:
        raise InputError(f"--patient-pattern {pattern!r} has no group; put parentheses around the patient's part")
    named = []
    for record in records:
        assert record.image is not None
        found = compiled.search(_stem(record.image))
        if found is None or not found.group(1):
            raise InputError(f"--patient-pattern {pattern!r} finds no patient in {record.image.name}; widen it")
        named.append(replace(record, patient_id=found.group(1)))
    return named


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
        more = f" ({len(problems) - 1} more file(s) have problems too)" if len(problems) > 1 else ""
        raise InputError(problems[0] + more)


def _size_message(record: Record, image: tuple[int, ...], mask: tuple[int, ...]) -> str:
    sizes = ["×".join(map(str, size)) for size in (mask, image)]
    return (
        f"mask {record.mask} is {sizes[0]} but its picture {record.image} is {sizes[1]} (rows×columns); "
        "export the mask at the picture's size, or remove the pair"
    )


def _class_from_folder(masks: Path) -> str:
    name = masks.resolve().name.lower()
    return "foreground" if name in MASK_FOLDERS or name in SPLIT_FOLDERS else name


def _folders(parent: Path) -> list[Path]:
    return [entry for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith(".")]


def _find_parts(data: Path, classes: tuple[str, ...]) -> list[Part]:
    """The pairs of folders inside `data`: plain, data/SPLIT/images, or data/images/SPLIT."""
    if pair := _find_pair(data, classes):
        inner = [_within(pair[0], pair[1], name) for name in SPLIT_FOLDERS]
        return [part for part in inner if part] or [Part(*pair)]
    parts = []
    for folder in _folders(data):
        split = SPLIT_FOLDERS.get(folder.name.lower())
        pair = _find_pair(folder, classes) if split else None
        if pair:
            parts.append(Part(*pair, split))
    return parts


def _within(images: Path, masks: Path, name: str) -> Part | None:
    image_folder, mask_folder = ({f.name.lower(): f for f in _folders(p)}.get(name) for p in (images, masks))
    return Part(image_folder, mask_folder, SPLIT_FOLDERS[name]) if image_folder and mask_folder else None


def _find_pair(parent: Path, classes: tuple[str, ...]) -> tuple[Path, Path] | None:
    there = {folder.name.lower(): folder for folder in _folders(parent)}
    wanted = (classes[0].lower(), *MASK_FOLDERS) if len(classes) == 1 else MASK_FOLDERS
    images = next((there[name] for name in IMAGE_FOLDERS if name in there), None)
    masks = next((there[name] for name in wanted if name in there), None)
    return (images, masks) if images and masks else None
