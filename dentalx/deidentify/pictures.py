"""PNG, JPEG, TIFF and BMP files written again without anything but their pixels, and read back before they count."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin

from dentalx.datasets.decode import Pixels, read_pixels
from dentalx.deidentify.containers import bare_jpeg, bare_png
from dentalx.errors import InputError
from dentalx.text import Box, covered

SUFFIX = {"PNG": ".png", "JPEG": ".jpg", "TIFF": ".tif", "BMP": ".bmp"}
_ORIENTATION = 274
# Sizes, kinds, strips, resolution, predictor, palette, extra samples.
_TIFF_TAGS = frozenset(
    (254, *range(256, 260), 262, 266, 273, 274, *range(277, 280), *range(282, 285), 296, 317, 320, 338, 339)
)


def suffix_of(path: Path, boxes: Sequence[Box]) -> str:
    """The suffix that `write_bare` writes well: the kind's own, but PNG where a JPEG is covered."""
    kind = read_pixels(path).format
    return ".png" if boxes and kind == "JPEG" else SUFFIX[kind]


def write_bare(path: Path, target: Path, boxes: Sequence[Box] = ()) -> None:
    """Write the picture of `path` alone to `target`, with black over `boxes`.

    PNG and JPEG without boxes keep their coded pixels; everything else is coded again without loss. What was written
    is read back: the pixels are equal outside the boxes, and nothing is in the file that is not on the list.

    Raises:
        InputError: it cannot be read, or cannot be written without loss.
    """
    before = read_pixels(path)
    wanted = Pixels(_black(before, boxes), before.alpha, before.palette, before.format)
    try:
        if before.format in ("PNG", "JPEG") and not boxes:
            bare = bare_png if before.format == "PNG" else bare_jpeg
            orientation = _orientation(path)
            data = bare(path.read_bytes(), orientation)
            if bare(data, orientation) != data:
                raise ValueError("what is left is not bare")
            target.write_bytes(data)
        else:
            _write_pixels(wanted, target)
    except (ValueError, OSError, cv2.error) as error:
        raise InputError(f"{path} cannot be written again without loss; save it as PNG first") from error
    after = read_pixels(target)
    if not _same(wanted, after) or not _is_bare(target):
        raise InputError(f"{path} came out with other pixels; save it as PNG first")


def _orientation(path: Path) -> int:
    """The Exif orientation of a PNG or JPEG that was read already; 1 where there is none or it is broken."""
    exif = Image.Exif()
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            exif.load(image.info.get("exif") or b"")
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # as where pictures are decoded; what is written is compared with what was decoded
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _black(pixels: Pixels, boxes: Sequence[Box]) -> Any:
    if pixels.palette is None:
        return covered(pixels.values, boxes)
    return covered(pixels.values, boxes, int(pixels.palette.sum(1).argmin()))


def _write_pixels(pixels: Pixels, target: Path) -> None:
    kind = {".png": "PNG", ".tif": "TIFF", ".bmp": "BMP"}[target.suffix]
    values: Any = pixels.values
    if pixels.palette is not None:
        image = Image.fromarray(values.astype(np.uint8))
        image.putpalette(pixels.palette.tobytes())
        image.save(target, kind)
        return
    if pixels.alpha is not None:
        values = np.dstack([values, pixels.alpha])
    if values.dtype == np.uint16 and values.ndim == 3:
        coded = cv2.imencode(target.suffix, values[..., [2, 1, 0, *range(3, values.shape[2])]])[1]
        target.write_bytes(coded.tobytes())
        return
    Image.fromarray(values).save(target, kind)


def _same(one: Pixels, other: Pixels) -> bool:
    pairs = ((one.values, other.values), (one.alpha, other.alpha))
    if one.palette is not None and other.palette is not None:
        pairs = ((one.palette[one.values], other.palette[other.values]), pairs[1])
    return all(np.array_equal(a, b) if a is not None and b is not None else a is b for a, b in pairs)


def _is_bare(path: Path) -> bool:
    """Whether a TIFF's tags are all on the list; the others are bare by the way they were written."""
    if path.suffix != ".tif":
        return True
    with path.open("rb") as file:
        return set(TiffImagePlugin.TiffImageFile(file).tag_v2) <= _TIFF_TAGS
