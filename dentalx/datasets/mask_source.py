"""Pictures with mask files as a data set: what folders and published layouts become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.config import DataConfig
from dentalx.datasets.decode import read_pixels
from dentalx.datasets.image_warnings import read_grey_with_warnings
from dentalx.datasets.images import image_size
from dentalx.datasets.mask_codes import ClassMap, Coding, Encoding, choose, from_entries, shown
from dentalx.datasets.mask_encoding import Wanted, decide
from dentalx.datasets.mask_inverted import inverted, spread
from dentalx.datasets.mask_looks import SOFT_LEVELS, Look, look, plane
from dentalx.datasets.mask_product import copied_share
from dentalx.datasets.masks import levels_beside, read_mask
from dentalx.datasets.naming import AS_IT_STANDS, Reading, distinct_records, grouped, record_name
from dentalx.datasets.patients import whose
from dentalx.errors import InputError, in_one_list
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.samples import UNLABELLED, Mask, Record, Sample

_SCANNED = 64  # masks that are looked at to learn how a data set writes its classes
_SPLIT_NAMES = {"train": "train", "val": "val", "test": "test", None: "all"}


@dataclass(frozen=True)
class Part:
    """Some pairs of picture and mask, and what is the same for all of them.

    Attributes:
        pairs: (picture, mask) files.
        split: as published.
        class_map: which code is which class here; None where the data say nothing.
        files: those that said it.
        ids: image file to (image_id, patient_id) where folders name them; others are called by their stem.
    """

    pairs: tuple[tuple[Path, Path], ...]
    split: str | None = None
    class_map: ClassMap | None = None
    files: tuple[Path, ...] = ()
    ids: Mapping[Path, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class MaskSet:
    """Parts that make one data set.

    Attributes:
        parts: at least one.
        name: shown in reports.
        classes: what the classes are called where nobody asks.
        own: whether those are the data's own names, out of which `--classes` chooses, or may be called anything.
        encoding: where the layout says it.
        notes: what the user should know, a sentence each.
    """

    parts: tuple[Part, ...]
    name: str
    classes: tuple[str, ...] = ("foreground",)
    own: bool = False
    encoding: Encoding | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskWishes:
    """What the user says of the masks.

    Attributes:
        encoding: None to find it out.
        class_map: which code is which class; goes before what the data say.
        part: which masks, where a data set has several of each picture.
        pictures: image_id to its image, for a folder of masks that may be images times masks.
    """

    encoding: Encoding | None = None
    class_map: ClassMap | None = None
    part: str | None = None
    pictures: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, config: DataConfig) -> "MaskWishes":
        """What was asked for."""
        encoding = None if config.mask_encoding == "auto" else Encoding(config.mask_encoding)
        return cls(encoding, from_entries(config.class_map), config.part)


NO_WISHES = MaskWishes()


class MaskSource:
    """Pictures and mask files; implements `dentalx.samples.Source`.

    What can be said without decoding every file is said at once: how the masks are read, what has another size.

    Attributes:
        layout: what the data are written as, and what showed it; whoever recognised it says so.
        labelling: what the values of the masks in memory mean.
    """

    layout: str = ""
    labelling: Labelling = EXCLUSIVE

    def __init__(
        self,
        found: MaskSet,
        classes: tuple[str, ...] = (),
        reading: Reading = AS_IT_STANDS,
        wishes: MaskWishes = NO_WISHES,
    ) -> None:
        """Name the records, check the sizes in their headers, and decide how the masks are read.

        Args:
            found: the files.
            classes: the K class names; none takes those of the data.
            reading: whose the pictures are, and how DICOM becomes grey.
            wishes: of the user, for the masks.

        Raises:
            InputError: a name is there twice, sizes differ, a class is unknown, or the masks are ambiguous.
        """
        parts = [replace(part, class_map=wishes.class_map) for part in found.parts] if wishes.class_map else found.parts
        part_of = {mask: part for part in parts for _, mask in part.pairs}
        records = [_record(picture, mask, part) for part in parts for picture, mask in part.pairs]
        records, owners = whose([grouped(record) for record in distinct_records(records)], reading)
        self._records = tuple(sorted(records, key=lambda record: record.image_id))
        if not reading.keep_bad:
            check_sizes(self._records)
        self._grey = reading.grey
        self._name = found.name
        self.annotation_files = tuple(sorted({path for part in parts for path in part.files}))
        chosen = _chosen(found, parts, classes)
        self._classes = tuple(chosen)
        declared = None if wishes.class_map else found.encoding
        wanted = Wanted(self._classes, chosen, wishes.encoding or declared)
        self._codings, told = _decided(self._records, part_of, wanted, asked=wishes.class_map is not None)
        self._notes = (*found.notes, *owners, *told)

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

    @property
    def mask_codes(self) -> list[dict[str, Any]]:
        """How the masks are read, as plain JSON: an encoding and its codes, with the splits they hold for."""
        splits: dict[Coding, set[str]] = {}
        for record in self._records:
            splits.setdefault(self._codings[record.image_id], set()).add(_SPLIT_NAMES[record.split])
        return [_as_json(coding, sorted(names)) for coding, names in splits.items()]

    def load(self, record: Record) -> Sample:
        """Read one pair at its own size.

        Raises:
            InputError: a file is broken, or the mask's values are not understood.
        """
        mask = self.truth(record)
        assert record.image is not None
        image, warnings = read_grey_with_warnings(record.image, rule=self._grey)
        if image.shape != mask.shape:
            raise InputError(_size_message(record, image.shape, mask.shape))
        return Sample(record.image_id, image, mask, warnings)

    def truth(self, record: Record) -> Mask:
        """The mask alone.

        Raises:
            InputError: its file is broken, or its values are not understood.
        """
        if record.image is None or record.mask is None or record.image_id not in self._codings:
            raise ValueError(f"record {record.image_id} is not of this data set")
        mask = read_mask(record.mask, self._codings[record.image_id], record.image)
        return self.labelling.of_exclusive(mask, len(self.classes))


def check_sizes(records: Sequence[Record]) -> None:
    """Refuse pairs of different size, by their headers.

    Raises:
        InputError: names the first twenty, and says how many there are.
    """
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
        raise InputError(in_one_list(problems))


def look_at(picture: Path, mask: Path) -> Look:
    """What one mask file shows; compared with its picture where it has too many levels for classes.

    Raises:
        InputError: unreadable.
    """
    pixels = read_pixels(mask)
    shown_by = look(mask, pixels)
    if shown_by.kind != "grey" or shown_by.soft or len(shown_by.counts) < SOFT_LEVELS:
        return shown_by
    values = plane(pixels)[1]
    try:
        levels = levels_beside(picture, values)
    except InputError:
        return shown_by  # broken: `load` says it to whoever needs the file
    return replace(shown_by, copied=copied_share(values, levels, shown_by.lossy))


def _chosen(found: MaskSet, parts: Sequence[Part], asked: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Class name to the data's own names that it takes in."""
    own = tuple(dict.fromkeys(name for part in parts if part.class_map for name in part.class_map.classes))
    if own or found.own:
        return choose(own or found.classes, asked, found.name)
    return {name: frozenset({name}) for name in asked or found.classes}


