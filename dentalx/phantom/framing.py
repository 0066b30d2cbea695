"""Where the patient stands in the device, and which part of the image is exposed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.canvas import BOX_MM, Plane, View, Warp, blurred
from dentalx.phantom.variety import Variety

Place = tuple[slice, slice]

BITE_MM = 39.0  # mean height of the bite line, which every panoramic shows


@dataclass(frozen=True)
class Frame:
    """What lies around the radiograph.

    Attributes:
        image: rows and columns of the image; what lies around it is black, as after letterboxing.
        exposed: rows and columns of the radiograph in it; the rest of the image is a border.
        border: its grey.
        feather_px: width over which the radiograph fades into the border.
    """

    image: Place
    exposed: Place
    border: float
    feather_px: float

    def put(self, picture: Plane) -> Plane:
        """The (H, W) radiograph with its border, in black."""
        result = np.zeros_like(picture)
        result[self.image] = np.float32(self.border)
        if self.feather_px:
            cover = np.zeros_like(picture)
            cover[self.exposed] = 1
            inner = np.clip(2 * blurred(cover, self.feather_px / 2) - 1, 0, 1)[self.exposed]
            result[self.exposed] = picture[self.exposed] * inner + np.float32(self.border) * (1 - inner)
        else:
            result[self.exposed] = picture[self.exposed]
        return result

    def mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """The exposed pixels, (H, W)."""
        plane = np.zeros(size, bool)
        plane[self.exposed] = True
        return plane


def _letterboxed(size: tuple[int, int], aspect: float) -> tuple[float, float, float, float]:
    """Top, left, height and width of an image of `aspect` that fills as much of `size` as it can."""
    height, width = min(size[0], size[1] / aspect), min(size[1], size[0] * aspect)
    return (size[0] - height) / 2, (size[1] - width) / 2, height, width


def _bordered(image: Place, variety: Variety, rng: np.random.Generator) -> Frame:
    drawn, widths, white, feathered = rng.random(), rng.uniform(*variety.border_width, 4), rng.random(), rng.random()
    sides = rng.random(4) < 0.6
    if drawn >= variety.border:
        return Frame(image, image, 0.0, 0.0)
    (top, bottom), (left, right) = ((place.start, place.stop) for place in image)
    inset = np.round(widths * sides * (right - left)).astype(int)
    down, across = np.minimum(inset[:2], (bottom - top) // 5), np.minimum(inset[2:], (right - left) // 5)
    exposed = slice(top + down[0], bottom - down[1]), slice(left + across[0], right - across[1])
    return Frame(image, exposed, float(white < 0.35), float(feathered < 0.3) * 0.4 * float(inset.max()))


def _usual(size: tuple[int, int], rng: np.random.Generator) -> tuple[View, Frame]:
    """The framing of the set that phantoms were fitted to.

    Its panoramics are 1.9 to 2.9 times as wide as high. In a taller frame the rest is either black (as after
    letterboxing, or by collimation) or shows more of the patient.
    """
    height, width = size
    native = width / height
    aspect = float(np.clip(rng.normal(2.42, 0.2), native, 1.4 * native))
    scale, shift, turn = rng.normal(1.002, 0.012), rng.normal(0, 1, 2) * (1.2, 0.6), np.deg2rad(rng.normal(0, 0.7))
    black, where = rng.random() < 0.6, float(np.clip(rng.normal(0.5, 0.12), 0, 1))
    if rng.random() < 0.5:
        where = 0.5
    box = width / aspect
    top = (height - box) * where
    per_mm = np.array([width / BOX_MM[0], box / BOX_MM[1]]) * scale
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]]) * per_mm[:, None]
    middle = np.array([width / 2, top + box / 2]) - linear @ (np.array([0.0, BOX_MM[1] / 2]) + shift)
    first, last = (round(top), round(top + box)) if black else (0, height)
    edges = rng.uniform(0, 0.025, 2) * (rng.random() < 0.12) * width
    inside = slice(first, max(last, first + 1)), slice(round(edges[0]), width - round(edges[1]))
    return View(size, np.concatenate([linear, middle[:, None]], axis=1)), Frame(inside, inside, 0.0, 0.0)


def draw_frame(size: tuple[int, int], variety: Variety | None, rng: np.random.Generator) -> tuple[View, Frame]:
    """Draw the position of the patient and the frame of one image of `size` rows and columns."""
    return _usual(size, rng) if variety is None else _varied(size, variety, rng)


def _varied(size: tuple[int, int], variety: Variety, rng: np.random.Generator) -> tuple[View, Frame]:
    field_width = BOX_MM[0] / float(np.exp(rng.uniform(*np.log(variety.zoom))))
    aspect, below = rng.uniform(*variety.aspect), rng.uniform(*variety.below_mm)
    stretch, shift = np.exp(rng.uniform(*variety.stretch)), rng.uniform(*variety.shift_mm)
    turn = np.deg2rad(rng.uniform(*variety.turn_degrees))
    warp = Warp(rng.uniform(*variety.chin_mm), rng.uniform(*variety.forward), rng.uniform(*variety.yaw))
    shown, fill = aspect * stretch, rng.random(3)
    if fill[0] < variety.squash:
        shown = 0.9 + 0.3 * fill[2]
    elif fill[1] < 0.4:  # the image has the shape of the frame, and shows more or less of the patient
        aspect *= size[1] / size[0] / shown
        shown = size[1] / size[0]
    field_height = field_width / aspect
    top, left, height, width = _letterboxed(size, shown)
    per_mm = np.array([width / field_width, height / field_height])
    cos, sin = np.cos(turn), np.sin(turn)
    linear = per_mm[:, None] * np.array([[cos, -sin], [sin, cos]])
    lower_edge = BOX_MM[1] - 2.0 + below
    lower_edge = float(np.clip(lower_edge, BITE_MM + field_height * 0.25, BITE_MM + field_height * 0.72))
    target = np.array([left + width / 2, top + height])
    middle = target - linear @ np.array([shift, lower_edge])
    image = slice(round(top), max(round(top + height), round(top) + 1)), slice(round(left), round(left + width))
    return View(size, np.concatenate([linear, middle[:, None]], axis=1), warp), _bordered(image, variety, rng)
