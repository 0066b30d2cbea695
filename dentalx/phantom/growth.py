"""The mixed dentition of a child: milk teeth, and permanent ones that come through or wait in the bone."""

import numpy as np

from dentalx.phantom.dentition import Dentition, Tooth, axes_of, side_of
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.teeth import ToothShape, tooth_shape

# Years of age at which the permanent tooth comes through, by position; after Logan and Kronfeld.
_ERUPTION = {
    "upper": (7.2, 8.3, 11.4, 10.3, 11.0, 6.3, 12.4, 18.0),
    "lower": (6.4, 7.4, 10.2, 10.8, 11.4, 6.2, 12.0, 18.0),
}
_GERM_YEARS = {8: 9.0}  # a crown is seen so long before; others 5 years
_GERM_DEFAULT = 5.0


def _milk(quadrant: int, position: int, years_left: float, rng: np.random.Generator, scale: float) -> ToothShape | None:
    """The shape of the milk tooth whose successor comes in `years_left`; None where it is lost."""
    if years_left < 0.1 or rng.random() < 0.06:
        return None
    root = float(np.clip(years_left / 4, 0.15, 1.0))
    return tooth_shape((quadrant + 4) * 10 + position, rng, scale, root)


def growing_quadrant(quadrant: int, age: float, jaws: Jaws, rng: np.random.Generator) -> Dentition:
    """Draw one quadrant at `age` years, 5 to 13."""
    side, upper = side_of(quadrant), quadrant in (1, 2)
    own_age, reach, teeth = age + rng.normal(0, 0.3), rng.normal(0, 0.3), list[Tooth]()
    for position in range(1, 9):
        wait = _ERUPTION["upper" if upper else "lower"][position - 1] + rng.normal(0, 0.4) - own_age
        shape = tooth_shape(quadrant * 10 + position, rng, jaws.tooth_scale, float(np.clip(0.55 - wait / 6, 0.0, 1.0)))
        milk = _milk(quadrant, position, wait, rng, jaws.tooth_scale) if position <= 5 else None
        width = milk.size[0] if milk else shape.size[0]
        x = jaws.midline_mm + side * (reach + width / 2)
        bite = np.array([x, jaws.bite_y(x, upper)])
        axes = axes_of(side, upper, float(rng.normal(2 + 1.5 * position, 4)))
        if milk:
            worn = milk.size[1] + rng.normal(0, 0.4)
            teeth.append(Tooth(milk, bite + axes[1] * worn, axes))
        if wait <= 0:
            late = float(np.clip(1 + wait, 0, 1)) * rng.uniform(1, 4)
            teeth.append(Tooth(shape, bite + axes[1] * (shape.size[1] + late), axes))
        elif wait < _GERM_YEARS.get(position, _GERM_DEFAULT):
            deep = (milk.size[1] + 0.45 * milk.size[2] if milk else 3.0) + 1.0 * wait + rng.uniform(0, 2)
            lean = axes_of(side, upper, float(rng.normal(8 if position > 5 else 2, 12)))
            teeth.append(Tooth(shape, bite + axes[1] * deep + lean[1] * shape.size[1], lean, germ=True))
        reach += width + rng.normal(0.3, 0.35)
    return Dentition(tuple(teeth), ())
