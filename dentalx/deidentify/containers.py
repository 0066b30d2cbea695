"""PNG and JPEG files without what is not needed to show their pixels, on bytes alone: nothing is coded again.

What stays is a list, so that what nobody has heard of goes: names sit in Exif, XMP, IPTC, comments, colour profiles,
thumbnails, and in what follows a file's end. PNG: ISO/IEC 15948. JPEG: ITU-T T.81.
"""

import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"pHYs"})
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})  # DHT, DAC, DQT, DRI
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7, 0xF8}  # SOF0 … SOF15; JPEG-LS's
_SCAN, _END = 0xDA, 0xD9
_LONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0 … RST7 stand without a length


def bare_png(data: bytes, orientation: int = 1) -> bytes:
    """A PNG of its pixels, palette, transparency and grey scale; nothing else.

    Args:
        data: a whole PNG file.
        orientation: the Exif orientation, kept as the only Exif tag where it is not 1.

    Raises:
        ValueError: it is broken.
    """
    if not data.startswith(_PNG):
        raise ValueError("no PNG")
    kept, place = [_PNG], len(_PNG)
    while True:
        if place + 12 > len(data):
            raise ValueError("the PNG ends too early")
        length = struct.unpack(">I", data[place : place + 4])[0]
        kind = data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            raise ValueError("the PNG ends too early")
        if kind == b"IDAT" and orientation != 1 and not any(part[4:8] == b"eXIf" for part in kept):
            kept.append(_chunk(b"eXIf", orientation_block(orientation)))
        if kind in _PNG_KEPT:
            kept.append(data[place:end])
        place = end
        if kind == b"IEND":
            return b"".join(kept)


def bare_jpeg(data: bytes, orientation: int = 1) -> bytes:
    """A JPEG or JPEG-LS stream of its frames, tables and scans; nothing else.

    Kept besides: JFIF's header without its thumbnail, Adobe's and JPEG-LS's colour transforms, cut to their length.

    Args:
        data: a whole file or stream.
        orientation: the Exif orientation, kept as the only Exif tag where it is not 1.

    Raises:
        ValueError: it is broken.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    kept, place = [b"\xff\xd8"], 2
    if orientation != 1:
        kept.append(_segment(0xE1, b"Exif\0\0" + orientation_block(orientation)))
    while True:
        place = data.find(b"\xff", place)  # what lies between two segments belongs to none
        if place < 0 or place + 2 > len(data):
            raise ValueError("the JPEG ends too early")
        marker = data[place + 1]
        if marker == _END:
            return b"".join([*kept, b"\xff\xd9"])
        if marker in _LONE or marker in (0x00, 0xFF):
            place += 1 if marker == 0xFF else 2
            continue
        if place + 4 > len(data):
            raise ValueError("the JPEG ends too early")
        end = place + 2 + int(struct.unpack(">H", data[place + 2 : place + 4])[0])
        if end > len(data) or end < place + 4:
            raise ValueError("the JPEG ends too early")
        body = data[place + 4 : end]
        if marker == _SCAN:
            stop = _scan_end(data, end)
            kept.append(data[place:stop])
            end = stop
        elif marker in _TABLES or marker in _FRAMES:
            kept.append(data[place:end])
        elif (short := _colour(marker, body)) is not None:
            kept.append(_segment(marker, short))
        place = end


def bare_j2k(data: bytes) -> bytes:
    """A JPEG 2000 codestream without the comments of its main header, and nothing around it (ITU-T T.800, annex A).

    Raises:
        ValueError: it is broken.
    """
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0:
        raise ValueError("no JPEG 2000 codestream")
    kept, place = [data[start : start + 2]], start + 2
    while data[place : place + 2] != b"\xff\x90":  # the first tile
        if place + 4 > len(data) or data[place] != 0xFF:
            raise ValueError("the codestream ends too early")
        end = place + 2 + int(struct.unpack(">H", data[place + 2 : place + 4])[0])
        if data[place + 1] != 0x64:
            kept.append(data[place:end])
        place = end
    last = data.rfind(b"\xff\xd9")
    if last < place:
        raise ValueError("the codestream ends too early")
    return b"".join([*kept, data[place : last + 2]])


def orientation_block(orientation: int) -> bytes:
    """A TIFF structure of one tag, the orientation.

    >>> orientation_block(6).hex()
    '49492a0008000000010012010300010000000600000000000000'
    """
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def _scan_end(data: bytes, place: int) -> int:
    """Where the coded data of a scan end: at the first marker that is no restart and no stuffed zero."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 2 > len(data):
            raise ValueError("the JPEG ends too early")
        following = data[place + 1]
        if following == 0xFF:
            place += 1
        elif following < 0x80 or 0xD0 <= following <= 0xD7:  # JPEG-LS stuffs a bit: what follows is below 0x80
            place += 2
        else:
            return place


def _colour(marker: int, body: bytes) -> bytes | None:
    """The part of an application's segment that decoding needs; None for the others."""
    if marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        return body[:12] + b"\0\0"
    if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
        return body[:12]
    if marker == 0xE8 and body.startswith(b"mrfx"):
        return body[:5]
    return None


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
