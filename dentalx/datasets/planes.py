"""The decoder's pixels as arrays: no copy that can be spared, and no more memory than the limits reckon with.

What `decode` has opened and judged is decoded here, by Pillow (16 bit colour: cv2). Pillow decodes straight into
NumPy's memory where a file stores pixels as they are kept; rows that are not compressed are read there without it.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.datasets.tiff import WHITE_IS_ZERO
from dentalx.errors import InputError

Levels = NDArray[np.uint8] | NDArray[np.uint16]
Planes = tuple[Any, Any, Any]  # values, alpha, palette: see `decode.Pixels`

_PHOTOMETRIC, _ORIENTATION = 262, 274  # TIFF tags
_STRIP = 128  # rows at a time
# Of a mode of Pillow: what its pixels are in memory (red, green, blue take four bytes), and in a file, row by row.
_KEPT = {"L": ("L", "|u1", 1), "I;16": ("I;16", "<u2", 1), "RGB": ("RGBX", "|u1", 4), "RGBA": ("RGBA", "|u1", 4)}
_STORED = {"L": ("|u1", 1), "I;16": ("<u2", 1), "RGB": ("|u1", 3), "RGBA": ("|u1", 4)}
_SHARED = {"L", "I;16", "I;16B", "RGB", "RGBA", "BGR", "BGRX"}  # how files may store what is decoded in shared memory


def decoded(image: Any, path: Path, grey: bool) -> Planes:
    """Values, alpha and palette of a picture that Pillow has opened.

    Args:
        image: Pillow's, its header read.
        path: of its file.
        grey: colour of 8 or 16 bits is wanted as luma alone, without alpha.

    Raises:
        InputError: floating point, or levels beyond 16 bits.
        Exception: whatever a decoder raises of a broken file.
    """
    mode = image.mode
    if _is_wide(image):
        return _wide_colour(image, path, grey)
    if mode in _KEPT:
        values = _stored_rows(image)
        return _parted(_shared(image) if values is None else values, image, path, grey)
    image.load()
    if mode == "P":
        colours = np.zeros((256, 3), np.uint8)
        listed = np.asarray(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)[:256]
        colours[: len(listed)] = listed
        return np.asarray(image), None, colours
    if mode == "LA":
        planes = _copied(image, "LA")
        return planes[..., 0], planes[..., 1], None
    if mode == "1":
        return _copied(image, "L"), None, None
    if mode.startswith("I"):
        return _sixteen_bit(np.asarray(image), image, path), None, None
    if mode in ("RGBX", "CMYK", "YCbCr", "LAB"):
        return _copied(image, "RGB"), None, None
    kind = "floating-point pixels" if mode.startswith("F") else f"pixels of kind {mode}"
    raise InputError(f"{path} has {kind}, expected 8 or 16 bit grey or colour; export it as PNG")


def pixel_bytes(image: Any) -> int:
    """How many bytes a pixel of an opened Pillow image has when it is decoded."""
    if image.mode in ("1", "L", "P"):
        return 1
    if image.mode.startswith("I"):
        return 2
    return (3 if image.mode == "RGB" else 4) * (2 if _is_wide(image) else 1)


def _is_wide(image: Any) -> bool:
    """Whether it is 16 bit colour."""
    return image.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile[3]) for tile in image.tile[:1])


def luma(colours: Levels) -> Levels:
    """Grey of red, green, blue: (9798 R + 19235 G + 3735 B + 16384) // 32768.

    The weights of ITU-R BT.601 in 15 bits, as `cv2.COLOR_RGB2GRAY` rounds them. Integers alone, so that a program
    elsewhere can do the very same; equal channels come out unchanged.

    Args:
        colours: (..., 3) uint8 or uint16.

    Returns:
        (...) of the same type.

    >>> luma(np.uint8([[255, 0, 0], [0, 255, 0], [7, 7, 7]])).tolist()
    [76, 150, 7]
    """
    if colours.ndim == 3 and colours.size:
        return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))
    wide = colours.astype(np.uint32)
    grey = (9798 * wide[..., 0] + 19235 * wide[..., 1] + 3735 * wide[..., 2] + 16384) >> 15
    return np.asarray(grey.astype(colours.dtype))


def maximum_level(high: int) -> int:
    """The full scale of a 16 bit picture: 2^b - 1 for the fewest bits b of 8, 10, 12, 14, 16 that hold `high`.

    Sensors of 10 or 12 bits are stored in 16, and nothing in PNG or TIFF says so.

    >>> [maximum_level(h) for h in (0, 255, 256, 1023, 4095, 4096, 65535)]
    [255, 255, 1023, 1023, 4095, 16383, 65535]
    """
    return next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if high < 2**bits)


def _stored_rows(image: Any) -> Any:
    """(H, W) or (H, W, C) of rows that lie in the file as NumPy would keep them; None of any other picture."""
    kind, count = _STORED[image.mode]
    columns, rows = image.size
    width = columns * count * np.dtype(kind).itemsize
    last, upward = 0, False
    for codec, (left, top, right, bottom), _, args in image.tile:
        if codec != "raw" or (left, top, right) != (0, last, columns) or upward or not isinstance(args, tuple):
            return None
        if args[0] != image.mode or args[1] not in (0, width) or args[2] not in (1, -1):
            return None
        last, upward = bottom, args[2] == -1
    if last != rows or _is_turned(image) or (upward and len(image.tile) > 1):
        return None
    values: Any = np.empty((rows, columns) if count == 1 else (rows, columns, count), kind)
    for _, (_, top, _, bottom), offset, _ in image.tile:
        image.fp.seek(offset)
        if image.fp.readinto(memoryview(values[top:bottom]).cast("B")) != (bottom - top) * width:
            raise OSError("image file is truncated")
    return np.ascontiguousarray(values[::-1]) if upward else values


def _shared(image: Any) -> Any:
    """(H, W) or (H, W, C) that Pillow decodes into NumPy's memory; red, green, blue may come with a fourth number.

    Where Pillow takes other memory nevertheless, it is copied.
    """
    codec, _, _, args = image.tile[0] if image.tile else ("", None, 0, None)
    stored = args[0] if isinstance(args, tuple) and args else args
    apart = codec == "libtiff" and image.mode == "RGB"  # perhaps: one plane after the other
    if stored not in _SHARED or apart or _is_turned(image):
        image.load()
        return _copied(image, image.mode)
    mode, kind, count = _KEPT[image.mode]
    columns, rows = image.size
    values = np.zeros((rows, columns) if count == 1 else (rows, columns, count), kind)
    image.im = memory = Image.frombuffer(mode, image.size, values, "raw", mode, 0, 1).im
    image.load()
    return values if image.im is memory else _copied(image, image.mode)


def _is_turned(image: Any) -> bool:
    """Whether it is a TIFF that Pillow turns."""
    return bool(getattr(image, "tag_v2", {}).get(_ORIENTATION, 1) != 1)


def _copied(image: Any, mode: str) -> Any:
    """(H, W) or (H, W, C) of a loaded image in a mode, a few rows at a time, or they would be there three times."""
    columns, rows = image.size
    values: Any = None
    for top in range(0, rows, _STRIP):
        bottom = min(top + _STRIP, rows)
        part = image.crop((0, top, columns, bottom))
        strip = np.asarray(part if part.mode == mode else part.convert(mode))
        if values is None:
            values = np.empty((rows, *strip.shape[1:]), strip.dtype)
        values[top:bottom] = strip
    return values


def _parted(values: Any, image: Any, path: Path, grey: bool) -> Planes:
    """Values and alpha of (H, W) levels, or of (H, W, C) numbers a pixel."""
    if image.mode == "I;16":
        return _sixteen_bit(values, image, path), None, None
    if values.ndim == 2:
        return values, None, None
    four = values.shape[2] == 4
    if grey:
        return cv2.cvtColor(values, cv2.COLOR_RGBA2GRAY) if four else luma(values), None, None
    if image.mode == "RGBA":
        return values[..., :3], values[..., 3], None
    return cv2.cvtColor(values, cv2.COLOR_RGBA2RGB) if four else values, None, None


def _sixteen_bit(values: Any, image: Any, path: Path) -> NDArray[np.uint16]:
    if values.dtype != np.uint16:
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 65_535:
            raise InputError(f"{path} has levels {low}…{high}, expected 0…65535; export it as 16 bit PNG")
    levels: NDArray[np.uint16] = values.astype(np.uint16, copy=False)
    if image.format == "TIFF" and (image.tag_v2.get(_PHOTOMETRIC) == 0 or WHITE_IS_ZERO in image.info):
        levels = (np.uint16(maximum_level(int(levels.max()))) - levels).astype(np.uint16, copy=False)
    return levels


def _wide_colour(image: Any, path: Path, grey: bool) -> Planes:
    """Of 16 bit colour, which Pillow would cut to 8 bits."""
    kind = image.format
    image.load()  # refuses truncated files, which cv2 would fill up
    image.close()  # and gives its memory back
    planes = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if planes is None or planes.dtype != np.uint16 or planes.ndim != 3 or planes.shape[2] < 3:
        raise InputError(f"{path} is a {kind} of 16 bit colour that cannot be decoded; export it as 16 bit grey")
    four = planes.shape[2] == 4
    if grey:
        return cv2.cvtColor(planes, cv2.COLOR_BGRA2GRAY if four else cv2.COLOR_BGR2GRAY), None, None
    return planes[..., 2::-1], planes[..., 3] if four else None, None
