"""The one box frame, and the ways between boxes, masks and run lengths. Pure functions on arrays."""

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


def box_from_coco(box: list[float]) -> tuple[float, float, float, float]:
    """COCO's [x, y, width, height] as our (y1, x1, y2, x2).

    >>> box_from_coco([10, 20, 5, 8])
    (20, 10, 28, 15)
    """
    x, y, width, height = box
    return y, x, y + height, x + width


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
    if min(counts, default=0) < 0 or sum(counts) != shape[0] * shape[1]:
        raise ValueError(f"run lengths sum to {sum(counts)}, but the mask has {shape[0]}×{shape[1]} pixels")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(shape, order="F")
