"""TIFF files that Pillow knows no way to read: those that differ in one tag are read by another, the rest is named."""

import mmap
import struct
from typing import Any, BinaryIO

from PIL import TiffImagePlugin

from dentalx.errors import InputError

WHITE_IS_ZERO = "white_is_zero"
"""The key of an opened image's `info` that says its levels are still to be inverted."""
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANES, _EXTRA, _FORMAT = 258, 259, 262, 277, 284, 338, 339
_KINDS = {0: "grey", 1: "grey", 2: "colour", 3: "palette", 5: "CMYK", 6: "YCbCr", 8: "Lab"}
_FORMATS = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_SEPARATE, _BLACK, _ALPHA = 2, 1, 2


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
