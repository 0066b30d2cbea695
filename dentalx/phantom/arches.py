"""Where the teeth stand: two curved arches, gaps, tilts, impacted wisdom teeth and implants."""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points
from dentalx.phantom.dentition import Dentition, Implant, Tooth, axes_of, side_of
from dentalx.phantom.growth import growing_quadrant
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import QUADRANTS, ToothShape, is_upper, tooth_shape

# Chance that the tooth is missing, by position; the patient's own factor multiplies it.
_MISSING = (0.03, 0.035, 0.015, 0.06, 0.07, 0.12, 0.08, 0.38)
# Degrees by which the root points to the back, by position.
_TILT = {"upper": (1.0, 3.0, 6.0, 4.0, 2.0, 0.0, -3.0, -9.0), "lower": (0.0, 1.0, 3.0, 4.0, 7.0, 13.0, 17.0, 20.0)}


@dataclass(frozen=True)
class History:
    """What became of a patient's teeth.

    Attributes:
        missing: FDI numbers of permanent teeth that are gone.
        implants: chance of an implant in each gap.
        bridged: FDI numbers that a bridge replaces, where both neighbours stand.
        retained: FDI numbers of teeth whose crown is lost.
        age: years, of a child with a mixed dentition; None for everybody else.
    """

    missing: frozenset[int]
    implants: float
    bridged: frozenset[int] = frozenset()
    retained: frozenset[int] = frozenset()
    age: float | None = None


def draw_history(config: PhantomConfig, rng: np.random.Generator, more_rng: np.random.Generator) -> History:
    """Draw one patient's losses; `more_rng` for what the first phantoms did not know."""
    drawn, age, loss = more_rng.random(3), more_rng.uniform(5.0, 13.0), more_rng.uniform(3, 9)
    factor = config.missing * rng.lognormal(-0.8, 1.0) * (loss if drawn[0] < config.few_teeth else 1)
    empty_jaw = rng.random(2) < config.toothless * min(config.missing, 5)
    chance = {
        q * 10 + p: _MISSING[p - 1] * (factor if p < 8 else min(config.missing, 2))
        for q in QUADRANTS
        for p in range(1, 9)
    }
    numbers = dict(zip(chance, rng.random(len(chance)), strict=True))
    missing = {fdi for fdi, p in chance.items() if numbers[fdi] < min(p, 0.92)}
    missing |= {fdi for fdi in chance if empty_jaw[0 if is_upper(fdi) else 1]}
    bridges, roots = more_rng.random((2, len(chance)))
    gaps = {fdi for fdi in missing if fdi % 10 in range(2, 7) and not missing & {fdi - 1, fdi + 1}}
    implants = config.implant
    if config.many_implants:
        implants *= 6.0 if drawn[1] < config.many_implants else 0.5
    if drawn[2] < config.mixed:
        return History(frozenset(), 0.0, age=age)
    return History(
        frozenset(missing),
        min(implants, 1.0),
        frozenset(fdi for fdi, r in zip(chance, bridges, strict=True) if fdi in gaps and r < config.bridge),
        frozenset(fdi for fdi, r in zip(chance, roots, strict=True) if r < config.retained_root),
    )


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
    axes = axes_of(side, upper, float(degrees))
    return Tooth(shape, centre + axes[1] * height * 0.5, axes, impacted=True)


def _quadrant(quadrant: int, jaws: Jaws, history: History, impacted: float, rng: np.random.Generator) -> Dentition:
    missing = history.missing
    side, upper = side_of(quadrant), quadrant in (1, 2)
    tilts = np.array(_TILT["upper" if upper else "lower"]) * rng.uniform(0.4, 1.3) + rng.normal(0, 2.5)
    spacing = rng.normal(0.0, 0.25) if rng.random() < 0.8 else rng.normal(0.6, 0.5)
    reach, teeth, implants, pontics = rng.normal(0, 0.3), list[Tooth](), list[Implant](), list[Tooth]()
    for position in range(1, 9):
        fdi = quadrant * 10 + position
        shape = tooth_shape(fdi, rng, jaws.tooth_scale * (1 + 0.03 * rng.normal()))
        jitter, gap, rise, chance = rng.normal(0, 3.0), rng.normal(spacing, 0.35), rng.normal(0, 0.5), rng.random(2)
        width, height = shape.size[:2]
        x = jaws.midline_mm + side * (reach + width / 2)
        bite = np.array([x, jaws.bite_y(x, upper)])
        lean = tilts[position - 1] + jitter + (7.0 * rng.normal() if missing & {fdi - 1, fdi + 1} else 0)
        axes = axes_of(side, upper, float(lean) + 0.7 * side * jaws.bite_slope(x) * (1 if upper else -1))
        if position == 8 and fdi not in missing and chance[0] < impacted:
            edge = np.array([x - side * width / 2, bite[1]])
            teeth.append(_impacted(shape, edge, side, rng))
        elif fdi not in missing:
            erupted = height + rise - (rng.uniform(0, 5) if position == 8 else 0)
            teeth.append(Tooth(shape, bite + axes[1] * erupted, axes))
        elif fdi in history.bridged:
            pontics.append(Tooth(shape, bite + axes[1] * height, axes))
            gap += 0.6
        elif position in range(3, 8) and chance[1] < history.implants:
            neck = bite + axes[1] * (height + rng.uniform(0, 1.5))
            implants.append(Implant(neck, axes, rng.uniform(9, 13), rng.uniform(3.4, 4.6)))
        closed = fdi in missing - history.bridged and position != 8
        reach += width * (rng.uniform(0.4, 0.95) if closed else 1) + gap
    return Dentition(tuple(teeth), tuple(implants), tuple(pontics))


def draw_dentition(jaws: Jaws, history: History, impacted: float, rng: np.random.Generator) -> Dentition:
    """Draw the teeth of one patient; wisdom teeth lie `impacted` with that chance."""
    parts = [
        _quadrant(quadrant, jaws, history, impacted, stream)
        if history.age is None
        else growing_quadrant(quadrant, history.age, jaws, stream)
        for quadrant, stream in zip(QUADRANTS, rng.spawn(4), strict=True)
    ]
    teeth = [tooth for part in parts for tooth in part.teeth]
    return Dentition(
        tuple(sorted(teeth, key=lambda tooth: tooth.fdi)),
        tuple(implant for part in parts for implant in part.implants),
        tuple(pontic for part in parts for pontic in part.pontics),
    )
