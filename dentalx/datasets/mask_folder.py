"""One folder of masks, whoever made them: a program's predictions, or what a person drew; paired by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from dentalx.datasets.decode import read_pixels
from dentalx.datasets.images import existing_folder, image_size, list_images
from dentalx.datasets.mask_codes import Coding, Encoding, choose
from dentalx.datasets.mask_encoding import Wanted, decide
from dentalx.datasets.mask_inverted import inverted, spread
from dentalx.datasets.mask_looks import Look, look
from dentalx.datasets.mask_source import NO_WISHES, MaskWishes, look_at
from dentalx.datasets.masks import read_mask
from dentalx.datasets.naming import AS_IT_STANDS, Reading, record_name, with_patients
from dentalx.datasets.pairing import images_within, pair_lists
from dentalx.datasets.patient_folders import flat_names
from dentalx.errors import InputError
from dentalx.samples import Mask, Record, Sample

_SCANNED = 256  # masks that are looked at to learn how classes are written
_INSIDE = "masks"  # where predict.py puts them
_SHOWN = 3


@dataclass(frozen=True)
class Flags:
    """What the flags about a folder's masks are called, for messages."""

    encoding: str = "--mask-encoding"
    class_map: str = "--class-map"

    def named(self, message: str) -> str:
        """A message with these flags in place of those about truth."""
        return message.replace("--mask-encoding", self.encoding).replace("--class-map", self.class_map)


class MaskFolder:
    """The masks of a folder, by the pictures that they are named like.

    Attributes:
        folder: where they lie; `masks` inside it, where predict.py made it.
        paths: image_id to its mask's file.
        extra: files that no picture is called like.
        note: how the masks are read; "" where none can be.
    """

    def __init__(
        self,
        folder: Path,
        image_ids: Sequence[str],
        classes: tuple[str, ...],
        wishes: MaskWishes = NO_WISHES,
        flags: Flags | None = None,
    ) -> None:
        """Pair the files, and decide how they are read.

        Args:
            folder: PNG, JPEG, TIFF or BMP files, directly in it, or else in folders below it.
            image_ids: of the pictures.
            classes: the K class names.
            wishes: how the masks are written, where it is not to be found out.
            flags: how to call what changes that.

        Raises:
            InputError: the folder holds no picture, two files are of one picture, none is of any, or it is unclear
                how classes are written.
        """
        self.folder, names = _files(folder)
        files = list(names.values())
        self.classes = classes
        stems = {Path(f"{image_id}.png"): image_id for image_id in image_ids}
        pairs, _ = pair_lists(tuple(stems), tuple(names))
        self.paths = {stems[stem]: names[name] for stem, name in pairs}
        self.extra = tuple(sorted(set(files) - set(self.paths.values())))
        if image_ids and not self.paths:
            shown = ", ".join(path.name for path in files[:_SHOWN])
            raise InputError(
                f"no mask of {self.folder} is named like a picture (masks: {shown}; pictures: "
                f"{', '.join(list(image_ids)[:_SHOWN])}); name each like its picture"
            )
        self._flags = flags or Flags()
        self._pictures = wishes.pictures
        self._coding, self.note = self._decided(wishes)

    @property
    def files(self) -> tuple[Path, ...]:
        """The masks that are used."""
        return tuple(self.paths.values())

    def read(self, image_id: str) -> Mask:
        """(H, W) uint8 of 0…K and 255.

        Raises:
            InputError: it is missing, broken, or written in another way than the others.
        """
        path = self.paths[image_id]
        if self._coding is None:
            read_pixels(path)  # says what is wrong with it
            raise InputError(f"{path} cannot be read as a mask; export it again")
        try:
            return read_mask(path, self._coding, self._pictures.get(image_id))
        except InputError as error:
            raise InputError(self._flags.named(str(error))) from error

    def size(self, image_id: str) -> tuple[int, int]:
        """(rows, columns), from the file's header alone.

        Raises:
            InputError: it is broken.
        """
        return image_size(self.paths[image_id])

    def _decided(self, wishes: MaskWishes) -> tuple[Coding | None, str]:
        paths = list(self.paths.values())
        looks = _looks(list(self.paths.items())[:: -(-len(paths) // _SCANNED) or 1], wishes.pictures)
        if not looks:
            return None, ""
        if wishes.encoding is Encoding.PICTURE and not wishes.pictures:
            raise InputError(
                f"{self._flags.encoding} picture-times-mask is not for a folder of masks alone; write masks"
            )
        own = wishes.class_map.classes if wishes.class_map else ()
        chosen = (
            choose(own, self.classes, str(self.folder)) if own else {name: frozenset({name}) for name in self.classes}
        )
        try:
            found, note = decide(looks, Wanted(self.classes, chosen, wishes.encoding, wishes.class_map))
        except InputError as error:
            raise InputError(self._flags.named(str(error))) from error
        spread_ids = spread(list(self.paths))
        reads = [partial(read_mask, self.paths[each], found, wishes.pictures.get(each)) for each in spread_ids]
        doubt = "" if own else inverted(reads, found, looks)
        return found, self._flags.named("; ".join(filter(None, (note, doubt))))


class BareMasks:
    """Masks as a data set of their own, without radiographs; implements `dentalx.samples.Source`.

    The picture of each is grey, so only what looks at masks alone should take it.
    """

    def __init__(
        self,
        folder: Path,
        classes: tuple[str, ...] = (),
        reading: Reading = AS_IT_STANDS,
        wishes: MaskWishes = NO_WISHES,
    ) -> None:
        """Name the records after the files.

        Raises:
            InputError: as `MaskFolder`.
        """
        own = wishes.class_map.classes if wishes.class_map else ()
        self._classes = classes or own or ("foreground",)
        found, files = _files(folder)
        records = [Record(name, name, path) for called, path in files.items() for name in [record_name(called)]]
        if reading.patient_pattern is not None:
            records = with_patients(records, reading.patient_pattern)
        records = [replace(record, image=None, mask=record.image) for record in records]
        self._records = tuple(sorted(records, key=lambda record: record.image_id))
        self._masks = MaskFolder(found, [record.image_id for record in records], self._classes, wishes)
        self._name = folder.resolve().name

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
        """Every mask, sorted by image_id."""
        return self._records

    @property
    def notes(self) -> Sequence[str]:
        """How the masks are read."""
        return (self._masks.note,) if self._masks.note else ()

    def load(self, record: Record) -> Sample:
        """A mask on a grey picture of its size.

        Raises:
            InputError: the mask is broken.
        """
        mask = self._masks.read(record.image_id)
        return Sample(record.image_id, np.full(mask.shape, 0.5, np.float32), mask)


def _files(folder: Path) -> tuple[Path, dict[Path, Path]]:
    """Where masks lie, and what each is called to its file."""
    files = list_images(existing_folder(folder))
    if not files:
        folder = folder / _INSIDE if (folder / _INSIDE).is_dir() else folder
        files = images_within(folder)
    if not files:
        raise InputError(f"{folder} holds no mask (PNG, JPEG, TIFF or BMP); check the folder")
    return folder, flat_names(files, folder)


def _looks(masks: Sequence[tuple[str, Path]], pictures: Mapping[str, Path]) -> list[Look]:
    """What masks show, compared with their images where these are known; `MaskFolder.read` refuses unreadable ones."""
    found = []
    for image_id, path in masks:
        picture = pictures.get(image_id)
        try:
            found.append(look_at(picture, path) if picture else look(path, read_pixels(path)))
        except InputError:  # said again, by file, when it is read
            continue
    return found
