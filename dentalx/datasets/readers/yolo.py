"""YOLO segmentation exports: a text file an image, in labels/… next to images/…, or next to the image itself.

A line is an object, `class x1 y1 x2 y2 …`, in shares of the image's sides
(https://docs.ultralytics.com/datasets/segment/), `class x y width height` for a box given by its middle, or
`class rle rows columns counts`, COCO's compressed run lengths
(proposed in https://github.com/ultralytics/ultralytics/pull/25944).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dentalx.datasets.images import DICOM_SUFFIXES, SUFFIXES
from dentalx.datasets.readers import roboflow
from dentalx.datasets.readers.listing import UPLOADED, Listing, shortened, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    attempted,
    divided,
    outlined,
    shown,
)
from dentalx.datasets.readers.raster import check_runs, fill_shares, paint_runs
from dentalx.datasets.readers.rings import box_ring
from dentalx.datasets.readers.yolo_names import LARGEST, name_files, names_in
from dentalx.datasets.sniff import beginning
from dentalx.errors import InputError
from dentalx.files import read_text

_IMAGES = ("images", "image", "imgs", "img", "jpegimages")
_LABELS = ("labels", "label", "annotations", "txt")
_BOX = 4  # numbers after the class in a line that gives a box
_RUNS = 5  # words in a line of run lengths
_NO_LABELS = (
    "classes.txt",
    "predefined_classes.txt",
    "train.txt",
    "val.txt",
    "valid.txt",
    "test.txt",
    "requirements.txt",
)
_LOOKED = 50  # text files that are looked into to recognise the format
Key = tuple[str, ...]


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like YOLO; None where nothing does."""
    found = next(iter(name_files(listing)), None)
    if found is None:
        return None
    lines = map(_first_line, _texts(listing)[:_LOOKED])
    if found.suffix.lower() not in (".yaml", ".yml") and not any(_looks_like_yolo(line) for line in lines if line):
        return None
    return f"{found.relative_to(listing.root)} lists YOLO's classes"


def recognises_unnamed(listing: Listing) -> str | None:
    """What makes the folder look like YOLO without a list of classes; asked where nothing else is recognised."""
    texts = list(_pairs(listing).values())
    lines = [line for path in texts[:_LOOKED] if (line := _first_line(path))]
    if not lines or not all(map(_looks_like_yolo, lines)):
        return None
    return f"{texts[0].relative_to(listing.root)} holds YOLO's lines of a class and shares"


def read(listing: Listing) -> Annotated:
    """Every image that has a text file, and those without one in the same folders as negatives.

    Raises:
        InputError: lists of classes differ, no image has a text file, or a text file is broken.
    """
    settings = name_files(listing)
    names = names_in(settings) if settings else None
    pairs = _pairs(listing)
    if not pairs:
        raise InputError(
            f"{listing.root}: no image has a text file of YOLO; expected labels/…/NAME.txt next to images/…/NAME.jpg, "
            f"or NAME.txt next to NAME.jpg; found {len(_images(listing))} image(s), {len(_texts(listing))} text file(s)"
        )
    found = _Found(names, str(settings[0].name) if settings else "")
    pictures, sorted_out = list[Picture](), _without_text(listing, pairs)
    for path in _images(listing):
        inside = path.relative_to(listing.root)
        if path in sorted_out.kept or path in pairs:
            shapes, lost = divided(found.objects(pairs[path])) if path in pairs else ((), ())
            pictures.append(Picture(path, shapes, split_of(inside.parent), None, lost, pairs.get(path)))
    notes = [*sorted_out.notes, *roboflow.notes(listing)]
    if lonely := sorted(set(_texts(listing)).difference(pairs.values())):
        notes.append(f"{len(lonely)} text file(s) without a picture left out: {shortened([p.name for p in lonely])}")
    if names is None:
        notes.append("no file names the classes (data.yaml, classes.txt): they are called by their numbers, class 0 …")
    classes = tuple(names.values()) if names else tuple(f"class {number}" for number in sorted(found.used))
    return Annotated(tuple(pictures), classes, (*settings, *pairs.values()), tuple(notes))


@dataclass
class _Found:
    """Reads text files; `used` gathers the numbers of their classes."""

    names: dict[int, str] | None
    source: str
    used: set[int] = field(default_factory=set)

    def objects(self, path: Path) -> list[Shape | Lost]:
        """The objects of one image.

        Raises:
            InputError: the file is no text, or a class has no name.
        """
        found: list[Shape | Lost] = []
        for number, line in enumerate(read_text(path, LARGEST).splitlines(), start=1):
            words, where = line.split(), f"{path.name} line {number}"
            if not words:
                continue
            try:
                label = _class(words[0])
            except BrokenObjectError as error:
                found.append(Lost((), str(error), where))
                continue
            if self.names is not None and label not in self.names:
                known = f"{self.source} names {len(self.names)}"
                raise InputError(f"{path} line {number} has class {label}, but {known}; correct one")
            self.used.add(label)
            labels = (self.names[label] if self.names else f"class {label}",)
            found.append(attempted(labels, where, partial(_object, words, labels, where)))
        return found


@dataclass(frozen=True)
class _SortedOut:
    """Images without a text file: those that are negatives, and what is said of all."""

    kept: frozenset[Path]
    notes: list[str]


