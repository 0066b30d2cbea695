"""Small pictures packed into text: PNG in base64, perhaps compressed once more. Sizes are judged before decoding."""

import base64
import binascii
import io
import zlib

import numpy as np
from PIL import PngImagePlugin

from dentalx.datasets.readers.raster import Plane, Size, check_painted, paste

_PNG = b"\x89PNG\r\n\x1a\n"  # how every PNG begins
_SIZE = slice(16, 24)  # of a PNG: width and height, in its header
_OVERHEAD = 2**16  # bytes that a PNG may need beside four a pixel


def paint_png(text: str, corner: tuple[int, int], size: Size) -> Plane:
    """A PNG in base64 at its (row, column) in the picture; true where it is not 0, or not transparent.

    Raises:
        ValueError: it is none, or larger than the picture.
    """
    return paste(png_plane(_decoded(text), size), corner, size)


def check_png(text: str, corner: tuple[int, int], size: Size) -> None:
    """Refuse what `paint_png` cannot paint into an image of (rows, columns), or without a pixel.

    Raises:
        ValueError: as there.
    """
    check_painted(png_plane(_decoded(text), size), corner, size)


def paint_packed_png(text: str, corner: tuple[int, int], size: Size) -> Plane:
    """As `paint_png`, of a PNG that was compressed by zlib before it became base64 (Supervisely's bitmaps), or not.

    Raises:
        ValueError: as there; no more is unpacked than such a PNG can hold.
    """
    return paste(_packed_plane(text, size), corner, size)


def check_packed_png(text: str, corner: tuple[int, int], size: Size) -> None:
    """As `check_png`, of what `paint_packed_png` paints.

    Raises:
        ValueError: as there.
    """
    check_painted(_packed_plane(text, size), corner, size)


def _packed_plane(text: str, size: Size) -> Plane:
    """The pixels of such a PNG alone, at most `size`."""
    packed = _decoded(text)
    if packed.startswith(_PNG):
        return png_plane(packed, size)
    most = 4 * size[0] * size[1] + _OVERHEAD
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, most)
    except zlib.error as error:
        raise ValueError("a bitmap is not compressed as zlib does") from error
    if unpacking.unconsumed_tail:
        raise ValueError(f"a bitmap unpacks to more than {most} bytes")
    return png_plane(data, size)


def png_plane(data: bytes, most: Size) -> Plane:
    """The (H, W) pixels of a PNG that are set; by its transparency where it has any.

    Args:
        data: the whole file.
        most: rows and columns that it may have.

    Raises:
        ValueError: no PNG, broken, or larger.
    """
    columns, rows = (int.from_bytes(side, "big") for side in (data[_SIZE][:4], data[_SIZE][4:]))
    if data[:8] != _PNG or rows < 1 or columns < 1:
        raise ValueError("a mask is no PNG of usable size")
    if rows > most[0] or columns > most[1]:
        raise ValueError(f"a mask of {rows}×{columns} is larger than its picture, {most[0]}×{most[1]}")
    try:  # by Pillow, which refuses half a file without a word on stderr
        image = PngImagePlugin.PngImageFile(io.BytesIO(data))
        if image.size != (columns, rows):
            raise ValueError("a mask has two sizes")
        image.load()
        if image.has_transparency_data:
            return np.asarray(np.asarray(image.convert("RGBA"))[..., 3] > 0, bool)
        plane = np.asarray(image.convert("RGB") if image.mode == "P" else image)
    except Exception as error:  # a broken file makes decoders raise nearly anything
        raise ValueError("a mask is a broken PNG") from error
    return np.asarray(plane.any(axis=2) if plane.ndim == 3 else plane > 0, bool)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a mask is no PNG in base64") from error
