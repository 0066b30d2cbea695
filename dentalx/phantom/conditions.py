"""What has happened to each tooth: decay, repairs, inflammation. Drawn as chance, described as polygons."""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points, ribbon, smooth
from dentalx.phantom.dentition import Tooth
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import kind


@dataclass(frozen=True)
class Condition:
    """One tooth's findings, polygons in the tooth's own frame (millimetres).

    Attributes:
        caries: with how much tissue is lost there, 0…1.
        fillings: with their attenuation on top of the tooth's.
        crown: attenuation of an artificial crown; 0 for none.
        canal_fillings: closed polygons in the root canals, and a post.
        canal_density: their attenuation.
        lesions: closed polygons around a root's tip.
        retained: only the roots are left.
    """

    caries: tuple[tuple[Points, float], ...] = ()
    fillings: tuple[tuple[Points, float], ...] = ()
    crown: float = 0.0
    canal_fillings: tuple[Points, ...] = ()
    canal_density: float = 0.0
    lesions: tuple[Points, ...] = ()
    retained: bool = False


def blob(
    centre: tuple[float, float], radii: tuple[float, float], rng: np.random.Generator, rough: float = 0.18
) -> Points:
    """A closed, uneven round outline."""
    angle = np.arange(9) * (2 * np.pi / 9)
    radius = np.clip(1 + rng.normal(0, rough, 9), 0.55, 1.5)
    unit = np.stack([np.cos(angle) * radius, np.sin(angle) * radius], 1)
    return smooth(unit * radii + centre, 3)


def _caries(size: tuple[float, float, float, float], rng: np.random.Generator) -> tuple[Points, float]:
    width, height = size[:2]
    place, side = rng.choice(["proximal", "proximal", "top", "neck"]), rng.choice([-1, 1])
    centre = {
        "proximal": (side * 0.46 * width, -rng.uniform(0.35, 0.62) * height),
        "top": (rng.normal(0, 0.12) * width, -0.84 * height),
        "neck": (side * 0.36 * width, -rng.uniform(0.02, 0.2) * height),
    }[str(place)]
    deep = rng.uniform(0.1, 0.24)
    return blob(centre, (deep * width, deep * height * 1.1), rng), float(rng.uniform(0.45, 0.9))


def _filling(
    fdi: int, size: tuple[float, float, float, float], metal: bool, rng: np.random.Generator
) -> tuple[Points, float]:
    width, height = size[:2]
    side = rng.choice([-1, 1])
    if kind(fdi) in ("incisor", "canine"):
        centre = (side * 0.32 * width, -rng.uniform(0.4, 0.85) * height)
        outline = blob(centre, (0.16 * width, 0.18 * height), rng)
        return outline, float(rng.uniform(0.15, 0.6))
    half, floor = width * rng.uniform(0.2, 0.4), -height * rng.uniform(0.5, 0.72)
    top = -1.05 * height
    if rng.random() < 0.5:
        outline = blob((rng.normal(0, 0.06) * width, -0.86 * height), (half, 0.2 * height), rng, 0.3)
    else:
        box = -height * rng.uniform(0.3, 0.5)
        corners = [
            (side * 0.52, top),
            (side * 0.52, box),
            (side * 0.3, box),
            (side * 0.24, floor),
            (-side * 0.2, floor),
        ]
        outline = np.array([*((x * width, y) for x, y in corners), (-side * 0.22 * width, top)])
        outline = smooth(outline + rng.normal(0, 0.2, outline.shape), 3)
    return outline, float(rng.uniform(1.6, 3.0) if metal else rng.uniform(0.2, 0.7))


def _canal_fillings(tooth: Tooth, rng: np.random.Generator) -> tuple[Points, ...]:
    shape, length = tooth.shape, rng.uniform(0.82, 1.0)
    polygons = []
    for line in shape.canals:
        short = line[: max(3, round(len(line) * length))]
        half = np.linspace(0.5, 0.12, len(short)) * rng.uniform(0.55, 1.0)
        polygons.append(ribbon(short, half))
    if rng.random() < 0.3:
        line = shape.canals[0]
        post = np.stack([np.linspace(line[0, 0], line[4, 0], 4), np.linspace(-0.5 * shape.size[1], line[4, 1], 4)], 1)
        polygons.append(ribbon(post, np.full(4, rng.uniform(0.6, 0.9))))
    return tuple(polygons)


def _lesions(tooth: Tooth, rng: np.random.Generator) -> tuple[Points, ...]:
    line = tooth.shape.canals[int(rng.integers(len(tooth.shape.canals)))]
    radius = rng.uniform(1.6, 4.2)
    tip = line[-1] + (line[-1] - line[-2]) * 0.6
    return (blob((float(tip[0]), float(tip[1] + 0.3 * radius)), (radius, radius * rng.uniform(0.8, 1.1)), rng, 0.1),)


def draw_condition(
    tooth: Tooth, burden: float, metal: bool, config: PhantomConfig, rng: np.random.Generator
) -> Condition:
    """Draw one tooth's findings; `burden` is the patient's factor on all chances, `metal` the dentist's taste."""
    chance = rng.random(5)
    shape = tooth.shape
    back = 1.4 if kind(shape.fdi) in ("molar", "premolar") else 0.5
    if tooth.impacted or tooth.germ:
        return Condition()
    has_root_filling = chance[0] < config.root_canal_filling * burden
    has_crown = chance[1] < config.crown * burden + 0.35 * has_root_filling * bool(config.crown)
    has_filling = not has_crown and chance[2] < config.filling * burden * back + 0.4 * has_root_filling * bool(
        config.filling
    )
    has_caries = not has_crown and chance[3] < config.caries * burden
    ill = config.periapical_lesion * burden
    has_lesion = chance[4] < ill + (0.2 * has_root_filling if ill else 0)
    fillings = (
        [_filling(shape.fdi, shape.size, metal, rng) for _ in range(1 + int(rng.random() < 0.3))] if has_filling else []
    )
    return Condition(
        caries=(_caries(shape.size, rng),) if has_caries else (),
        fillings=tuple(fillings),
        crown=float(rng.uniform(1.8, 3.2) if metal or rng.random() < 0.3 else rng.uniform(0.5, 1.2))
        if has_crown
        else 0.0,
        canal_fillings=_canal_fillings(tooth, rng) if has_root_filling else (),
        canal_density=float(rng.uniform(0.4, 1.3)),
        lesions=_lesions(tooth, rng) if has_lesion else (),
    )
