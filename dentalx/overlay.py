"""Masks over radiographs, in colours that colour-blind eyes tell apart; the picture keeps its size.

Colours after M. Okabe and K. Ito, "Color Universal Design", 2008. Nothing is added around the picture; what is written
into it is `dentalx.lettering`'s.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.lettering import Colour, Letters, font, footer, legend, scale, write
from dentalx.lettering import Picture as Picture
from dentalx.samples import UNLABELLED, Grey, Instances, Mask, check_picture

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


def overlay(
    image: Grey,
    mask: Mask,
    classes: Sequence[str],
    opacity: float = 0.35,
    outline: bool = True,
    labelling: Labelling = EXCLUSIVE,
) -> Picture:
    """A radiograph with its mask: translucent fill, crisp outline, names, disclaimer.

    Args:
        image: (H, W) float32 in [0, 1].
        mask: (H, W) uint8, or int32, of classes; 0 and 255 are left as they are.
        classes: K names for the legend; class i + 1 is `classes[i]`.
        opacity: of the fill, in [0, 1].
        outline: draw the edge of each class in full colour.
        labelling: whether classes overlap; smaller ones are drawn over larger ones.

    Returns:
        (H, W, 3) uint8, red first.

    >>> overlay(np.zeros((40, 60), np.float32), np.ones((40, 60), np.uint8), ["teeth"]).shape
    (40, 60, 3)
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie in [0, 1], got {opacity}")
    picture = as_picture(image, mask)
    shown: Mask = np.where(mask == UNLABELLED, 0, mask).astype(mask.dtype)
    areas = labelling.areas(shown, len(classes) if labelling.overlapping else labelling.most)
    present = [int(k) + 1 for k in np.flatnonzero(areas)]
    if labelling.overlapping:  # the smaller on top
        present.sort(key=lambda k: -int(areas[k - 1]))
    for k in present:
        _tint(picture, labelling.of_class(shown, k), _colour(k), opacity)
    if outline:
        for k in present:
            _outline(picture, labelling.of_class(shown, k), _colour(k))
    listed = [k for k in range(1, len(classes) + 1) if len(classes) <= 6 or k in present]
    legend(picture, [(classes[k - 1], _colour(k)) for k in listed], shown > 0)
    footer(picture)
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
    picture = as_picture(image)
    several = len(classes) > 1
    tones = [_colour(int(label) if several else 1 + i % 7) for i, label in enumerate(instances.labels)]
    for mask, tone in reversed(list(zip(instances.masks, tones, strict=True))):
        _blend(picture, np.broadcast_to(np.array(tone, np.uint8), picture.shape), mask * np.float32(opacity / 2))
        _outline(picture, mask, tone)
    covered = np.asarray(instances.masks.any(0))
    size_px = max(9, round(scale(picture) / 62))
    if min(image.shape[:2]) >= 12 * size_px:
        written = np.zeros(image.shape[:2], np.bool_)
        for mask, name in zip(instances.masks, names, strict=True):
            _name(picture, mask, name.split(), size_px, written)
    present = sorted(set(instances.labels.tolist()))
    if several and len(present) <= len(OKABE_ITO):
        legend(picture, [(classes[k - 1], _colour(k)) for k in present], covered)
    footer(picture)
    return picture


def _name(
    picture: Picture, mask: NDArray[np.bool_], lines: Sequence[str], size_px: int, written: NDArray[np.bool_]
) -> None:
    """Write lines around the middle of a mask, on a darker ground, unless something is written there."""
    rows, columns = np.nonzero(mask)
    if not len(rows) or not lines:
        return
    height = round(size_px * 1.15) * len(lines)
    width = round(max(font(size_px).getlength(line) for line in lines)) + 4
    top = int(np.clip(rows.mean() - height / 2, 0, max(0, picture.shape[0] - height)))
    left = int(np.clip(columns.mean() - width / 2, 0, max(0, picture.shape[1] - width)))
    box = (top, left, top + height, min(left + width, picture.shape[1]))
    place = written[box[0] : box[2], box[1] : box[3]]
    if not place.any():
        place[:] = True
        write(picture, box, lines, Letters(size_px, 2))


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
    picture = as_picture(image, truth, prediction)
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
    legend(picture, rows, alpha > 0)
    footer(picture)
    return picture


def _colour(k: int) -> Colour:
    red, green, blue = (int(value) for value in PALETTE[k])
    return red, green, blue


def as_picture(image: Grey, *masks: Mask) -> Picture:
    """What overlays are drawn on: (H, W) or (H, W, 3) float32 in [0, 1] as (H, W, 3) uint8.

    >>> as_picture(np.full((1, 2), 0.5, np.float32)).tolist()
    [[[128, 128, 128], [128, 128, 128]]]
    """
    check_picture(image)
    for mask in masks:
        if mask.shape != image.shape[:2] or mask.dtype not in (np.uint8, np.int32):
            raise ValueError(
                f"mask must be {image.shape[:2]} uint8 or int32 like its image, got {mask.shape} {mask.dtype}"
            )
    levels = np.asarray(cv2.convertScaleAbs(image, alpha=255), np.uint8)
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


def _outline(picture: Picture, where: NDArray[np.bool_], tone: Colour) -> None:
    width = max(1, round(scale(picture) / 450))
    contours, _ = cv2.findContours(where.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(picture, contours, -1, tone, width, cv2.LINE_AA)
