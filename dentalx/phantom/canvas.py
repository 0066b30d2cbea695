"""From millimetres to pixels: the view, and small oversampled windows in which shapes are drawn.

Anatomy is described in millimetres, x from the midline to the right of the picture, y down from the top of
the jaw's box (`BOX_MM`). Only this file knows about pixels, so the same anatomy can be drawn at any size.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x, y in millimetres
Plane = NDArray[np.float32]  # (H, W)

BOX_MM = (206.0, 85.0)  # width and height of the box that a panoramic radiograph shows, at the patient
_SHIFT = 4  # binary digits after the point in cv2's coordinates


@dataclass(frozen=True)
class Warp:
    """How the patient's position bends the shadow, in millimetres.

    Attributes:
        chin: how far a point 60 mm from the midline rises; positive (chin down) bends the arches to a smile.
        forward: magnification of the front teeth against the rest; positive where the patient stands too far back.
        turn: magnification of the right of the image against its left; not 0 where the head is turned.
    """

    chin: float = 0.0
    forward: float = 0.0
    turn: float = 0.0

    def bend(self, x: Points | Plane, y: Points | Plane) -> tuple[Any, Any]:
        """Where the point (x, y) is seen."""
        square = (x / 60.0) ** 2
        return self._across(x), y - self.chin * 1.25 * square / (1 + 0.25 * square)

    def unbend(self, x: Points | Plane, y: Points | Plane) -> tuple[Any, Any]:
        """The point that is seen at (x, y)."""
        if self.forward or self.turn:
            knots = np.linspace(-400.0, 400.0, 1601)
            x = np.interp(x, self._across(knots), knots)
        square = (x / 60.0) ** 2
        return x, y + self.chin * 1.25 * square / (1 + 0.25 * square)

    def _across(self, x: Any) -> Any:
        far = np.clip(x, -150.0, 150.0)  # beyond it goes on straight, so that it has an inverse
        return x + self.forward * 22.0 * np.tanh(x / 22.0) + self.turn * far**2 / 100.0


UNBENT = Warp()


@dataclass(frozen=True)
class View:
    """Where millimetres land in an image of `size` rows and columns: pixel = matrix @ (warp(x, y), 1).

    Pixel centres lie at whole numbers + 0.5.
    """

    size: tuple[int, int]
    matrix: NDArray[np.float64]  # (2, 3)
    warp: Warp = UNBENT

    @cached_property
    def pixel_mm(self) -> float:
        """Side of a pixel in millimetres (geometric mean of both directions)."""
        return float(1 / np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def pixels(self, points: Points) -> NDArray[np.float64]:
        """(n, 2) millimetres as (n, 2) pixels, x before y."""
        bent = points if self.warp == UNBENT else np.stack(self.warp.bend(points[:, 0], points[:, 1]), 1)
        return np.asarray(bent @ self.matrix[:, :2].T + self.matrix[:, 2])

    def resized(self, size: tuple[int, int]) -> "View":
        """The same scene in an image of another size."""
        factors = np.array([[size[1] / self.size[1]], [size[0] / self.size[0]]])
        return View(size, self.matrix * factors, self.warp)

    def points(self, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> tuple[Points, Points]:
        """x and y, in millimetres, of pixels at (n,) columns and (m,) rows, two (m, n) planes."""
        inverse = np.linalg.inv(self.matrix[:, :2])
        down, across = rows[:, None] - self.matrix[1, 2], columns[None] - self.matrix[0, 2]
        x, y = (row[0] * across + row[1] * down for row in inverse)
        return (x, y) if self.warp == UNBENT else self.warp.unbend(x, y)

    def millimetres(self) -> tuple[Plane, Plane]:
        """x and y of every pixel's centre, two (H, W) planes."""
        x, y = self.points(np.arange(0.5, self.size[1]), np.arange(0.5, self.size[0]))
        return x.astype(np.float32), y.astype(np.float32)

    def window(self, points: Points | None = None, margin_mm: float = 0.0, oversample: int = 2) -> "Window | None":
        """The pixels around `points` (the whole picture for None); None where they lie outside."""
        if points is None:
            return Window(self, 0, 0, *self.size, oversample)
        pixels, margin = self.pixels(points), margin_mm / self.pixel_mm + 1
        low = np.maximum(np.floor(pixels.min(0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(pixels.max(0) + margin), self.size[::-1]).astype(int)
        if (high <= low).any():
            return None
        return Window(self, int(low[1]), int(low[0]), int(high[1] - low[1]), int(high[0] - low[0]), oversample)


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture in which shapes are drawn `oversample` times finer, then averaged."""

    view: View
    top: int
    left: int
    height: int
    width: int
    oversample: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the window in the picture."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    @property
    def fine_mm(self) -> float:
        """Side of a fine pixel in millimetres."""
        return self.view.pixel_mm / self.oversample

    def blank(self) -> NDArray[np.uint8]:
        """A black fine plane."""
        return np.zeros((self.height * self.oversample, self.width * self.oversample), np.uint8)

    def _fixed_point(self, points: Points) -> NDArray[np.int32]:
        pixels = (self.view.pixels(points) - (self.left, self.top)) * self.oversample - 0.5
        return np.asarray(np.rint(np.clip(pixels, -20000, 20000) * 2**_SHIFT), dtype=np.int32)

    def fill(self, *polygons: Points) -> NDArray[np.uint8]:
        """Union of closed polygons: a fine plane of 0 and 1."""
        plane = self.blank()
        for polygon in polygons:
            cv2.fillPoly(plane, [self._fixed_point(polygon)], 1, cv2.LINE_8, _SHIFT)
        return plane

    def stroke(self, line: Points, width_mm: float, closed: bool = False) -> Plane:
        """A line of a given width, a fine plane in [0, 1]; thinner than a pixel becomes fainter."""
        plane = self.blank()
        wanted = width_mm / self.fine_mm
        thickness = max(1, round(wanted))
        cv2.polylines(plane, [self._fixed_point(line)], closed, 255, thickness, cv2.LINE_AA, _SHIFT)
        return plane.astype(np.float32) * np.float32(min(1.0, wanted / thickness) / 255)

    def reduce(self, fine: NDArray[np.generic]) -> Plane:
        """Average a fine plane down to the window's pixels."""
        plane = np.asarray(fine, dtype=np.float32)
        if self.oversample == 1:
            return plane
        return np.asarray(cv2.resize(plane, (self.width, self.height), interpolation=cv2.INTER_AREA))

    def mask(self, *polygons: Points) -> NDArray[np.bool_]:
        """Pixels at least half covered by the polygons' union, (height, width) bool."""
        return self.reduce(self.fill(*polygons)) >= 0.5


def blurred(plane: Plane, sigma_px: float) -> Plane:
    """Gaussian blur; the edge's value goes on outside."""
    if sigma_px < 0.2:
        return plane
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE))


