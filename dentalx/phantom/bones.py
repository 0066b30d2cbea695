"""The jaws as attenuation: cortical rims, spongy bone, the canal, the sinuses; and the truth of each."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.canvas import Plane, Points, View, blurred, fading, ribbon, smooth
from dentalx.phantom.jaws import Jaws
from dentalx.phantom.sketch import cloud

_FORAMEN_MM = 1.8


@dataclass(frozen=True)
class Bones:
    """Attenuation (H, W) of both jaws and a bool (H, W) mask of each structure."""

    attenuation: Plane
    structures: dict[str, NDArray[np.bool_]]


def spongiosa(view: View, rng: np.random.Generator) -> Plane:
    """Spongy bone: a net of fine bright lines over noise of 2 mm, mean and deviation about 0 and 1, patchy."""
    net = np.exp(-((cloud(view, 160, 245, rng) / np.float32(0.45)) ** 2)) - np.float32(0.5)
    texture = np.float32(1.6) * blurred(net, max(0.0, 0.2 - 0.3 * view.pixel_mm) / view.pixel_mm)
    texture += np.float32(0.5) * cloud(view, 90, 140, rng)
    patches = cloud(view, 10, 16, rng)
    return np.asarray(texture * np.clip(1 + 0.4 * patches, 0.2, 2.0), dtype=np.float32)


def _canals(
    view: View, jaws: Jaws, cover: NDArray[np.bool_], weight: float, plane: Plane
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw both canals and their openings at the chin; give their masks."""
    window = view.window()
    assert window is not None
    canal, foramen = np.zeros(view.size, bool), np.zeros(view.size, bool)
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    circle = np.stack([np.cos(angle), np.sin(angle)], 1) * _FORAMEN_MM
    for line in jaws.canals:
        tube = ribbon(line, np.full(len(line), 1.3))
        opening = circle * (1.2, 0.9) + line[-1]
        canal |= window.mask(tube)
        foramen |= window.mask(opening)
        inside = window.reduce(window.fill(tube, opening))
        walls = window.reduce(window.stroke(tube, 0.5, closed=True))
        plane += blurred(walls * np.float32(0.8) - inside, 0.3 / view.pixel_mm) * np.float32(weight)
    return canal & cover, foramen & cover


def _mandible(
    view: View, jaws: Jaws, texture: Plane, rng: np.random.Generator
) -> tuple[Plane, dict[str, NDArray[np.bool_]]]:
    window = view.window()
    assert window is not None
    cover = window.reduce(window.fill(jaws.mandible))
    mask = cover >= 0.5
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3) * np.float32(view.pixel_mm)
    rim_mm = rng.uniform(1.6, 3.4)
    rim = np.exp(-((depth - rim_mm * 0.5) ** 2) / np.float32(2 * (rim_mm * 0.45) ** 2))
    thick = 1 - np.exp(-depth / np.float32(rng.uniform(2.0, 6.0)))
    _, y = view.millimetres()
    low = np.clip((y - 40) / 30, 0, 1)
    bone = cover * (np.float32(rng.uniform(0.05, 0.13)) + thick * np.float32(rng.uniform(0.04, 0.18)))
    bone *= np.float32(rng.uniform(0.45, 0.8)) + np.float32(0.4) * low
    bone += cover * rim * (np.float32(rng.uniform(0.01, 0.08)) + low * np.float32(rng.uniform(0.04, 0.22)))
    bone += cover * thick * texture * (0.3 + 0.7 * low) * np.float32(rng.uniform(0.012, 0.05))
    for side in (-1, 1):
        ridge = np.array([(67.0, 26.0), (66.5, 38.0), (63.0, 46.0), (56.0, 53.0), (47.0, 58.0)]) + rng.normal(0, 1.0, 2)
        line = window.reduce(window.stroke(smooth(ridge * (side, 1), 5, closed=False), rng.uniform(1.0, 3.0)))
        bone += blurred(line, rng.uniform(0.6, 1.4) / view.pixel_mm) * cover * np.float32(rng.uniform(0.0, 0.14))
    canal, foramen = _canals(view, jaws, mask, rng.uniform(0.0, 0.06), bone)
    bone = bone * mask
    return np.asarray(bone, dtype=np.float32), {"mandible": mask, "mandibular_canal": canal, "mental_foramen": foramen}


def _upper_outline(jaws: Jaws) -> Points:
    crest = jaws.upper_crest[np.abs(jaws.upper_crest[:, 0]) <= 60]
    top = np.array([(66.0, 14.0), (60.0, -30.0), (-60.0, -30.0), (-66.0, 14.0)])
    return np.concatenate([crest, top])


def _maxilla(
    view: View, jaws: Jaws, texture: Plane, rng: np.random.Generator
) -> tuple[Plane, dict[str, NDArray[np.bool_]]]:
    window = view.window()
    assert window is not None
    cover = window.reduce(window.fill(_upper_outline(jaws)))
    x, _ = view.millimetres()
    reach = rng.uniform(52, 66)
    soft = blurred(cover, rng.uniform(0.6, 1.6) / view.pixel_mm) * fading(x, reach)
    bone = soft * (np.float32(rng.uniform(0.16, 0.42)) + texture * np.float32(rng.uniform(0.008, 0.035)))
    sinus, nose = np.zeros(view.size, bool), np.zeros(view.size, bool)
    dark, wall = rng.uniform(0.05, 0.24), rng.uniform(0.03, 0.2)
    broken = cloud(view, 14, 22, rng)
    for outline, cavity in zip(jaws.sinuses, jaws.nose, strict=True):
        sinus |= window.mask(outline)
        nose |= window.mask(cavity)
        inside = window.reduce(window.fill(outline))
        bone -= blurred(inside, 0.6 / view.pixel_mm) * np.float32(dark)
        line = blurred(window.reduce(window.stroke(outline, 0.8, closed=True)), 0.3 / view.pixel_mm)
        bone += line * np.clip(0.6 + broken, 0, 1.5) * np.float32(wall)
    structures = {
        "maxilla": cover >= 0.5,
        "maxillary_sinus": sinus & ~nose,
        "nasal_cavity": nose,
        "hard_palate": window.mask(ribbon(jaws.palate, np.full(len(jaws.palate), 1.2))),
    }
    return np.asarray(bone, dtype=np.float32), structures


def bones(view: View, jaws: Jaws, rng: np.random.Generator) -> Bones:
    """Draw both jaws."""
    streams = rng.spawn(3)
    texture = spongiosa(view, streams[0])
    lower, structures = _mandible(view, jaws, texture, streams[1])
    upper, more = _maxilla(view, jaws, texture, streams[2])
    return Bones(lower + upper, structures | more)
