"""Public sets whose truth is mask files, exactly as they are downloaded: a few lines of data each.

A set is recognised by the folders that lie side by side, whatever folder is around them. Where it holds several masks
of the same pictures, `--part` or `--classes` says which.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from dentalx.config import DataConfig
from dentalx.datasets.decode import read_pixels
from dentalx.datasets.images import image_size, list_images
from dentalx.datasets.mask_codes import ClassMap, Colour
from dentalx.datasets.mask_source import MaskSet, Part
from dentalx.datasets.pairing import pair_lists, stem
from dentalx.datasets.readers.listing import Listing
from dentalx.errors import InputError


@dataclass(frozen=True)
class Place:
    """Two folders of a set. Names are in small letters; capitals do not matter.

    Attributes:
        pictures, masks: paths below the folder around them.
        split: as published.
        around: a pattern for the end of the path to that folder.
    """

    pictures: str
    masks: str
    split: str | None = None
    around: str = "*"


@dataclass(frozen=True)
class Truth:
    """One kind of masks of a set.

    Attributes:
        part: what `--part` calls it.
        about: what it is, in a few words.
        classes: the names of its classes.
        places: where it lies; those that are not there are left out.
        beside: folders that must lie beside it, which tell the set from others.
        colours: those of the classes, where the masks are coloured on black.
        stems: a pattern for the names of the masks that count.
        faulty: stem to what is reported to be wrong with it; left out.
        resized: stems of pairs reported to differ in size; left out where they do.
        doubles: stem to that of another picture; left out where both are the same radiograph, of which the first has
            the mask of a third.
    """

    part: str
    about: str
    classes: tuple[str, ...]
    places: tuple[Place, ...]
    beside: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    stems: str = ".*"
    faulty: Mapping[str, str] = field(default_factory=dict)
    resized: tuple[str, ...] = ()
    doubles: Mapping[str, str] = field(default_factory=dict)


_PSEUDO = ".*_pseudo"
_CARIES = (
    Place("train/images", "train/mask", "train", "*caries segmentation dataset"),
    Place("test/images", "test/mask", "test", "*caries segmentation dataset"),
    Place("images", "mask", "train", "*supplemental content*"),
)
_CARIES_COLOUR = ((53, 119, 181),)
_ADULT = "*adult tooth segmentation dataset"
_ABDI_RESIZED = ("109",)
_ABDI_DOUBLES = {"2": "32"}
_TUFTS_FAULT = {"1051": "others report that its mask is another picture's"}

SETS: Mapping[str, tuple[Truth, ...]] = {
    "abdi": (
        Truth(
            "segmentation1",
            "mandible, first dentist",
            ("mandible",),
            (Place("images", "segmentation1"),),
            resized=_ABDI_RESIZED,
            doubles=_ABDI_DOUBLES,
        ),
        Truth(
            "segmentation2",
            "mandible, second dentist",
            ("mandible",),
            (Place("images", "segmentation2"),),
            resized=_ABDI_RESIZED,
            doubles=_ABDI_DOUBLES,
        ),
    ),
    "tufts": (
        Truth("teeth", "teeth", ("teeth",), (Place("radiographs", "segmentation/teeth_mask"),), faulty=_TUFTS_FAULT),
        Truth(
            "maxillomandibular",
            "the region of both jaws",
            ("maxillomandibular",),
            (Place("radiographs", "segmentation/maxillomandibular"),),
            faulty=_TUFTS_FAULT,
        ),
    ),
    "dc1000": (
        Truth(
            "whole", "caries, whole pictures", ("caries",), (Place("images", "labels"),), ("images_cut", "labels_cut")
        ),
        Truth("cut", "caries, pictures cut to the teeth", ("caries",), (Place("images_cut", "labels_cut"),)),
    ),
    "children": (
        Truth("caries", "caries", ("caries",), _CARIES, colours=_CARIES_COLOUR, stems=f"(?!{_PSEUDO}$).*"),
        Truth("caries-teeth", "whole teeth, _pseudo", ("teeth",), _CARIES, colours=_CARIES_COLOUR, stems=_PSEUDO),
        Truth("adult-archive", "teeth of adults", ("teeth",), (Place("images", "mask", None, f"{_ADULT}/archive"),)),
        Truth(
            "adult-code",
            "teeth of adults",
            ("teeth",),
            (
                Place("train/images", "train/masks", "train", f"{_ADULT}/dataset and code"),
                Place("test/images", "test/masks", "test", f"{_ADULT}/dataset and code"),
            ),
        ),
        Truth(
            "adult-database",
            "teeth of adults",
            ("teeth",),
            (Place("images", "mask", None, f"{_ADULT}/panoramic radiography database"),),
        ),
    ),
}


def recognises(listing: Listing, name: str) -> str | None:
    """What makes the folder look like the public set `name`; None where nothing does."""
    found = [truth.part for truth in SETS[name] if _lies(listing, truth)]
    return f"folders as the public set has them: {', '.join(found)}" if found else None


def read(listing: Listing, name: str, config: DataConfig) -> MaskSet:
    """The pairs of the one kind of masks that is there, or that is asked for.

    Raises:
        InputError: several kinds are there and none is asked for, or none is there.
    """
    there = [truth for truth in SETS[name] if _lies(listing, truth)]
    if not there:
        wanted = " or ".join(f"{p.pictures} beside {p.masks}" for truth in SETS[name] for p in truth.places[:1])
        raise InputError(f"{listing.root} is not the public set {name}: looked for {wanted}; see --format")
    truth = _asked(listing.root, there, config)
    parts, notes = list[Part](), list[str]()
    class_map = ClassMap(tuple(zip(truth.classes, truth.colours, strict=True))) if truth.colours else None
    for split, pictures, masks in _lies(listing, truth):
        truths = [path for path in list_images(masks) if re.fullmatch(truth.stems, stem(path), re.IGNORECASE)]
        pairs, unpaired = pair_lists(list_images(pictures), truths)
        faults = {pair: why for pair in pairs if (why := _fault(truth, *pair))}
        notes += [f"{stem(picture)} is left out: {why}" for (picture, _), why in faults.items()] + unpaired
        parts.append(Part(tuple(pair for pair in pairs if pair not in faults), split, class_map))
    if not any(part.pairs for part in parts):
        raise InputError(f"{listing.root}: no picture has a mask of its name in part {truth.part}; check the download")
    others = [each.part for each in there if each is not truth]
    told = f"; other masks that are here: --part {', '.join(others)}" if others else ""
    notes.insert(0, f"read as the public set {name}, {truth.part} ({truth.about}){told}")
    filled = tuple(part for part in parts if part.pairs)
    return MaskSet(filled, listing.root.resolve().name, truth.classes, own=True, notes=tuple(notes))


def _fault(truth: Truth, picture: Path, mask: Path) -> str:
    """What is wrong with a pair; nothing where all is well, or where whoever reads it will say more."""
    name = stem(picture)
    try:
        resized = name in truth.resized and image_size(picture) != image_size(mask)
        other = picture.with_name(f"{truth.doubles.get(name, '')}{picture.suffix}")
        double = name in truth.doubles and other.exists() and _same_pixels(picture, other)
    except InputError:
        return ""
    if double:
        return f"it is the same radiograph as {other.stem}, and its mask is of another one"
    return "its mask has another size" if resized else truth.faulty.get(name, "")


def _same_pixels(first: Path, second: Path) -> bool:
    return bool(np.array_equal(read_pixels(first).values, read_pixels(second).values))


def _asked(root: Path, there: list[Truth], config: DataConfig) -> Truth:
    """The kind of masks that `--part` or `--classes` means."""
    if config.part is not None:
        named = [truth for truth in there if truth.part == config.part.casefold()]
    else:
        named = [truth for truth in there if set(config.classes) <= {*truth.classes, "all"}] or there
    if len(named) == 1:
        return named[0]
    classes = [truth.classes for truth in there]
    flags = [
        f"--part {truth.part}{f' or --classes {truth.classes[0]}' if classes.count(truth.classes) == 1 else ''} "
        f"({truth.about})"
        for truth in there
    ]
    problem = f"has no part {config.part!r}" if config.part is not None else f"holds {len(there)} kinds of masks"
    raise InputError(f"{root} {problem}; choose one: {'; '.join(flags)}")


def _lies(listing: Listing, truth: Truth) -> list[tuple[str | None, Path, Path]]:
    """(split, pictures, masks) of the places of a truth that are there."""
    folders = {_small(folder): folder for folder in _folders(listing)}
    found = []
    for place in truth.places:
        for around in sorted(set(_tops(folders, place.pictures))):
            wanted = [f"{around}{each}" for each in (place.pictures, place.masks, *truth.beside)]
            if fnmatchcase(around.rstrip("/"), place.around) and all(each in folders for each in wanted):
                pair = folders[wanted[0]], folders[wanted[1]]
                if _has(pair[1], truth.stems):
                    found.append((place.split, *pair))
    return found


def _folders(listing: Listing) -> Iterator[Path]:
    """The data folder and those below that hold files, or folders that do."""
    root = listing.root.resolve()
    inside = {parent for path in listing.files for parent in path.relative_to(listing.root).parents}
    yield from (root / folder for folder in sorted(inside))


def _small(folder: Path) -> str:
    """A folder's path in small letters, any apostrophe as the plain one."""
    return folder.as_posix().casefold().replace("’", "'")


def _tops(folders: Mapping[str, Path], end: str) -> Iterator[str]:
    """The folders around those whose path ends so, with a slash at the end."""
    return (name[: -len(end)] for name in folders if name.endswith(f"/{end}"))


def _has(folder: Path, stems: str) -> bool:
    """Whether a folder has a picture of such a name."""
    return any(re.fullmatch(stems, stem(path), re.IGNORECASE) for path in list_images(folder))
