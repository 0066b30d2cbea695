"""A radiograph times its mask, as some sets publish their truth: whether a file is one, and the mask behind it.

The ground is one flat level, not always 0; within the mask the levels may be brighter than the image's.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.planes import Levels

# Of a picture times its mask: levels by which copied pixels differ, and those of the ground, without and with loss;
# and the share of the picture that is blotted out.
_COPY_LEVELS = {False: 2, True: 12}
_GROUND_LEVELS = {False: 0, True: 16}
_BLOTTED_SHARE = 0.02
# Where the copy is brighter or of other contrast, its texture is the image's nevertheless: the correlation of both
# without their local means, inside the copy. Of 226 published masks at least 0.86; of images of other patients,
# of the same image moved by 9 pixels, and of the one mask that belongs to another radiograph, at most 0.03.
_TEXTURE, _FOLLOWS, _FEWEST_PIXELS = 15, 0.5, 100
_SAME = 0.9  # of the bright pixels of an unchanged copy
_NEAR_GROUND = 24  # levels of 255 by which the ground may be missed where levels were changed


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

    It is 1 where the levels were changed, brightened for example, and the texture is that of the picture.

    Args:
        values: (H, W) levels of the mask's file.
        picture: (H, W) levels of the radiograph.
        lossy: whether the mask's file is a JPEG.
    """
    ground = ground_level(values, picture, lossy)
    if ground is None:
        return None
    kept = _off(values, ground) > _GROUND_LEVELS[lossy]
    share = _equal_share(values, picture, kept, lossy)
    return 1.0 if share < _SAME and _texture_agrees(values, picture, kept) else share


def _equal_share(values: Levels, picture: Levels, kept: NDArray[np.bool_], lossy: bool) -> float:
    same = cv2.absdiff(values, picture) <= _COPY_LEVELS[lossy]
    return int(np.count_nonzero(same & kept)) / max(1, int(np.count_nonzero(kept)))


def _texture_agrees(values: Levels, picture: Levels, kept: NDArray[np.bool_]) -> bool:
    """Whether both vary alike around their local means, away from the border of what is `kept`."""
    around = (_TEXTURE, _TEXTURE)
    inner = cv2.erode(kept.astype(np.uint8), np.ones(around, np.uint8), borderValue=0) > 0
    if np.count_nonzero(inner) < _FEWEST_PIXELS:
        return False
    first, second = (
        (levels - cv2.blur(levels, around))[inner] for levels in (values.astype(np.float32), picture.astype(np.float32))
    )
    spread = float(first.std() * second.std())
    return spread > 0 and float(np.mean((first - first.mean()) * (second - second.mean()))) >= _FOLLOWS * spread


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
    if _equal_share(values, picture, kept, lossy) >= _SAME:
        silent = ~kept & (_off(picture, ground) <= tolerance)
    else:
        silent = ~kept & _becomes(picture, ground, values, kept)
    count, patches = cv2.connectedComponents(silent.astype(np.uint8), connectivity=4)
    kept_sides, sides = np.zeros(count), np.zeros(count)
    for ahead, back in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        for one, other in ((ahead, back), (back, ahead)):
            edge = (patches[one] > 0) & (patches[other] == 0)
            sides += np.bincount(patches[one][edge], minlength=count)
            kept_sides += np.bincount(patches[one][edge], weights=kept[other][edge], minlength=count)
    belongs = (2 * kept_sides >= sides) & (kept_sides > 0)
    return np.asarray(kept | belongs[patches], np.uint8)


def _becomes(picture: Levels, ground: int, values: Levels, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where the picture's levels, changed as those of the copy are, come near the ground's; by a straight line."""
    slope, offset = np.polyfit(picture[kept].astype(np.float64), values[kept].astype(np.float64), 1)
    near = _NEAR_GROUND * (np.iinfo(values.dtype).max // 255)
    return np.asarray(np.abs(slope * picture.astype(np.float32) + (offset - ground)) <= near, bool)


def _off(values: Levels, level: int) -> Levels:
    """How far (H, W) levels are from one."""
    return np.asarray(cv2.absdiff(values, np.full_like(values, level)))
