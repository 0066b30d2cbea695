"""A radiograph times its mask, as some sets publish their truth: whether a file is one, and the mask behind it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.planes import Levels

# Of a picture times its mask: levels by which copied pixels differ, and those of the ground, without and with loss;
# and the share of the picture that is blotted out.
_COPY_LEVELS = {False: 2, True: 12}
_GROUND_LEVELS = {False: 0, True: 16}
_BLOTTED_SHARE = 0.02


def ground_level(values: Levels, picture: Levels, lossy: bool) -> int | None:
    """The level that a mask's file has where it differs from its picture; None where it hardly does, or sizes differ.

    A file that equals its picture everywhere is the picture, not a picture times a mask. The level is 0 in most such
    files, but some are white outside.
    """
    if values.shape != picture.shape or values.dtype != picture.dtype:
        return None
    differing = values[cv2.absdiff(values, picture) > _COPY_LEVELS[lossy]]
    return int(np.bincount(differing).argmax()) if differing.size >= _BLOTTED_SHARE * values.size else None


def copied_share(values: Levels, picture: Levels, lossy: bool) -> float | None:
    """Of the pixels that are not ground, the share that equals the picture; None where there is no ground.

    Args:
        values: (H, W) levels of the mask's file.
        picture: (H, W) levels of the radiograph.
        lossy: whether the mask's file is a JPEG.
    """
    ground = ground_level(values, picture, lossy)
    if ground is None:
        return None
    kept = _off(values, ground) > _GROUND_LEVELS[lossy]
    same = cv2.absdiff(values, picture) <= _COPY_LEVELS[lossy]
    return int(np.count_nonzero(same & kept)) / max(1, int(np.count_nonzero(kept)))


def from_picture(values: Levels, picture: Levels, lossy: bool) -> NDArray[np.uint8]:
    """The mask behind a picture times its mask: what is not ground, and ground where the picture is of that level too.

    Where the picture itself has the level of the ground the file says nothing: each such patch goes with most of what
    surrounds it.

    Args:
        values: (H, W), the product.
        picture: (H, W), of the same type.
        lossy: whether the product is a JPEG, whose ground has specks.

    Returns:
        (H, W) uint8, 0 and 1.

    >>> picture = np.uint8([[9, 9, 9, 9, 9], [9, 5, 0, 5, 9], [9, 9, 9, 9, 9]])
    >>> from_picture(picture * np.uint8([[0], [1], [0]]), picture, False).tolist()
    [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]
    """
    ground, tolerance = ground_level(values, picture, lossy) or 0, _GROUND_LEVELS[lossy]
    kept = _off(values, ground) > tolerance
    silent = ~kept & (_off(picture, ground) <= tolerance)
    count, patches = cv2.connectedComponents(silent.astype(np.uint8), connectivity=4)
    kept_sides, sides = np.zeros(count), np.zeros(count)
    for ahead, back in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        for one, other in ((ahead, back), (back, ahead)):
            edge = (patches[one] > 0) & (patches[other] == 0)
            sides += np.bincount(patches[one][edge], minlength=count)
            kept_sides += np.bincount(patches[one][edge], weights=kept[other][edge], minlength=count)
    belongs = (2 * kept_sides >= sides) & (kept_sides > 0)
    return np.asarray(kept | belongs[patches], np.uint8)


def _off(values: Levels, level: int) -> Levels:
    """How far (H, W) levels are from one."""
    return np.asarray(cv2.absdiff(values, np.full_like(values, level)))
