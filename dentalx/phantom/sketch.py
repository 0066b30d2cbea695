"""A coarse plane on which soft shapes are drawn, and smooth noise."""

import cv2
import numpy as np

from dentalx.phantom.canvas import Plane, Points, View, blurred, fading

_WIDTH_PX = 256


def coarse(view: View) -> View:
    """The view at the width in which smooth things are drawn."""
    return view.resized((max(8, round(_WIDTH_PX * view.size[0] / view.size[1])), _WIDTH_PX))


class Sketch:
    """A coarse plane of attenuation to which soft shapes are added."""

    def __init__(self, view: View) -> None:
        self.view = coarse(view)
        self.window = self.view.window()
        self.plane = np.zeros(self.view.size, np.float32)
        self.x, self.y = self.view.millimetres()

    def cover(self, outline: Points, soft_mm: float) -> Plane:
        """A filled shape, 1 inside and 0 outside, with an edge `soft_mm` wide."""
        assert self.window is not None
        return blurred(self.window.reduce(self.window.fill(outline)), soft_mm / self.view.pixel_mm)

    def shape(self, outline: Points, weight: float, soft_mm: float) -> None:
        """Add a filled shape whose edge is `soft_mm` wide."""
        self.plane += self.cover(outline, soft_mm) * np.float32(weight)

    def line(self, points: Points, width_mm: float, weight: float, soft_mm: float, reach_mm: float = 0.0) -> None:
        """Add a line; beyond `reach_mm` from the midline it fades away (0: nowhere)."""
        assert self.window is not None
        cover = self.window.reduce(self.window.stroke(points, width_mm))
        if reach_mm:
            cover = cover * fading(self.x, reach_mm)
        self.plane += blurred(cover, soft_mm / self.view.pixel_mm) * np.float32(weight)


def cloud(view: View, rows: int, columns: int, rng: np.random.Generator) -> Plane:
    """Smooth noise, about N(0, 1), that lies still in the millimetre frame whatever the picture's size."""
    lattice = rng.standard_normal((rows, columns)).astype(np.float32)
    step = np.array([260.0 / columns, 170.0 / rows])
    to_pixels = view.matrix @ np.array([[step[0], 0, -130.0], [0, step[1], -42.0], [0, 0, 1]])
    return np.asarray(
        cv2.warpAffine(lattice, to_pixels, view.size[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    )
