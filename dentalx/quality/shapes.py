"""What a mask holds, in a few numbers that do not depend on its size."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.samples import UNLABELLED, Mask

MASK_PX = 512  # longer side of the copy that pieces are counted on
LEAST_PIECE = 1e-4  # of the picture: smaller pieces are crumbs and are not counted


@dataclass(frozen=True)
class Shape:
    """One class in one mask.

    Attributes:
        share: of the labelled pixels.
        pieces: separate pieces of more than a ten-thousandth of the picture, or objects where they are told apart.
        row, column: its centre, 0 at the top and left edge and 1 at the other; None without a pixel.
    """

    share: float
    pieces: int
    row: float | None = None
    column: float | None = None


def shapes(mask: Mask, classes: int, labelling: Labelling = EXCLUSIVE) -> tuple[Shape, ...]:
    """(K,) shapes of an (H, W) mask of classes.

    >>> shapes(np.uint8([[1, 1, 0, 2], [0, 0, 0, 0]]), 2)
    (Shape(share=0.25, pieces=1, row=0.25, column=0.25), Shape(share=0.125, pieces=1, row=0.25, column=0.875))
    """
    step = max(1, -(-max(mask.shape) // MASK_PX))
    copy = np.ascontiguousarray(mask[step // 2 :: step, step // 2 :: step])
    labelled = max(1, int((copy != UNLABELLED).sum()))
    present = labelling.areas(copy, classes)
    return tuple(
        _shape(labelling.of_class(copy, k), labelled) if there else Shape(0.0, 0)
        for k, there in enumerate(present, start=1)
    )


def object_shapes(masks: NDArray[np.bool_], labels: NDArray[np.int32], classes: int) -> tuple[Shape, ...]:
    """(K,) shapes of (N, H, W) objects with their (N,) labels, 1…K."""
    found = []
    for k in range(1, classes + 1):
        of_class = masks[labels == k]
        if len(of_class):
            whole = _shape(np.asarray(of_class.any(0)), max(1, of_class[0].size))
            found.append(Shape(whole.share, len(of_class), whole.row, whole.column))
        else:
            found.append(Shape(0.0, 0))
    return tuple(found)


def _shape(plane: NDArray[np.bool_], labelled: int) -> Shape:
    rows, columns = (plane.sum(axis, dtype=np.int64) for axis in (1, 0))
    count = int(rows.sum())
    if not count:
        return Shape(0.0, 0)
    row, column = (float((each @ (np.arange(len(each)) + 0.5)) / count / len(each)) for each in (rows, columns))
    stats = cv2.connectedComponentsWithStats(plane.astype(np.uint8), connectivity=8)[2]
    pieces = int((stats[1:, cv2.CC_STAT_AREA] > LEAST_PIECE * plane.size).sum())
    return Shape(count / labelled, pieces, row, column)
