"""What dentists and surgeons leave in the mouth: braces, retainers, bridges, plates with screws."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points, View, ribbon
from dentalx.phantom.dental import Painted
from dentalx.phantom.dentition import Tooth
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import is_upper


@dataclass(frozen=True)
class Metalwork:
    """Closed outlines and lines of one density, in millimetres.

    Attributes:
        outlines: (n, 2) polygons.
        lines: (n, 2) lines with their width.
        density: attenuation.
    """

    outlines: tuple[Points, ...]
    lines: tuple[tuple[Points, float], ...]
    density: float


def _box(tooth: Tooth, centre: tuple[float, float], half: tuple[float, float]) -> Points:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float) * half + centre
    return tooth.place(corners)


def _braces(teeth: Sequence[Tooth], rng: np.random.Generator) -> Metalwork | None:
    """A bracket on every tooth of an arch, bands on the molars, and the wire through them."""
    row = sorted(
        (tooth for tooth in teeth if not (tooth.impacted or tooth.germ) and tooth.fdi % 10 <= 7),
        key=lambda t: t.neck[0],
    )
    if len(row) < 4:
        return None
    outlines, through = [], []
    for tooth in row:
        width, height = tooth.shape.size[:2]
        centre = (0.0, -0.5 * height)
        molar = tooth.fdi % 10 >= 6
        half = (0.5 * width, 0.3 * height) if molar else (rng.uniform(1.2, 1.7), rng.uniform(1.0, 1.6))
        outlines.append(_box(tooth, centre, half))
        through.append(tooth.place(np.array([centre]))[0])
    return Metalwork(tuple(outlines), ((np.array(through), rng.uniform(0.4, 0.9)),), rng.uniform(1.2, 2.6))


def _retainer(teeth: Sequence[Tooth], rng: np.random.Generator) -> Metalwork | None:
    """A wire behind the lower front teeth."""
    row = sorted(
        (t for t in teeth if t.fdi // 10 in (3, 4) and t.fdi % 10 <= 3 and not t.germ), key=lambda t: t.neck[0]
    )
    if len(row) < 3:
        return None
    line = np.array([t.place(np.array([(0.0, -0.55 * t.shape.size[1])]))[0] for t in row])
    return Metalwork((), ((line, rng.uniform(0.5, 1.0)),), rng.uniform(0.8, 1.8))


def _plate(jaws: Jaws, rng: np.random.Generator) -> Metalwork:
    """A plate with screws along the body of the mandible."""
    side, start, holes = rng.choice([-1, 1]), rng.uniform(10, 60), int(rng.integers(3, 7))
    x = start + np.arange(holes) * rng.uniform(4.5, 6.5)
    y = 78.0 - 0.2 * x - rng.uniform(2, 12) + rng.normal(0, 0.6, holes)
    spots = np.stack([side * x, y], 1)
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    circle = np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(1.4, 2.2)
    screws = [
        ribbon(spot + np.array([(0.0, 0.0), (rng.normal(0, 1), rng.uniform(3, 7))]), np.full(2, rng.uniform(0.5, 0.9)))
        for spot in spots
        if rng.random() < 0.7
    ]
    return Metalwork((*(circle + s for s in spots), *screws), ((spots, rng.uniform(0.9, 2.0)),), rng.uniform(1.2, 2.6))


def draw_metalwork(
    teeth: Sequence[Tooth], jaws: Jaws, config: PhantomConfig, rng: np.random.Generator
) -> list[Metalwork]:
    """Draw what one patient wears."""
    drawn, streams = rng.random(4), rng.spawn(4)
    found: list[Metalwork | None] = []
    if drawn[0] < config.braces:
        arches = [[t for t in teeth if is_upper(t.fdi) == upper] for upper in (True, False)]
        found += [_braces(arch, streams[0]) for arch in arches[: 1 + int(drawn[1] < 0.8)]]
    elif drawn[2] < config.retainer:
        found.append(_retainer(teeth, streams[1]))
    if drawn[3] < config.plate:
        found.append(_plate(jaws, streams[2]))
    return [work for work in found if work is not None]


def paint_metalwork(work: Metalwork, view: View) -> Painted | None:
    """Draw it; None where it lies outside the image."""
    around = np.concatenate([*work.outlines, *(line for line, _ in work.lines)])
    window = view.window(around, 1.5, 2)
    if window is None:
        return None
    cover = window.reduce(window.fill(*work.outlines)) if work.outlines else window.reduce(window.blank())
    for line, width in work.lines:
        cover = np.maximum(cover, window.reduce(window.stroke(line, width)))
    return Painted(window.place, cover * np.float32(work.density), np.zeros_like(cover), cover >= 0.5, {})
