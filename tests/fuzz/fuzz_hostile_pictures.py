# ruff: noqa: E501
"""Pictures made to do harm, one function a kind of harm."""

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fuzz_pictures
import fuzz_seeds
import numpy as np
from fuzz_makers import Cases, Found, chunk, picture, png, tiff, zipped
from PIL import Image


def picked_device(folder: Path, target: str) -> Found:
    """A device given by name."""
    (folder / "x.png").symlink_to(target)
    return "picture", folder / "x.png"


def dicom(change: Callable[[bytes], bytes], folder: Path, name: str = "explicit.dcm") -> Found:
    """A DICOM file with its bytes changed."""
    (folder / "x.dcm").write_bytes(change(fuzz_pictures.dicoms()[name]))
    return "picture", folder / "x.dcm"


def element(group: int, number: int, value: int) -> Callable[[bytes], bytes]:
    """A change of an explicit unsigned short."""
    tag = struct.pack("<HH", group, number) + b"US\x02\x00"

    def change(content: bytes) -> bytes:
        place = content.index(tag) + 8
        return content[:place] + struct.pack("<H", value) + content[place + 2 :]

    return change


def nested(depth: int) -> bytes:
    """Sequences within sequences, of undefined length."""
    content = fuzz_pictures.dicoms()["explicit.dcm"]
    item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    place = content.index(b"\x28\x00\x02\x00US")
    return content[:place] + item * depth + content[place:]


def deflated_bomb(content: bytes) -> bytes:
    """The deflated syntax, and behind its header a gigabyte of zeros."""
    start = content.index(b"1.2.840.10008.1.2.1.99") + len(b"1.2.840.10008.1.2.1.99")
    return content[:start] + zipped(1024)[2:-4]


def tiff_jpeg_bomb() -> bytes:
    """A TIFF that says it is small and holds a JPEG that says it is large."""
    inner = bytearray(fuzz_pictures.pictures()["grey.jpg"])
    start = inner.index(b"\xff\xc0") + 5
    inner[start : start + 4] = struct.pack(">HH", 60_000, 60_000)
    return tiff(32, 24, bytes(inner), compression=7)


def lying_jpeg(rows: int, columns: int) -> bytes:
    """A JPEG whose header promises more than there is."""
    content = bytearray(fuzz_pictures.pictures()["grey.jpg"])
    start = content.index(b"\xff\xc0") + 5
    content[start : start + 4] = struct.pack(">HH", rows, columns)
    return bytes(content)


def many_scans() -> bytes:
    """A progressive JPEG that goes over its 8 megapixels again and again."""
    content = fuzz_pictures.encoded(Image.fromarray(np.zeros((2000, 4000), np.uint8)), "JPEG", progressive=True)
    first = content.rindex(b"\xff\xda")
    return content[:-2] + content[first:-2] * 400 + b"\xff\xd9"


CASES: Cases = {
    # pictures whose header promises too much, or that unpack to too much
    "png-50000": partial(picture, lambda: png(50_000, 50_000, bytes(100))),
    "png-max": partial(picture, lambda: png(2**31 - 1, 2**31 - 1, bytes(100))),
    "png-wide": partial(picture, lambda: png(30_000, 6_000, bytes(100))),
    "png-0": partial(picture, lambda: png(0, 0, b"")),
    "png-long-data": partial(picture, lambda: png(8, 8, bytes(300 * 2**20))),
    "png-text-bomb": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"zTXt", b"a\0\0" + zipped(512)))),
    "png-profile-bomb": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"iCCP", b"a\0\0" + zipped(512)))),
    "png-many-texts": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"tEXt", b"a\0" + bytes(50)) * 20_000)),
    "png-long-chunk": partial(picture, lambda: png(8, 8, bytes(72), more=struct.pack(">I", 2**31 - 1) + b"tEXt")),
    "png-animated": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))),
    "png-white-tail": partial(picture, lambda: fuzz_seeds.PICTURE + b"\xff" * 2**22),
    "jpeg-65500": partial(picture, lambda: lying_jpeg(65_500, 65_500)),
    "jpeg-150-megapixels": partial(picture, lambda: lying_jpeg(12_000, 12_000)),
    "jpeg-0": partial(picture, lambda: lying_jpeg(0, 0)),
    "jpeg-scans": partial(picture, many_scans),
    "jpeg-comments": partial(picture, lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 500_000),
    "tiff-2^31": partial(picture, lambda: tiff(2**31 - 1, 2**31 - 1, b"\0" * 9)),
    "tiff-zip-bomb": partial(picture, lambda: tiff(14_000, 14_000, zipped(1024), compression=8)),
    "tiff-zip-lie": partial(picture, lambda: tiff(8, 8, zipped(1024), compression=8)),
    "tiff-strips": partial(picture, lambda: tiff(8, 8, bytes(64), strips=2**31 - 1)),
    "tiff-strip-length": partial(picture, lambda: tiff(8, 8, bytes(64), count=2**32 - 1)),
    "tiff-jpeg": partial(picture, tiff_jpeg_bomb),
    "tiff-unknown-compression": partial(picture, lambda: tiff(8, 8, bytes(64), compression=50_000)),
    "tiff-loop": partial(picture, lambda: tiff(8, 8, bytes(64))[:-4] + struct.pack("<I", 72)),
    "bmp-huge": partial(picture, lambda: fuzz_pictures.pictures()["grey.bmp"].replace(struct.pack("<ii", 32, 24), struct.pack("<ii", 2**30, -(2**30)))),
    "empty": partial(picture, lambda: b""),
    "one-byte": partial(picture, lambda: b"\xff"),
    "null-device": partial(picked_device, target="/dev/null"),
    "zero-device": partial(picked_device, target="/dev/zero"),
    "name-with-null": lambda folder: ("picture", folder / "a\0b.png"),
    "name-too-long": lambda folder: ("picture", folder / ("a" * 5000)),
    # DICOM
    "dicom-65535": partial(dicom, lambda c: element(0x28, 0x11, 65_535)(element(0x28, 0x10, 65_535)(c))),
    "dicom-0": partial(dicom, element(0x28, 0x10, 0)),
    "dicom-bits-64": partial(dicom, element(0x28, 0x100, 64)),
    "dicom-samples": partial(dicom, element(0x28, 0x02, 65_535)),
    "dicom-deflated-bomb": partial(dicom, deflated_bomb, name="deflated.dcm"),
    "dicom-nested": partial(dicom, lambda _: nested(100_000)),
    "dicom-elements": partial(dicom, lambda c: c[:400] + b"\x09\x00\x10\x00LO\0\0" * 500_000),
    "dicom-rle-lie": partial(dicom, element(0x28, 0x11, 30_000), name="rle.dcm"),
    "dicom-j2k-lie": partial(dicom, lambda c: c.replace(struct.pack(">II", 32, 24), struct.pack(">II", 60_000, 60_000)), name="j2k.dcm"),
    "dicom-jpeg-lie": partial(dicom, lambda c: c.replace(struct.pack(">HH", 24, 32), struct.pack(">HH", 65_000, 65_000)), name="jpeg.dcm"),
}  # fmt: skip
