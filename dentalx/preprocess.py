"""From a picture's own size to the network's and back, and between float grey and bytes. No disk.

The same arithmetic is written a second time with TensorFlow ops inside the exported graph, so the
geometry uses integers alone (no rounding differs between the two) and the resampling is the one that
`tf.image.resize(..., method="bilinear", antialias=True)` computes.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.samples import UNLABELLED, Grey, Mask, check_picture

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Letterbox:
    """Fit a picture into a frame without changing its aspect, centred; and the exact way back.

    Attributes:
        source: (h, w), rows and columns of the picture.
        target: (H, W), rows and columns of the frame.

    >>> box = Letterbox(source=(100, 300), target=(256, 512))
    >>> box.inner, box.offset
    ((171, 512), (42, 0))
    """

    source: tuple[int, int]
    target: tuple[int, int]

    def __post_init__(self) -> None:
        if min(*self.source, *self.target) < 1:
            raise ValueError(f"sizes must be at least 1×1, got {self.source} and {self.target}")

    @property
    def inner(self) -> tuple[int, int]:
        """(rows, columns) that the picture takes inside the frame."""
        (h, w), (height, width) = self.source, self.target
        if h * width <= w * height:
            return max(1, (h * width + w // 2) // w), width
        return height, max(1, (w * height + h // 2) // h)

    @property
    def offset(self) -> tuple[int, int]:
        """(rows, columns) of padding above and left of the picture."""
        return (self.target[0] - self.inner[0]) // 2, (self.target[1] - self.inner[1]) // 2

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the frame that the picture takes."""
        (top, left), (rows, columns) = self.offset, self.inner
        return slice(top, top + rows), slice(left, left + columns)

    def apply_image(self, plane: Grey) -> Grey:
        """Resize an (h, w) or (h, w, 3) float32 picture and pad it with 0.

        Returns:
            (H, W) or (H, W, 3) float32.

        >>> Letterbox((1, 2), (2, 2)).apply_image(np.ones((1, 2), np.float32)).tolist()
        [[1.0, 1.0], [0.0, 0.0]]
        """
        check_picture(plane)
        self._check(plane.shape[:2], self.source)
        framed = np.zeros((*self.target, *plane.shape[2:]), np.float32)
        if plane.ndim == 2:
            framed[self.window] = resize_plane(plane, self.inner)
        for channel in range(plane.shape[2] if plane.ndim == 3 else 0):
            framed[(*self.window, channel)] = resize_plane(plane[..., channel], self.inner)
        return framed

    def apply_levels(self, levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resize (h, w) bytes, round halves up, pad with 0: what `models.segmenter` shows its network, to the bit.

        Returns:
            (H, W) uint8.
        """
        self._check(levels.shape, self.source)
        framed = np.zeros(self.target, np.uint8)
        framed[self.window] = np.floor(resize_levels(levels, self.inner) + np.float32(0.5))
        return framed

    def apply_mask(self, mask: Mask) -> Mask:
        """Resize an (h, w) mask by nearest pixel centre and pad it with 255, *unlabelled*.

        Returns:
            (H, W) of the same type; no value but those of `mask` and 255.
        """
        self._check(mask.shape, self.source)
        framed = np.full(self.target, UNLABELLED, mask.dtype)
        framed[self.window] = resize_mask(mask, self.inner)
        return framed

    def undo(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cut the padding off and resize to the picture's own size.

        Args:
            values: (H, W) or (H, W, C) float32, any range.

        Returns:
            (h, w) or (h, w, C) float32, within the range of `values`.
        """
        self._check(values.shape[:2], self.target)
        inner = values[self.window]
        if inner.ndim == 2:
            return resize_plane(inner, self.source)
        planes = [resize_plane(inner[..., c], self.source) for c in range(inner.shape[2])]
        return np.stack(planes, axis=-1)

    @staticmethod
    def _check(came: tuple[int, ...], expected: tuple[int, int]) -> None:
        if came != expected:
            raise ValueError(f"expected {expected} rows and columns, got {came}")


def resize_plane(plane: Grey, size: tuple[int, int]) -> Grey:
    """Resample an (h, w) float32 plane to `size` with a triangle filter, widened when shrinking.

    Equal to `tf.image.resize(plane, size, method="bilinear", antialias=True)` within 1e-4. The weights
    are non-negative and sum to one, so the range is kept.

    Returns:
        (H, W) float32.

    >>> resize_plane(np.float32([[0, 1]]), (1, 4)).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    if plane.shape == size:
        return np.array(plane, np.float32)
    if plane.shape[0] <= size[0] and plane.shape[1] <= size[1]:  # plain interpolation: no filter is widened
        enlarged = cv2.resize(np.ascontiguousarray(plane, np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged, np.float32)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    resized = np.array(image.resize((size[1], size[0]), Image.Resampling.BILINEAR))
    return np.clip(resized, plane.min(), plane.max(), out=resized)


def resize_levels(levels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resample (h, w) bytes as `tf.image.resize(levels, size, method="bilinear", antialias=True)` does, to the bit.

    `resize_plane` adds in another order. Where what comes out is rounded to bytes, that decides some of them.

    Returns:
        (H, W) float32 in 0…255.

    >>> resize_levels(np.uint8([[0, 100]]), (1, 4)).tolist()
    [[0.0, 25.0, 75.0, 100.0]]
    """
    if levels.shape == size:
        return levels.astype(np.float32)
    starts, weights = _spans(levels.shape[0], size[0])
    rows = np.zeros((size[0], levels.shape[1]), np.float32)
    for place in range(weights.shape[1]):
        rows += levels[np.minimum(starts + place, levels.shape[0] - 1)] * weights[:, place, None]
    starts, weights = _spans(levels.shape[1], size[1])
    columns = np.zeros((size[1], size[0]), np.float32)
    turned = np.ascontiguousarray(rows.T)
    for place in range(weights.shape[1]):
        columns += turned[np.minimum(starts + place, levels.shape[1] - 1)] * weights[:, place, None]
    return np.ascontiguousarray(columns.T)


def _spans(old: int, new: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of every new pixel, the first old one that it is made of, and the weights of that and those after it.

    A triangle filter, widened when shrinking, in float32 and in TensorFlow's order of operations (ScaleAndTranslate).

    Returns:
        (new,) and (new, S); weights beyond a pixel's last are 0.
    """
    one, half = np.float32(1), np.float32(0.5)
    inverse = np.float32(1.0 / np.float64(np.float32(new) / np.float32(old)))
    radius = max(inverse, one)
    middle = (np.arange(new, dtype=np.float32) + half) * inverse
    first = np.clip(np.ceil(middle - radius - half), 0, old - 1).astype(np.int64)
    last = np.clip(np.floor(middle + radius - half), 0, old - 1).astype(np.int64)
    places = first[:, None] + np.arange(int((last - first).max()) + 1)
    away = np.abs((places.astype(np.float32) + half - middle[:, None]) * (one / radius))
    weights = np.where((away < one) & (places <= last[:, None]), one - away, np.float32(0))
    total = np.zeros(new, np.float32)
    for place in range(weights.shape[1]):
        total += weights[:, place]
    return first, weights * (one / total)[:, None]


def resize_mask(mask: Mask, size: tuple[int, int]) -> Mask:
    """Resample an (h, w) mask to `size`, each new pixel taking the value under its centre.

    Returns:
        (H, W) of the same type; never a value that `mask` does not have.

    >>> resize_mask(np.uint8([[1, 2, 3, 4]]), (1, 2)).tolist()
    [[2, 4]]
    """
    if mask.shape == size:
        return mask.copy()
    rows, columns = (_nearest(old, new) for old, new in zip(mask.shape, size, strict=True))
    return mask[rows[:, None], columns]


def _nearest(old: int, new: int) -> NDArray[np.int64]:
    """floor((i + 1/2) · old / new) for every new pixel i, in integers."""
    return (2 * np.arange(new, dtype=np.int64) + 1) * old // (2 * new)


def with_channels(picture: NDArray[Scalar]) -> NDArray[Scalar]:
    """(H, W) as (H, W, 1); (H, W, 3) as it is.

    >>> with_channels(np.zeros((2, 5))).shape, with_channels(np.zeros((2, 5, 3))).shape
    ((2, 5, 1), (2, 5, 3))
    """
    return picture[..., None] if picture.ndim == 2 else picture


def grey_of(picture: Grey) -> Grey:
    """(H, W, 3) red, green, blue float32 as (H, W) grey by the weights of ITU-R BT.601; grey as it is.

    >>> round(float(grey_of(np.float32([[[0, 1, 0]]]))[0, 0]), 3)
    0.587
    """
    if picture.ndim == 2:
        return picture
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    plane: Grey = np.minimum(picture @ weights, np.float32(1))
    return plane


def to_uint8(plane: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grey in [0, 1] as bytes 0…255, halves rounded up.

    >>> to_uint8(np.float32([0, 0.5, 1])).tolist()
    [0, 128, 255]
    """
    levels: NDArray[np.uint8] = np.floor(plane * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return levels


def from_uint8(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bytes 0…255 as float32 grey in [0, 1].

    >>> bool((to_uint8(from_uint8(np.arange(256, dtype=np.uint8))) == np.arange(256)).all())
    True
    """
    return np.divide(levels, np.float32(255), dtype=np.float32)
