"""Whether two pictures are one: laid over each other as well as they go, and compared in their details."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.thumbs import (
    FINE,
    SIZE,
    VIEWS,
    WIDE,
    Plane,
    Thumb,
    View,
    descriptor,
    descriptors,
    in_pixels,
    in_unit,
    levelled,
)

_HALF = (SIZE[0] // 2, SIZE[1] // 2)
_STEPS, _ENOUGH = 30, 1e-4
_OVERLAP = 0.6  # of the second picture that the first must cover
_SCALE, _TILT, _LEVEL = 0.015, 1.0, 0.03  # from where on a change has a name: share, degrees, share of the range


@dataclass(frozen=True)
class Match:
    """How well two pictures lie over each other.

    Attributes:
        likeness: the correlation of their details where both are, in [-1, 1].
        changes: what was done to one of them, of "mirrored", "inverted", "cropped", "tilted" and "levels".
    """

    likeness: float
    changes: tuple[str, ...] = ()


APART = Match(0.0)


def match(first: Thumb, second: Thumb) -> Match:
    """Lay one picture over the other: the best of `VIEWS` first, then every affine map near it.

    The maps are found by the enhanced correlation coefficient (G. Evangelidis and E. Psarakis, IEEE PAMI 30, 2008),
    on planes without local brightness and contrast. The likeness is the correlation of such planes at finer detail.

    >>> match(*np.zeros((2, 128, 256), np.uint8))
    Match(likeness=0.0, changes=())
    """
    pairs = [(a, b, descriptors(a) @ descriptor(b)) for a, b in ((first, second), (second, first))]
    moving, still, scores = max(pairs, key=lambda pair: float(np.abs(pair[2]).max()))
    best = int(np.abs(scores).argmax())
    sign = -1.0 if scores[best] < 0 else 1.0
    view = _refined(moving, still, VIEWS[best], sign)
    if view is None:
        return APART
    likeness = _likeness(moving, still, view, sign)
    return Match(likeness, _changes(moving, still, view, sign))


def _refined(moving: Thumb, still: Thumb, view: View, sign: float) -> View | None:
    """The affine map near `view` under which the two agree best; None where none is found."""
    coarse = [cv2.resize(levelled(t, WIDE), _HALF[::-1], interpolation=cv2.INTER_AREA) for t in (moving, still)]
    fine = [levelled(thumb, FINE) for thumb in (moving, still)]
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, _ENOUGH)
    try:
        for (over, under), size, blur in ((coarse, _HALF, 5), (fine, SIZE, 3)):
            start = in_pixels(view, size)
            _, matrix = cv2.findTransformECC(under * sign, over, start, cv2.MOTION_AFFINE, stop, None, blur)
            view = in_unit(matrix, size)
    except cv2.error:  # it does not converge: nothing in common
        return None
    return view


def _likeness(moving: Thumb, still: Thumb, view: View, sign: float) -> float:
    over, inside = _laid(levelled(moving, FINE), view)
    if inside.mean() < _OVERLAP:
        return 0.0
    a, b = over[inside], sign * levelled(still, FINE)[inside]
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-12))


def _laid(plane: Plane, view: View) -> tuple[Plane, NDArray[np.bool_]]:
    """A plane as the view shows it, and where it does."""
    matrix = in_pixels(view, SIZE)
    over = cv2.warpAffine(plane, matrix, SIZE[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    frame = np.zeros(SIZE, np.uint8)
    frame[2:-2, 2:-2] = 1
    seen = cv2.warpAffine(frame, matrix, SIZE[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return np.asarray(over, np.float32), seen > 0


def _changes(moving: Thumb, still: Thumb, view: View, sign: float) -> tuple[str, ...]:
    """Names for what the map and the levels say was done."""
    stretch = np.diag([SIZE[1] / SIZE[0], 1.0])
    linear = stretch @ view[:2, :2] @ np.linalg.inv(stretch)
    scales = np.linalg.norm(linear, axis=0)
    across = linear[:, 0] * np.sign(linear[0, 0])
    over, inside = _laid(moving.astype(np.float32), view)
    under = still.astype(np.float32) if sign > 0 else 255 - still.astype(np.float32)
    named = {
        "mirrored": np.linalg.det(linear) < 0,
        "inverted": sign < 0,
        "cropped": bool(np.abs(scales - 1).max() > _SCALE),
        "tilted": abs(np.rad2deg(np.arctan2(across[1], across[0]))) > _TILT,
        "levels": inside.any() and float(np.abs(over - under)[inside].mean()) > _LEVEL * 255,
    }
    return tuple(name for name, holds in named.items() if holds)