def fading(x: Plane, reach: float) -> Plane:
    """exp(-(x / reach)⁶): 1 near the midline, falling off around `reach` millimetres to either side."""
    square = (x * np.float32(1 / reach)) ** 2
    return np.asarray(np.exp(-square * square * square))


@lru_cache(maxsize=64)
def _catmull_rom(count: int, samples: int, closed: bool) -> NDArray[np.float64]:
    """The (m, count) matrix that turns control points into points of a smooth curve through them."""
    spans = count if closed else count - 1
    t = (np.arange(samples) / samples)[:, None]
    basis = 0.5 * np.concatenate(
        [-(t**3) + 2 * t**2 - t, 3 * t**3 - 5 * t**2 + 2, -3 * t**3 + 4 * t**2 + t, t**3 - t**2], axis=1
    )
    matrix = np.zeros((spans * samples + (not closed), count))
    for span in range(spans):
        for column, offset in enumerate((-1, 0, 1, 2)):
            index = (span + offset) % count if closed else min(max(span + offset, 0), count - 1)
            matrix[span * samples : (span + 1) * samples, index] += basis[:, column]
    if not closed:
        matrix[-1, -1] = 1
    return matrix


def smooth(points: Points, samples: int = 6, closed: bool = True) -> Points:
    """A Catmull-Rom curve through (n, 2) points, `samples` points a span.

    >>> smooth(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), 2, closed=False)[:, 0].tolist()
    [0.0, 0.4375, 1.0, 1.5625, 2.0]
    """
    return np.asarray(_catmull_rom(len(points), samples, closed) @ points)


def ribbon(line: Points, half_widths: NDArray[np.float64]) -> Points:
    """The closed polygon around a centre line (n, 2) with a half width (n,) at each point."""
    direction = np.empty_like(line)
    direction[1:-1] = line[2:] - line[:-2]
    direction[0], direction[-1] = line[1] - line[0], line[-1] - line[-2]
    length = np.maximum(np.hypot(direction[:, 0], direction[:, 1]), 1e-9)[:, None]
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1) / length * half_widths[:, None]
    return np.concatenate([line + normal, (line - normal)[::-1]])
