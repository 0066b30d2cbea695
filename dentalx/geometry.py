"""The one box frame, and the ways between boxes, masks and run lengths. Pure functions on arrays."""

import cv2
import numpy as np
from numpy.typing import NDArray


def mask_box(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """The smallest box (y1, x1, y2, x2), end excluded, around the true pixels of an (H, W) mask.

    >>> mask_box(np.array([[0, 0, 0], [0, 1, 1]], bool))
    (1.0, 1.0, 2.0, 3.0)
    >>> mask_box(np.zeros((2, 2), bool))
    (0.0, 0.0, 0.0, 0.0)
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0.0, 0.0, 0.0, 0.0
    return float(rows[0]), float(columns[0]), float(rows[-1] + 1), float(columns[-1] + 1)


def box_to_coco(box: tuple[float, float, float, float]) -> list[float]:
    """Our (y1, x1, y2, x2) as COCO's [x, y, width, height].

    >>> box_to_coco((20, 10, 28, 15))
    [10, 20, 5, 8]
    """
    y1, x1, y2, x2 = box
    return [x1, y1, x2 - x1, y2 - y1]


def rle_encode(mask: NDArray[np.bool_]) -> list[int]:
    """COCO's uncompressed run lengths of an (H, W) mask: column by column, zeros first.

    >>> rle_encode(np.array([[0, 1], [1, 1]], bool))
    [1, 3]
    >>> rle_encode(np.array([[1, 0]], bool))
    [0, 1, 1]
    """
    flat = np.concatenate([[False], mask.ravel(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes, [mask.size]])).astype(int).tolist() if mask.size else []


def rle_decode(counts: list[int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The (H, W) mask that `rle_encode` turned into `counts`.

    Raises:
        ValueError: the counts are negative or do not fill the shape.

    >>> rle_decode([1, 3], (2, 2)).astype(int).tolist()
    [[0, 1], [1, 1]]
    """
    check_counts(counts, shape)
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(shape, order="F")


def check_counts(counts: list[int], shape: tuple[int, int]) -> None:
    """Refuse run lengths that are negative or do not fill the shape.

    Raises:
        ValueError: they are, or do not.
    """
    if min(counts, default=0) < 0 or sum(counts) != shape[0] * shape[1]:
        raise ValueError(f"run lengths sum to {sum(counts)}, but the mask has {shape[0]}×{shape[1]} pixels")


def signed_distance(inside: NDArray[np.bool_], counted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far each pixel's middle is from the border of a mask, in pixels, negative inside it.

    The border lies half way between pixels. What is not counted is neither inside nor outside, and no border: it is as
    if the picture ended there.

    Args:
        inside: (H, W).
        counted: (H, W).

    Returns:
        (H, W), exact; 0 where nothing is counted, and everywhere where there is no border.

    >>> signed_distance(np.array([[1, 1, 0, 0, 0]], bool), np.array([[1, 1, 1, 1, 0]], bool)).tolist()
    [[-1.5, -0.5, 0.5, 1.5, 0.0]]
    """
    inside, outside = inside & counted, counted & ~inside
    if not inside.any() or not outside.any():
        return np.zeros(inside.shape, np.float32)
    to_inside, to_outside = (
        cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for there in (inside, outside)
    )
    return np.asarray(np.where(outside, to_inside - 0.5, np.where(inside, 0.5 - to_outside, 0)), np.float32)


def paste_mask(
    values: NDArray[np.floating], box: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """A square mask stretched over its box in a picture, by bilinear interpolation, correct to parts of a pixel.

    Values stand in the middle of their bins, as pixels do; half a bin beyond the last one the mask is 0.

    Args:
        values: (m, m) in [0, 1], inside the box.
        box: (y1, x1, y2, x2) in the picture's pixels.
        size: (H, W) of the picture.

    Returns:
        the rows and columns of the picture that the box touches, and the (h, w) float32 values there.

    >>> window, found = paste_mask(np.ones((2, 2)), (1, 1, 3, 3), (5, 5))
    >>> window, found.tolist()
    ((slice(1, 3, None), slice(1, 3, None)), [[1.0, 1.0], [1.0, 1.0]])
    """
    y1, x1, y2, x2 = box
    rows = slice(max(0, int(np.floor(y1))), max(0, min(size[0], int(np.ceil(y2)))))
    columns = slice(max(0, int(np.floor(x1))), max(0, min(size[1], int(np.ceil(x2)))))
    down = _weights(np.arange(rows.start, rows.stop), y1, y2, values.shape[0])
    across = _weights(np.arange(columns.start, columns.stop), x1, x2, values.shape[1])
    return (rows, columns), np.asarray(down @ values.astype(np.float32) @ across.T, np.float32)


def _weights(pixels: NDArray[np.integer], start: float, end: float, bins: int) -> NDArray[np.float32]:
    """(len(pixels), bins): how much of each bin each pixel takes along one side of a box."""
    places = (pixels + 0.5 - start) / max(end - start, 1e-6) * bins - 0.5
    distance = np.abs(places[:, None] - np.arange(bins))
    return np.asarray(np.maximum(1 - distance, 0), np.float32)
