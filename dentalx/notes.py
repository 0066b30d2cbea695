"""Warnings written into an overlay: small and translucent, in the lower right corner, where panoramics show least."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dentalx.lettering import Letters, font, plain_letters, scale, write

HIDDEN = 0.03  # share of the mask that the lines may lie on; else they are fewer
TALLEST = 0.1  # share of the picture's height that they may take
_INK = (255, 205, 90)


def write_notes(picture: NDArray[np.uint8], lines: Sequence[str], covered: NDArray[np.bool_]) -> int:
    """Write the lines into a picture, in place: as many as hide little, the others counted; at least their number.

    Args:
        picture: (H, W, 3) uint8, red first, its disclaimer in the lower left corner.
        lines: one a warning.
        covered: (H, W), the pixels of the mask.

    Returns:
        how many rows of text were written; 0 where even one is too long.

    >>> page = np.full((400, 800, 3), 90, np.uint8)
    >>> write_notes(page, ["blurred", "narrow"], np.zeros((400, 800), bool)), bool((page[:300] == 90).all())
    (2, True)
    >>> write_notes(page, ["blurred", "narrow"], np.add.outer(np.arange(400), np.arange(800)) > 1000)
    1
    """
    for kept in range(len(lines), -1, -1) if lines else ():
        left = len(lines) - kept
        shown = [*lines[:kept], *([f"and {left} more"] if left and kept else [])] or [f"{left} warnings"]
        if _written(picture, [plain_letters(line) for line in shown], covered):
            return len(shown)
    return 0


def _written(picture: NDArray[np.uint8], shown: Sequence[str], covered: NDArray[np.bool_]) -> bool:
    height, width = covered.shape
    size_px = max(9, round(scale(picture) / 60))
    pad, pitch = max(2, size_px // 3), round(size_px * 1.3)
    box_w = round(max(font(size_px).getlength(line) for line in shown)) + 2 * pad
    box_h = pitch * len(shown) + pad
    bottom = height - (2 * pitch + pad if box_w > width // 3 else 0)  # above the disclaimer
    top, left = bottom - box_h, width - box_w
    hidden = covered[max(0, top) : bottom, max(0, left) :].sum() > HIDDEN * covered.sum()
    if left < 0 or top < 0 or (len(shown) > 1 and (box_h > TALLEST * height or hidden)):
        return False
    write(picture, (top, left, bottom, width), shown, Letters(size_px, pad, _INK))
    return True
