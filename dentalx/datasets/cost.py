"""What decoding an image file would cost, judged from its structure, without decoding anything.

A file of a few megabytes can keep a decoder busy for minutes: a JPEG of a thousand scans, a TIFF of a hundred thousand
pages, a PNG of a million pieces. Whatever is not as the format says is left to the decoder, which refuses it.
"""

import contextlib
import mmap
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from dentalx.errors import InputError

Data = mmap.mmap | bytes
MOST_SCANS = 100  # of a JPEG; encoders write about ten
MOST_SCANNED_PIXELS = 1e9  # pixels times scans: ten of the largest image that is read
MOST_SEGMENTS = 4096  # of a JPEG, a piece of metadata of at most 64 KiB each
MOST_CHUNKS = 65_536  # of a PNG: 96 megabytes in pieces of 4 KiB are 24,000
MOST_PAGES = 1000  # of a TIFF that are counted for the message
MOST_TAGS = 1024  # of a page of a TIFF
MOST_VALUES = 2**18  # of a tag that is not a text or a block of bytes: each row of three planes may have its own strip
MOST_RUNS = 2**22  # bytes of a BMP in run lengths, which are decoded one by one
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _ALONE = 0xDA, 0xD9, {0x01, *range(0xD0, 0xD9)}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_BLOCKS = (1, 2, 6, 7)  # types of a TIFF whose values are bytes
_REMEDY = "export it again"


def check_cost(file: BinaryIO, kind: str, path: Path, whole: bool = True) -> None:
    """Refuse a file that would take a decoder far longer than an image of its size does.

    Args:
        file: open, not empty; its position is kept.
        kind: "PNG", "JPEG", "TIFF" or "BMP".
        path: for messages.
        whole: whether its pixels are wanted; else only what stands before them is looked at.

    Raises:
        InputError: says what there is too much of.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        check_cost_of(data, kind, path, whole)


def check_cost_of(data: Data, kind: str, path: Path, whole: bool = True) -> None:
    """The same of a file's bytes."""
    with contextlib.suppress(struct.error, IndexError):  # cut short: the decoder says so
        _CHECKS[kind](data, path, whole)


def _check_jpeg(data: Data, path: Path, whole: bool) -> None:
    place, segments, scans, pixels = 2, 0, 0, 0
    while place < len(data):
        segments += 1
        if segments - scans > MOST_SEGMENTS:
            raise _refused(path, f"more than {MOST_SEGMENTS} segments")
        if data[place] != 0xFF:  # a decoder looks for the next marker byte by byte
            found = _MARKER.search(data, place)
            if found is None:
                return
            segments += found.start() - place
            place = found.start()
            continue
        code = data[place + 1]
        if code == _END:
            return
        if code in _ALONE or code in (0x00, 0xFF):
            place += 1 if code == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        if code in _FRAMES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            pixels = height * width
        place += 2 + length
        if code == _SCAN:
            scans += 1
            if not whole:
                return
            if scans > MOST_SCANS or scans * pixels > MOST_SCANNED_PIXELS:
                raise _refused(path, f"{scans} scans or more of {pixels / 1e6:.1f} megapixels")
            found = _MARKER.search(data, place)
            place = len(data) if found is None else found.start()


def _check_png(data: Data, path: Path, whole: bool) -> None:
    place, chunks = 8, 0
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        name = data[place + 4 : place + 8]
        if name == b"IEND" or (name == b"IDAT" and not whole):
            return
        chunks += 1
        if chunks > MOST_CHUNKS:
            raise _refused(path, f"more than {MOST_CHUNKS} chunks")
        place += 12 + length


def _check_tiff(data: Data, path: Path, whole: bool) -> None:
    for page, (start, count) in enumerate(_pages(data)):
        if page == 0:
            _check_tags(data, start, count, path)
        if page == MOST_PAGES:
            raise InputError(
                f"{path} holds more than {MOST_PAGES} pages, expected one image; save the one you mean by itself"
            )


def _pages(data: Data) -> Iterator[tuple[int, int]]:
    """Where the tags of each page begin, and how many there are; a page that comes again ends it."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    offset, number, size = (f"{order}Q", f"{order}Q", 20) if big else (f"{order}I", f"{order}H", 12)
    place = struct.unpack_from(offset, data, 8 if big else 4)[0]
    seen: set[int] = set()
    while place and place not in seen:
        seen.add(place)
        (count,) = struct.unpack_from(number, data, place)
        start = place + struct.calcsize(number)
        yield start, count
        place = struct.unpack_from(offset, data, start + count * size)[0]


def _check_tags(data: Data, start: int, count: int, path: Path) -> None:
    if count > MOST_TAGS:
        raise _refused(path, f"{count} tags")
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    entry, size = (f"{order}HHQ", 20) if big else (f"{order}HHI", 12)
    for place in range(start, start + count * size, size):
        tag, kind, values = struct.unpack_from(entry, data, place)
        if values > (len(data) if kind in _BLOCKS else MOST_VALUES) and values * _SIZES.get(kind, 1) <= len(data):
            raise _refused(path, f"{values} values of tag {tag}")


def _check_bmp(data: Data, path: Path, whole: bool) -> None:
    if len(data) > 34 and data[30] in (1, 2) and len(data) > MOST_RUNS:
        raise _refused(path, f"{len(data) / 1e6:.0f} MB of run lengths")


def _refused(path: Path, what: str) -> InputError:
    return InputError(f"{path} holds {what}, which would take too long to decode; {_REMEDY}")


_CHECKS: dict[str, Callable[[Data, Path, bool], None]] = {
    "JPEG": _check_jpeg,
    "PNG": _check_png,
    "TIFF": _check_tiff,
    "BMP": _check_bmp,
}
