"""The bones' geometry in millimetres: mandible, its canal, the bite line, the upper jaw's cavities.

The mean outline and its spread were fitted to numbers measured on real panoramic radiographs
(heights of the outline at fifteen columns, extents, shares); no picture is stored here.
"""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points, smooth
from dentalx.phantom.teeth import SIZES_MM, is_upper

# The right half of a mean mandible: distance from the midline, y; from the chin to the condyle and back to the crest.
_BORDER = (
    (0.0, 82.3),
    (16.0, 82.0),
    (31.0, 80.3),
    (42.0, 77.8),
    (51.5, 74.6),
    (62.0, 70.4),
    (72.0, 66.8),
    (81.5, 62.8),
)
_RAMUS = ((87.3, 57.0), (90.3, 48.5), (92.5, 36.0), (94.3, 24.0), (96.3, 15.5), (100.2, 9.0), (100.2, 4.2), (97.2, 2.0))
_NOTCH = ((92.8, 4.4), (90.6, 10.5), (87.6, 16.5), (82.4, 19.2), (77.4, 16.4), (74.2, 10.5), (71.4, 6.8), (67.8, 9.6))
_FRONT = ((66.0, 18.0), (65.5, 28.0), (65.0, 37.0), (62.2, 43.0))


@dataclass(frozen=True)
class Jaws:
    """The bones of one patient.

    Attributes:
        midline_mm: x of the middle between the front teeth.
        tooth_scale: size of all teeth against the mean.
        bite: y at the middle, slope, and bend (millimetres at 60 mm to either side) of the bite line.
        bite_gap: distance of the two arches in millimetres, at the middle and at 60 mm.
        mandible: (n, 2) closed outline, upper border along the crest.
        canals: two (m, 2) lines, from the ramus to the mental foramen.
        crest: (n, 2) the upper border between the rami, left to right.
        upper_crest: (n, 2) the lower border of the upper jaw's bone.
        sinuses: two closed outlines.
        nose: two closed outlines.
        palate: (n, 2) the line of the hard palate.
    """

    midline_mm: float
    tooth_scale: float
    bite: tuple[float, float, float]
    bite_gap: tuple[float, float]
    mandible: Points
    canals: tuple[Points, Points]
    crest: Points
    upper_crest: Points
    sinuses: tuple[Points, Points]
    nose: tuple[Points, Points]
    palate: Points

    def bite_y(self, x: float, upper: bool) -> float:
        """Where the biting edges of a jaw lie at x."""
        return float(_bite(self.bite, self.bite_gap, np.asarray(x), -1 if upper else 1))

    def bite_slope(self, x: float) -> float:
        """Degrees by which the bite line falls to the right at x."""
        return float(np.rad2deg(np.arctan(self.bite[1] / 60 + 2 * self.bite[2] * x / 60**2)))


def _bite(bite: tuple[float, float, float], gap: tuple[float, float], x: Points, side: int) -> Points:
    t = x / 60.0
    return np.asarray(bite[0] + bite[1] * t + bite[2] * t**2 + side * 0.5 * (gap[0] + (gap[1] - gap[0]) * np.abs(t)))


def _half(side: int, modes: dict[str, float], rng: np.random.Generator) -> Points:
    """One half of the mandible without its crest, from the chin to the front of the ramus."""
    border, ramus, notch, front = (np.array(part) for part in (_BORDER, _RAMUS, _NOTCH, _FRONT))
    border = border + np.stack([np.zeros(len(border)), modes["chin"] + modes["angle"] * (border[:, 0] / 80) ** 2], 1)
    ramus[:3] += (rng.normal(0, 1.2), 0.7 * modes["angle"])
    ramus[5:] += (rng.normal(0, 1.0), modes["condyle"] + rng.normal(0, 0.7))
    notch[:2] += (rng.normal(0, 0.8), modes["condyle"] + rng.normal(0, 0.5))
    notch[:, 1] += rng.normal(0.5, 2.0) * np.array([0, 0.3, 0.8, 1, 0.8, 0.3, 0, 0])
    rise = np.array([0, 0, 0, 0.1, 0.4, 0.8, 1, 0.9])[:, None]
    notch += rise * (0.5 * modes["ramus"] + rng.normal(0, 0.8), modes["coronoid"] + rng.normal(0, 1.5))
    front += (modes["ramus"] + rng.normal(0, 1.0), rng.normal(0, 1.0))
    front[0] += (0, 0.6 * modes["coronoid"])
    half = np.concatenate([border, ramus, notch, front])
    half += rng.normal(0, 0.22, half.shape)
    width = modes["width"] * (1 + side * modes["yaw"])
    half[:, 0] = np.minimum(half[:, 0] * width, 102.5 + 0.02 * half[:, 0])
    half[0, 0] = 0
    return half * (side, 1)


