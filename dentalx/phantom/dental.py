"""Teeth and implants as attenuation: thickness of dentine, enamel, pulp, metal, added up in small windows."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.phantom.canvas import Plane, Points, View, Window, blurred, ribbon
from dentalx.phantom.conditions import Condition
from dentalx.phantom.dentition import Implant, Tooth

DENTINE_PER_MM = 0.036
PARTS = (
    "enamel",
    "dentine",
    "pulp",
    "caries",
    "filling",
    "crown",
    "root_canal_filling",
    "periapical_lesion",
    "implant",
)


@dataclass(frozen=True)
class Painted:
    """What one object adds to the picture, in its window.

    Attributes:
        place: rows and columns of the window.
        attenuation: (h, w) to be added.
        solid: (h, w) in [0, 1], how much of the bone's place it takes.
        silhouette: (h, w) bool.
        parts: (h, w) bool each; absent where there is none.
    """

    place: tuple[slice, slice]
    attenuation: Plane
    solid: Plane
    silhouette: NDArray[np.bool_]
    parts: Mapping[str, NDArray[np.bool_]]


def _oversample(view: View) -> int:
    return int(np.clip(round(view.pixel_mm / 0.15), 2, 4))


def _rounded(fill: NDArray[np.uint8], radius_px: float) -> Plane:
    """Thickness of a rod whose shadow is `fill`: 1 inside, falling to 0 at the edge over `radius_px`."""
    depth = np.minimum(cv2.distanceTransform(fill, cv2.DIST_L2, 3) * np.float32(1 / max(radius_px, 1.0)), 1)
    return np.asarray(np.sqrt(1 - (1 - depth) ** 2), dtype=np.float32)


def _grown(fill: NDArray[np.uint8], millimetres: float, window: Window) -> NDArray[np.uint8]:
    radius = max(1, round(millimetres / window.fine_mm))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(fill, kernel))


class _Tooth:
    """The fine planes of one tooth while it is painted."""

    def __init__(self, tooth: Tooth, retained: bool, window: Window) -> None:
        shape, put = tooth.shape, tooth.place
        self.tooth, self.window = tooth, window
        self.roots = window.fill(*(put(p) for p in shape.roots))
        self.crown = window.blank() if retained else window.fill(put(shape.crown))
        core = window.blank() if retained else window.fill(put(shape.core))
        self.all = self.crown | self.roots
        self.enamel = self.crown & ~(core | self.roots)
        lines = [ribbon(put(c), np.linspace(shape.pulp_mm, 0.12, len(c))) for c in shape.canals]
        self.pulp = window.fill(put(shape.chamber), *lines) & (core | self.roots)

    def _along(self) -> Plane:
        """Millimetres from the neck towards the root's tip, at every fine pixel; negative in the crown."""
        window, shape = self.window, self.all.shape
        columns = (np.arange(shape[1]) + 0.5) / window.oversample + window.left
        rows = (np.arange(shape[0]) + 0.5) / window.oversample + window.top
        x, y = window.view.points(columns, rows)
        away = self.tooth.axes[1]
        return np.asarray(away[0] * x + away[1] * y - away @ self.tooth.neck, dtype=np.float32)

    def attenuation(self, density: float) -> Plane:
        """Dentine thick in the middle, enamel on the crown, pulp left out, the dark gap and bright wall around."""
        width, height, length, depth = self.tooth.shape.size
        body, fine = DENTINE_PER_MM * depth * density, self.window.fine_mm
        along = self._along()
        thick = _rounded(self.all, 0.34 * width / fine)
        total = thick * (body * (1 - 0.3 * np.clip(along / length, 0, 1)))
        ramp = np.clip(-along / np.float32(0.6 * height), 0, 1)
        cap = _rounded(self.crown, 0.08 * width / fine) * ramp * np.float32(0.09)
        rim = blurred(self.enamel.astype(np.float32), 0.3 / fine) * self.crown * ramp
        total += (cap + rim * np.float32(0.075)) * np.float32(density)
        total -= blurred(self.pulp.astype(np.float32), 0.15 / fine) * np.float32(0.26 * body)
        gap = _grown(self.all, 0.9, self.window) if self.tooth.germ else _grown(self.roots, 0.25, self.window)
        wall = _grown(gap, 0.35, self.window) & ~gap & ~self.all
        total -= blurred((gap & ~self.all).astype(np.float32), 0.15 / fine) * np.float32(0.045)
        total += wall * np.float32(0.02)
        self.solid = thick
        return np.asarray(total, dtype=np.float32)

    def treat(self, total: Plane, condition: Condition) -> tuple[Plane, dict[str, NDArray[np.uint8]]]:
        """Add what was done to the tooth and what ails it."""
        put, window = self.tooth.place, self.window
        parts: dict[str, NDArray[np.uint8]] = {}
        metal = window.blank()
        if condition.canal_fillings:
            fill = cv2.bitwise_and(window.fill(*map(put, condition.canal_fillings)), self.all)
            total += fill * np.float32(condition.canal_density)
            parts["root_canal_filling"] = fill
        if condition.crown:
            cap = self.crown
            total = np.where(cap > 0, np.maximum(total, np.float32(condition.crown)), total)
            parts["crown"], metal = cap, cap.copy()
        for outline, density in condition.fillings:
            fill = cv2.bitwise_and(window.fill(put(outline)), self.crown)
            total += fill * np.float32(density)
            parts["filling"] = parts.get("filling", window.blank()) | fill
            metal = metal | fill
        for outline, loss in condition.caries:
            hole = window.fill(put(outline)) & self.all & ~metal
            total -= cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 0.25 / window.fine_mm) * total * np.float32(loss)
            parts["caries"] = hole
        for outline in condition.lesions:
            area = window.fill(put(outline)) & ~self.all
            soft = cv2.GaussianBlur(area.astype(np.float32), (0, 0), 0.5 / window.fine_mm)
            total -= soft * np.float32(0.2)
            parts["periapical_lesion"] = area
        return total, parts


