"""What compressed frames say of themselves: sizes and depths, asked before a decoder sees them."""

import struct
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Stream:
    """What a JPEG, JPEG-LS or JPEG 2000 stream says of itself.

    Attributes:
        syntax: a transfer syntax whose decoder reads it.
        rows, columns, components: its size.
        precision: bits of a value.
        signed: whether values are signed; only JPEG 2000 can say so.
    """

    syntax: str
    rows: int
    columns: int
    components: int
    precision: int
    signed: bool = False

    @property
    def size(self) -> tuple[int, int, int]:
        """(rows, columns, components)."""
        return self.rows, self.columns, self.components


_J2K, _JP2 = b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP"
_SOF = {0xC0: "50", 0xC1: "51", 0xC2: "50", 0xC3: "57", 0xF7: "80"}  # to the end of a transfer syntax


def stream_of(frame: bytes) -> Stream | None:
    """Return what the header of a compressed frame says; None where it is no JPEG, JPEG-LS or JPEG 2000.

    Sources: ISO/IEC 10918-1 B.2.2, 14495-1 C.2.2, 15444-1 A.5.1.

    >>> stream_of(bytes.fromhex("ffd8 fff7 000b 0c 0002 0003 01 011100"))
    Stream(syntax='1.2.840.10008.1.2.4.80', rows=2, columns=3, components=1, precision=12, signed=False)
    """
    if frame.startswith((_J2K, _JP2)):
        start = frame.find(_J2K)
        if start < 0 or len(frame) < start + 43:
            return None
        right, bottom, left, top = struct.unpack(">4I", frame[start + 8 : start + 24])
        components, depth = struct.unpack(">HB", frame[start + 40 : start + 43])
        size = bottom - top, right - left, components
        return Stream("1.2.840.10008.1.2.4.90", *size, (depth & 0x7F) + 1, bool(depth & 0x80))
    place = 2
    while frame[:2] == b"\xff\xd8" and place + 10 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            precision, rows, columns, components = struct.unpack(">BHHB", frame[place + 4 : place + 10])
            return Stream(f"1.2.840.10008.1.2.4.{_SOF.get(marker, '57')}", rows, columns, components, precision)
        else:
            place += 2 + int(struct.unpack(">H", frame[place + 2 : place + 4])[0])
    return None


def rle_unfolds(frame: bytes, segments: int, size: int) -> bool:
    """Whether a frame of run lengths (PS3.5 annex G) unfolds to segments of at least `size` bytes, and not many more.

    An encoder may write as many short runs as it likes, so the length of the frame says little.
    """
    if not 64 <= len(frame) <= 64 + 3 * segments * (size + 64) or struct.unpack("<I", frame[:4])[0] != segments:
        return False
    starts = [*struct.unpack(f"<{segments}I", frame[4 : 4 + 4 * segments]), len(frame)]
    return all(size <= _unfolded(frame[a:b], 2 * size) <= 2 * size for a, b in pairwise(starts))


def _unfolded(segment: bytes, enough: int) -> int:
    """The bytes that a segment stands for, counted until there are more than enough."""
    place, count, end = 0, 0, len(segment)
    while place < end and count <= enough:
        code = segment[place]
        if code < 128:
            count += min(code + 1, end - place - 1)
            place += code + 2
        elif code > 128:
            count += 257 - code if place + 1 < end else 0
            place += 2
        else:
            place += 1
    return count
