"""What a photograph of a screen, or of a film on a light box, has and a radiograph has not. Pure functions of arrays.

Stripes: the grid of a screen's points meets the grid of the camera's and leaves a pattern, the moiré, whose spectrum
has lonely peaks (as in Garcia and de Queiroz, "Face-spoofing 2D-detection based on moiré-pattern analysis", IEEE
Transactions on Information Forensics and Security 10(4), 2015). A radiograph's falls evenly, but for what lies along
its axes. Keystone: what is seen at an angle is a quadrilateral whose opposite sides are not parallel (Hartley and
Zisserman, "Multiple View Geometry", 2004, 2.4). Tint: a camera's white is not the screen's.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from dentalx.quality.looks import small
from dentalx.samples import Grey

TILE_PX = 256  # of the parts whose spectra are looked at
_PLACES = (3, 4)  # of such parts, down and across
_LEAST_CYCLES = 12  # in a part; coarser patterns are anatomy
_AXIS = 3  # this near to an axis of the spectrum lie frames, lines and the blocks of JPEG
_WITHIN, _INNER, _OUTER = 3, 7, 17  # a peak, and the ring around it that it is held against, in points of the spectrum
_ROOM = 0.35  # the grey level of what surrounds a screen, at most
_APART = 0.015  # a screen's black from it
_DRAWN, _UNEVEN = 0.002, 0.06  # spread of the surroundings: a frame that a program drew has none
_AREA = (0.1, 0.95)  # of the frame that a screen takes
_REACH_PX, _OFF_PX, _LEAST_POINTS = 10.0, 2.0, 10  # of an outline from one side of a quadrilateral
_FOLLOWED = 0.7  # of the middle of each side


def stripes(plane: Grey) -> tuple[float, float]:
    """How far periodic patterns stand out of the spectrum: in the part of the picture where most, and in the third.

    Twelve parts of 256×256 pixels, weighted by a Hann window; of each the largest power, meant over 3×3 points, as a
    multiple of the mean in a ring around it. Noise has about 6.

    Args:
        plane: (H, W) float32; zeros where a side is under 256 pixels.

    >>> y, x = np.mgrid[:256, :256].astype(np.float32)
    >>> grain = np.random.default_rng(0).normal(0, 0.1, (256, 256)).astype(np.float32)
    >>> stripes(grain)[0] < 10 < 100 < stripes(grain + 0.1 * np.sin(0.6 * x + 0.4 * y))[0]
    True
    """
    if min(plane.shape) < TILE_PX:
        return 0.0, 0.0
    rows, columns = (
        sorted({round(place * (side - TILE_PX) / (count - 1)) for place in range(count)})
        for side, count in zip(plane.shape, _PLACES, strict=True)
    )
    found = sorted((_peak(plane[y : y + TILE_PX, x : x + TILE_PX]) for y in rows for x in columns), reverse=True)
    return found[0], found[min(2, len(found) - 1)]


def keystone(plane: Grey) -> float:
    """By how many degrees the opposite sides of a bright quadrilateral in dark surroundings are not parallel.

    0 where there is no such quadrilateral: the surroundings are bright, uneven or drawn, what they surround reaches
    the picture's edge, or its sides are not straight.

    >>> picture = np.random.default_rng(0).normal(0.05, 0.02, (100, 200)).astype(np.float32)
    >>> corners = np.array([[20, 20], [180, 30], [180, 70], [20, 85]], np.int32)
    >>> 8 < keystone(cv2.fillPoly(picture, [corners], 0.5)) < 10
    True
    """
    copy = cv2.GaussianBlur(small(plane), (0, 0), 1.5)
    corners = _quadrilateral(copy)
    if corners is None:
        return 0.0
    sides = np.roll(corners, -1, 0) - corners
    angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0]))
    return max(float(abs((angles[i + 2] - angles[i]) % 360 - 180)) for i in range(2))


def tint(pixels: NDArray[np.uint8]) -> float:
    """How far the middles of the channels of an (H, W, 3) picture lie apart where it is not black, of 255.

    >>> tint(np.uint8([[[90, 90, 98]]])), tint(np.uint8([[[90, 90, 90]]]))
    (8.0, 0.0)
    """
    step = max(1, max(pixels.shape[:2]) // 256)
    copy = pixels[::step, ::step].reshape(-1, 3)
    lit = copy[copy.max(1) > 32]
    return float(np.ptp(np.median(lit, 0))) if len(lit) else 0.0


def _window() -> NDArray[np.float32]:
    hann = np.hanning(TILE_PX)
    return np.outer(hann, hann).astype(np.float32)


def _counted() -> NDArray[np.bool_]:
    """(256, 129) the points of a spectrum, lowest rows in the middle, where a peak may be."""
    down = np.abs(np.arange(TILE_PX) - TILE_PX // 2)[:, None]
    across = np.arange(TILE_PX // 2 + 1)[None]
    most = TILE_PX // 2 - _OUTER // 2
    off = (down > _AXIS) & (across > _AXIS) & (down < most) & (across < most)
    return np.asarray(off & (np.hypot(down, across) > _LEAST_CYCLES))


_WINDOW, _COUNTED = _window(), _counted()


def _peak(part: Grey) -> float:
    centred = part - part.mean()
    if not centred.any():
        return 0.0
    power = np.abs(fft.fftshift(fft.rfft2(centred * _WINDOW), axes=0)) ** 2
    sums = [cv2.boxFilter(power, cv2.CV_64F, (side, side), normalize=False) for side in (_WITHIN, _INNER, _OUTER)]
    around = (sums[2] - sums[1]) / (_OUTER**2 - _INNER**2)
    floor = 1e-9 * float(power.max())  # a spectrum without grain has rings of nothing
    ratio = sums[0] / _WITHIN**2 / np.maximum(around, floor)
    return float(ratio[_COUNTED].max())


def _quadrilateral(copy: Grey) -> NDArray[np.float64] | None:
    """(4, 2) x, y corners, in order, of the one bright quadrilateral in dark surroundings."""
    rim = np.concatenate([copy[:3].ravel(), copy[-3:].ravel(), copy[:, :3].ravel(), copy[:, -3:].ravel()])
    low, room, high = np.percentile(rim, (5, 50, 95))
    if room > _ROOM or not _DRAWN < high - low < _UNEVEN:
        return None
    other = (copy > high + _APART) | (copy < low - _APART)
    shown = cv2.morphologyEx(other.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines = cv2.findContours(shown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    area = cv2.contourArea(hull)
    if not _AREA[0] < area / copy.size < _AREA[1]:
        return None
    for tolerance in np.linspace(0.005, 0.05, 10) * cv2.arcLength(hull, True):
        corners = cv2.approxPolyDP(hull, tolerance, True)[:, 0]
        if len(corners) <= 4:
            break
    if len(corners) != 4:
        return None
    points = outline[:, 0].astype(np.float64)
    sides = [_side(points, a, b) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    lines = [line for line in sides if line is not None]
    if len(lines) < 4:
        return None
    exact = np.array([np.cross(lines[i - 1], lines[i]) for i in range(4)])  # where two lines meet (2.2 of the book)
    if (np.abs(exact[:, 2]) < 1e-6).any():
        return None
    return np.asarray(exact[:, :2] / exact[:, 2:], np.float64)


def _side(points: NDArray[np.float64], start: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.float64] | None:
    """The line a x + b y + c = 0 along one side, through the points of an outline near it.

    None where they do not follow it: they must lie within 2 pixels of it along most of its middle.

    Args:
        points: (P, 2) x, y.
        start: a corner, roughly.
        end: the next one; the middle of a side is what is not within a sixth of it from a corner.
    """
    length = float(np.linalg.norm(end - start))
    along = (end - start) / max(length, 1e-9)
    across = np.array([-along[1], along[0]])
    place, off = (points - start) @ along, (points - start) @ across
    near = (place > length / 6) & (place < length * 5 / 6) & (np.abs(off) < _REACH_PX)
    if near.sum() < _LEAST_POINTS:
        return None
    dx, dy, x, y = cv2.fitLine(points[near].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    line = np.array([-dy, dx, dy * x - dx * y])
    on = np.abs(points[near] @ line[:2] + line[2]) < _OFF_PX
    covered = len(np.unique(np.floor(place[near][on]))) / (length * 2 / 3)
    return line if covered > _FOLLOWED else None
