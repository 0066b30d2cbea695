"""Small files that would keep a decoder busy for minutes: refused by their structure, in a moment."""

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.cost import MOST_CHUNKS, MOST_PAGES, MOST_RUNS, MOST_SCANS, MOST_SEGMENTS, MOST_TAGS
from dentalx.datasets.decode import header_size, read_pixels
from dentalx.errors import InputError


def jpeg(progressive: bool = False) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(file, "JPEG", progressive=progressive)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(before: bytes = b"", after: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(65 * 64)))
    return b"\x89PNG\r\n\x1a\n" + head + before + pixels + after + chunk(b"IEND", b"")


def tiff(pages: int = 1, more: tuple[tuple[int, int, int, int], ...] = (), circle: bool = False) -> bytes:
    base = ((256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8))
    tags = [*base, (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 1, 1), *more]
    entries = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    length = len(entries) + 4
    starts = [8 + number * length for number in range(pages)] + [8 if circle else 0]
    body = b"".join(entries + struct.pack("<I", following) for following in starts[1:])
    return b"II*\0" + struct.pack("<I", 8) + body + bytes(4 * 10**6 if more and more[0][2] > 10**5 else 8)


def bmp(runs: int) -> bytes:
    head = struct.pack("<IHHI", 0, 0, 0, 1078) + struct.pack("<IiiHHIIiiII", 40, 64, 64, 1, 8, 1, 0, 0, 0, 256, 256)
    return b"BM" + head + bytes(1024) + b"\1\0" * (runs // 2)


def scans(count: int) -> bytes:
    """The last scan of a progressive JPEG again and again."""
    data = jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


BOMBS = {
    "scans.jpg": (scans(MOST_SCANS), "scans or more of 0.0 megapixels"),
    "segments.jpg": (jpeg()[:2] + b"\xff\xfe\0\2" * (MOST_SEGMENTS + 1) + jpeg()[2:], "more than 4096 segments"),
    "filling.jpg": (jpeg()[:2] + b"\xff" * 10**6 + jpeg()[2:], "more than 4096 segments"),
    "junk.jpg": (jpeg()[:20] + bytes(10**6) + jpeg()[20:], "more than 4096 segments"),
    "restarts.jpg": (jpeg()[:2] + b"\xff\xd0" * 10**6 + jpeg()[2:], "more than 4096 segments"),
    "pieces.png": (png(after=chunk(b"IDAT", b"") * MOST_CHUNKS), "more than 65536 chunks"),
    "texts.png": (png(chunk(b"tEXt", b"a\0b") * MOST_CHUNKS), "more than 65536 chunks"),
    "pages.tif": (tiff(MOST_PAGES + 1), "holds more than 1000 pages, expected one image"),
    "tags.tif": (tiff(more=((60000, 1, 1, 1),) * MOST_TAGS), "1033 tags"),
    "strips.tif": (tiff(more=((60000, 4, 10**6, 8),)), "1000000 values of tag 60000"),
    "runs.bmp": (bmp(MOST_RUNS + 2), "MB of run lengths"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_refused_in_a_moment(name: str, tmp_path: Path) -> None:
    data, complaint = BOMBS[name]
    (tmp_path / name).write_bytes(data)
    before = time.process_time()
    with pytest.raises(InputError, match=complaint):
        read_pixels(tmp_path / name)
    assert time.process_time() - before < 1


WHOLE = {
    "a.jpg": jpeg(),
    "b.jpg": jpeg(progressive=True),
    "many.jpg": scans(MOST_SCANS // 2),
    "c.png": png(),
    "d.png": png(chunk(b"tEXt", b"a\0b") * 90, chunk(b"IDAT", b"") * 9000),
    "e.tif": tiff(),
    "circle.tif": tiff(circle=True),
    "tail.jpg": jpeg() + b"\xff\xda\0\2" * 10**6,
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_not_too_much_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(WHOLE[name])
    shape = (1, 1) if name.endswith("tif") else (64, 64)
    assert read_pixels(tmp_path / name).values.shape == shape
    assert header_size(tmp_path / name) == shape


def test_a_few_pages_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff(3))
    with pytest.raises(InputError, match="holds 3 pages"):
        read_pixels(tmp_path / "a.tif")
