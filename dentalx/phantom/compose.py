"""One phantom, from (seed, index) to picture and truth."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.arches import draw_dentition, draw_missing
from dentalx.phantom.backdrop import backdrop
from dentalx.phantom.bones import bones
from dentalx.phantom.canvas import BOX_MM, Plane, View
from dentalx.phantom.conditions import draw_condition
from dentalx.phantom.dental import PARTS, Painted, paint_implant, paint_tooth
from dentalx.phantom.film import STYLES, draw_style, expose
from dentalx.phantom.jaws import draw_jaws
from dentalx.phantom.labels import burn_in
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.teeth import FDI
from dentalx.phantom.truth import FINDINGS, Phantom
from dentalx.samples import Instances

_PARTS_OF_TOOTH = ("enamel", "dentine", "pulp")


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
    return View(size, np.concatenate([linear, middle[:, None]], axis=1)), (
        slice(first, max(last, first + 1)),
        slice(0, width),
    )


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


def _truth(pairs: list[tuple[int, Painted]], size: tuple[int, int]) -> Instances:
    masks = np.zeros((len(pairs), *size), bool)
    for mask, (_, item) in zip(masks, pairs, strict=True):
        mask[item.place] = item.silhouette
    labels = np.array([fdi for fdi, _ in pairs], np.int32)
    return Instances(masks, labels, np.ones(len(pairs), np.float32))


def draw(seed: int, index: int, size: tuple[int, int] = (256, 512), *, config: PhantomConfig | None = None) -> Phantom:
    """Draw phantom number `index` of the series `seed`.

    The same (seed, index, size, config) gives the same bytes; another size shows the same patient.

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
    missing = draw_missing(config, streams[2])
    jaws = draw_jaws(missing, streams[1])
    dentition = draw_dentition(jaws, missing, config, streams[2])
    burden, metal = streams[3].lognormal(-0.45, 0.95), bool(streams[3].random() < 0.6)
    density = float(streams[3].uniform(0.75, 1.3))
    conditions = [
        draw_condition(tooth, float(burden), metal, config, stream)
        for tooth, stream in zip(dentition.teeth, streams[3].spawn(len(dentition.teeth)), strict=True)
    ]
    skeleton = bones(view, jaws, streams[4])
    painted = [(t.fdi, paint_tooth(t, c, density, view)) for t, c in zip(dentition.teeth, conditions, strict=True)]
    teeth = sorted(((fdi, item) for fdi, item in painted if item is not None), key=lambda pair: FDI.index(pair[0]))
    screws = [item for i in dentition.implants if (item := paint_implant(i, 2.4, view)) is not None]
    items = [item for _, item in teeth] + screws
    attenuation = skeleton.attenuation + backdrop(view, jaws, streams[5])
    _paste(items, attenuation, skeleton.attenuation)
    style = draw_style(config.styles, streams[6])
    image = expose(attenuation, view, inside, STYLES[style], streams[7])
    burn_in(image, view, inside, config.marker, streams[8])
    exposed = np.zeros(size, np.float32)
    exposed[inside] = np.clip(image[inside], 0, 1)
    parts = _spread(items, (*PARTS, "implant"), size)
    impacted = {t.fdi for t in dentition.teeth if t.impacted}
    parts["impacted_tooth"] = np.zeros(size, bool)
    for fdi, item in teeth:
        if fdi in impacted:
            parts["impacted_tooth"][item.place] |= item.silhouette
    structures = skeleton.structures | {name: parts[name] for name in _PARTS_OF_TOOTH}
    return Phantom(exposed, _truth(teeth, size), structures, {name: parts[name] for name in FINDINGS}, style)
