"""Label Studio's run lengths of a brush: thi.ng's rle-pack (https://github.com/thi-ng/umbrella, packages/rle-pack).

A stream of bits, highest first: 32 bits for the count of values; 5 for their width, less one; four times 4 for the
widths of run lengths, less one; then runs. A run is one bit (1: one value repeated, 0: values one by one), 2 bits for
which of the four widths its length has, its length less one, and its value or values. Values are the red, green, blue
and opacity of an image's pixels, row by row; what is opaque is the object.
"""

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.readers.raster import Plane, Size

_HEAD = 32 + 5 + 4 * 4  # bits before the first run


def paint_brush(packed: bytes, written: Size, size: Size) -> Plane:
    """Paint a brush's (H, W) mask.

    Args:
        packed: the run lengths.
        written: (rows, columns) that the file gives with them.
        size: of the image.

    Raises:
        ValueError: the sizes differ, or the run lengths do not fill them.
    """
    if written != size:
        raise ValueError(f"a brush mask is for {written[0]}×{written[1]}, the image is {size[0]}×{size[1]}")
    values = unpack(packed, 4 * size[0] * size[1])
    return np.asarray(values.reshape(*size, 4)[..., 3] > 0, bool)


def check_brush(packed: bytes, written: Size, size: Size) -> None:
    """Refuse what `paint_brush` cannot paint, or without a pixel.

    Raises:
        ValueError: as there.
    """
    if not paint_brush(packed, written, size).any():
        raise ValueError("a brush mask without a pixel")


def unpack(packed: bytes, count: int) -> NDArray[np.uint8]:
    """Unpack exactly `count` values of at most eight bits.

    Raises:
        ValueError: they are more or fewer, wider, or end too early.
    """
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))
    reader = _Bits(packed)
    if len(bits) < _HEAD or reader.take(32) != count:
        raise ValueError("a brush mask does not fill its image")
    width = reader.take(5) + 1
    lengths = [reader.take(4) + 1 for _ in range(4)]
    if width > 8:
        raise ValueError("a brush mask has values of more than eight bits")
    weights = (1 << np.arange(width - 1, -1, -1)).astype(np.int64)
    values, done = np.zeros(count, np.uint8), 0
    while done < count:
        repeated = reader.take(1)
        end = done + 1 + reader.take(lengths[reader.take(2)])
        stop = reader.at + width * (1 if repeated else end - done)
        if end > count or stop > len(bits):
            raise ValueError("a brush mask ends too early, or holds too much")
        if repeated:
            values[done:end] = reader.take(width)
        else:
            values[done:end] = bits[reader.at : stop].reshape(-1, width) @ weights
            reader.at = stop
        done = end
    return values


class _Bits:
    """Reads numbers out of a stream of bits."""

    def __init__(self, data: bytes) -> None:
        self._data = data + bytes(8)
        self._most = 8 * len(data)
        self.at = 0

    def take(self, count: int) -> int:
        """The number in the next `count` bits, at most 32."""
        if self.at + count > self._most:
            raise ValueError("a brush mask ends too early")
        first = self.at >> 3
        window = int.from_bytes(self._data[first : first + 5], "big")
        found = window >> (40 - (self.at & 7) - count) & ((1 << count) - 1)
        self.at += count
        return found
