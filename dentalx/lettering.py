"""What is written into a picture: names, a legend, the disclaimer, in letters that grow with it.

Nothing is added around the picture: what is written lies inside it, small and on a darker ground, and steps back where
there is no room.
"""

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dentalx import DISCLAIMER

Colour = tuple[int, int, int]
Picture = NDArray[np.uint8]  # (H, W, 3), red first

SHORT_DISCLAIMER = DISCLAIMER.split(":")[0]
_SHORTER = ("Not a medical device", "No diagnosis")
HIDDEN = 0.03  # share of the mask that a legend may lie on
_DARKER = np.float32(0.35)  # what is left of the picture's light under letters


def scale(picture: Picture) -> float:
    """The side of a square as large as the picture, in pixels: lines and letters grow with it."""
    return float(np.sqrt(picture.shape[0] * picture.shape[1]))


@functools.lru_cache(maxsize=16)
def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The built-in letters of that height."""
    return ImageFont.load_default(size_px)


@dataclass(frozen=True)
class Letters:
    """How something is written.

    Attributes:
        size_px: the letters' height.
        left: pixels between the left edge of what is written on and the first letter.
        ink: their colour.
    """

    size_px: int
    left: int
    ink: Colour = (235, 235, 235)


def write(picture: Picture, box: tuple[int, int, int, int], lines: Sequence[str], letters: Letters) -> None:
    """Darken box (y1, x1, y2, x2) and write lines into it."""
    y1, x1, y2, x2 = box
    canvas = Image.fromarray((picture[y1:y2, x1:x2] * _DARKER).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    pitch = (y2 - y1) / len(lines)
    for i, line in enumerate(lines):
        draw.text((letters.left, (i + 0.5) * pitch), line, fill=letters.ink, font=font(letters.size_px), anchor="lm")
    picture[y1:y2, x1:x2] = np.asarray(canvas)


def legend(picture: Picture, rows: Sequence[tuple[str, Colour]], covered: NDArray[np.bool_]) -> None:
    """Names beside their colours in an upper corner; none where they would hide more than a little of the mask."""
    size_px = max(10, round(scale(picture) / 48))
    pad, pitch = size_px // 2, round(size_px * 1.45)
    names = [_shorten(name, size_px, picture.shape[1] // 2) for name, _ in rows]
    box_w = round(max((font(size_px).getlength(name) for name in names), default=0)) + 3 * pad + size_px
    place = _place(len(rows), pitch, pad, box_w, covered)
    if place is None:
        return
    deep, left = place
    box_h = pitch * deep + pad
    for first in range(0, len(rows), deep):
        here = slice(first, first + deep)
        lines = names[here] + [""] * (deep - len(names[here]))
        write(picture, (0, left, box_h, left + box_w), lines, Letters(size_px, 2 * pad + size_px))
        for i, (_, tone) in enumerate(rows[here]):
            top = round((i + 0.5) * box_h / deep) - size_px // 2
            picture[top : top + size_px, left + pad : left + pad + size_px] = tone
        left += box_w


def _place(rows: int, pitch: int, pad: int, box_w: int, covered: NDArray[np.bool_]) -> tuple[int, int] | None:
    """Rows in a column and the left edge that hide least of the mask, deep columns first; None for no room."""
    height, width = covered.shape
    best, least = None, covered.sum() * HIDDEN
    for deep in range(min(rows, int((height * 0.4 - pad) // pitch)), 0, -1):
        box_h, total = pitch * deep + pad, -(-rows // deep) * box_w
        for left in (0, width - total):
            hidden = covered[:box_h, left : left + total].sum() if total <= width * 0.9 else np.inf
            if hidden < least or (best is None and hidden == least):
                best, least = (deep, left), hidden
    return best


def plain_letters(text: str) -> str:
    """In the letters of the built-in font, which knows no accents.

    >>> plain_letters("Zähne")
    'Zahne'
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode("ascii")


def _shorten(name: str, size_px: int, room: float) -> str:
    """A name in the letters of the built-in font, which knows no accents, and no longer than `room` pixels."""
    short = plain = plain_letters(name)
    while len(short) > 4 and font(size_px).getlength(short) > room:
        plain = plain[:-1]
        short = plain.rstrip() + "..."
    return short


def footer(picture: Picture) -> None:
    """The disclaimer in the lower left corner: the longest wording that can be read there, if any."""
    height, width = picture.shape[:2]
    size_px = max(9, round(scale(picture) / 60))
    pad, pitch = max(2, size_px // 3), round(size_px * 1.3)
    for text in (SHORT_DISCLAIMER, *_SHORTER):
        lines = wrap(text, size_px, width - 2 * pad)
        box_h = pitch * len(lines) + pad
        if lines and box_h <= max(height * 0.2, min(pitch + pad, height * 0.4)):
            box_w = min(width, round(max(font(size_px).getlength(line) for line in lines)) + 2 * pad)
            write(picture, (height - box_h, 0, height, box_w), lines, Letters(size_px, pad))
            return


def wrap(text: str, size_px: int, room: float) -> list[str]:
    """The text in lines no longer than `room` pixels; none where a word alone is longer."""
    letters = font(size_px)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(longer) <= room:
            lines[-1] = longer
        elif letters.getlength(word) <= room:
            lines.append(word)
        else:
            return []
    return lines
