"""Where the teeth stand: two curved arches, gaps, tilts, impacted wisdom teeth and implants."""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import QUADRANTS, ToothShape, is_upper, tooth_shape

# Chance that the tooth is missing, by position; the patient's own factor multiplies it.
_MISSING = (0.03, 0.035, 0.015, 0.06, 0.07, 0.12, 0.08, 0.38)
# Degrees by which the root points to the back, by position.
_TILT = {"upper": (1.0, 3.0, 6.0, 4.0, 2.0, 0.0, -3.0, -9.0), "lower": (0.0, 1.0, 3.0, 4.0, 7.0, 13.0, 17.0, 20.0)}


@dataclass(frozen=True)
class Tooth:
    """A tooth in its place.

    Attributes:
        shape: its parts in its own frame.
        neck: (2,) millimetres of its frame's origin.
        axes: (2, 2) rows: the directions of `a` (distal) and `b` (root) in the picture.
        impacted: it never came through.
    """

    shape: ToothShape
    neck: Points
    axes: Points
    impacted: bool = False

    @property
    def fdi(self) -> int:
        return self.shape.fdi

    def place(self, local: Points) -> Points:
        """(n, 2) points of the tooth's frame in the picture's millimetres."""
        return np.asarray(local @ self.axes + self.neck)


@dataclass(frozen=True)
class Implant:
    """A screw in a gap: `place` as for a tooth; `length_mm` and `width_mm` of the screw."""

    neck: Points
    axes: Points
    length_mm: float
    width_mm: float

    def place(self, local: Points) -> Points:
        """(n, 2) points of the implant's frame in the picture's millimetres."""
        return np.asarray(local @ self.axes + self.neck)


@dataclass(frozen=True)
class Dentition:
    """All teeth, in the order of their FDI numbers, and the implants."""

    teeth: tuple[Tooth, ...]
    implants: tuple[Implant, ...]


def side_of(quadrant: int) -> int:
    """-1 where the quadrant lies left in the picture (the patient's right: 1 and 4), else +1."""
    return -1 if quadrant in (1, 4) else 1


def _axes(side: int, upper: bool, degrees: float) -> Points:
    """Rows `a` and `b` of a tooth whose root leans `degrees` to the back."""
    angle = np.deg2rad(degrees)
    down = -1 if upper else 1
    b = np.array([side * np.sin(angle), down * np.cos(angle)])
    a = np.array([side * np.cos(angle), -down * np.sin(angle)])
    return np.stack([a, b])


def draw_missing(config: PhantomConfig, rng: np.random.Generator) -> frozenset[int]:
    """FDI numbers of the gaps of one patient."""
    factor = config.missing * rng.lognormal(-0.8, 1.0)
    empty_jaw = rng.random(2) < 0.02 * min(config.missing, 5)
    chance = {
        q * 10 + p: _MISSING[p - 1] * (factor if p < 8 else min(config.missing, 2))
        for q in QUADRANTS
        for p in range(1, 9)
    }
    drawn = rng.random(len(chance))
    gaps = {fdi for (fdi, p), r in zip(chance.items(), drawn, strict=True) if r < min(p, 0.92)}
    gaps |= {fdi for fdi in chance if empty_jaw[0 if is_upper(fdi) else 1]}
    return frozenset(gaps)


def _impacted(shape: ToothShape, behind: Points, side: int, rng: np.random.Generator) -> Tooth:
    """A wisdom tooth that lies in the bone behind `behind`, the end of the arch at the bite."""
    upper = is_upper(shape.fdi)
    width, height = shape.size[:2]
    if upper:
        degrees = rng.normal(-22, 18)
        centre = behind + np.array([side * width * rng.uniform(0.35, 0.6), -height - rng.uniform(3, 9)])
    else:
        degrees = rng.choice([35, 60, 88, 10]) + rng.normal(0, 8)
        centre = behind + np.array([side * width * rng.uniform(0.5, 0.85), height * rng.uniform(0.75, 1.25)])
    axes = _axes(side, upper, float(degrees))
    return Tooth(shape, centre + axes[1] * height * 0.5, axes, impacted=True)


def _quadrant(
    quadrant: int, jaws: Jaws, missing: frozenset[int], config: PhantomConfig, rng: np.random.Generator
) -> tuple[list[Tooth], list[Implant]]:
    side, upper = side_of(quadrant), quadrant in (1, 2)
    tilts = np.array(_TILT["upper" if upper else "lower"]) * rng.uniform(0.4, 1.3) + rng.normal(0, 2.5)
    spacing = rng.normal(0.0, 0.25) if rng.random() < 0.8 else rng.normal(0.6, 0.5)
    reach, teeth, implants = rng.normal(0, 0.3), list[Tooth](), list[Implant]()
    for position in range(1, 9):
        fdi = quadrant * 10 + position
        shape = tooth_shape(fdi, rng, jaws.tooth_scale * (1 + 0.03 * rng.normal()))
        jitter, gap, rise, chance = rng.normal(0, 3.0), rng.normal(spacing, 0.35), rng.normal(0, 0.5), rng.random(2)
        width, height = shape.size[:2]
        x = jaws.midline_mm + side * (reach + width / 2)
        bite = np.array([x, jaws.bite_y(x, upper)])
        lean = tilts[position - 1] + jitter + (7.0 * rng.normal() if missing & {fdi - 1, fdi + 1} else 0)
        axes = _axes(side, upper, float(lean) + 0.7 * side * jaws.bite_slope(x) * (1 if upper else -1))
        if position == 8 and fdi not in missing and chance[0] < config.impacted:
            edge = np.array([x - side * width / 2, bite[1]])
            teeth.append(_impacted(shape, edge, side, rng))
        elif fdi not in missing:
            erupted = height + rise - (rng.uniform(0, 5) if position == 8 else 0)
            teeth.append(Tooth(shape, bite + axes[1] * erupted, axes))
        elif position in range(3, 8) and chance[1] < config.implant:
            neck = bite + axes[1] * (height + rng.uniform(0, 1.5))
            implants.append(Implant(neck, axes, rng.uniform(9, 13), rng.uniform(3.4, 4.6)))
        reach += width * (rng.uniform(0.4, 0.95) if fdi in missing and fdi % 10 != 8 else 1) + gap
    return teeth, implants


def draw_dentition(jaws: Jaws, missing: frozenset[int], config: PhantomConfig, rng: np.random.Generator) -> Dentition:
    """Draw the teeth of one patient, all but the `missing` ones (FDI numbers)."""
    teeth, implants = list[Tooth](), list[Implant]()
    for quadrant, stream in zip(QUADRANTS, rng.spawn(4), strict=True):
        more_teeth, more_implants = _quadrant(quadrant, jaws, missing, config, stream)
        teeth += more_teeth
        implants += more_implants
    return Dentition(tuple(teeth), tuple(implants))
