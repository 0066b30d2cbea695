"""The pictures of a report side by side, for slides and for Markdown."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dentalx import DISCLAIMER
from dentalx.files import replacing
from dentalx.report.gallery import FINE, Polygon, Shown
from dentalx.report.words import GROUPS, number

TRUTH, PREDICTION = (240, 228, 66), (86, 180, 233)
_INK, _QUIET, _PAPER = (27, 30, 33), (95, 102, 109), (255, 255, 255)
_CELL, _GAP, _LINE = 720, 24, 34  # pixels: width of a picture, between them, of a line of text
_LETTERS = 22


def sheet(path: Path, shown: Sequence[Shown], lines: tuple[str, str]) -> None:
    """Write pictures with outlines of truth and prediction, a column a group, under letters instead of names.

    Args:
        path: the PNG to write.
        shown: at least one picture.
        lines: what the two outlines are called.

    Raises:
        InputError: no permission or no space.
    """
    columns = [found for name in GROUPS if (found := [one for one in shown if one.group == name])]
    cells = [[(one, _fitted(drawn(one))) for one in column] for column in columns]
    most = max(map(len, cells))
    high = [max(column[row][1].height for column in cells if row < len(column)) + 2 * _LINE for row in range(most)]
    size = (_GAP + len(cells) * (_CELL + _GAP), 2 * _LINE + sum(high) + 3 * _LINE)
    canvas = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(canvas)
    _legend(draw, lines)
    for number_of, column in enumerate(cells):
        left, top = _GAP + number_of * (_CELL + _GAP), 2 * _LINE
        for row, (one, picture) in enumerate(column):
            title = f"{GROUPS[one.group]} · " if not row else ""
            draw.text((left, top), f"{title}Dice {number(one.score.dice)}", _INK, _font())
            draw.text((left + _CELL, top), one.score.short_hash, _QUIET, _font(), anchor="ra")
            canvas.paste(picture, (left, top + _LINE))
            top += high[row]
    note, letters = DISCLAIMER.replace(": ", ":\n", 1), _font(16)
    draw.multiline_text((_GAP, size[1] - 2 * _LINE), note, _QUIET, letters)
    with replacing(path) as temporary:
        canvas.save(temporary, "PNG")


def drawn(shown: Shown) -> NDArray[np.uint8]:
    """A picture with its outlines, (h, w, 3) uint8, red first; the prediction's line is on top."""
    picture = np.repeat(shown.grey[..., None], 3, 2)
    for lines, tone in ((shown.truth, TRUTH), (shown.prediction, PREDICTION)):
        _trace(picture, lines, tone)
    return picture


def _trace(picture: NDArray[np.uint8], lines: Sequence[Polygon], tone: tuple[int, int, int]) -> None:
    thick = 2 if max(picture.shape) > 500 else 1
    shifted = [line - FINE // 2 for line in lines]  # cv2 counts from a pixel's centre
    cv2.polylines(picture, shifted, True, tone, thick, cv2.LINE_AA, shift=FINE.bit_length() - 1)


def _fitted(picture: NDArray[np.uint8]) -> Image.Image:
    """As wide as a cell, unless it would be higher than wide by far."""
    image = Image.fromarray(picture)
    scale = min(_CELL / image.width, 1.5 * _CELL / image.height)
    return image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )


def _legend(draw: ImageDraw.ImageDraw, lines: tuple[str, str]) -> None:
    left = _GAP
    for name, tone in zip(lines, ((184, 173, 0), (43, 143, 202)), strict=True):
        draw.line((left, _LINE * 0.75, left + 40, _LINE * 0.75), tone, 5)
        draw.text((left + 52, _LINE * 0.75), name, _INK, _font(), anchor="lm")
        left += 52 + round(_font().getlength(name)) + _GAP


def _font(size: int = _LETTERS) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
