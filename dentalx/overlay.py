"""Masks over radiographs, in colours that colour-blind eyes tell apart; the picture keeps its size.

Colours after M. Okabe and K. Ito, "Color Universal Design", 2008. Nothing is added around the picture: legend and
disclaimer lie inside it, small and translucent, and step back where there is no room.
"""

import functools
import unicodedata
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dentalx import DISCLAIMER
from dentalx.samples import UNLABELLED, Grey, Instances, Mask, check_picture

Colour = tuple[int, int, int]
Picture = NDArray[np.uint8]  # (H, W, 3), red first

OKABE_ITO: tuple[Colour, ...] = (
    (86, 180, 233),  # sky blue
    (230, 159, 0),  # orange
    (0, 158, 115),  # bluish green
    (240, 228, 66),  # yellow
    (204, 121, 167),  # reddish purple
    (213, 94, 0),  # vermillion
    (0, 114, 178),  # blue
)
AGREED, MISSED, SPURIOUS, CONFUSED = OKABE_ITO[0], OKABE_ITO[3], OKABE_ITO[5], OKABE_ITO[4]
SHORT_DISCLAIMER = DISCLAIMER.split(":")[0]
_SHORTER = ("Not a medical device", "No diagnosis")
HIDDEN = 0.03  # share of the mask that a legend may lie on
_INK = (235, 235, 235)


def _palette() -> Picture:
    """Row 0 background black, rows 1…254 the seven hues, darker each time round, row 255 grey."""
    rows = np.zeros((256, 3), np.float64)
    for k in range(1, UNLABELLED):
        turn, hue = divmod(k - 1, len(OKABE_ITO))
        rows[k] = np.array(OKABE_ITO[hue]) * 0.72 ** (turn % 4)
    rows[UNLABELLED] = 128
    palette = np.round(rows).astype(np.uint8)
    palette.setflags(write=False)
    return palette


PALETTE: Picture = _palette()  # (256, 3): the colour of each value of a mask


