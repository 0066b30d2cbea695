"""What a wider field shows around the jaws: skull, orbits, the neck's vertebrae at both sides, shoulders."""

import numpy as np

from dentalx.phantom.canvas import Points, smooth
from dentalx.phantom.sketch import Sketch


def _ring(centre: tuple[float, float], radii: tuple[float, float]) -> Points:
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    return smooth(np.stack([np.cos(angle) * radii[0], np.sin(angle) * radii[1]], 1) + centre, 4)


def _skull_cap(sketch: Sketch, rng: np.random.Generator) -> None:
    cap = np.array([(-101, -26), (-98, -70), (-70, -110), (0, -125), (70, -110), (98, -70), (101, -26)], float)
    sketch.shape(smooth(cap, 5), rng.uniform(0.3, 0.6), rng.uniform(2, 6))


def _orbits(sketch: Sketch, rng: np.random.Generator) -> None:
    height, apart = rng.normal(-32, 4), rng.normal(40, 3)
    dark, rim = rng.uniform(0.05, 0.25), rng.uniform(0.08, 0.3)
    for side in (-1, 1):
        ring = _ring((side * apart, height + rng.normal(0, 1)), (rng.normal(20, 1.5), rng.normal(16.5, 1.5)))
        sketch.shape(ring, -dark, rng.uniform(1, 3))
        sketch.line(np.concatenate([ring, ring[:1]]), rng.uniform(1.5, 4), rim, rng.uniform(0.5, 1.5))


def _vertebrae(sketch: Sketch, rng: np.random.Generator) -> None:
    """The neck is seen at either side of the image, cut lengthwise, where the device turned past it."""
    place, half, weight = rng.normal(120, 6), rng.normal(11, 1.5), rng.uniform(0.2, 0.6)
    for side in (-1, 1):
        top = rng.uniform(-25, 5)
        lean = rng.normal(0, 0.08)
        for number in range(7):
            y = top + number * rng.normal(18, 0.7)
            x = side * (place + lean * (y - 30))
            body = np.array([(-half, -7.4), (half, -7.4), (half * 0.9, 0), (half, 7.4), (-half, 7.4), (-half * 0.9, 0)])
            sketch.shape(smooth(body + np.array((x, y)), 3), weight, rng.uniform(0.6, 1.6))
            process = np.array([(0, -3), (side * 18, 0), (side * 24, 6), (side * 8, 5)], float)
            sketch.shape(
                smooth(process + np.array((x + side * half, y)), 3), weight * rng.uniform(0.3, 0.8), rng.uniform(1, 3)
            )
        sketch.shape(_neck(side, place), rng.uniform(0.1, 0.3), 6)


def _neck(side: int, place: float) -> Points:
    return np.array([(-26, -60), (34, -60), (40, 150), (-30, 150)], float) * (side, 1) + (side * place, 0)


def _shoulders(sketch: Sketch, rng: np.random.Generator) -> None:
    height, weight = rng.normal(112, 6), rng.uniform(0.4, 1.2)
    for side in (-1, 1):
        shoulder = np.array([(40, 150), (60, 12), (100, 0), (160, -6), (190, 150)], float) * (side, 1) + (0, height)
        sketch.shape(smooth(shoulder, 4), weight * rng.uniform(0.8, 1.2), rng.uniform(2, 6))


def draw_surroundings(sketch: Sketch, rng: np.random.Generator) -> None:
    """Add to `sketch` what lies outside the box of a usual panoramic; within it almost nothing changes."""
    for part, stream in zip((_skull_cap, _orbits, _vertebrae, _shoulders), rng.spawn(4), strict=True):
        part(sketch, stream)
