"""What lies in a data folder: its files by name, the split a path speaks of, and JSON looked at cheaply."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from dentalx.datasets.images import DICOM_SUFFIXES, SUFFIXES, existing_folder, leads_out
from dentalx.datasets.pairing import divide_by_name, stem
from dentalx.datasets.readers.keys import keys_in
from dentalx.datasets.readers.objects import BrokenObjectError, numbers, shown
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError

_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation"), "val"
)
_DEPTH = 8  # of folders
# keys that tell annotation formats apart
_MARKS = (
    *("annotations", "images", "categories", "file_name", "image_id", "caption", "segments_info"),
    *("category_id", "segmentation"),
    *(f"categor{ending}_{n}" for n in (1, 2, 3) for ending in ("ies", "y_id")),
    *("shapes", "imagePath", "imageHeight"),
    *("_via_img_metadata", "region_attributes", "file_attributes", "fid_list", "metadata"),
    *("objects", "classTitle", "External ID", "Label", "polygons", "bounding box"),
    *("original_width", "features", "geometry", "coordinates", "bounding_box", "items", "score"),
)
_MASKS = re.compile(r"mask|label|segment|annotation|(^|_)gt($|_)", re.IGNORECASE)  # names of folders
_TEXTS = frozenset({".json", ".xml", ".txt", ".csv", ".yaml", ".yml", ".ndjson", ".zip", ".md"})
UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of an upload
_SHOWN = 5


def walk(root: Path) -> list[Path]:
    """Every visible file below a folder, sorted; links that lead out of it and pipes are left out.

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
    found = [path for path in found if not path.is_symlink() or not leads_out(path, inside)]
    images = SUFFIXES | DICOM_SUFFIXES  # whoever decodes them says what they are
    return [path for path in found if path.suffix.lower() in images or path.is_file()]


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
        self._stems: dict[str, list[Path]] = defaultdict(list)
        self._guessed: dict[str, list[str]] = defaultdict(list)
        self._folders = {_folded(part) for path in self.files for part in path.parent.relative_to(root).parts}
        self.images = [path for path in self.files if _is_image(path)]
        for path in self.images:
            self._pictures[_folded(path.name)].append(path)
            self._stems[_folded(stem(path))].append(path)

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """The files that end so; suffixes in small letters."""
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def marks(self, path: Path) -> frozenset[str]:
        """Which of the keys that tell formats apart a JSON file holds, wherever they stand in it; looked at once."""
        if path not in self._marks:
            self._marks[path] = frozenset(keys_in(path, _MARKS))
        return self._marks[path]

    def picture(self, named: Any, source: Path, split: str | None = None, within: str = "") -> Path | None:
        """The image that `source` calls `named`: nearest to it, then of its split; None where there is none.

        Paths are compared and never followed. Where the folders that a name gives are not in the data (exporters
        write paths of their own machine), the name alone counts, then the name with another suffix; `remarks` says so.
        Of equal names those in a folder called `within` count first, and those in folders called like masks last.

        Raises:
            InputError: the name is not usable, or two images are meant equally.
        """
        wanted = [_folded(part) for part in named_parts(named, source)]
        found = [p for p in self._named(wanted[-1]) if [_folded(x) for x in p.parts[-len(wanted) :]] == wanted]
        for kind, candidates in (("folder", self._named(wanted[-1])), ("suffix", self._of_stem(wanted[-1]))):
            if found:
                break
            found = self._in_folder(candidates, wanted[:-1])
            self._guessed[kind] += [shown(named)] if found else []
        first = [path for path in found if within and within in map(_folded, path.relative_to(self.root).parts[:-1])]
        return self._nearest(first or found, shown(named), source, split)

    def beside(self, source: Path, named: str) -> Path | None:
        """The image with the stem of `named` in the folder of `source`; None where there is none, or several."""
        found = [path for path in self._of_stem(_folded(named)) if path.parent == source.parent]
        return found[0] if len(found) == 1 else None

    def remarks(self) -> list[str]:
        """A sentence on each kind of image that was not found under the very path that an annotation file gives."""
        said = {
            "folder": "found by their name alone, since the folders that the annotations name are not in the data",
            "suffix": "found under another suffix, or without what an upload put before their name",
        }
        return [
            f"{len(names)} image(s) {said[kind]}: {shortened(names)}" for kind, names in self._guessed.items() if names
        ]

    def _named(self, name: str) -> list[Path]:
        return self._pictures.get(name, [])

    def _of_stem(self, name: str) -> list[Path]:
        """Images of another suffix; Label Studio puts eight digits and a hyphen before the name of an upload."""
        bare = PurePosixPath(name).stem if PurePosixPath(name).suffix in SUFFIXES | DICOM_SUFFIXES else name
        return self._stems.get(bare) or self._stems.get(UPLOADED.sub("", bare), [])

    def _in_folder(self, candidates: list[Path], folders: list[str]) -> list[Path]:
        """Those in the folder that a name gives, if that is in the data: an image missing there is no other's."""
        if not folders or folders[-1] not in self._folders:
            return candidates
        return [path for path in candidates if folders[-1] in map(_folded, path.relative_to(self.root).parts)]

    def _nearest(self, found: list[Path], named: str, source: Path, split: str | None) -> Path | None:
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
            listed = ", ".join(str(path) for path in found[:_SHOWN])
            raise InputError(f"{source} names {named!r}, which may be any of {listed}; keep one, or name its folder")
        return None


