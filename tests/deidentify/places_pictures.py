"""PNG, JPEG, TIFF and BMP files with the mark in one place each."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin
from views import MARK

GREY = (np.arange(40 * 60).reshape(40, 60) % 251).astype(np.uint8)
COLOUR = np.dstack([GREY, GREY.T.reshape(40, 60), 255 - GREY])
TEXT = MARK.decode()
Edit = Callable[[bytes], bytes]


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _chunk(kind: bytes, body: bytes, crc: bytes | None = None) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + (crc or struct.pack(">I", zlib.crc32(kind + body)))


def _png(bits: int = 8, kind: int = 0, rows: bytes | None = None) -> tuple[bytes, bytes]:
    """Signature with IHDR, and the deflated rows of 40 by 60."""
    head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 40, bits, kind, 0, 0, 0))
    plain = rows if rows is not None else b"".join(b"\0" + row.tobytes() for row in GREY)
    return head, zlib.compress(plain)


def _with_chunk(kind: bytes, body: bytes, after: bool = False) -> bytes:
    head, rows = _png()
    extra, data = _chunk(kind, body), _chunk(b"IDAT", rows)
    return head + (data + extra if after else extra + data) + _chunk(b"IEND", b"")


def _png_around(idat: Edit, end: Edit = lambda data: data) -> bytes:
    head, rows = _png()
    return head + _chunk(b"IDAT", idat(rows)) + end(_chunk(b"IEND", b""))


def _png_palette(colour_type: int) -> bytes:
    """Four colours are used; the mark is among the others, and in what is transparent of them."""
    rows = b"".join(b"\0" + (row % 4).tobytes() for row in GREY)
    head, data = _png(8, colour_type, rows)
    colours = bytes(12) + MARK + bytes(768 - 12 - len(MARK))
    transparent = _chunk(b"tRNS", bytes(4) + MARK) if colour_type == 3 else b""
    return head + _chunk(b"PLTE", colours) + transparent + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _itxt() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", TEXT, zip=True)
    info.add_itxt("XML:com.adobe.xmp", TEXT, zip=True)
    return _encoded(Image.fromarray(GREY), "PNG", pnginfo=info)


PNG = {
    "text": _with_chunk(b"tEXt", b"Patient\0" + MARK),
    "text-after-pixels": _with_chunk(b"tEXt", b"Patient\0" + MARK, after=True),
    "deflated-text": _itxt(),
    "exif": _with_chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0" + MARK),
    "profile": _with_chunk(b"iCCP", b"x\0\0" + zlib.compress(MARK)),
    "own-chunk": _with_chunk(b"prVt", MARK),
    "own-critical-after-pixels": _with_chunk(b"prVt", MARK, after=True),
    "long-resolution": _with_chunk(b"pHYs", struct.pack(">IIB", 3780, 3780, 1) + MARK),
    "resolution": _with_chunk(b"pHYs", MARK[:8] + b"\1"),
    "long-gamma": _with_chunk(b"gAMA", struct.pack(">I", 45455) + MARK),
    "long-chromaticities": _with_chunk(b"cHRM", bytes(32) + MARK),
    "chromaticities": _with_chunk(b"cHRM", MARK + bytes(20)),
    "long-significant-bits": _with_chunk(b"sBIT", b"\x08" + MARK),
    "long-intent": _with_chunk(b"sRGB", b"\0" + MARK),
    "background": _with_chunk(b"bKGD", b"\0\0" + MARK),
    "suggested-palette": _with_chunk(b"sPLT", b"x\0\x08" + MARK),
    "histogram": _with_chunk(b"hIST", MARK),
    "transparency-of-grey": _with_chunk(b"tRNS", b"\0\0" + MARK),
    "transparency-after-pixels": _with_chunk(b"tRNS", b"\0\0" + MARK, after=True),
    "palette-of-grey": _with_chunk(b"PLTE", MARK),
    "palette-unused": _png_palette(3),
    "after-end": _png_around(lambda data: data, lambda end: end + MARK),
    "in-end": _png_around(lambda data: data, lambda end: _chunk(b"IEND", MARK)),
    "after-deflated": _png_around(lambda data: data + MARK),
    "rows-too-many": _png_around(lambda data: zlib.compress(zlib.decompress(data) + MARK * 20)),
    "bit": _png(1, 0, b"".join(b"\0" + bytes(8) for _ in range(40)) + MARK)[0]
    + _chunk(b"IDAT", _png(1, 0, b"".join(b"\0" + bytes(8) for _ in range(40)) + MARK)[1])
    + _chunk(b"IEND", b""),
}


def _jpeg(**options: object) -> bytes:
    return _encoded(Image.fromarray(COLOUR), "JPEG", **options)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _in_front(*segments: bytes) -> bytes:
    data = _jpeg()
    return data[:2] + b"".join(segments) + data[2:]


def _before(marker: bytes, piece: bytes, data: bytes | None = None) -> bytes:
    """A piece in front of the last place of a marker."""
    data = data or _jpeg()
    place = data.rfind(marker)
    return data[:place] + piece + data[place:]


def _exif() -> bytes:
    found = Image.Exif()
    found[315] = found[270] = found[33432] = TEXT
    found.get_ifd(0x8769)[0x927C] = MARK
    found.get_ifd(0x8825)[29] = TEXT
    return _jpeg(exif=found)


_HUFFMAN = bytes([0, 0, 0, 0, len(MARK), *([0] * 11)]) + MARK  # a table of codes that no scan names
JPEG = {
    "comment": _jpeg(comment=MARK),
    "exif": _exif(),
    "xmp": _in_front(_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MARK)),
    "profile": _jpeg(icc_profile=MARK),
    "jfif-thumbnail": _in_front(_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\4\1" + MARK)),
    "jfxx": _in_front(_segment(0xE0, b"JFXX\0\x13\2\2" + MARK)),
    "iptc": _in_front(_segment(0xED, b"Photoshop 3.0\0" + MARK)),
    "long-adobe": _in_front(_segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + MARK)),
    "other-segment": _in_front(_segment(0xEB, MARK)),
    "quantisation-unused": _in_front(_segment(0xDB, b"\3" + MARK.ljust(64, b"\1"))),
    "codes-unused": _in_front(_segment(0xC4, b"\x13" + _HUFFMAN)),
    "before-scan": _before(b"\xff\xda", _segment(0xFE, MARK)),
    "between-scans": _before(b"\xff\xda", _segment(0xFE, MARK), _jpeg(progressive=True)),
    "after-last-block": _before(b"\xff\xd9", MARK),
    "progressive-after-last-block": _before(b"\xff\xd9", MARK, _jpeg(progressive=True)),
    "comment-before-end": _before(b"\xff\xd9", _segment(0xFE, MARK)),
    "after-end": _jpeg() + MARK,
    "second-image": _jpeg() + _jpeg(comment=MARK),
    "cmyk": _encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG", comment=MARK),
}


def _tiff(order: str = "<", tile: int = 0, extra: dict[int, bytes] | None = None, gap: bytes = b"") -> bytes:
    """A TIFF of one strip or of tiles, by hand; texts stand in tags, and a gap before the directory."""
    shown = np.pad(GREY, ((0, -GREY.shape[0] % tile), (0, -GREY.shape[1] % tile))) if tile else GREY
    size = tile or shown.shape[1]
    blocks = [shown[y : y + (tile or 40), x : x + size] for y in range(0, 40, tile or 40) for x in range(0, 60, size)]
    data, starts = b"", []
    for block in blocks:
        starts.append(8 + len(data))
        data += block.tobytes()
    tags: dict[int, tuple[int, ...] | bytes] = {256: (60,), 257: (40,), 258: (8,), 259: (1,), 262: (1,), 277: (1,)}
    lengths = tuple(block.size for block in blocks)
    tags |= {322: (tile,), 323: (tile,), 324: tuple(starts), 325: lengths} if tile else {}
    tags |= {} if tile else {273: tuple(starts), 278: (40,), 279: lengths}
    return _tiff_file(order, data + gap, tags | (extra or {}))


def _tiff_file(order: str, data: bytes, tags: dict[int, tuple[int, ...] | bytes]) -> bytes:
    start = 8 + len(data) + len(data) % 2
    entries, behind = b"", b""
    place = start + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        body = value if isinstance(value, bytes) else struct.pack(f"{order}{len(value)}I", *value)
        kind = 2 if isinstance(value, bytes) else 4
        if len(body) > 4:
            inside = struct.pack(order + "I", place + len(behind))
            behind += body + b"\0" * (len(body) % 2)
        else:
            inside = body.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, kind, len(body) if kind == 2 else len(value)) + inside
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4) + behind
    return (head + data).ljust(start, b"\0") + directory


def _tiff_palette() -> bytes:
    image = Image.fromarray(GREY % 4)
    colours = bytearray(768)
    colours[:12] = bytes(range(12))
    for place, character in enumerate(MARK):  # a TIFF has all reds first
        colours[3 * (100 + place)] = character
    image.putpalette(bytes(colours))
    return _encoded(image, "TIFF") + MARK


def _tiff_directories() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = tags[315] = tags[305] = TEXT
    tags[700] = MARK
    tags[34665] = {0x9286: MARK, 0x927C: MARK}
    return _encoded(Image.fromarray(GREY), "TIFF", tiffinfo=tags, icc_profile=MARK)


TIFF = {
    "directories": _tiff_directories(),
    "own-tag": _tiff(extra={65000: MARK + b"\0"}),
    "description": _tiff(extra={270: MARK + b"\0", 305: MARK + b"\0"}),
    "gap": _tiff(gap=MARK * 5),
    "after-end": _tiff() + MARK,
    "palette-unused": _tiff_palette(),
    "tiles": _tiff(tile=32, extra={270: MARK + b"\0"}),
    "big-endian": _tiff(order=">", extra={270: MARK + b"\0"}),
    "deflated": _encoded(Image.fromarray(GREY), "TIFF", compression="tiff_adobe_deflate", description=TEXT),
    "lzw-big": _encoded(Image.fromarray(GREY), "TIFF", compression="tiff_lzw", big_tiff=True, description=TEXT),
    "jpeg": _encoded(Image.fromarray(COLOUR), "TIFF", compression="jpeg", description=TEXT),
}


def _bmp_with_gap() -> bytes:
    data = bytearray(_encoded(Image.fromarray(COLOUR), "BMP"))
    data[6:10] = MARK[:4]  # reserved
    start = struct.unpack("<I", data[10:14])[0]
    data[10:14] = struct.pack("<I", start + len(MARK))
    return bytes(data[:start] + MARK + data[start:])


def _bmp_padding() -> bytes:
    """Rows of 57 bytes in 60: the mark in the three between."""
    data = bytearray(_encoded(Image.fromarray(COLOUR[:, :19]), "BMP"))
    start = struct.unpack("<I", data[10:14])[0]
    for row, character in enumerate(MARK):
        place = start + 60 * row + 57
        data[place : place + 3] = bytes([character]) * 3
    return bytes(data) + MARK


def _bmp_palette() -> bytes:
    image = Image.fromarray(GREY % 4)
    colours = bytearray(768)
    colours[300 : 300 + len(MARK)] = MARK
    colours[:12] = bytes(range(12))
    image.putpalette(bytes(colours))
    return _encoded(image, "BMP") + MARK


def _bmp_fourth_byte() -> bytes:
    """32 bits a pixel, of which a reader takes 24."""
    rows = np.dstack([COLOUR, np.resize(np.frombuffer(MARK, np.uint8), GREY.shape)])[::-1].tobytes()
    head = struct.pack("<IiiHHIIiiII", 40, 60, 40, 1, 32, 0, len(rows), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + head + rows + MARK


BMP = {"gap": _bmp_with_gap(), "padding": _bmp_padding(), "palette": _bmp_palette(), "fourth-byte": _bmp_fourth_byte()}


def write_all(folder: Path) -> dict[str, Path]:
    """Every file, by what it is and where the mark is in it."""
    found = {}
    for suffix, places in (("png", PNG), ("jpg", JPEG), ("tif", TIFF), ("bmp", BMP)):
        for place, data in places.items():
            path = folder / f"{suffix}-{place}.{suffix}"
            path.write_bytes(data)
            found[path.stem] = path
    return found
