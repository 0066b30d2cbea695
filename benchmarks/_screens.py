"""Photographs of screens, by optics: the grid of a screen's points seen through a lens by the grid of a camera's."""

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.samples import Grey

FINE = 6  # samples across one of the screen's points: three colours of two each
CAMERA = (1080, 1440)
GAMMA = 2.2


def photographed(plane: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What a camera makes of a radiograph on a liquid crystal screen in a dark room, as JPEG has it.

    Stripes of red, green and blue with dark rows between them, 0.7 to 2.5 of the camera's points to one of the
    screen's, a lens that blurs by 0.3 to 0.8 points, corners moved by up to 3 % of the width, a white of its own,
    darker corners, noise.

    Args:
        plane: (H, W).
        rng: says how.

    Returns:
        (1080, 1440, 3) uint8.
    """
    rows, columns = CAMERA
    points, blur = rng.uniform(0.7, 2.5), rng.uniform(0.3, 0.8)
    width = min(1250 / points, 950 / points * plane.shape[1] / plane.shape[0])
    size = (int(width), int(width * plane.shape[0] / plane.shape[1]))
    light = np.clip(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), 0, 1) ** GAMMA
    light = np.repeat(np.repeat(light, FINE, 0), FINE, 1)
    light[FINE - 1 :: FINE] *= 0.1
    own = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    corners = (own - own.mean(0)) * points + np.array([columns / 2, rows / 2])
    corners += rng.uniform(-0.03, 0.03, (4, 2)) * columns
    seen_at = cv2.getPerspectiveTransform(own * FINE, corners.astype(np.float32))
    channels = []
    for channel, gain in enumerate(rng.uniform(0.8, 1.0, 3)):
        stripe = np.zeros(FINE * size[0], np.float32)
        stripe[2 * channel :: FINE], stripe[2 * channel + 1 :: FINE] = 3, 1.5
        soft = cv2.GaussianBlur(light * stripe, (0, 0), blur * FINE / points)
        room = float(0.012 * gain)
        channels.append(0.6 * gain * cv2.warpPerspective(soft, seen_at, (columns, rows), borderValue=room))
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    lens = 1 - 0.5 * ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2)
    found = np.clip(np.stack(channels, -1) * lens[..., None], 0, 1) ** (1 / GAMMA)
    found += rng.normal(0, 0.012, found.shape)
    levels = np.rint(np.clip(found, 0, 1) * 255).astype(np.uint8)
    file = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(80, 96))])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)


def grey(plane: Grey, rng: np.random.Generator) -> Grey:
    """The same without its colours."""
    return np.asarray(cv2.cvtColor(photographed(plane, rng), cv2.COLOR_BGR2GRAY), np.float32) / np.float32(255)
