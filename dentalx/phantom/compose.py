"""One phantom, from (seed, index) to picture and truth."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.appliances import Metalwork, draw_metalwork, paint_metalwork
from dentalx.phantom.arches import draw_dentition, draw_history
from dentalx.phantom.backdrop import backdrop
from dentalx.phantom.bones import bones
from dentalx.phantom.canvas import Plane, View, blurred
from dentalx.phantom.conditions import Condition, draw_condition
from dentalx.phantom.dental import PARTS, Painted, paint_implant, paint_pontic, paint_tooth
from dentalx.phantom.dentition import Dentition
from dentalx.phantom.develop import develop
from dentalx.phantom.film import STYLES, draw_style, expose, mixed
from dentalx.phantom.framing import draw_frame
from dentalx.phantom.jaws import Jaws, draw_jaws
from dentalx.phantom.labels import burn_in
from dentalx.phantom.options import PhantomConfig
from dentalx.phantom.truth import FINDINGS, STRUCTURES, Phantom
from dentalx.phantom.variety import Variety
from dentalx.samples import Instances

IMPLANT_ATTENUATION = 2.4
Rng = np.random.Generator


def _tissues(variety: Variety | None, rng: np.random.Generator) -> tuple[np.float32, np.float32, np.float32]:
    """Factors of soft tissue, bone and teeth on the attenuation."""
    if variety is None:
        return np.float32(1), np.float32(1), np.float32(1)
    reach = 3.0 if rng.random() < variety.random_grey else 1.0
    soft, bone, teeth = np.exp(reach * rng.uniform(*variety.tissue, 3)).astype(np.float32)
    return soft, bone, teeth


def _glare(metal: Plane, view: View, config: PhantomConfig, rng: np.random.Generator) -> Plane:
    """What metal adds elsewhere: a shadow on the other side, higher up, mirrored, smeared sideways; and bloom."""
    drawn, added = rng.random(2), np.zeros_like(metal)
    if config.variety is not None and drawn[0] < config.variety.ghosts:
        rise, weight = rng.uniform(8, 24) / view.pixel_mm, rng.uniform(0.1, 0.4)
        middle = float(view.pixels(np.zeros((1, 2)))[0, 0])
        mirrored = np.array([[-1, 0, 2 * middle], [0, 1, -rise]])
        plane = cv2.warpAffine(metal, mirrored, metal.shape[::-1])
        across, down = rng.uniform(4, 14) / view.pixel_mm, rng.uniform(0.8, 2.5) / view.pixel_mm
        added += cv2.GaussianBlur(plane, (0, 0), sigmaX=max(across, 0.3), sigmaY=max(down, 0.3)) * np.float32(weight)
    if drawn[1] < config.burn_out:
        added += blurred(metal, rng.uniform(0.3, 1.0) / view.pixel_mm) * np.float32(1.5)
    return added


def _paste(items: Iterable[Painted], factor: np.float32, attenuation: Plane, bone: Plane) -> Plane:
    """Add painted objects; each takes the place of part of the bone. Return what is as dense as metal."""
    metal = np.zeros_like(attenuation)
    for item in items:
        added = item.attenuation * factor
        attenuation[item.place] += added - np.float32(0.3) * bone[item.place] * item.solid
        metal[item.place] += np.maximum(item.attenuation - np.float32(1.3), 0)
    return metal


def _spread(items: Iterable[Painted], names: Iterable[str], size: tuple[int, int]) -> dict[str, NDArray[np.bool_]]:
    """The union of each named part over all objects, as full planes."""
    planes = {name: np.zeros(size, bool) for name in names}
    for item in items:
        for name, part in item.parts.items():
            planes[name][item.place] |= part
    return planes


def _truth(pairs: list[tuple[int, Painted]], exposed: NDArray[np.bool_]) -> Instances:
    """Every tooth that shows, in the order of FDI numbers."""
    pairs = sorted(pairs, key=lambda pair: pair[0])
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
    bridge: float
    metalwork: tuple[Metalwork, ...]

    def painted(self, view: View) -> list[tuple[int, Painted]]:
        """The teeth under their FDI numbers, and the implants and metalwork under 0."""
        teeth = zip(self.dentition.teeth, self.conditions, strict=True)
        drawn = [(tooth.fdi, paint_tooth(tooth, condition, self.density, view)) for tooth, condition in teeth]
        drawn += [(0, paint_implant(implant, IMPLANT_ATTENUATION, view)) for implant in self.dentition.implants]
        drawn += [(0, paint_pontic(pontic, self.bridge, view)) for pontic in self.dentition.pontics]
        drawn += [(0, paint_metalwork(work, view)) for work in self.metalwork]
        return [(fdi, item) for fdi, item in drawn if item is not None]


def _patient(config: PhantomConfig, bones_rng: Rng, teeth_rng: Rng, ills_rng: Rng, more_rng: Rng) -> _Patient:
    history = draw_history(config, teeth_rng, more_rng)
    jaws = draw_jaws(history.missing, bones_rng)
    dentition = draw_dentition(jaws, history, config.impacted, teeth_rng)
    burden, metal = float(ills_rng.lognormal(-0.45, 0.95)), bool(ills_rng.random() < 0.6)
    density = float(ills_rng.uniform(0.75, 1.3))
    streams = ills_rng.spawn(len(dentition.teeth))
    pairs = zip(dentition.teeth, streams, strict=True)
    bridge = float(more_rng.uniform(1.4, 3.0) if metal else more_rng.uniform(0.6, 1.4))
    conditions = []
    for tooth, stream in pairs:
        condition = draw_condition(tooth, burden, metal, config, stream)
        if tooth.fdi in dentition.crowned:
            condition = replace(condition, caries=(), fillings=(), crown=condition.crown or bridge)
        elif tooth.fdi in history.retained and not tooth.impacted:
            condition = Condition(retained=True)
        conditions.append(condition)
    metalwork = tuple(draw_metalwork(dentition.teeth, jaws, config, more_rng))
    return _Patient(jaws, dentition, tuple(conditions), density, bridge, metalwork)


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
    streams, variety = np.random.default_rng((seed, index)).spawn(13), config.variety
    view, frame = draw_frame(size, variety, streams[0])
    patient = _patient(config, streams[1], streams[2], streams[3], streams[12])
    skeleton = bones(view, patient.jaws, streams[4])
    painted = patient.painted(view)
    items = [item for _, item in painted]
    behind = backdrop(view, patient.jaws, variety is not None, streams[5])
    soft, bone, teeth = _tissues(variety, streams[9])
    hard = skeleton.attenuation * bone
    attenuation = hard + behind * soft
    metal = _paste(items, teeth, attenuation, hard)
    if metal.any():
        attenuation += _glare(metal, view, config, streams[10])
    style = draw_style(config.styles, streams[6])
    picture = expose(attenuation, view, frame.exposed, mixed(STYLES[style], variety, streams[11]), streams[7])
    burn_in(picture, view, frame.exposed, config.marker, streams[8])
    picture = np.clip(picture, 0, 1) if variety is None else develop(picture, view, variety, streams[11])
    picture, exposed = frame.put(picture), frame.mask(size)
    planes = skeleton.structures | _spread(items, PARTS, size)
    hidden = {tooth.fdi for tooth in patient.dentition.teeth if tooth.impacted}
    planes["impacted_tooth"] = np.zeros(size, bool)
    for fdi, item in painted:
        if fdi in hidden:
            planes["impacted_tooth"][item.place] |= item.silhouette
    planes = {name: plane & exposed for name, plane in planes.items()}
    return Phantom(
        image=picture,
        teeth=_truth([pair for pair in painted if pair[0]], exposed),
        structures={name: planes[name] for name in STRUCTURES},
        findings={name: planes[name] for name in FINDINGS},
        style=style,
    )
