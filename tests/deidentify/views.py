"""Ways of looking at a file in which planted text would show: as it is, inflated, swapped, in words, in high bits."""

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom

MARK = b"Secret^Sally"
NUMBER = "19470811"  # the same where only digits can be


def shows_mark(path: Path) -> bool:
    """Whether the mark, or a part of it that says the same, is seen in any view of a file."""
    return any(part in view for view in views(path) for part in (MARK, MARK[:6], MARK[7:], MARK[::-1], NUMBER.encode()))


def views(path: Path) -> Iterator[bytes]:
    """The bytes of a file, of what is deflated in it, and of DICOM's decoded pixels, each in several readings."""
    for data in [path.read_bytes(), *_inflated(path.read_bytes()), *_pixels(path)]:
        yield data
        for start in (0, 1):
            words = np.frombuffer(data[start:][: (len(data) - start) // 2 * 2], "<u2")
            yield words.byteswap().tobytes()
            yield (words & 0xFF).astype(np.uint8).tobytes()  # a character a word
            yield (words >> 8).astype(np.uint8).tobytes()
            for nibbles in ((words >> 12).astype(np.uint8), (words & 15).astype(np.uint8)):
                for first in (0, 1):
                    pairs = nibbles[first:][: (len(nibbles) - first) // 2 * 2].reshape(-1, 2)
                    yield (pairs[:, 0] << 4 | pairs[:, 1]).tobytes()


def _inflated(data: bytes) -> Iterator[bytes]:
    if data[128:132] == b"DICM":  # deflated as a whole, behind the file meta group
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(data[144 + int.from_bytes(data[140:144], "little") :], -zlib.MAX_WBITS)
    whole = b"".join(_chunks(data)) if data.startswith(b"\x89PNG") else b""
    for block in (data, whole):
        place = block.find(b"\x78")
        while place >= 0:
            found = zlib.decompressobj()
            try:
                yield found.decompress(block[place:])
                yield found.unused_data
            except zlib.error:
                pass
            place = block.find(b"\x78", place + 1)


def _chunks(data: bytes) -> Iterator[bytes]:
    """The bodies of a PNG's IDAT chunks."""
    place = 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            yield data[place + 8 : place + 8 + length]
        place += 12 + length


def _pixels(path: Path) -> Iterator[bytes]:
    if path.read_bytes()[128:132] == b"DICM":
        try:
            yield np.ascontiguousarray(pydicom.dcmread(path).pixel_array).tobytes()
        except Exception:  # planted on purpose where a decoder stumbles
            return
