"""What a device burns into the picture: a side letter, a line of text, black frames."""

import cv2
import numpy as np

from dentalx.phantom.canvas import Plane, View

_LINES = ("PAN 1.0", "70 kV  8 mA  14.1 s", "ID 048213", "P1  66 kV  10 mA", "DEMO 00-00-0000", "ADULT  M  SN 1203")


def _write(plane: Plane, text: str, left: float, base: float, height_px: float, rng: np.random.Generator) -> None:
    """Write `text` with its lower left corner at column `left`, row `base`."""
    scale = height_px / 21.0
    thick = max(1, round(height_px * rng.uniform(0.06, 0.16)))
    spot = (round(left), round(base))
    font = cv2.FONT_HERSHEY_SIMPLEX if rng.random() < 0.7 else cv2.FONT_HERSHEY_DUPLEX
    line = max(1, round(height_px * 0.06))
    outlined = rng.random() < 0.5 and height_px >= 9
    ink = np.float32(rng.uniform(0.75, 1.0))
    cover = np.zeros(plane.shape, np.uint8)
    cv2.putText(cover, text, spot, font, scale, 255, thick, cv2.LINE_AA)
    if outlined:
        cover = cv2.dilate(cover, np.ones((2 * line + 1, 2 * line + 1), np.uint8)) - cover
    plane += cover.astype(np.float32) / 255 * (ink - plane)


def burn_in(plane: Plane, view: View, inside: tuple[slice, slice], chance: float, rng: np.random.Generator) -> None:
    """Write marker and text into `plane`, in place."""
    drawn, where = rng.random(3), rng.random(6)
    top, bottom = inside[0].start, inside[0].stop
    rows, columns = bottom - top, plane.shape[1]
    size = columns * rng.uniform(0.018, 0.036)
    if drawn[0] < chance:
        right = drawn[2] < 0.2
        left = columns * (0.9 + 0.05 * where[0] if right else 0.02 + 0.08 * where[0])
        _write(plane, "L" if right else "R", left, top + rows * (0.75 + 0.2 * where[1]), size, rng)
    if drawn[1] < chance / 3:
        text = _LINES[int(where[2] * len(_LINES))]
        _write(
            plane,
            text,
            columns * (0.02 + 0.6 * where[3]),
            top + rows * (0.06 if where[4] < 0.5 else 0.97),
            size * 0.55,
            rng,
        )
