"""What hostile files are made of: pieces of pictures, and data sets with something changed."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import fuzz_seeds
from fuzz_seeds import PICTURE, coco_content, dumped

Found = tuple[str, Path]  # how it is read (see `fuzz_cases.Case`), and what
Cases = dict[str, Callable[[Path], Found]]


def chunk(kind: bytes, data: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 0, more: bytes = b"") -> bytes:
    """A PNG whose header may lie."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")


def tiff(
    width: int, height: int, data: bytes, *, compression: int = 1, strips: int = 1, count: int | None = None
) -> bytes:
    """A little-endian TIFF of 8 bit grey whose sizes may lie."""
    given = len(data) if count is None else count
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, 8), (277, 1), (278, height)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    entries += struct.pack("<HHII", 279, 4, strips, given)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags) + 1) + entries + b"\0" * 4


def zipped(megabytes: int) -> bytes:
    """Zeros, compressed without ever being whole in memory."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(2**20)) for _ in range(megabytes)]
    return b"".join([*parts, packer.flush()])


def picture(content: Callable[[], bytes], folder: Path, name: str = "x.png") -> Found:
    """One file."""
    (folder / name).write_bytes(content())
    return "picture", folder / name


def data(files: Callable[[], dict[str, bytes]], folder: Path) -> Found:
    """A data set."""
    fuzz_seeds.write(folder, files())
    return "data", folder


def coco(change: Callable[[dict[str, list[dict[str, object]]]], None]) -> dict[str, bytes]:
    """A COCO data set with something changed."""
    content = coco_content()
    change(content)
    return {"a.json": dumped(content), "a.png": PICTURE}


def drawn(segmentation: object) -> dict[str, bytes]:
    """A COCO data set of one object."""
    return coco(lambda c: c.update(annotations=[{**c["annotations"][0], "segmentation": segmentation}]))


def replaced(seed: str, old: str, new: str) -> dict[str, bytes]:
    """A data set of a seed with one text in place of another, in every text file."""
    files = dict(fuzz_seeds.DATA_SETS[seed]())
    for name, content in files.items():
        if not name.endswith((".png", ".jpg")):
            files[name] = content.replace(old.encode(), new.encode())
    assert files != dict(fuzz_seeds.DATA_SETS[seed]()), (seed, old)
    return files


def whole(seed: str, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """A data set of a seed whose first file, the annotations, is changed as a whole."""
    files = dict(fuzz_seeds.DATA_SETS[seed]())
    first = next(iter(files))
    return {**files, first: change(files[first])}
