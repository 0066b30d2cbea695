"""The shape of each type of tooth in its own frame, in millimetres.

A tooth's frame has its origin at the middle of the neck (the cemento-enamel junction), `a` to the distal
side and `b` towards the root's tip: the crown lies at negative b. Mean sizes follow Wheeler's Dental Anatomy,
the lower jaw's a little enlarged, as panoramic machines do.
"""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points, ribbon, smooth

QUADRANTS = (1, 2, 3, 4)
FDI = tuple(quadrant * 10 + position for quadrant in QUADRANTS for position in range(1, 9))
PRIMARY = tuple(quadrant * 10 + position for quadrant in (5, 6, 7, 8) for position in range(1, 6))

# Crown width, crown height, root length, depth from cheek to tongue; by position in the arch.
SIZES_MM: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "upper": (
        (8.6, 10.5, 13.5, 6.2),
        (6.7, 9.3, 13.2, 5.8),
        (7.7, 10.0, 16.5, 7.8),
        (7.1, 8.4, 14.0, 8.8),
        (6.9, 8.2, 14.2, 8.8),
        (10.4, 7.6, 13.0, 11.0),
        (9.8, 7.3, 12.2, 10.6),
        (9.0, 6.8, 11.0, 10.0),
    ),
    "lower": (
        (5.5, 9.0, 13.6, 5.7),
        (6.1, 9.3, 14.8, 6.0),
        (7.2, 10.6, 16.8, 7.5),
        (7.4, 8.6, 15.4, 7.7),
        (7.6, 8.2, 15.6, 8.2),
        (11.6, 7.9, 15.2, 10.4),
        (11.0, 7.6, 14.4, 10.2),
        (10.6, 7.2, 12.5, 9.8),
    ),
}

PRIMARY_MM: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "upper": (
        (6.5, 6.0, 10.0, 5.0),
        (5.1, 5.6, 11.4, 4.2),
        (7.0, 6.5, 13.0, 7.0),
        (7.3, 5.3, 10.0, 8.5),
        (8.4, 5.7, 11.5, 10.0),
    ),
    "lower": (
        (4.3, 5.0, 9.0, 4.0),
        (4.3, 5.3, 10.0, 4.2),
        (5.2, 6.0, 11.5, 4.9),
        (7.9, 5.8, 9.8, 7.0),
        (10.0, 5.6, 11.3, 8.7),
    ),
}

# One half of a crown's outline, (share of half the width, share of the height); the other half is mirrored.
_CROWNS: dict[str, tuple[tuple[float, float], ...]] = {
    "incisor": ((0.6, 0.2), (0.74, 0.0), (0.86, -0.28), (0.98, -0.66), (0.96, -0.86), (0.78, -0.98), (0.4, -1.0)),
    "canine": ((0.6, 0.2), (0.74, 0.0), (0.88, -0.3), (1.0, -0.6), (0.76, -0.84), (0.32, -0.98)),
    "premolar": ((0.6, 0.2), (0.74, 0.0), (0.9, -0.32), (1.0, -0.58), (0.88, -0.82), (0.5, -0.99)),
    "molar": ((0.66, 0.2), (0.8, 0.0), (0.94, -0.3), (1.0, -0.55), (0.93, -0.8), (0.66, -1.0), (0.3, -0.88)),
}
_CROWN_TOPS = {"incisor": -1.0, "canine": -1.04, "premolar": -0.93, "molar": -0.95}


def kind(fdi: int) -> str:
    """incisor, canine, premolar or molar.

    >>> [kind(n) for n in (11, 23, 34, 48, 54)]
    ['incisor', 'canine', 'premolar', 'molar', 'molar']
    """
    if fdi > 50:
        return ("incisor", "incisor", "canine", "molar", "molar")[fdi % 10 - 1]
    return ("incisor", "incisor", "canine", "premolar", "premolar", "molar", "molar", "molar")[fdi % 10 - 1]


def is_upper(fdi: int) -> bool:
    """Whether the tooth stands in the upper jaw."""
    return fdi // 10 in (1, 2, 5, 6)


@dataclass(frozen=True)
class ToothShape:
    """One tooth's parts, each a closed polygon (n, 2) of (a, b), and the centre lines of its root canals.

    Attributes:
        fdi: its number.
        size: crown width, crown height, root length, depth.
        crown: from neck to biting edge.
        core: the dentine within the crown, under the enamel.
        roots: one polygon a root; the first also holds the trunk of a tooth with several.
        chamber: the pulp in the crown.
        canals: (m, 2) lines from the chamber to each root's tip.
        pulp_mm: half width of a canal at its mouth.
    """

    fdi: int
    size: tuple[float, float, float, float]
    crown: Points
    core: Points
    roots: tuple[Points, ...]
    chamber: Points
    canals: tuple[Points, ...]
    pulp_mm: float

    @property
    def outline(self) -> Points:
        """Every point of crown and roots: for boxes, not for drawing."""
        return np.concatenate([self.crown, *self.roots])


def _mirrored(half: Points, top: float) -> Points:
    other = half[::-1] * (-1, 1)
    return np.concatenate([half, [[0.0, top]], other])


