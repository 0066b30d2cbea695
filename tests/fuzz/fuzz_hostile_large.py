"""Pictures and masks as large as is read, of a few bytes: whatever they are, a gigabyte has to do."""

import io
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fuzz_pictures
import fuzz_seeds
import numpy as np
from fuzz_makers import Cases, Found, chunk, data, picture
from PIL import Image

from dentalx.datasets.decode import DEFAULT_LIMITS

MOST, BYTES = DEFAULT_LIMITS.megapixels * 1e6, DEFAULT_LIMITS.megabytes * 1e6


def side(each: int) -> int:
    """Of the largest square that is read, of so many bytes a pixel."""
    return int(min(MOST, BYTES / each) ** 0.5)


def png(size: int, row: bytes, colour: int, depth: int = 8) -> bytes:
    """A square PNG of one row again and again, packed a little at a time."""
    packer = zlib.compressobj(6)
    body = b"".join([*(packer.compress(b"\0" + row) for _ in range(size)), packer.flush()])
    header = chunk(b"IHDR", b"".join(n.to_bytes(4, "big") for n in (size, size)) + bytes([depth, colour, 0, 0, 0]))
    palette = chunk(b"PLTE", bytes(range(256)) * 3) if colour == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + header + palette + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def stripes(channels: int, depth: int = 1) -> bytes:
    """A row of the largest square whose neighbours all differ."""
    size = side({2: 4}.get(channels, channels) * (depth if channels > 1 or depth == 1 else 2))
    return bytes(np.arange(size * channels * depth, dtype=np.uint32).astype(np.uint8))


def square(channels: int, depth: int = 1) -> bytes:
    """The largest PNG of so many channels of so many bytes."""
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    row = stripes(channels, depth)
    return png(len(row) // channels // depth, row, colour, 8 * depth)


def saved(mode: str, each: int, kind: str, **options: object) -> bytes:
    """The largest picture of a mode, as Pillow writes it; half of it white."""
    size, file = side(each), io.BytesIO()
    image = Image.new(mode, (size, size))
    image.paste(Image.new(mode, (size // 2, size), (255,) * len(image.getbands())))  # type: ignore[arg-type]
    image.save(file, kind, **options)
    return file.getvalue()


def pair(picture_of: Callable[[], bytes], mask_of: Callable[[], bytes], suffix: str = "png") -> dict[str, bytes]:
    """A data set of one picture and its mask."""
    return {"images/a.png": picture_of(), f"masks/a.{suffix}": mask_of()}


def listed(mask_of: Callable[[], bytes]) -> dict[str, bytes]:
    """An export whose colours its masks have not."""
    files = dict(fuzz_seeds.cvat_masks())
    size = side(3)
    return {
        **files,
        "JPEGImages/a.png": png(size, bytes(size), 0),
        "SegmentationClass/a.png": mask_of(),
    }


def annotated() -> dict[str, bytes]:
    """A few objects on a large picture."""
    size = side(1)
    ring = [9, 9, size - 9, 9, size - 9, size - 9]
    content = fuzz_seeds.coco_content()
    content["images"][0].update(height=size, width=size)
    content["annotations"] = [
        {"id": i, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [ring]} for i in range(3)
    ]
    return {"a.json": fuzz_seeds.dumped(content), "a.png": png(size, bytes(size), 0)}


def dicom(folder: Path, deep: bool) -> Found:
    """A radiograph of one level."""
    content = fuzz_pictures.dicom_of_zeros(side(2 if deep else 1), 16 if deep else 8)
    (folder / "x.dcm").write_bytes(content)
    return "picture", folder / "x.dcm"


def _grey(each: int) -> bytes:
    return png(side(each), bytes(side(each)), 0)


CASES: Cases = {
    **{
        f"large-png-{channels}-{depth}": partial(picture, partial(square, channels, depth))
        for channels in (1, 2, 3, 4)
        for depth in (1, 2)
    },
    "large-png-palette": partial(picture, lambda: png(side(1), stripes(1), 3)),
    "large-png-bits": partial(picture, lambda: png(side(1), bytes(side(1) // 8 + 1), 0, 1)),
    "large-tiff-grey": partial(picture, lambda: saved("L", 1, "TIFF", compression="tiff_adobe_deflate"), name="x.tif"),
    "large-tiff-deep": partial(picture, lambda: saved("I;16", 2, "TIFF", compression="tiff_lzw"), name="x.tif"),
    "large-tiff-colour": partial(picture, lambda: saved("RGB", 3, "TIFF", compression="tiff_lzw"), name="x.tif"),
    "large-tiff-inks": partial(picture, lambda: saved("CMYK", 4, "TIFF", compression="tiff_lzw"), name="x.tif"),
    "large-jpeg-inks": partial(picture, lambda: saved("CMYK", 4, "JPEG", progressive=True, subsampling=0)),
    "large-jpeg-colour": partial(picture, lambda: saved("RGB", 3, "JPEG", progressive=True, subsampling=0)),
    "large-jpeg-grey": partial(picture, lambda: saved("L", 1, "JPEG", progressive=True)),
    "large-dicom": partial(dicom, deep=False),
    "large-dicom-deep": partial(dicom, deep=True),
    "large-mask": partial(data, lambda: pair(lambda: _grey(1), lambda: saved("L", 1, "PNG"))),
    "large-mask-levels": partial(data, lambda: pair(lambda: _grey(1), partial(square, 1))),
    "large-mask-deep": partial(data, lambda: pair(lambda: _grey(2), partial(square, 1, 2))),
    "large-mask-colour": partial(data, lambda: pair(lambda: _grey(3), partial(square, 3))),
    "large-mask-alpha": partial(data, lambda: pair(lambda: _grey(4), partial(square, 4))),
    "large-mask-alone": partial(data, lambda: pair(lambda: _grey(4), lambda: saved("RGBA", 4, "PNG"))),
    "large-mask-jpeg": partial(data, lambda: pair(lambda: _grey(1), lambda: saved("L", 1, "JPEG"), "jpg")),
    "large-mask-listed": partial(data, lambda: listed(partial(square, 3))),
    "large-mask-near": partial(data, lambda: listed(lambda: saved("RGB", 3, "PNG"))),
    "large-objects": partial(data, annotated),
}