def _is_image(path: Path) -> bool:
    """Whether a file is an image by its suffix, or DICOM by how it begins, as files called by numbers are."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES | DICOM_SUFFIXES or (suffix not in _TEXTS and looks_like_dicom(path))


def unnamed(listing: Listing, named: Iterable[Path]) -> list[Path]:
    """The pictures that lie in the folders of those `named` and are not among them; masks, by their names, apart."""
    known = set(named)
    folders = {path.parent for path in known}
    pictures, _ = divide_by_name([path for path in listing.with_suffix(*SUFFIXES) if path.parent in folders])
    return [path for path in pictures if path not in known]


def named_parts(named: Any, source: Path) -> tuple[str, ...]:
    """A file name out of an annotation file as folders and a name; drives, hosts, queries and ".." play no part.

    Label Studio writes "/data/local-files/?d=FOLDER/NAME" and its server's own paths.

    Raises:
        InputError: it is no text, or holds no name.

    >>> named_parts("../upload/4/a.png", Path("x.json")), named_parts("/data/local-files/?d=b/a%20b.png", Path())
    (('upload', '4', 'a.png'), ('b', 'a b.png'))
    """
    if not isinstance(named, str) or not named.strip("/. \\") or "\0" in named or len(named) > 1024:
        raise InputError(f"{source} has a picture without a usable file name; correct the file")
    text = named
    if local := re.search(r"/data/local-files/\?d=([^&]+)", named):
        text = unquote(local[1])
    elif web := re.match(r"[a-z][a-z0-9+.-]*://[^/?#]+/([^?#]+)", named, re.IGNORECASE):
        text = unquote(web[1])
    elif named.startswith("/data/upload/"):
        text = unquote(named)
    parts = re.sub(r"^[A-Za-z]:", "", text.replace("\\", "/")).split("/")
    kept = tuple(part for part in parts if part.strip() not in ("", ".", ".."))
    if not kept:
        raise InputError(f"{source} has a picture without a usable file name; correct the file")
    return kept


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


def finite(values: Any, source: Path) -> tuple[float, ...]:
    """A list of finite numbers.

    Raises:
        InputError: it is not.
    """
    try:
        return numbers(values)
    except BrokenObjectError as error:
        raise InputError(f"{source} has {error}; correct the file") from error


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


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
