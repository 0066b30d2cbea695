"""Names of mask files that hold one object each: the image that a path means, and what it says of the object.

Three rules are known: `NAME_11.png` (the image's name and a suffix), `NAME/11.png` (a folder for each image) and
`11/NAME.png` (a folder for each class). A folder whose masks are called like their images is none of these.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalx.datasets.pairing import names_meant, stem
from dentalx.datasets.readers.listing import Listing, split_of
from dentalx.datasets.tooth_words import TOOTH
from dentalx.errors import InputError
from dentalx.teeth import FDI

_MASK_FOLDER = re.compile(r"mask|label(?!l?ed)|segment|annotation|ground.?truth|(^|[_ -])gt($|[_ -])", re.IGNORECASE)
_OBJECT_FOLDER = re.compile(r"instance|object|teeth|tooth", re.IGNORECASE)
_IMAGE_FOLDER = re.compile(r"image|img|x.?ray|radiograph|panoram|photo|picture", re.IGNORECASE)
_MARKED = re.compile(r"(?<![^\W_])masks?(?![^\W\d_])", re.IGNORECASE)  # what tells masks in the folder of their images
_SEPARATOR = re.compile(r"[ _.-]+")
_PART = re.compile(r"\d+|[^\W\d_]+")
_MOST_PARTS, _LONGEST = 4, 40  # of what a mask's name adds to its image's: words and numbers, characters
_NEARLY_ALL = 0.9  # share of the masks that one rule must explain
_SUPERNUMERARY = 91
_MOST_CLASSES, _FEW = 64, 4  # words that may be names of classes; so few are, however few the masks
_NO_CLASS = re.compile(
    "masks?|seg|segm|segmentation|labels?|gt|bin|binary|inst|instances?|obj|objects?|id|idx|index|no|nr|num|number",
    re.IGNORECASE,
)
_BACKGROUND = frozenset({"background", "bg", "ground"})
_Stems = Mapping[str, list[Path]]


@dataclass(frozen=True)
class NamedMask:
    """One mask file.

    Attributes:
        path: its file.
        image: the file of its image.
        what: what its name, or its folder's, adds to the image's name; "" where nothing.
    """

    path: Path
    image: Path
    what: str


@dataclass(frozen=True)
class NamedMasks:
    """The mask files of a folder.

    Attributes:
        masks: those of an image, in the order of their paths.
        lonely: those of no image.
        rule: how the names are read, for messages.
        by_class: whether folders give classes, so that their numbers are no index.
        images: every image of the folder, also those without a mask.
        background: masks that are called background, which is no object.
    """

    masks: tuple[NamedMask, ...]
    lonely: tuple[Path, ...]
    rule: str
    by_class: bool
    images: tuple[Path, ...]
    background: tuple[Path, ...]


def named_masks(listing: Listing) -> NamedMasks | None:
    """Find the mask files of single objects; None where the files are not called so.

    One rule must explain nearly all masks, and some image must have several.

    Raises:
        InputError: a mask may belong to several images of one name.
    """
    images, masks = _divided(listing)
    if not images or len(masks) < 2:
        return None
    stems: dict[str, list[Path]] = defaultdict(list)
    for path in images:
        stems[stem(path).casefold()].append(path)
    for rule, (meant, by_class) in _RULES.items():
        found = {path: said for path in masks if (said := meant(path, listing.root, stems))}
        times = Counter(name for name, _ in found.values())
        if len(found) < _NEARLY_ALL * len(masks) or max(times.values()) < 2:
            continue
        named = [NamedMask(p, _nearest(p, stems[name], listing.root), what) for p, (name, what) in found.items()]
        lonely = tuple(path for path in masks if path not in found)
        ground = tuple(mask.path for mask in named if mask.what.casefold() in _BACKGROUND)
        objects = tuple(mask for mask in named if mask.what.casefold() not in _BACKGROUND)
        return NamedMasks(objects, lonely, rule, by_class, tuple(images), ground)
    return None


def _divided(listing: Listing) -> tuple[list[Path], list[Path]]:
    """The images and the masks of a folder, told apart by their folders, or else by the word mask in their names."""
    images, masks = list[Path](), list[Path]()
    for path in listing.images:
        (masks if _mask_folder(path, listing.root) is not None else images).append(path)
    if masks:
        return images, masks
    by_folder = {(path.parent, stem(path).casefold()) for path in images}
    masks = [path for path in images if _MARKED.search(stem(path)) and _beside(path, by_folder)]
    taken = set(masks)
    return [path for path in images if path not in taken], masks


def _beside(mask: Path, images: set[tuple[Path, str]]) -> bool:
    return any((mask.parent, head) in images and _MARKED.match(what) for head, what in _heads(mask))


def _mask_folder(path: Path, root: Path) -> int | None:
    """The place, among the folders of a path, of the first that is called like masks."""
    for place, part in enumerate(path.relative_to(root).parts[:-1]):
        if _MASK_FOLDER.search(part) or (_OBJECT_FOLDER.search(part) and not _IMAGE_FOLDER.search(part)):
            return place
    return None


def _bare(path: Path) -> str:
    """A mask's stem, also that of OME-TIFF."""
    return re.sub(r"\.ome$", "", stem(path), flags=re.IGNORECASE)