def _without_text(listing: Listing, pairs: dict[Path, Path]) -> _SortedOut:
    """Judge images without a text file.

    One in a folder where others have text files is a negative. It is none where no image of its folder has one (the
    labels of a test split are often kept back), nor where an unused text file of its name lies elsewhere.
    """
    lonely = {path.stem.casefold(): path for path in set(_texts(listing)).difference(pairs.values())}
    folders = {path.parent for path in pairs}
    kept, bare, elsewhere = list[Path](), list[str](), list[str]()
    for path in _images(listing):
        if path in pairs:
            continue
        if path.stem.casefold() in lonely:
            text = lonely[path.stem.casefold()].relative_to(listing.root)
            elsewhere.append(f"{path.relative_to(listing.root)} ({text})")
        elif path.parent not in folders:
            bare.append(str(path.relative_to(listing.root)))
        else:
            kept.append(path)
    said = (
        (elsewhere, "image(s) left out, whose text file lies in another folder than theirs (no negatives)"),
        (bare, "image(s) left out, in whose folder no image has a text file (no negatives)"),
        ([path.name for path in kept], "picture(s) without a text file are negatives, as YOLO takes them"),
    )
    return _SortedOut(frozenset(kept), [f"{len(names)} {what}: {shortened(names)}" for names, what in said if names])


def _images(listing: Listing) -> list[Path]:
    """The images below folders called so; all where there are none."""
    every = listing.with_suffix(*SUFFIXES, *DICOM_SUFFIXES)
    named = [path for path in every if any(part.lower() in _IMAGES for part in path.relative_to(listing.root).parts)]
    return named or every


def _texts(listing: Listing) -> list[Path]:
    """The text files that may hold objects: those in folders of labels, or of an image's name."""
    stems = {path.stem.casefold() for path in listing.with_suffix(*SUFFIXES, *DICOM_SUFFIXES)}
    found = [path for path in listing.with_suffix(".txt") if path.name.lower() not in (*_NO_LABELS, *roboflow.NAMES)]
    return [p for p in found if p.stem.casefold() in stems or any(part.lower() in _LABELS for part in p.parts[:-1])]


def _pairs(listing: Listing) -> dict[Path, Path]:
    """Image to text file: of one name, in folders of one path but for the words images and labels.

    Raises:
        InputError: two text files belong to one image.
    """
    texts: dict[Key, list[Path]] = defaultdict(list)
    uploaded: dict[Key, list[Path]] = defaultdict(list)  # by their names before Label Studio took them in
    for path in _texts(listing):
        *folders, name = _key(path.relative_to(listing.root))
        texts[(*folders, name)].append(path)
        if UPLOADED.match(name):
            uploaded[(*folders, UPLOADED.sub("", name))].append(path)
    pairs = {}
    for image in _images(listing):
        key = _key(image.relative_to(listing.root))
        fitting = texts.get(key) or uploaded.get(key, [])
        if len(fitting) > 1:
            listed = shortened([str(path) for path in fitting])
            raise InputError(f"{image} has several text files of YOLO: {listed}; keep one")
        if fitting:
            pairs[image] = fitting[0]
    return pairs


def _key(inside: Path) -> Key:
    """A file's folders without the words that tell images from labels, and its name without suffix."""
    parts = (part.casefold() for part in inside.parts[:-1])
    return (*(part for part in parts if part not in (*_IMAGES, *_LABELS)), inside.stem.casefold())


def _first_line(path: Path) -> str:
    text = beginning(path, 4096).decode("utf-8", "replace")
    return next((line for line in text.splitlines() if line.strip()), "")


def _looks_like_yolo(line: str) -> bool:
    words = line.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        return len(words) == _RUNS and words[1] == "rle"
    return len(words) > _BOX and values[0] >= 0 and values[0].is_integer() and all(-1 <= v <= 2 for v in values[1:])


def _class(word: str) -> int:
    """A class number; numpy writes 0 as 0.000000000000000000e+00.

    Raises:
        BrokenObjectError: it is none.
    """
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not number.is_integer() or not 0 <= number < 1e6:
        raise BrokenObjectError(f"a line that does not begin with a class number ({shown(word)})")
    return int(number)


def _object(words: list[str], labels: tuple[str, ...], where: str) -> Shape | Lost:
    runs = words[2:] if len(words) == _RUNS and words[1] == "rle" else []
    try:
        values = tuple(float(word) for word in runs[:2] or words[1:])
    except ValueError as error:
        raise BrokenObjectError("a line that is not a class and numbers") from error
    if runs:
        if not all(value.is_integer() and 0 < value < 1e6 for value in values):
            raise BrokenObjectError("run lengths without rows and columns")
        size = int(values[0]), int(values[1])
        check = partial(check_runs, runs[2], size)
        return Shape(labels, partial(paint_runs, runs[2], size), check=check, where=where)
    if not all(-1 <= value <= 2 for value in values):
        raise BrokenObjectError("numbers outside 0…1, which are no shares of the image's sides")
    if len(values) == _BOX:
        x, y, width, height = values
        values = box_ring(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return outlined(labels, values, where, paint=fill_shares)