def overlay(image: Grey, mask: Mask, classes: Sequence[str], opacity: float = 0.35, outline: bool = True) -> Picture:
    """A radiograph with its mask: translucent fill, crisp outline, names, disclaimer.

    Args:
        image: (H, W) float32 in [0, 1].
        mask: (H, W) uint8 of classes; 0 and 255 are left as they are.
        classes: K names for the legend; class i + 1 is `classes[i]`.
        opacity: of the fill, in [0, 1].
        outline: draw the edge of each class in full colour.

    Returns:
        (H, W, 3) uint8, red first.

    >>> overlay(np.zeros((40, 60), np.float32), np.ones((40, 60), np.uint8), ["teeth"]).shape
    (40, 60, 3)
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie in [0, 1], got {opacity}")
    picture = _grey(image, mask)
    shown = np.where(mask == UNLABELLED, 0, mask).astype(np.uint8)
    present = [int(k) for k in np.flatnonzero(cv2.calcHist([shown], [0], None, [256], [0, 256])) if k > 0]
    for k in present:
        _tint(picture, np.equal(shown, k), _colour(k), opacity)
    if outline:
        for k in present:
            _outline(picture, shown == k, _colour(k))
    listed = [k for k in range(1, len(classes) + 1) if len(classes) <= 6 or k in present]
    _legend(picture, [(classes[k - 1], _colour(k)) for k in listed], shown > 0)
    _footer(picture)
    return picture


def outlined(
    image: Grey, instances: Instances, classes: Sequence[str], names: Sequence[str], opacity: float = 0.35
) -> Picture:
    """A radiograph with its objects: an outline each in its class's colour, and what it is called in its middle.

    Of a single class neighbours take turns in colour. Names are left out of pictures too small to read them in, and
    where they would lie on the name of an object that comes before.

    Args:
        image: (H, W) or (H, W, 3) float32 in [0, 1].
        instances: N objects, masks of the picture's size; the first are drawn last, on top.
        classes: K names for the legend.
        names: N, what to write into each object, a word a line.
        opacity: of a mask's fill, in [0, 1]; an object's is half of it, since its outline tells it.

    Returns:
        (H, W, 3) uint8, red first.
    """
    picture = _grey(image)
    several = len(classes) > 1
    tones = [_colour(int(label) if several else 1 + i % 7) for i, label in enumerate(instances.labels)]
    for mask, tone in reversed(list(zip(instances.masks, tones, strict=True))):
        _blend(picture, np.broadcast_to(np.array(tone, np.uint8), picture.shape), mask * np.float32(opacity / 2))
        _outline(picture, mask, tone)
    covered = np.asarray(instances.masks.any(0))
    size_px = max(9, round(_scale(picture) / 62))
    if min(image.shape[:2]) >= 12 * size_px:
        written = np.zeros(image.shape[:2], np.bool_)
        for mask, name in zip(instances.masks, names, strict=True):
            _name(picture, mask, name.split(), size_px, written)
    present = sorted(set(instances.labels.tolist()))
    if several and len(present) <= len(OKABE_ITO):
        _legend(picture, [(classes[k - 1], _colour(k)) for k in present], covered)
    _footer(picture)
    return picture


def _name(
    picture: Picture, mask: NDArray[np.bool_], lines: Sequence[str], size_px: int, written: NDArray[np.bool_]
) -> None:
    """Write lines around the middle of a mask, on a darker ground, unless something is written there."""
    rows, columns = np.nonzero(mask)
    if not len(rows) or not lines:
        return
    height = round(size_px * 1.15) * len(lines)
    width = round(max(_font(size_px).getlength(line) for line in lines)) + 4
    top = int(np.clip(rows.mean() - height / 2, 0, max(0, picture.shape[0] - height)))
    left = int(np.clip(columns.mean() - width / 2, 0, max(0, picture.shape[1] - width)))
    box = (top, left, top + height, min(left + width, picture.shape[1]))
    place = written[box[0] : box[2], box[1] : box[3]]
    if not place.any():
        place[:] = True
        _write(picture, box, lines, size_px, 2)


def compare(image: Grey, truth: Mask, prediction: Mask, captions: bool = True) -> Picture:
    """A radiograph with what a prediction found, missed and made up.

    Blue where both say the same class, yellow where truth alone says one, vermillion where the prediction alone does,
    purple where they say different classes; hatched where truth is 255, *not counted*.

    Args:
        image: (H, W) float32 in [0, 1].
        truth: (H, W) uint8 of 0…K or 255.
        prediction: (H, W) uint8 of 0…K.
        captions: write legend and disclaimer into the picture; False where the page around it says both.

    Returns:
        (H, W, 3) uint8, red first.
    """
    picture = _grey(image, truth, prediction)
    counted = truth != UNLABELLED
    kinds = {
        "agreed": (counted & (truth > 0) & (truth == prediction), AGREED, 0.30),
        "missed": (counted & (truth > 0) & (prediction == 0), MISSED, 0.75),
        "spurious": (counted & (truth == 0) & (prediction > 0), SPURIOUS, 0.75),
        "wrong class": (counted & (truth > 0) & (prediction > 0) & (truth != prediction), CONFUSED, 0.75),
    }
    fill, alpha = np.zeros_like(picture), np.zeros(truth.shape, np.float32)
    for where, tone, opacity in kinds.values():
        fill[where], alpha[where] = tone, opacity
    hatch = ~counted & (np.add.outer(np.arange(truth.shape[0]), np.arange(truth.shape[1])) % 8 < 2)
    fill[hatch], alpha[hatch] = 160, 0.5
    _blend(picture, fill, alpha)
    if not captions:
        return picture
    rows = [(name, tone) for name, (where, tone, _) in kinds.items() if name != "wrong class" or where.any()]
    rows += [("not counted", (128, 128, 128))] if hatch.any() else []
    _legend(picture, rows, alpha > 0)
    _footer(picture)
    return picture


def _colour(k: int) -> Colour:
    red, green, blue = (int(value) for value in PALETTE[k])
    return red, green, blue


def _grey(image: Grey, *masks: Mask) -> Picture:
    check_picture(image)
    for mask in masks:
        if mask.shape != image.shape[:2] or mask.dtype != np.uint8:
            raise ValueError(f"mask must be {image.shape[:2]} uint8 like its image, got {mask.shape} {mask.dtype}")
    levels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    picture: Picture = levels if levels.ndim == 3 else np.asarray(cv2.merge([levels, levels, levels]), np.uint8)
    return picture


def _blend(picture: Picture, fill: Picture, alpha: NDArray[np.float32]) -> None:
    """Mix `fill` into the picture, in place; alpha is its share in [0, 1]."""
    where = alpha > 0
    share = alpha[where][:, None]
    picture[where] = np.round(picture[where] * (1 - share) + fill[where] * share).astype(np.uint8)


def _tint(picture: Picture, where: NDArray[np.bool_], tone: Colour, opacity: float) -> None:
    """Mix one colour into what is still grey, in place, as `_blend` does, by a table of the 256 greys."""
    left, top, width, height = cv2.boundingRect(where.view(np.uint8))
    part = picture[top : top + height, left : left + width]
    share = np.full(256, opacity, np.float32)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    mixed = np.round(greys * (1 - share[:, None]) + np.array(tone, np.uint8) * share[:, None]).astype(np.uint8)
    tinted = cv2.LUT(part, mixed[None])
    cv2.copyTo(tinted, where[top : top + height, left : left + width].view(np.uint8), part)


def encode(picture: Picture) -> bytes:
    """A picture (H, W, 3), red first, as the bytes of a PNG file: a third of Pillow's time, half as large again."""
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError(f"a picture of {picture.shape} cannot be written as PNG")
    return bytes(data)


