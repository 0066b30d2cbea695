"""How a picture looks, in a few numbers that a small copy of it gives."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.enhance import window, without_frame
from dentalx.samples import Grey, check_grey

COPY_PX = 512  # longer side of the copy that everything is measured on: about what networks see
THUMB = (16, 32)
_BINS = 64
_EVEN = 1e-6  # a step of sixteen bits is fifteen times as high
_OCCURS = 0.001  # share of the pixels from which a level counts as one that occurs
_WHOLE = 0.98  # a thinner frame is left where it is
_CLIPPED = 0.01  # this near to black or white
_PERCENT = (1, 5, 50, 95, 99)


@dataclass(frozen=True)
class Looks:
    """One picture in numbers. Grey levels are of what is inside its frame.

    Attributes:
        height, width: pixels of the whole picture.
        aspect: width / height of the whole picture.
        dark, middle, bright: the 5th, 50th and 95th percentile of the grey levels.
        contrast: from the 1st to the 99th.
        white: share of levels of 0.99 and more in the middle half of rows and columns, where a negative is not white.
        black: share of levels of 0.01 and less.
        levels: how many of 64 steps from the 1st to the 99th percentile hold a thousandth of the pixels.
        roughness: mean step between neighbours, both directions, as a share of `contrast`, at 512 pixels.
        sharpness: standard deviation of detail up to 1 pixel over that from 2 to 4 pixels, at 512 pixels; 0 where the
            picture is smaller, which tells nothing.
        grain: median distance from the median of 3×3 neighbours, as a share of `contrast`, at 512 pixels; 0 likewise.
        thumb: (16, 32) float32, the picture without its frame, mean 0 and standard deviation 1; zeros without contrast.
    """

    height: int
    width: int
    aspect: float
    dark: float
    middle: float
    bright: float
    contrast: float
    white: float
    black: float
    levels: int
    roughness: float
    sharpness: float
    grain: float
    thumb: NDArray[np.float32]


def small(plane: Grey) -> Grey:
    """A copy whose longer side has at most 512 pixels, each the mean of what it covers."""
    factor = COPY_PX / max(plane.shape)
    if factor >= 1:
        return plane
    rows, columns = (max(1, round(side * factor)) for side in plane.shape)
    return np.asarray(cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def look(plane: Grey, copy: Grey | None = None) -> Looks:
    """Measure an (H, W) float32 picture in [0, 1]; a few milliseconds whatever its size.

    Args:
        plane: the picture.
        copy: `small` of it, where that is at hand.

    >>> found = look(np.tile(np.linspace(0, 1, 100, dtype=np.float32), (50, 1)))
    >>> found.aspect, round(found.middle, 2), round(found.contrast, 2), found.levels
    (2.0, 0.5, 0.92, 64)
    """
    check_grey(plane)
    inside = small(_unframed(plane, small(plane) if copy is None else copy))
    low, dark, middle, bright, high = (float(value) for value in np.percentile(inside, _PERCENT))
    if high - low < _EVEN:  # steps that come of rounding, too small for a histogram
        high = low
    counts = np.histogram(inside, _BINS, (low, high) if high > low else (0, 1))[0]
    roughness, sharpness, grain = _detail(inside, high - low)
    return Looks(
        height=plane.shape[0],
        width=plane.shape[1],
        aspect=plane.shape[1] / plane.shape[0],
        dark=dark,
        middle=middle,
        bright=bright,
        contrast=high - low,
        white=float((_core(inside) >= 1 - _CLIPPED).mean()),
        black=float((inside <= _CLIPPED).mean()),
        levels=int((counts >= _OCCURS * inside.size).sum()),
        roughness=roughness,
        sharpness=sharpness,
        grain=grain,
        thumb=_thumb(inside),
    )


def likeness(thumb: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pearson's correlation of two thumbnails; 0 where one has no contrast.

    >>> a = np.float32([[1, -1], [1, -1]])
    >>> round(likeness(a, 3 * a), 6), round(likeness(a, -a), 6), likeness(a, 0 * a)
    (1.0, -1.0, 0.0)
    """
    first, second = thumb - thumb.mean(), other - other.mean()
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float((first * second).sum() / size) if size > 0 else 0.0


def _unframed(plane: Grey, copy: Grey) -> Grey:
    """What is inside the frame, which is looked for on the small copy and so found to a few pixels."""
    y1, x1, y2, x2 = without_frame(copy)
    if (y2 - y1) * (x2 - x1) > _WHOLE * copy.size:
        return copy
    rows, columns = (side / other for side, other in zip(plane.shape, copy.shape, strict=True))
    box = (math.ceil(y1 * rows), math.ceil(x1 * columns), int(y2 * rows), int(x2 * columns))
    return np.ascontiguousarray(plane[window(box)])


def _core(plane: Grey) -> Grey:
    rows, columns = (side // 4 for side in plane.shape)
    return plane[rows : plane.shape[0] - rows, columns : plane.shape[1] - columns]


def _detail(plane: Grey, contrast: float) -> tuple[float, float, float]:
    """(roughness, sharpness, grain) of a picture of at most 512 pixels."""
    if contrast <= 0 or min(plane.shape) < 2:
        return 0.0, 0.0, 0.0
    steps = sum(float(np.abs(np.diff(plane, axis=axis)).mean()) for axis in (0, 1))
    if max(plane.shape) < COPY_PX:
        return steps / contrast, 0.0, 0.0
    fine, middle, coarse = (cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in (1, 2, 4))
    between = float(np.std(middle - coarse))
    sharpness = float(np.std(plane - fine)) / between if between > 0 else 0.0
    grain = float(np.abs(plane - cv2.medianBlur(np.ascontiguousarray(plane), 3)).mean())
    return steps / contrast, sharpness, grain / contrast


def _thumb(plane: Grey) -> NDArray[np.float32]:
    found: NDArray[np.float32] = cv2.resize(plane, THUMB[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    found -= found.mean()
    spread = float(found.std())
    return found / np.float32(spread) if spread > 1e-6 else np.zeros(THUMB, np.float32)
