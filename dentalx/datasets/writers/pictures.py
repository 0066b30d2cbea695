"""Pictures of the new data set: names that every system can hold, and files copied as they are where that is right."""

import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from dentalx.datasets.decode import is_turned
from dentalx.datasets.images import SUFFIXES
from dentalx.datasets.planes import Levels
from dentalx.datasets.sniff import beginning, looks_like_dicom
from dentalx.errors import InputError
from dentalx.files import replacing
from dentalx.samples import Grey

_LONGEST = 120  # bytes of a name without its suffix
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]|[. ]+$|^[. ]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_BEGINNINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"II": ".tif", b"MM": ".tif", b"BM": ".bmp"}
_NOTES = (b"Exif\0\0", b"\xff\xfe", b"http://ns.adobe.com/xap", b"Photoshop 3.0", b"ICC_PROFILE")
_PNG_NOTES = (b"tEXt", b"iTXt", b"zTXt", b"eXIf")
_LOOKED = 65_536


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """A file name without suffix for each name: itself where every file system can hold it, alone in small letters.

    >>> safe_names(["a", "A", "CON", "a:b", "x."])
    {'a': 'a', 'A': 'A_2', 'CON': '_CON', 'a:b': 'a_b', 'x.': 'x_'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        safe = unicodedata.normalize("NFC", name).encode("utf-8", "replace").decode()
        safe = _FORBIDDEN.sub("_", safe) or "_"
        safe = f"_{safe}" if _RESERVED.fullmatch(safe) else safe
        safe = safe.encode()[:_LONGEST].decode(errors="ignore").rstrip(". ") or "_"
        unique, number = safe, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{safe}_{number}"
        taken.add(unique.casefold())
        found[name] = unique
    return found


def must_be_drawn(picture: Path) -> bool:
    """Whether a picture is written anew as PNG: DICOM, and what is stored turned, since masks are not.

    Raises:
        InputError: it is broken.
    """
    return looks_like_dicom(picture) or is_turned(picture)


def suffix_of(picture: Path) -> str:
    """The suffix of a copy: its own where that is a picture's, else what its content says."""
    if picture.suffix.lower() in SUFFIXES:
        return picture.suffix
    head = beginning(picture, 4)
    return next(suffix for start, suffix in _BEGINNINGS.items() if head.startswith(start))


def carries_notes(picture: Path) -> bool:
    """Whether a picture file seems to hold more than pixels (Exif, text, comments); TIFF files always may."""
    head = beginning(picture, _LOOKED)
    if head.startswith(b"\x89PNG"):
        return any(note in head for note in _PNG_NOTES)
    return head.startswith((b"II", b"MM")) or (head.startswith(b"\xff\xd8") and any(n in head for n in _NOTES[:4]))


def put_picture(source: Path, target: Path, link: bool) -> str:
    """Copy a picture, its bytes as they are; or give the same file a second name where `link` and the disk allow.

    Nobody may read the copy who may not read the source.

    Returns:
        "copied" or "linked".

    Raises:
        InputError: cannot be read or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        try:
            target.unlink(missing_ok=True)
            os.link(source.resolve(), target)
            return "linked"
        except OSError:
            pass  # another disk, or one that has no links: copied below, which the caller tells
    with replacing(target) as temporary:
        temporary.touch()  # empty while it may be readable by more people than the source
        temporary.chmod(stat.S_IMODE(temporary.stat().st_mode) & (stat.S_IMODE(source.stat().st_mode) | 0o600))
        shutil.copyfile(source, temporary)
    return "copied"


def put_plane(image: Grey, target: Path) -> None:
    """Write a grey plane as PNG without any tag; 16 bit where 8 would lose levels, read back by `read_grey` alike.

    Raises:
        InputError: cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary:
        Image.fromarray(levels_of(image)).save(temporary, format="PNG", compress_level=3)


def levels_of(image: Grey) -> Levels:
    """Integer levels of an (H, W) plane in [0, 1].

    Sixteen bits are of use only where the brightest level shows all sixteen, see `maximum_level`.

    >>> levels_of(np.float32([[0, 51 / 255, 1]])).tolist(), levels_of(np.float32([[0.5, 0.3]])).tolist()
    ([[0, 51, 255]], [[32768, 19661]])
    """
    eight: Grey = np.rint(image * np.float32(255))
    if float(np.abs(image * np.float32(255) - eight).max()) < 1e-3:
        return eight.astype(np.uint8)
    levels: Levels = np.rint(image.astype(np.float64) * 65_535).astype(np.uint16)
    return levels if levels.max() >= 2**14 else eight.astype(np.uint8)


def room_for(pictures: Iterable[Path], output: Path) -> None:
    """Refuse where copies cannot fit.

    Raises:
        InputError: says how much is lacking.
    """
    needed = sum(picture.stat().st_size for picture in pictures if picture.is_file())
    there = next(folder for folder in (output.absolute(), *output.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise InputError(
            f"the pictures are {needed / 1e9:.1f} GB but {there} has {free / 1e9:.1f} GB free; "
            "choose another --output, or --link"
        )