def paint_tooth(tooth: Tooth, condition: Condition, density: float, view: View) -> Painted | None:
    """Draw one tooth, `density` times as dense as the mean; None where it lies outside the picture."""
    around = [tooth.place(tooth.shape.outline), *(tooth.place(outline) for outline in condition.lesions)]
    window = view.window(np.concatenate(around), 1.2, _oversample(view))
    if window is None:
        return None
    planes = _Tooth(tooth, condition.retained, window)
    total, treated = planes.treat(planes.attenuation(density), condition)
    silhouette = window.reduce(planes.all) >= 0.5
    if not silhouette.any():
        return None
    parts = {name: window.reduce(fill) >= 0.5 for name, fill in treated.items()}
    lesion = parts.get("periapical_lesion")
    parts = {name: part & silhouette for name, part in parts.items()}
    if lesion is not None:
        parts["periapical_lesion"] = lesion & ~silhouette
    pulp = (window.reduce(planes.pulp) >= 0.5) & silhouette
    enamel = (window.reduce(planes.enamel) >= 0.5) & silhouette & ~pulp
    parts |= {"pulp": pulp, "enamel": enamel, "dentine": silhouette & ~pulp & ~enamel}
    return Painted(window.place, window.reduce(total), window.reduce(planes.solid), silhouette, parts)


def paint_pontic(pontic: Tooth, density: float, view: View) -> Painted | None:
    """Draw the middle part of a bridge: a crown without a tooth, joined to its neighbours."""
    width, height = pontic.shape.size[:2]
    bar = np.array([(-0.62 * width, -0.75 * height), (0.62 * width, -0.75 * height), (0.62 * width, -0.4 * height)])
    bar = pontic.place(np.concatenate([bar, [(-0.62 * width, -0.4 * height)]]))
    crown = pontic.place(pontic.shape.crown)
    window = view.window(np.concatenate([bar, crown]), 1.0, _oversample(view))
    if window is None:
        return None
    cover = window.reduce(window.fill(crown, bar))
    mask = cover >= 0.5
    return Painted(window.place, cover * np.float32(density), np.zeros_like(cover), mask, {"crown": mask})


def paint_implant(implant: Implant, density: float, view: View) -> Painted | None:
    """Draw a screw with its head and, above, a crown."""
    half, length = implant.width_mm / 2, implant.length_mm
    depth = np.linspace(0, length, 27)
    thread = half * (1 - 0.35 * (depth / length) ** 3) * (1 - 0.13 * (np.arange(27) % 2))
    screw: Points = implant.place(ribbon(np.stack([np.zeros(27), depth], 1), thread))
    neck = implant.place(np.array([(-half * 0.7, 0.3), (-half, -2.0), (half, -2.0), (half * 0.7, 0.3)]))
    crown = implant.place(
        np.array(
            [(-half, -1.5), (-half * 1.9, -4), (-half * 1.8, -7.5), (half * 1.8, -7.5), (half * 1.9, -4), (half, -1.5)]
        )
    )
    window = view.window(np.concatenate([screw, crown]), 1.0, _oversample(view))
    if window is None:
        return None
    body, cap = window.fill(screw, neck), window.fill(crown)
    total = _rounded(body, half / window.fine_mm) * np.float32(density) + cap * np.float32(0.7 * density)
    silhouette = window.reduce(body) >= 0.5
    parts = {"implant": silhouette, "crown": (window.reduce(cap) >= 0.5) & ~silhouette}
    return (
        Painted(window.place, window.reduce(total), window.reduce(body), silhouette, parts)
        if silhouette.any()
        else None
    )
