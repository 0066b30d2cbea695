"""PNG, JPEG, TIFF and BMP files written anew from their decoded pixels, and read back before they count.

Nothing of a file but its pixels is understood, so nothing else can get into the output: no chunk, segment or tag, no
further page, no byte between or after the coded data, and no colour of a palette that no pixel has.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin

from dentalx.datasets.decode import Pixels, read_pixels
from dentalx.datasets.sniff import beginning
from dentalx.errors import InputError
from dentalx.text import Box, covered

# By how a file begins. JPEG has loss, and coded data that can hold more than pixels: it becomes PNG.
_SUFFIX = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".png", b"II": ".tif", b"MM": ".tif", b"BM": ".bmp"}
_EFFORT = 3  # of PNG's deflate, of 9: half the time of Pillow's own choice for a few percent more bytes
# Sizes, kinds, strips, resolution, predictor, palette, extra samples.
_TIFF_TAGS = frozenset(
    (254, *range(256, 260), 262, 266, 273, *range(277, 280), *range(282, 285), 296, 317, 320, 338, 339)
)


def suffix_of(path: Path) -> str:
    """The suffix of the format that an image is written in: PNG, TIFF and BMP stay, JPEG becomes PNG."""
    head = beginning(path, 4)
    return next((suffix for start, suffix in _SUFFIX.items() if head.startswith(start)), ".png")


def write_bare(path: Path, target: Path, boxes: Sequence[Box] = ()) -> None:
    """Write the pixels of `path` to `target`, turned upright, without loss and with black over `boxes`.

    What was written is read back: the pixels are equal outside the boxes, and a TIFF has no tag that is not needed.

    Raises:
        InputError: it cannot be read, or cannot be written without loss.
    """
    before = read_pixels(path)
    wanted = Pixels(_black(before, boxes), before.alpha, before.palette, before.format)
    try:
        _write_pixels(wanted, target)
    except (ValueError, cv2.error) as error:
        raise InputError(f"{path} cannot be written again without loss; save it as PNG first") from error
    after = read_pixels(target)
    if not _same(wanted, after) or not _is_bare(target):
        raise InputError(f"{path} came out with other pixels; save it as PNG first")


def _black(pixels: Pixels, boxes: Sequence[Box]) -> Any:
    if pixels.palette is None:
        return covered(pixels.values, boxes)
    return covered(pixels.values, boxes, int(pixels.palette.sum(1).argmin()))


def _write_pixels(pixels: Pixels, target: Path) -> None:
    kind = {".png": "PNG", ".tif": "TIFF", ".bmp": "BMP"}[target.suffix]
    values: Any = pixels.values
    if pixels.palette is not None:
        image = Image.fromarray(values.astype(np.uint8))
        image.putpalette(_used_colours(pixels.palette, values).tobytes())
        image.save(target, kind, compress_level=_EFFORT)
        return
    if pixels.alpha is not None:
        values = np.dstack([values, pixels.alpha])
    if values.ndim == 3 and (values.dtype == np.uint16 or (kind == "BMP" and values.shape[2] == 4)):
        # Pillow cuts 16 bits to 8, and leaves the transparency of a BMP out.
        coded = cv2.imencode(target.suffix, values[..., [2, 1, 0, *range(3, values.shape[2])]])[1]
        target.write_bytes(coded.tobytes())
        return
    Image.fromarray(values).save(target, kind, compress_level=_EFFORT)


def _used_colours(palette: Any, values: Any) -> Any:
    """(256, 3) colours, black where no pixel points at them."""
    used = np.zeros((256, 1), np.uint8)
    used[np.unique(values)] = 1
    return palette * used


def _same(one: Pixels, other: Pixels) -> bool:
    pairs: list[tuple[Any, Any]] = [(one.values, other.values), (one.alpha, other.alpha)]
    if one.palette is not None and other.palette is not None:
        pairs.append((one.palette[one.values], other.palette[other.values]))
    return all(np.array_equal(a, b) if a is not None and b is not None else a is b for a, b in pairs)


def _is_bare(path: Path) -> bool:
    """Whether a TIFF's tags are all on the list; the others are bare by the way they are written."""
    if path.suffix != ".tif":
        return True
    with path.open("rb") as file:
        return set(TiffImagePlugin.TiffImageFile(file).tag_v2) <= _TIFF_TAGS
