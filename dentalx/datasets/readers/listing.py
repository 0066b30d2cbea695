"""What lies in a data folder: its files by name, the split a path speaks of, and JSON looked at cheaply."""

import math
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from dentalx.datasets.images import DICOM_SUFFIXES, SUFFIXES, existing_folder, leads_out
from dentalx.datasets.pairing import divide_by_name
from dentalx.errors import InputError

_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation"), "val"
)
_DEPTH = 8  # of folders
_LOOKED_BYTES = 65_536
# words that tell annotation formats apart
_MARKS = (
    '"annotations"', '"images"', '"categories"', '"file_name"', '"image_id"', '"caption"',
    *(f'"categor{ending}_{n}"' for n in (1, 2, 3) for ending in ("ies", "y_id")),
    '"shapes"', '"imagePath"', '"imageHeight"',
    '"_via_img_metadata"', '"region_attributes"', '"file_attributes"', '"fid_list"', '"metadata"',
    '"objects"', '"classTitle"', '"External ID"', '"Label"', '"polygons"', '"bounding box"',
)  # fmt: skip
_MASKS = re.compile(r"mask|label|segment|annotation|(^|_)gt($|_)", re.IGNORECASE)  # names of folders
_SHOWN = 5


def walk(root: Path) -> list[Path]:
    """Every visible file below a folder, sorted; links that lead out of it are left out.

    Raises:
        InputError: the folder is missing.
    """
    inside = existing_folder(root).resolve()
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        deep = len(here.relative_to(root).parts) >= _DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if not f.startswith(".") and f != "__MACOSX")
        found += [here / name for name in sorted(names) if not name.startswith((".", "~"))]
    return [path for path in found if not path.is_symlink() or not leads_out(path, inside)]


class Listing:
    """The files of a data folder, found by the end of their path as annotation files name them."""

    def __init__(self, root: Path) -> None:
        """List everything below `root`.

        Raises:
            InputError: the folder is missing.
        """
        self.root = root
        self.files = walk(root)
        self.there = frozenset(self.files)
        self._marks: dict[Path, frozenset[str]] = {}
        self._pictures: dict[str, list[Path]] = defaultdict(list)
        for path in self.files:
            if path.suffix.lower() in SUFFIXES | DICOM_SUFFIXES:
                self._pictures[_folded(path.name)].append(path)

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """The files that end so; suffixes in small letters."""
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def marks(self, path: Path) -> frozenset[str]:
        """Which of the words that tell formats apart a file's beginning or end holds; looked at once."""
        if path not in self._marks:
            text = _ends(path)
            self._marks[path] = frozenset(word for word in _MARKS if word.encode() in text)
        return self._marks[path]

    def picture(self, named: str, source: Path, split: str | None = None) -> Path | None:
        """The picture that `source` calls `named`: nearest to it, then of its split; None where there is none.

        Of equal names those in folders called like masks count last.

        Raises:
            InputError: the name leaves the data folder, or two pictures are meant equally.
        """
        wanted = [_folded(part) for part in relative(named, source).parts]
        found = [
            p for p in self._pictures.get(wanted[-1], ()) if [_folded(x) for x in p.parts[-len(wanted) :]] == wanted
        ]
        like_masks = {path: sum(bool(_MASKS.search(part)) for part in path.parent.parts) for path in found}
        found = [path for path in found if like_masks[path] == min(like_masks.values())]
        for choice in (
            [path for path in found if path.parent == source.parent],
            [path for path in found if path.is_relative_to(source.parent)],
            [path for path in found if split_of(path.relative_to(self.root)) == split],
            found,
        ):
            if len(choice) == 1:
                return choice[0]
        if found:
            shown = ", ".join(str(path) for path in found[:_SHOWN])
            raise InputError(f"{source} names {named!r}, which may be any of {shown}; keep one, or name its folder")
        return None


def unnamed(listing: Listing, named: Iterable[Path]) -> list[Path]:
    """The pictures that lie in the folders of those `named` and are not among them; masks, by their names, apart."""
    known = set(named)
    folders = {path.parent for path in known}
    pictures, _ = divide_by_name([path for path in listing.with_suffix(*SUFFIXES) if path.parent in folders])
    return [path for path in pictures if path not in known]


def relative(named: Any, source: Path) -> PurePosixPath:
    """A file name out of an annotation file, as a path that stays inside the data folder.

    Raises:
        InputError: it is no text, absolute, or climbs with "..".
    """
    if not isinstance(named, str) or not named.strip("/. \\") or "\0" in named or len(named) > 1024:
        raise InputError(f"{source} has a picture without a usable file name; correct the file")
    path = PurePosixPath(named.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", named) or "://" in named:
        raise InputError(f"{source} names {named!r}, which lies outside the data folder; give names relative to it")
    return path


def split_of(path: Path | PurePosixPath) -> str | None:
    """The split that a path speaks of, its last part first.

    >>> split_of(Path("valid/_annotations.coco.json")), split_of(Path("a/instances_train2017.json"))
    ('val', 'train')
    """
    for part in reversed(path.parts):
        words = {_SPLITS[word] for word in re.findall("[a-z]+", part.lower()) if word in _SPLITS}
        if len(words) == 1:
            return words.pop()
    return None


def mentions(path: Path, *keys: str) -> bool:
    """Whether a text file's beginning or end holds all these words; nothing is parsed."""
    text = _ends(path)
    return all(key.encode() in text for key in keys)


def _ends(path: Path) -> bytes:
    """A file's beginning and end; nothing where it cannot be read: whoever reads it will say why."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            text = file.read(_LOOKED_BYTES)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(len(text), size - _LOOKED_BYTES))
            return text + file.read(_LOOKED_BYTES)
    except OSError:
        return b""


def finite(values: Any, source: Path) -> tuple[float, ...]:
    """A list of finite numbers.

    Raises:
        InputError: it is not.
    """
    if not isinstance(values, (list, tuple)):
        raise InputError(f"{source} has coordinates that are no list; correct the file")
    if not set(map(type, values)) <= {int, float} or not _are_finite(values):
        raise InputError(f"{source} has a coordinate that is no finite number; correct the file")
    return tuple(values)


def told(reasons: Iterable[tuple[str, str]]) -> list[str]:
    """(reason, where) pairs as one sentence a reason.

    >>> told([("an outline without area", "a.png"), ("an outline without area", "b.png")])
    ['2 annotation(s) left out, an outline without area: a.png, b.png']
    """
    places: dict[str, list[str]] = defaultdict(list)
    for reason, where in reasons:
        places[reason].append(where)
    return [f"{len(at)} annotation(s) left out, {reason}: {shortened(at)}" for reason, at in places.items()]


def shortened(names: Sequence[str]) -> str:
    """The first few names, and a mark where there are more."""
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def _are_finite(values: Sequence[float]) -> bool:
    """Whether all are, and none is absurd; a sum shows NaN, which compares with nothing.

    >>> _are_finite([1, 2.5]), _are_finite([1.0, float("nan"), 2.0]), _are_finite([10**400]), _are_finite([])
    (True, False, False, True)
    """
    return not values or (min(values) > -1e9 and max(values) < 1e9 and -math.inf < sum(values) < math.inf)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
