"""TIFF files that Pillow knows no way to read: those that differ in one tag are read by another, the rest is named."""

import mmap
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from PIL import TiffImagePlugin

from dentalx.errors import InputError

WHITE_IS_ZERO = "white_is_zero"
"""The key of an opened image's `info` that says its levels are still to be inverted."""
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANES, _EXTRA, _FORMAT = 258, 259, 262, 277, 284, 338, 339
_KINDS = {0: "grey", 1: "grey", 2: "colour", 3: "palette", 5: "CMYK", 6: "YCbCr", 8: "Lab"}
_FORMATS = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_SEPARATE, _BLACK, _ALPHA = 2, 1, 2
_SUBFILE, _PREVIEW, _MASK = 254, 1, 4
_MOST_PAGES, _MOST_TAGS = 100, 1000


def open_tiff(file: BinaryIO) -> Any:
    """Open a TIFF as Pillow's image, its header read.

    Args:
        file: open, with a name.

    Raises:
        InputError: it is of a kind that is not read, which the message names.
        Exception: whatever Pillow raises of a broken file.
    """
    head = file.read(8)
    if head[:4] == b"MM\0+":  # which Pillow takes for a plain TIFF
        raise InputError(f"{file.name} is a BigTIFF in big-endian order, which is not read; save it as a plain TIFF")
    file.seek(0)
    try:
        image = TiffImagePlugin.TiffImageFile(file)
    except (SyntaxError, KeyError):
        tags = _tags(file, head)
        image = _reopened(file, head, tags)
        if image is None:
            raise InputError(f"{file.name} {_named(tags)}; export it as 8 or 16 bit grey, or as PNG") from None
    if _PHOTOMETRIC not in image.tag_v2 and tuple(image.tag_v2.get(_BITS, (1,))) != (1,):  # Pillow takes white for zero
        raise InputError(
            f"{file.name} lacks PhotometricInterpretation (tag {_PHOTOMETRIC}), which says whether 0 is black; "
            "export it again"
        )
    if tuple(image.tag_v2.get(_BITS, ())) == (16, 16, 16) and image.tag_v2.get(_PLANES) == _SEPARATE:
        raise InputError(
            f"{file.name} is a TIFF of 16 bit colour in separate planes, which is not read; export it as 16 bit grey"
        )
    return image


def check_pages(image: Any, path: Path) -> None:
    """Refuse a TIFF of several images, previews and masks of the first one apart, without parsing their tags.

    Pillow's own count parses every directory, of which a small file can have hundreds of thousands.

    Raises:
        InputError: there are several, or the first is a preview of another.
    """
    kinds = list(islice(_kinds(image.fp), _MOST_PAGES + 1))
    if kinds and kinds[0] & _PREVIEW and len(kinds) > 1:
        raise InputError(f"{path} begins with a preview of another of its images; save the one you mean by itself")
    pages = 1 + sum(not kind & (_PREVIEW | _MASK) for kind in kinds[1:])
    if pages > 1 or len(kinds) > _MOST_PAGES:
        count = f"more than {_MOST_PAGES}" if len(kinds) > _MOST_PAGES else str(pages)
        raise InputError(f"{path} holds {count} pages, expected one image; save the one you mean by itself")


def _kinds(file: Any) -> Iterator[int]:
    """The NewSubfileType of every directory (TIFF 6.0, section 8), 0 where it has none; a circle ends."""
    file.seek(0)
    head = file.read(16)
    order, big = ("<" if head[:2] == b"II" else ">"), head[2:3] == b"+"
    number, place, entry, value = ("Q", 8, 20, 12) if big else ("I", 4, 12, 8)
    width = struct.calcsize(order + number)
    (start,) = struct.unpack(order + number, head[place : place + width])
    visited: set[int] = set()
    while start and start not in visited:
        visited.add(start)
        file.seek(start)
        (count,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
        entries = file.read(min(count, _MOST_TAGS) * entry)
        tags = {
            struct.unpack(order + "H", entries[at : at + 2])[0]: at for at in range(0, len(entries) - entry + 1, entry)
        }
        at = tags.get(_SUBFILE)
        yield 0 if at is None else int(struct.unpack(order + "I", entries[at + value : at + value + 4])[0])
        file.seek(start + (8 if big else 2) + count * entry)
        following = file.read(width)
        start = struct.unpack(order + number, following)[0] if len(following) == width else 0


def _tags(file: BinaryIO, head: bytes) -> Any:
    """The tags of the first image."""
    file.seek(0)
    tags: Any = TiffImagePlugin.ImageFileDirectory_v2(file.read(16 if head[2:3] == b"+" else 8))
    file.seek(tags.next)
    tags.load(file)
    return tags


def _reopened(file: BinaryIO, head: bytes, tags: Any) -> Any:
    """The image, opened with one tag changed in memory; None where no such change helps."""
    if _PHOTOMETRIC not in tags:
        return None
    bits, samples = tuple(tags.get(_BITS, (1,))), tags.get(_SAMPLES, 1)
    if head[:2] == b"MM" and bits == (16,) and samples == 1 and tags[_PHOTOMETRIC] == 0 and _format(tags) == 1:
        image = _with_tag(file, _PHOTOMETRIC, _BLACK)
        image.info[WHITE_IS_ZERO] = True
        return image
    if bits == (8, 8) and samples == 2 and tags[_PHOTOMETRIC] == 1 and _EXTRA in tags:
        return _with_tag(file, _EXTRA, _ALPHA)  # whatever the second sample is, it is no grey
    return None


def _with_tag(file: BinaryIO, tag: int, value: int) -> Any:
    """Pillow's image of the file with another value of a tag of one short number; the file itself is left alone."""
    data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack(order + "I", data[4:8])
    (count,) = struct.unpack(order + "H", data[start : start + 2])
    for place in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack(order + "HHI", data[place : place + 8]) == (tag, 3, 1):
            data[place + 8 : place + 10] = struct.pack(order + "H", value)
    return TiffImagePlugin.TiffImageFile(data)


def _format(tags: Any) -> int:
    """What the numbers are: 1 unsigned, 2 signed, 3 floating."""
    found = tags.get(_FORMAT, (1,))
    return int(found[0] if isinstance(found, tuple) else found)


def _named(tags: Any) -> str:
    """What the file is, in words."""
    compression = tags.get(_COMPRESSION, 1)
    if compression not in TiffImagePlugin.COMPRESSION_INFO:
        return f"is a TIFF of compression {compression}, which is not read"
    bits, kind = tuple(tags.get(_BITS, (1,))), tags.get(_PHOTOMETRIC)
    several = f"{len(bits)} numbers a pixel of " if len(bits) > 1 else ""
    number = f"{_FORMATS[_format(tags)]} " if _format(tags) in _FORMATS else ""
    what = _KINDS.get(kind, f"photometric interpretation {kind}")
    return f"is a TIFF of {several}{bits[0] if bits else 1} {number}bits ({what}), which is not read"