def _decided(
    records: Sequence[Record], part_of: Mapping[Path, Part], wanted: Wanted, asked: bool
) -> tuple[dict[str, Coding], list[str]]:
    """The coding of every record, one for all that share a class map; and sentences on each.

    Whether masks are inverted is `asked` already where the user gave the class map.
    """
    groups: dict[ClassMap | None, list[Record]] = {}
    for record in records:
        assert record.mask is not None
        groups.setdefault(part_of[record.mask].class_map, []).append(record)
    codings: dict[str, Coding] = {}
    notes = []
    for class_map, members in groups.items():
        looks = _looks(members)
        found, sentence = decide(looks, replace(wanted, class_map=class_map))
        reads = [partial(read_mask, r.mask, found, r.image) for r in spread(members) if r.mask is not None]
        doubt = "" if asked else inverted(reads, found, looks)
        codings.update(dict.fromkeys((record.image_id for record in members), found))
        splits = ", ".join(sorted({_SPLIT_NAMES[record.split] for record in members}))
        notes += [f"{splits}: {note}" if len(groups) > 1 else note for note in (sentence, doubt) if note]
    return codings, notes


def _looks(records: Sequence[Record]) -> list[Look]:
    """What a sample of masks shows, evenly spread; unreadable ones are left for `load` to refuse.

    Raises:
        InputError: all of them are unreadable.
    """
    found, refused = list[Look](), list[InputError]()
    for record in records[:: -(-len(records) // _SCANNED)]:
        assert record.image is not None and record.mask is not None
        try:
            found.append(look_at(record.image, record.mask))
        except InputError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def _record(picture: Path, mask: Path, part: Part) -> Record:
    name, patient = part.ids.get(picture) or (record_name(picture),) * 2
    return Record(name, patient, picture, mask, part.split)


def _size_message(record: Record, image: tuple[int, ...], mask: tuple[int, ...]) -> str:
    sizes = ["×".join(map(str, size)) for size in (mask, image)]
    return (
        f"mask {record.mask} is {sizes[0]} but its picture {record.image} is {sizes[1]} (rows×columns); "
        "export the mask at the image's size, or move both to another folder"
    )


def _as_json(coding: Coding, splits: list[str]) -> dict[str, Any]:
    names = {0: "background", UNLABELLED: "unlabelled"} | dict(enumerate(coding.classes, start=1))
    codes = {shown(code): names[number] for code, number in coding.codes}
    return {"splits": splits, "encoding": coding.encoding.value, "classes": list(coding.classes), "codes": codes}
