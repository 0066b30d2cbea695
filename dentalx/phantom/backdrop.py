"""Everything that is neither jaw nor tooth: soft tissue, air, spine, ghosts. Smooth, so drawn coarsely."""

import cv2
import numpy as np

from dentalx.phantom.canvas import Plane, Points, View, smooth
from dentalx.phantom.head import draw_surroundings
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.sketch import Sketch, cloud


def _box(left: float, right: float, top: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _flesh(sketch: Sketch, rng: np.random.Generator) -> None:
    """Face and neck: dense in the middle, thinning at the sides and below the jaw."""
    low = rng.normal(0, 2.5)
    face = np.array(
        [
            (-101.0, -30.0),
            (101.0, -30.0),
            (99.0, 30.0),
            (92.0, 58.0),
            (70.0, 72.0),
            (30.0, 88.0),
            (-30.0, 88.0),
            (-70.0, 72.0),
            (-92.0, 58.0),
            (-99.0, 30.0),
        ]
    )
    face[:, 1] += np.where(face[:, 1] > 0, low, 0)
    sketch.plane += np.float32(0.12)
    sketch.shape(smooth(face), rng.uniform(0.3, 0.5), rng.uniform(2, 7))
    sketch.shape(_box(-60, 60, -60, 54), rng.uniform(0.0, 0.25), 12)


def _sides(sketch: Sketch, edge_mm: tuple[float, float], rng: np.random.Generator) -> None:
    """The ghost of the other side of the jaw: a bright field on either side with a straight lower edge."""
    if rng.random() < 0.15:
        return
    weight, edge, soft = rng.uniform(0.12, 0.5), rng.normal(57.5, 2.5), rng.uniform(*edge_mm)
    for side in (-1, 1):
        inner, outer = rng.uniform(14, 34), rng.uniform(86, 97)
        top, tilt, low = rng.uniform(8, 26), rng.normal(0, 0.02), edge + rng.normal(0, 0.7)
        arc = np.array(
            [(outer - 2, 70), (outer, top + 26), (outer - 6, top + 8), (outer - 20, top), (inner + 30, top + 2)]
        )
        arc = np.concatenate([arc, [(inner + 10, top + 12), (inner, edge - 12), (inner, 70)]])
        cover = sketch.cover(smooth(arc * (side, 1)), rng.uniform(1.0, 7.0))
        cut = 0.5 + 0.5 * np.tanh((low + tilt * (sketch.x - side * 55) - sketch.y) / np.float32(soft))
        sketch.plane += cover * cut * np.float32(weight * rng.uniform(0.8, 1.2))


def _spine(sketch: Sketch, rng: np.random.Generator) -> None:
    """The neck's vertebrae, smeared into a bright band with vertical streaks in the middle."""
    weight, half, top = rng.uniform(0.02, 0.34), rng.normal(21, 4), rng.uniform(38, 60)
    centre, flare, soft = rng.normal(0, 2), rng.uniform(0, 4), rng.uniform(0.5, 4.0)
    low, high = centre - half, centre + half
    sketch.shape(np.array([(low, top), (high, top), (high + flare, 130.0), (low - flare, 130.0)]), weight, soft)
    sketch.shape(_box(centre - 8, centre + 8, -50, top + 10), rng.uniform(0, 0.2), rng.uniform(1.5, 5))
    for side in (-1, 1):
        flank = _box(centre + side * 18 - 6, centre + side * 18 + 6, 4, rng.uniform(45, 75))
        sketch.shape(flank, -rng.uniform(0, 0.14), rng.uniform(2, 5))
    x, y = sketch.x, sketch.y
    fade = np.exp(-((x / 30) ** 2)) * (np.float32(0.6) + np.float32(0.4) * np.tanh((y - 25) / 15))
    strength = rng.uniform(0.2, 1.0)
    for scale, share in ((8.0, 0.06), (3.5, 0.05), (1.6, 0.035)):
        knots = np.arange(-130, 130.1, scale)
        streaks = np.interp(x.ravel(), knots, rng.normal(0, 1, len(knots))).reshape(x.shape)
        sketch.plane += (streaks * fade * (share * strength)).astype(np.float32)


def _air(sketch: Sketch, jaws: Jaws, rng: np.random.Generator) -> None:
    """Dark air: between the lips, under the palate, in the throat over both rami, in the nose."""
    bite, palate = jaws.bite[0], float(jaws.palate[len(jaws.palate) // 2, 1])
    half = rng.uniform(20, 48)
    lips = np.array([(-half, 0.0), (-half / 2, -3.2), (half / 2, -3.2), (half, 0.0), (half / 2, 3.5), (-half / 2, 3.5)])
    sketch.shape(smooth(lips * (1, rng.uniform(0.5, 2.2)) + (0, bite)), -rng.uniform(0.05, 0.4), rng.uniform(1, 2.5))
    x = np.linspace(-66, 66, 13)
    drop = rng.uniform(4, 16) * np.abs(x / 66) ** 2.2
    if rng.random() < 0.75:
        upper = palate + rng.uniform(1, 5) + drop
        thick = rng.uniform(3, 13) * np.sqrt(np.clip(1 - (x / 67) ** 2, 0, 1))
        crescent = np.concatenate([np.stack([x, upper], 1), np.stack([x, upper + thick], 1)[::-1]])
        sketch.shape(crescent, -rng.uniform(0.05, 0.42), rng.uniform(0.6, 2.5))
    for side in (-1, 1):
        shift = rng.normal(0, 3.0, 2)
        throat = (
            np.array([(58, 14), (70, 20), (84, 38), (97, 60), (90, 64), (78, 46), (66, 30), (54, 22)], float) + shift
        )
        sketch.shape(smooth(throat * (side, 1)), -rng.uniform(0.0, 0.24), rng.uniform(1, 4))
        sketch.shape(jaws.nose[side > 0], -rng.uniform(0.15, 0.45), rng.uniform(0.6, 1.6))
        cheek = smooth(np.array([(52, 22), (63, 26), (66, 38), (61, 46), (54, 40)], float) * (side, 1))
        sketch.shape(cheek, -rng.uniform(0.0, 0.2), rng.uniform(1.5, 4))


def _skull(sketch: Sketch, jaws: Jaws, rng: np.random.Generator) -> None:
    """Bones above and beside: the base of the skull, cheekbones, the hyoid, each a little out of focus."""
    palate = float(jaws.palate[len(jaws.palate) // 2, 1])
    reach = rng.uniform(45, 75)
    sketch.line(jaws.palate * (1.3, 1), rng.uniform(1.2, 3.0), rng.uniform(0.12, 0.4), rng.uniform(0.3, 0.9), reach)
    for _ in range(3):
        ghost = jaws.palate * (rng.uniform(1.2, 1.7), 1) + (0, rng.normal(0, 2.5)) - (0, rng.uniform(2, 7))
        width, weight = rng.uniform(0.8, 6), rng.uniform(0.03, 0.28)
        sketch.line(ghost, width, weight, rng.uniform(0.4, 2.5), rng.uniform(40, 95))
    sketch.shape(_box(-64, 64, -60, palate - 1), rng.uniform(0.05, 0.32), 5)
    sketch.line(np.array([(0, -20), (0.5, palate)]), rng.uniform(1.5, 4), rng.uniform(0.1, 0.4), 0.6)
    for side in (-1, 1):
        shift = np.array([rng.normal(0, 3), rng.normal(0, 2.5)])
        arch = np.array([(40, 15), (46, 11), (52, 4), (60, 3.5), (72, 6), (84, 5), (98, 0)], float) + shift
        sketch.line(
            smooth(arch * (side, 1), 5, closed=False), rng.uniform(2, 6), rng.uniform(0.05, 0.28), rng.uniform(0.6, 1.8)
        )
        lateral = np.array([(47, -12), (48, 0), (50, 8), (53, 12)], float) + shift
        sketch.line(smooth(lateral * (side, 1), 5, closed=False), 1.2, rng.uniform(0.1, 0.4), 0.4)
        hyoid = np.array([(46, 88), (50, 82), (60, 79), (68, 80), (64, 83), (54, 86)], float) + shift * 1.5
        sketch.shape(smooth(hyoid * (side, 1)), rng.uniform(0, 0.16), rng.uniform(0.5, 1.2))
        temple = np.array([(86, -12), (104, -12), (106, 3), (101, 3), (96, -1), (90, 2)], float) + shift * (0.3, 0.5)
        sketch.shape(smooth(temple * (side, 1)), rng.uniform(0.05, 0.35), rng.uniform(0.6, 2))
        ear = np.array([(98, 20), (104, 28), (104, 44), (99, 48), (96, 34)], float) + shift
        sketch.shape(smooth(ear * (side, 1)), rng.uniform(0, 0.18), rng.uniform(0.8, 3))
    if rng.random() < 0.5:
        left, bottom = rng.normal(-5, 1), jaws.bite[0] + rng.uniform(0, 2)
        sketch.shape(_box(left, left + 10, jaws.bite[0] - 1.5, bottom), rng.uniform(0.05, 0.3), 0.4)


def _clutter(sketch: Sketch, rng: np.random.Generator) -> None:
    """Thin bright and dark lines above and beside the jaws: whatever else the rays met."""
    for _ in range(int(rng.integers(3, 7))):
        x = np.linspace(-1, 1, 7) * rng.uniform(25, 100) + rng.normal(0, 15)
        y = rng.uniform(-6, 14) + rng.normal(0, 4) * (x / 70) ** 2 + rng.normal(0, 0.5, 7)
        sketch.line(
            smooth(np.stack([x, y], 1), 4, closed=False),
            rng.uniform(0.6, 2.5),
            rng.normal(0.04, 0.12),
            rng.uniform(0.3, 1.2),
        )
    for _ in range(int(rng.integers(4, 11))):
        side, start = rng.choice([-1, 1]), rng.uniform((84, -8), (102, 45))
        steps = rng.normal((0.6, 4.0), (2.5, 3.0), (6, 2))
        path = smooth((start + np.cumsum(steps, 0)) * (side, 1), 4, closed=False)
        sketch.line(path, rng.uniform(0.8, 5), rng.normal(0.04, 0.09), rng.uniform(0.4, 2.0))


def backdrop(view: View, jaws: Jaws, whole_head: bool, rng: np.random.Generator) -> Plane:
    """Attenuation (H, W) of everything but jaws and teeth, with what lies outside a usual panoramic where asked."""
    sketch = Sketch(view)
    streams = rng.spawn(4)
    _flesh(sketch, streams[0])
    _sides(sketch, (0.4, 12.0) if whole_head else (0.3, 1.8), streams[1])
    _spine(sketch, streams[2])
    _air(sketch, jaws, rng)
    _skull(sketch, jaws, rng)
    _clutter(sketch, rng)
    if whole_head:
        draw_surroundings(sketch, streams[3])
    for rows, columns in ((6, 10), (16, 26), (70, 12)):
        sketch.plane += cloud(sketch.view, rows, columns, rng) * np.float32(rng.uniform(0.005, 0.04))
    size = view.size[::-1]
    return np.asarray(cv2.resize(sketch.plane, size, interpolation=cv2.INTER_LINEAR))
