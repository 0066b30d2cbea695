"""Warnings written into an overlay: small and translucent, in the lower right corner, where panoramics show least."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dentalx.lettering import font, plain_letters

MOST_LINES = 4
HIDDEN = 0.03  # share of the mask that the lines may lie on; else they step back
_INK = (255, 205, 90)
_DARKER = np.float32(0.35)


def write_notes(picture: NDArray[np.uint8], lines: Sequence[str], covered: NDArray[np.bool_]) -> bool:
    """Write the lines into a picture, in place, where they hide no more than a little of the mask.

    Args:
        picture: (H, W, 3) uint8, red first, its disclaimer in the lower left corner.
        lines: one a warning; of more than four the rest is counted.
        covered: (H, W), the pixels of the mask.

    Returns:
        whether there was room.

    >>> page = np.full((400, 800, 3), 90, np.uint8)
    >>> write_notes(page, ["blurred"], np.zeros((400, 800), bool)), bool((page[:200] == 90).all())
    (True, True)
    >>> write_notes(page, ["blurred"], np.eye(20, dtype=bool).repeat(20, 0).repeat(40, 1))
    False
    """
    if not lines:
        return True
    height, width = covered.shape
    size_px = max(9, round(float(np.sqrt(height * width)) / 60))
    shown = [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else list(lines)
    shown = [plain_letters(line) for line in shown]
    pad, pitch = max(2, size_px // 3), round(size_px * 1.3)
    box_w = round(max(font(size_px).getlength(line) for line in shown)) + 2 * pad
    box_h = pitch * len(shown) + pad
    bottom = height - (2 * pitch + pad if box_w > width // 3 else 0)  # above the disclaimer
    top, left = bottom - box_h, width - box_w
    if left < 0 or box_h > height * 0.3 or covered[top:bottom, left:].sum() > HIDDEN * max(1, covered.sum()):
        return False
    canvas = Image.fromarray((picture[top:bottom, left:] * _DARKER).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for i, line in enumerate(shown):
        draw.text((pad, (i + 0.5) * box_h / len(shown)), line, fill=_INK, font=font(size_px), anchor="lm")
    picture[top:bottom, left:] = np.asarray(canvas)
    return True
