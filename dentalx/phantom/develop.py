"""What a device does to the finished radiograph: contrast, sharpening, resolution, noise, compression."""

import cv2
import numpy as np

from dentalx.phantom.canvas import Plane, View, blurred
from dentalx.phantom.film import noise
from dentalx.phantom.variety import Variety


def _wide_blur(plane: Plane, sigma_px: float) -> Plane:
    """A Gaussian blur, made on a smaller plane where it is wide."""
    factor = max(1, int(sigma_px / 4))
    size = (max(4, plane.shape[1] // factor), max(4, plane.shape[0] // factor))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(blurred(small, sigma_px / factor), plane.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _flattened(plane: Plane, view: View, share: float, rng: np.random.Generator) -> Plane:
    """Local contrast as devices equalise it: part of the slow changes taken out, the rest spread again."""
    radius = float(np.exp(rng.uniform(np.log(8.0), np.log(40.0))))
    slow = _wide_blur(plane, radius / view.pixel_mm)
    flat = plane - np.float32(share * rng.uniform(0.5, 1.0)) * (slow - slow.mean())
    low, high = np.percentile(flat[::3, ::3], (0.5, 99.5))
    before = np.percentile(plane[::3, ::3], (0.5, 99.5))
    return np.asarray((flat - low) / max(high - low, 1e-3) * (before[1] - before[0]) + before[0], dtype=np.float32)


def _coarse(plane: Plane, view: View, pixel_mm: float, rng: np.random.Generator) -> Plane:
    """The image as a detector of larger pixels gives it."""
    factor = pixel_mm / view.pixel_mm
    if factor <= 1.05:
        return plane
    size = (max(8, round(plane.shape[1] / factor)), max(8, round(plane.shape[0] / factor)))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    way = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[int(rng.choice(3, p=(0.5, 0.4, 0.1)))]
    return np.asarray(cv2.resize(small, plane.shape[::-1], interpolation=way))


def _compressed(plane: Plane, quality: float) -> Plane:
    levels = np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.float32) / np.float32(255)


def _moved(plane: Plane, view: View, rng: np.random.Generator) -> Plane:
    """A band of columns blurred: the patient swallowed while the device passed it."""
    width, sigma = rng.uniform(8, 30) / view.pixel_mm, rng.uniform(0.4, 1.5) / view.pixel_mm
    centre = rng.uniform(0.1, 0.9) * plane.shape[1]
    band = np.exp(-(((np.arange(plane.shape[1]) - centre) / width) ** 2)).astype(np.float32)
    smeared = cv2.GaussianBlur(plane, (0, 0), sigmaX=max(0.3, sigma / 3), sigmaY=max(0.3, sigma))
    return np.asarray(plane + band * (smeared - plane))


def _dead(plane: Plane, rng: np.random.Generator) -> Plane:
    result = plane.copy()
    for _ in range(int(rng.integers(1, 4))):
        grey, wide = np.float32(rng.choice([0.0, 1.0, rng.uniform(0, 1)])), int(rng.integers(1, 3))
        if rng.random() < 0.6:
            start = int(rng.integers(plane.shape[1]))
            result[:, start : start + wide] = grey
        else:
            start = int(rng.integers(plane.shape[0]))
            result[start : start + wide] = grey
    return result


def develop(picture: Plane, view: View, variety: Variety, rng: np.random.Generator) -> Plane:
    """The radiograph (H, W) in [0, 1] as the device delivers it."""
    share, strength = rng.uniform(*variety.flatten), rng.uniform(*variety.unsharp)
    gamma, pixel_mm = np.exp(rng.uniform(*variety.gamma)), np.exp(rng.uniform(*np.log(variety.pixel_mm)))
    grain, quality, radius = rng.uniform(*variety.grain), rng.uniform(*variety.jpeg), rng.uniform(0.3, 3.0)
    drawn = rng.random(4)
    if drawn[0] < 0.6:
        picture = _flattened(picture, view, share, rng)
    if drawn[1] < 0.5:
        picture = picture + (picture - _wide_blur(picture, radius / view.pixel_mm)) * np.float32(strength)
    picture = np.clip(picture, 0, 1) ** np.float32(gamma)
    if drawn[2] < variety.motion:
        picture = _moved(picture, view, rng)
    picture = _coarse(picture, view, float(pixel_mm), rng)
    picture = picture + noise(view, rng) * np.float32(grain)
    if drawn[3] < variety.dead_lines:
        picture = _dead(picture, rng)
    return np.clip(_compressed(picture, quality) if quality < 100 else picture, 0, 1)
