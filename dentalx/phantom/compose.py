"""One phantom, from (seed, index) to picture and truth."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.arches import Dentition, draw_dentition, draw_missing
from dentalx.phantom.backdrop import backdrop
from dentalx.phantom.bones import bones
from dentalx.phantom.canvas import BOX_MM, Plane, View
from dentalx.phantom.conditions import Condition, draw_condition
from dentalx.phantom.dental import PARTS, Painted, paint_implant, paint_tooth
from dentalx.phantom.film import STYLES, draw_style, expose
from dentalx.phantom.jaws import Jaws, draw_jaws
from dentalx.phantom.labels import burn_in
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import FDI
from dentalx.phantom.truth import FINDINGS, STRUCTURES, Phantom
from dentalx.samples import Instances

IMPLANT_ATTENUATION = 2.4
Rng = np.random.Generator


def _view(size: tuple[int, int], rng: np.random.Generator) -> tuple[View, tuple[slice, slice]]:
    """How the patient stands in the device, and the exposed rows and columns.

    Real panoramics are 1.9 to 2.9 times as wide as high. In a taller frame the rest is either black (as after
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
    return View(size, np.concatenate([linear, middle[:, None]], axis=1)), inside


def _paste(items: Iterable[Painted], attenuation: Plane, bone: Plane) -> None:
    """Add painted objects; each takes the place of part of the bone."""
    for item in items:
        attenuation[item.place] += item.attenuation - np.float32(0.3) * bone[item.place] * item.solid


def _spread(items: Iterable[Painted], names: Iterable[str], size: tuple[int, int]) -> dict[str, NDArray[np.bool_]]:
    """The union of each named part over all objects, as full planes."""
    planes = {name: np.zeros(size, bool) for name in names}
    for item in items:
        for name, part in item.parts.items():
            planes[name][item.place] |= part
    return planes


def _truth(pairs: list[tuple[int, Painted]], exposed: NDArray[np.bool_]) -> Instances:
    """Every tooth that shows, in the order of FDI numbers."""
    pairs = sorted(pairs, key=lambda pair: FDI.index(pair[0]))
    masks = np.zeros((len(pairs), *exposed.shape), bool)
    for mask, (_, item) in zip(masks, pairs, strict=True):
        mask[item.place] = item.silhouette & exposed[item.place]
    shown = masks.any(axis=(1, 2))
    labels = np.array([fdi for fdi, _ in pairs], np.int32)[shown]
    return Instances(masks[shown], labels, np.ones(len(labels), np.float32))


@dataclass(frozen=True)
class _Patient:
    """Everything drawn by chance that does not depend on the picture's size."""

    jaws: Jaws
    dentition: Dentition
    conditions: tuple[Condition, ...]
    density: float

    def painted(self, view: View) -> list[tuple[int, Painted]]:
        """The teeth under their FDI numbers, and the implants under 0."""
        teeth = zip(self.dentition.teeth, self.conditions, strict=True)
        drawn = [(tooth.fdi, paint_tooth(tooth, condition, self.density, view)) for tooth, condition in teeth]
        drawn += [(0, paint_implant(implant, IMPLANT_ATTENUATION, view)) for implant in self.dentition.implants]
        return [(fdi, item) for fdi, item in drawn if item is not None]


def _patient(config: PhantomConfig, bones_rng: Rng, teeth_rng: Rng, ills_rng: Rng) -> _Patient:
    missing = draw_missing(config, teeth_rng)
    jaws = draw_jaws(missing, bones_rng)
    dentition = draw_dentition(jaws, missing, config, teeth_rng)
    burden, metal = float(ills_rng.lognormal(-0.45, 0.95)), bool(ills_rng.random() < 0.6)
    density = float(ills_rng.uniform(0.75, 1.3))
    streams = ills_rng.spawn(len(dentition.teeth))
    pairs = zip(dentition.teeth, streams, strict=True)
    conditions = tuple(draw_condition(tooth, burden, metal, config, stream) for tooth, stream in pairs)
    return _Patient(jaws, dentition, conditions, density)


def draw(seed: int, index: int, size: tuple[int, int] = (256, 512), *, config: PhantomConfig | None = None) -> Phantom:
    """Draw phantom number `index` of the series `seed`.

    The same (seed, index, size, config) gives the same bytes; another size shows the same patient. What lies under
    a black frame is in no mask.

    Args:
        seed: of the series; not negative.
        index: the phantom's number in the series; not negative.
        size: (H, W) in pixels, each at least 16.
        config: how often things occur.

    Raises:
        ValueError: a negative number or a size below 16.

    >>> phantom = draw(0, 3, (64, 128))
    >>> phantom.image.shape, phantom.image.dtype, sorted(phantom.structures)[0]
    ((64, 128), dtype('float32'), 'dentine')
    """
    if seed < 0 or index < 0:
        raise ValueError(f"seed and index must not be negative, got {seed} and {index}")
    if min(size) < 16:
        raise ValueError(f"size must be at least 16×16 pixels, got {size[0]}×{size[1]}")
    config = config or PhantomConfig()
    streams = np.random.default_rng((seed, index)).spawn(9)
    view, inside = _view(size, streams[0])
    patient = _patient(config, streams[1], streams[2], streams[3])
    skeleton = bones(view, patient.jaws, streams[4])
    painted = patient.painted(view)
    items = [item for _, item in painted]
    attenuation = skeleton.attenuation + backdrop(view, patient.jaws, streams[5])
    _paste(items, attenuation, skeleton.attenuation)
    style = draw_style(config.styles, streams[6])
    picture = expose(attenuation, view, inside, STYLES[style], streams[7])
    burn_in(picture, view, inside, config.marker, streams[8])
    exposed = np.zeros(size, bool)
    exposed[inside] = True
    planes = skeleton.structures | _spread(items, PARTS, size)
    hidden = {tooth.fdi for tooth in patient.dentition.teeth if tooth.impacted}
    planes["impacted_tooth"] = np.zeros(size, bool)
    for fdi, item in painted:
        if fdi in hidden:
            planes["impacted_tooth"][item.place] |= item.silhouette
    planes = {name: plane & exposed for name, plane in planes.items()}
    return Phantom(
        image=np.clip(picture, 0, 1) * exposed,
        teeth=_truth([pair for pair in painted if pair[0]], exposed),
        structures={name: planes[name] for name in STRUCTURES},
        findings={name: planes[name] for name in FINDINGS},
        style=style,
    )