def _heads(path: Path) -> list[tuple[str, str]]:
    """What stands before and after each separator of a name, the longest beginning first, in small letters.

    >>> _heads(Path("a_1-0.png")), _heads(Path("a.jpg_0.png"))
    ([('a_1', '0'), ('a', '1-0')], [('a', '0'), ('a', 'jpg_0')])
    """
    name = _bare(path)
    found = [(name[: m.start()], name[m.end() :]) for m in reversed(list(_SEPARATOR.finditer(name)))]
    return [(stem(Path(head)).casefold(), what) for head, what in found if head and what]


def _is_own(path: Path, stems: _Stems) -> bool:
    return any(name.casefold() in stems for name in names_meant(path))


def _by_suffix(path: Path, root: Path, stems: _Stems) -> tuple[str, str] | None:
    if _is_own(path, stems):
        return None
    found = next(((head, what) for head, what in _heads(path) if head in stems), None)
    return found if found and len(found[1]) <= _LONGEST and len(_PART.findall(found[1])) <= _MOST_PARTS else None


def _by_image_folder(path: Path, root: Path, stems: _Stems) -> tuple[str, str] | None:
    for part in reversed(path.relative_to(root).parts[:-1]):
        name = next((name.casefold() for name in names_meant(Path(part)) if name.casefold() in stems), None)
        if name is not None:
            bare = _bare(path)
            return name, bare[len(name) :].lstrip(" _.-") if bare.casefold().startswith(name) else bare
    return None


def _by_class_folder(path: Path, root: Path, stems: _Stems) -> tuple[str, str] | None:
    place = _mask_folder(path, root)
    inside = path.relative_to(root).parts[:-1][(place or 0) + 1 :]
    inside = tuple(part for part in inside if split_of(Path(part)) is None)
    name = next((name.casefold() for name in names_meant(path) if name.casefold() in stems), None)
    if not inside or name is None or any(inside[-1] in image.relative_to(root).parts for image in stems[name]):
        return None
    return name, inside[-1]


_RULES: dict[str, tuple[Callable[[Path, Path, _Stems], tuple[str, str] | None], bool]] = {
    "a folder of masks for each image": (_by_image_folder, False),
    "the image's name and a suffix": (_by_suffix, False),
    "a folder for each class": (_by_class_folder, True),
}


def _nearest(mask: Path, images: Sequence[Path], root: Path) -> Path:
    """The image of a mask's split, then the one with most folders in common.

    Raises:
        InputError: several are equally near.
    """
    split, folders = split_of(mask.relative_to(root).parent), set(mask.relative_to(root).parts[:-1])

    def nearness(image: Path) -> tuple[bool, int]:
        own = image.relative_to(root)
        return split_of(own.parent) == split, len(folders.intersection(own.parts[:-1]))

    best = max(map(nearness, images))
    found = [image for image in images if nearness(image) == best]
    if len(found) > 1:
        listed = ", ".join(str(image.relative_to(root)) for image in found[:3])
        raise InputError(
            f"mask {mask.relative_to(root)} may belong to any of {listed}; give the images names of their own"
        )
    return found[0]


def labels_of(masks: Sequence[NamedMask], by_class: bool) -> tuple[list[tuple[str, ...]], str, str]:
    """What the objects are called, by what the names of their files add.

    FDI numbers are classes. Other numbers that count the masks of an image from 0 or 1 are an index and no class.

    Returns:
        the labels of each mask, none where its name has no class; the numbering, "fdi" or ""; and a sentence.
    """
    read = [_words_and_number(mask.what) for mask in masks]
    numbers = [number for _, number in read if number is not None]
    if numbers and sum(n in FDI or n == _SUPERNUMERARY for n in numbers) >= _NEARLY_ALL * len(numbers):
        labels = [_with_number(words, number) for words, number in read]
        return labels, "fdi", "the numbers in the names are read as FDI tooth numbers"
    if by_class:
        return [(mask.what,) for mask in masks], "", "folders give the classes"
    if numbers and not any(words for words, _ in read) and not _is_index(masks, [number for _, number in read]):
        return [(str(n),) if n is not None else () for _, n in read], "", "the numbers in the names are read as classes"
    words = {" ".join(words) for words, _ in read} - {""}
    if words and len(words) <= _MOST_CLASSES and (len(words) <= _FEW or 2 * len(words) <= len(masks)):
        return [(" ".join(w),) if w else () for w, _ in read], "", "the words in the names are read as classes"
    return [()] * len(masks), "", "the names hold no class: all objects are of one"


def _words_and_number(what: str) -> tuple[list[str], int | None]:
    """The words and the last number in what a name adds.

    >>> _words_and_number("mask_caries_07"), _words_and_number("0"), _words_and_number("tooth")
    ((['caries'], 7), ([], 0), (['tooth'], None))
    """
    parts = _PART.findall(what)
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 6]
    return [p for p in parts if not p.isdecimal() and not _NO_CLASS.fullmatch(p)], numbers[-1] if numbers else None


def _with_number(words: Sequence[str], number: int | None) -> tuple[str, ...]:
    if number is None:
        return (" ".join(words),) if words else ()
    named = " ".join(word for word in words if word.casefold() not in TOOTH)
    return (named, str(number)) if named else (str(number),)


def _is_index(masks: Sequence[NamedMask], numbers: Sequence[int | None]) -> bool:
    """Whether the numbers count the masks of most images, from 0 or 1."""
    of_image: dict[Path, list[int]] = defaultdict(list)
    for mask, number in zip(masks, numbers, strict=True):
        if number is not None:
            of_image[mask.image].append(number)
    counted = [
        sorted(each) == list(range(min(each), min(each) + len(each))) and min(each) < 2 for each in of_image.values()
    ]
    return 2 * sum(counted) >= len(counted)