def _mandible(crest: Points, rng: np.random.Generator) -> tuple[Points, dict[str, float]]:
    modes = {
        "chin": rng.normal(1.0, 1.1),
        "angle": rng.normal(0.3, 2.6),
        "condyle": rng.normal(0.8, 1.0),
        "coronoid": rng.normal(2.6, 3.0),
        "ramus": rng.normal(-1.6, 2.4),
        "width": rng.normal(1.0, 0.012),
        "yaw": rng.normal(0, 0.012),
    }
    left, right = _half(-1, modes, rng), _half(1, modes, rng)
    left[0] = right[0] = (left[0] + right[0]) / 2
    inner = crest[np.abs(crest[:, 0]) < 57]
    outline = np.concatenate([right, inner[::-1], left[::-1][:-1]])
    return smooth(outline, 5), modes


def _canal(side: int, half_chin: float, rng: np.random.Generator) -> Points:
    """The mandibular canal from its entrance in the ramus to the mental foramen."""
    mean = np.array([(77.5, 31.0), (75.5, 41.0), (71.0, 51.5), (62.0, 61.0), (51.0, 66.5), (41.0, 67.8), (34.5, 64.0)])
    mean += rng.normal(0, 0.8, mean.shape)
    mean += (rng.normal(0, 1.0), half_chin + rng.normal(0, 1.2))
    return smooth(mean * (side, 1), 6, closed=False)


def _sinus(side: int, palate_y: float, rng: np.random.Generator) -> Points:
    mean = np.array(
        [
            (17.0, -2.0),
            (18.5, 6.0),
            (25.0, 11.5),
            (36.0, 15.0),
            (46.0, 15.5),
            (55.0, 9.0),
            (60.0, 0.0),
            (50.0, -9.0),
            (30.0, -9.0),
        ]
    )
    mean[:, 0] += rng.normal(0, 2.0)
    mean[2:5, 1] += rng.normal(0, 2.0, 3)
    mean[:, 1] += palate_y - 9.0 + rng.normal(0, 2.0)
    mean += rng.normal(0, 0.8, mean.shape)
    return smooth(mean * (side, 1), 5)


def _lost_bone(x: Points, upper: bool, missing: frozenset[int], rng: np.random.Generator) -> Points:
    """Millimetres by which the crest has shrunk at x: a little everywhere, more where teeth are long gone."""
    lost = np.full(x.shape, abs(rng.normal(0.8, 0.8)))
    widths = np.array([size[0] for size in SIZES_MM["upper" if upper else "lower"]])
    centres = np.cumsum(widths) - widths / 2
    jaw = [fdi for fdi in missing if is_upper(fdi) == upper]
    depth = rng.uniform(0, 3.5) if len(jaw) < 13 else rng.uniform(2, 7.5)
    reach = np.zeros(x.shape)
    for fdi in jaw:
        side = -1 if fdi // 10 in (1, 4) else 1
        position = fdi % 10 - 1
        reach[np.abs(x - side * centres[position]) < widths[position] / 2 + 0.9] = 1
    return np.asarray(lost + depth * np.convolve(np.pad(reach, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid"))


def draw_jaws(missing: frozenset[int], rng: np.random.Generator) -> Jaws:
    """Draw the bones of one patient; where teeth are `missing` (FDI numbers), the crest has shrunk."""
    bite = (rng.normal(39.3, 3.2), rng.normal(0, 1.0), rng.normal(-0.8, 2.6))
    gap = (max(0.3, rng.normal(3.0, 1.8)), max(-0.4, rng.normal(1.0, 1.0)))
    x = np.linspace(-70, 70, 57)
    front = np.clip(1 - np.abs(x) / 30, 0, 1)
    lower = _bite(bite, gap, x, 1) + 8.6 + 0.3 * front + _lost_bone(x, False, missing, rng)
    upper = _bite(bite, gap, x, -1) - 8.6 - 1.0 * front - _lost_bone(x, True, missing, rng)
    lower += np.interp(np.arange(57), np.arange(0, 57, 4), rng.normal(0, 0.5, 15))
    crest, upper_crest = np.stack([x, lower], 1), np.stack([x, upper], 1)
    mandible, modes = _mandible(crest, rng)
    palate_y = rng.normal(10.0, 2.5)
    palate_x = np.linspace(-62, 62, 15)
    palate = np.stack([palate_x, palate_y + rng.normal(5.0, 3.0) * (palate_x / 62) ** 2 + rng.normal(0, 0.3, 15)], 1)
    nose = np.array(
        [(2.2, -6.0), (2.0, palate_y - 5), (5.0, palate_y - 2.0), (10.0, palate_y - 3.0), (14.5, -2.0), (12.0, -12.0)]
    )
    nose[:, 0] *= rng.uniform(0.9, 1.4)
    return Jaws(
        midline_mm=rng.normal(0, 1.0),
        tooth_scale=rng.normal(0.985, 0.045),
        bite=bite,
        bite_gap=gap,
        mandible=mandible,
        canals=(_canal(-1, modes["chin"], rng), _canal(1, modes["chin"], rng)),
        crest=crest,
        upper_crest=upper_crest,
        sinuses=(_sinus(-1, palate_y, rng), _sinus(1, palate_y, rng)),
        nose=(smooth(nose * (-1, 1), 4), smooth(nose, 4)),
        palate=palate,
    )
