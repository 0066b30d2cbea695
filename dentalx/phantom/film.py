"""From attenuation to a picture: exposure, scatter, blur, noise, the device's tone curve, its frame.

Beer-Lambert: intensity = exp(-attenuation). The device takes the logarithm back and stretches it until the
grey levels lie where that device's levels lie; the levels' spread was fitted to percentiles measured on
real panoramic radiographs.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from dentalx.phantom.canvas import Plane, View, blurred
from dentalx.phantom.variety import Variety

_PERCENTILES = (1.0, 10.0, 50.0, 90.0, 99.0)


@dataclass(frozen=True)
class Style:
    """How one kind of device shows a radiograph.

    Attributes:
        levels: mean grey at the 1st, 10th, 50th, 90th and 99th percentile.
        spread: standard deviation of each.
        blur_mm: range of the focus blur's standard deviation.
        noise: range of the quantum noise's strength.
        scatter: range of the share of scattered rays.
        sharpen: range of the unsharp mask's strength.
        vignette: range of the darkening towards the corners.
    """

    levels: tuple[float, ...]
    spread: tuple[float, ...] = (0.015, 0.035, 0.05, 0.055, 0.07)
    blur_mm: tuple[float, float] = (0.1, 0.35)
    noise: tuple[float, float] = (0.002, 0.014)
    scatter: tuple[float, float] = (0.0, 0.15)
    sharpen: tuple[float, float] = (0.0, 0.8)
    vignette: tuple[float, float] = (0.0, 0.08)


STYLES: dict[str, Style] = {
    "standard": Style((0.015, 0.065, 0.42, 0.68, 0.92)),
    "contrast": Style((0.01, 0.05, 0.38, 0.70, 0.95), sharpen=(0.4, 1.6)),
    "soft": Style((0.06, 0.18, 0.44, 0.60, 0.76), blur_mm=(0.25, 0.55), scatter=(0.1, 0.35), sharpen=(0.0, 0.2)),
    "film": Style((0.03, 0.13, 0.36, 0.62, 0.82), noise=(0.006, 0.02), blur_mm=(0.2, 0.45), vignette=(0.05, 0.25)),
    "dark": Style((0.01, 0.04, 0.20, 0.42, 0.70), spread=(0.01, 0.02, 0.06, 0.08, 0.1), noise=(0.004, 0.012)),
    "bright": Style((0.05, 0.20, 0.54, 0.76, 0.93), noise=(0.004, 0.02)),
    "sharpened": Style((0.01, 0.08, 0.40, 0.66, 0.92), sharpen=(1.2, 2.8), blur_mm=(0.1, 0.25)),
}
_WEIGHTS = {"standard": 5.0, "contrast": 2.0, "dark": 0.7, "soft": 0.8}


def draw_style(names: tuple[str, ...], rng: np.random.Generator) -> str:
    """Choose one of `names` (of all styles for none).

    Raises:
        ValueError: a name is unknown.
    """
    unknown = sorted(set(names) - set(STYLES))
    if unknown:
        raise ValueError(f"unknown styles {unknown}; known are {sorted(STYLES)}")
    chosen = names or tuple(STYLES)
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in chosen])
    return chosen[int(rng.choice(len(chosen), p=weights / weights.sum()))]


def mixed(style: Style, variety: Variety | None, rng: np.random.Generator) -> Style:
    """The style with its levels moved towards levels drawn by chance, as far as `variety.tone` says."""
    if variety is None:
        return style
    low, middle, high = rng.uniform(0, 0.12), rng.uniform(0.18, 0.68), rng.uniform(0.6, 1.0)
    middle = min(middle, high - 0.1)
    dark, light = low + (middle - low) * rng.uniform(0.1, 0.9), middle + (high - middle) * rng.uniform(0.2, 0.9)
    share, chance = rng.uniform(*variety.tone), np.array([low, dark, middle, light, high])
    return replace(style, levels=tuple(np.array(style.levels) * (1 - share) + chance * share))


def noise(view: View, rng: np.random.Generator) -> Plane:
    """White noise of the detector, drawn on a lattice of its own so that every size shows the same."""
    lattice = rng.standard_normal((420, 840), dtype=np.float32)
    shrinking = view.size[0] < 420
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(lattice, view.size[::-1], interpolation=way))


def _levels(density: Plane, inside: tuple[slice, slice], style: Style, rng: np.random.Generator) -> Plane:
    """Stretch `density` until its percentiles within `inside` are the style's."""
    wanted = np.array(style.levels) + rng.normal(0, 1, 5) * style.spread
    wanted = np.clip(np.maximum.accumulate(wanted + np.arange(5) * 1e-3), 0, 0.985)
    sample = density[inside][::3, ::3]
    found = np.percentile(sample, _PERCENTILES)
    found = np.maximum.accumulate(found + np.arange(5) * 1e-4)
    span = found[-1] - found[0]
    straight = np.interp(found, found[[0, -1]], wanted[[0, -1]])
    wanted = wanted + rng.uniform(0.1, 0.3) * (straight - wanted)  # a curve too bent would blow up the noise
    knots = np.concatenate([[found[0] - 0.3 * span], found, [found[-1] + 0.5 * span]])
    targets = np.concatenate([[0.0], np.maximum.accumulate(wanted + np.arange(5) * 1e-4), [1.0]])
    grid = np.linspace(knots[0], knots[-1], 1024)
    soft = np.hanning(203)[1:-1] / np.hanning(203).sum()
    table = np.convolve(np.pad(np.interp(grid, knots, targets), 100, mode="edge"), soft, mode="valid").astype(
        np.float32
    )
    index = (density - np.float32(knots[0])) * np.float32(1023 / (knots[-1] - knots[0]))
    return np.asarray(table[np.clip(index, 0, 1023).astype(np.int32)])


def expose(
    attenuation: Plane, view: View, inside: tuple[slice, slice], style: Style, rng: np.random.Generator
) -> Plane:
    """The picture (H, W) in [0, 1], bright is dense; `inside` are the exposed rows and columns."""
    amounts = {
        name: rng.uniform(*getattr(style, name)) for name in ("blur_mm", "noise", "scatter", "sharpen", "vignette")
    }
    tilt = rng.normal(0, 0.05, 2)
    x, y = view.millimetres()
    total = attenuation + (x * np.float32(tilt[0] / 100) + (y - 42) * np.float32(tilt[1] / 42))
    total -= np.float32(amounts["vignette"]) * ((x / 100) ** 2 + ((y - 42) / 60) ** 2)
    intensity = cv2.exp(-blurred(total, amounts["blur_mm"] / view.pixel_mm))
    if amounts["scatter"] > 0.02:
        small = cv2.resize(intensity, (64, 32), interpolation=cv2.INTER_AREA)
        veil = cv2.resize(blurred(small, 3.0), view.size[::-1], interpolation=cv2.INTER_LINEAR)
        intensity = intensity * np.float32(1 - amounts["scatter"]) + veil * np.float32(amounts["scatter"])
    grain = noise(view, rng) * np.float32(amounts["noise"])
    intensity = intensity + grain * np.sqrt(intensity)
    density = -cv2.log(np.maximum(intensity, np.float32(0.02)))
    if amounts["sharpen"] > 0.05:
        density += (density - blurred(density, 1.0 / view.pixel_mm)) * np.float32(amounts["sharpen"])
    return _levels(density, inside, style, rng)