def _scale(picture: Picture) -> float:
    """The side of a square as large as the picture, in pixels: lines and letters grow with it."""
    return float(np.sqrt(picture.shape[0] * picture.shape[1]))


def _outline(picture: Picture, where: NDArray[np.bool_], tone: Colour) -> None:
    width = max(1, round(_scale(picture) / 450))
    contours, _ = cv2.findContours(where.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, tone, width, cv2.LINE_AA)


@functools.lru_cache(maxsize=16)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _write(picture: Picture, box: tuple[int, int, int, int], lines: Sequence[str], size_px: int, left: int) -> None:
    """Darken box (y1, x1, y2, x2) and write lines into it, starting `left` pixels from its left edge."""
    y1, x1, y2, x2 = box
    canvas = Image.fromarray((picture[y1:y2, x1:x2] * np.float32(0.35)).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    pitch = (y2 - y1) / len(lines)
    for i, line in enumerate(lines):
        draw.text((left, (i + 0.5) * pitch), line, fill=_INK, font=_font(size_px), anchor="lm")
    picture[y1:y2, x1:x2] = np.asarray(canvas)


def _legend(picture: Picture, rows: Sequence[tuple[str, Colour]], covered: NDArray[np.bool_]) -> None:
    """Names beside their colours in an upper corner; none where they would hide more than a little of the mask."""
    size_px = max(10, round(_scale(picture) / 48))
    pad, pitch = size_px // 2, round(size_px * 1.45)
    names = [_shorten(name, size_px, picture.shape[1] // 2) for name, _ in rows]
    box_w = round(max((_font(size_px).getlength(name) for name in names), default=0)) + 3 * pad + size_px
    place = _place(len(rows), pitch, pad, box_w, covered)
    if place is None:
        return
    deep, left = place
    box_h = pitch * deep + pad
    for first in range(0, len(rows), deep):
        here = slice(first, first + deep)
        lines = names[here] + [""] * (deep - len(names[here]))
        _write(picture, (0, left, box_h, left + box_w), lines, size_px, 2 * pad + size_px)
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


def _shorten(name: str, size_px: int, room: float) -> str:
    """A name in the letters of the built-in font, which knows no accents, and no longer than `room` pixels."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    short = plain = plain.encode("ascii", "replace").decode("ascii")
    while len(short) > 4 and _font(size_px).getlength(short) > room:
        plain = plain[:-1]
        short = plain.rstrip() + "..."
    return short


def _footer(picture: Picture) -> None:
    """The disclaimer in the lower left corner: the longest wording that can be read there, if any."""
    height, width = picture.shape[:2]
    size_px = max(9, round(_scale(picture) / 60))
    pad, pitch = max(2, size_px // 3), round(size_px * 1.3)
    for text in (SHORT_DISCLAIMER, *_SHORTER):
        lines = _wrap(text, size_px, width - 2 * pad)
        box_h = pitch * len(lines) + pad
        if lines and box_h <= max(height * 0.2, min(pitch + pad, height * 0.4)):
            box_w = min(width, round(max(_font(size_px).getlength(line) for line in lines)) + 2 * pad)
            _write(picture, (height - box_h, 0, height, box_w), lines, size_px, pad)
            return


def _wrap(text: str, size_px: int, room: float) -> list[str]:
    """The text in lines no longer than `room` pixels; none where a word alone is longer."""
    font = _font(size_px)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        elif font.getlength(word) <= room:
            lines.append(word)
        else:
            return []
    return lines