def _crown(fdi: int, width: float, height: float, rng: np.random.Generator) -> tuple[Points, Points]:
    """Outline of the crown and of the dentine within it."""
    name = kind(fdi)
    half = np.array(_CROWNS[name]) + rng.normal(0, 0.025, (len(_CROWNS[name]), 2)) * (1, 0.8)
    half[0] = np.array(_CROWNS[name][0])
    wear = rng.uniform(0, 0.06)
    outline = _mirrored(half, _CROWN_TOPS[name] + rng.normal(0, 0.02))
    outline[:, 1] = np.maximum(outline[:, 1], -1.02 + wear)
    outline[:, 0] += rng.normal(0, 0.03) * outline[:, 1]  # leaning a little
    enamel = rng.uniform(0.8, 1.25) * (0.9 if name in ("incisor", "canine") else 1.15)
    shrink = np.array([1 - 2 * enamel / width, 1 - (1.5 if name != "incisor" else 1.1) * enamel / height])
    core = outline * shrink
    core[[0, 1, -2, -1]] = outline[[0, 1, -2, -1]] * (0.97, 1)
    scale = np.array([width / 2, height])
    return smooth(outline * scale, 4), smooth(core * scale, 4)


def _root(start: float, end: tuple[float, float], half: float, rng: np.random.Generator) -> tuple[Points, Points]:
    """A root from (start, 0) to `end`, half as wide as `half` says at the neck: polygon and centre line."""
    s = np.array([0, 0.15, 0.3, 0.45, 0.6, 0.74, 0.86, 0.95, 1.0])
    bend = rng.normal(0, 0.05) * end[1]
    a = start + (end[0] - start) * s + bend * s**2
    line = np.stack([a, end[1] * s], axis=1)
    power = rng.uniform(1.4, 2.4)
    widths = half * (1 - rng.uniform(0.36, 0.56) * s**power) * np.sqrt(np.clip(1 - s**11, 0.01, 1))
    return ribbon(line, widths), line


def _roots(fdi: int, width: float, length: float, rng: np.random.Generator) -> tuple[list[Points], list[Points]]:
    half, position = width / 2, fdi % 10 + (2 if fdi > 50 and fdi % 10 > 3 else 0)  # milk molars have molars' roots
    drift = rng.normal(0.04, 0.05) * length
    neck = 0.74 if kind(fdi) != "molar" else 0.8
    if position <= 5 and not (fdi in (14, 24) and rng.random() < 0.5):
        parts = [_root(0, (drift, length), half * neck, rng)]
    elif position <= 5:
        parts = [_root(side * 0.16 * half, (side * 0.3 * half + drift, length), half * 0.56, rng) for side in (-1, 1)]
    else:
        fused = position == 8 and rng.random() < 0.5
        spread = (0.12 if fused else rng.uniform(0.3, 0.62)) * half
        ends = [(-spread + drift, length), (spread + drift, length * rng.uniform(0.88, 1.0))]
        parts = [_root(np.sign(e[0] - drift) * 0.42 * half, e, half * rng.uniform(0.44, 0.52), rng) for e in ends]
        if is_upper(fdi):
            parts.append(_root(0.05 * half, (drift, length * rng.uniform(0.95, 1.1)), half * 0.5, rng))
    polygons, lines = [p for p, _ in parts], [line for _, line in parts]
    if len(parts) > 1:
        depth = length * (rng.uniform(0.22, 0.45) if position > 5 else 0.5)
        trunk = np.array(
            [[neck, 0], [neck * 0.96, depth / 2], [0.55, depth], [-0.55, depth], [-neck * 0.96, depth / 2]]
        )
        polygons.append(np.concatenate([trunk, [[-neck, 0.0]]]) * np.array([[half, 1.0]]))
    return polygons, lines


def tooth_shape(fdi: int, rng: np.random.Generator, scale: float = 1.0, root: float = 1.0) -> ToothShape:
    """Draw the shape of the tooth `fdi`; `scale` is the patient's, `root` the share of the root that is there."""
    mean = (PRIMARY_MM if fdi > 50 else SIZES_MM)["upper" if is_upper(fdi) else "lower"][fdi % 10 - 1]
    width, height, length, depth = (float(m * scale * f) for m, f in zip(mean, rng.normal(1, 0.05, 4), strict=True))
    length *= float(np.clip(rng.normal(1, 0.08), 0.7, 1.25)) * max(root, 0.08)
    crown, core = _crown(fdi, width, height, rng)
    polygons, lines = _roots(fdi, width, length, rng)
    young = rng.uniform(0.6, 1.4)
    spread = max(abs(line[0, 0]) for line in lines)
    box = np.array([[-1.0, 0.15], [-1.0, -0.2], [-0.7, -0.42], [0, -0.22], [0.7, -0.42], [1.0, -0.2], [1.0, 0.15]])
    chamber = box * (0.6 * spread + 0.06 * width * young, height * min(0.9, 0.68 * young))
    canals = tuple(np.concatenate([[[line[0, 0] * 0.55, -0.1 * height]], line[1:-1]]) for line in lines)
    return ToothShape(
        fdi,
        (width, height, length, depth),
        crown,
        core,
        tuple(polygons),
        smooth(chamber, 3),
        canals,
        (0.36 if len(lines) == 1 else 0.25) * young,
    )
