"""What a person should know before a result is believed: short fixed sentences about a picture and its mask.

Two kinds of checks. Those of the first need nothing but the picture; their limits lie well outside what 540 real
panoramics of two sets and 300 phantoms show (docs/results.md). Those of the second hold the picture, or its mask,
against what the run was trained on: a number is told that lies beyond everything seen in training by more than half the
way from the median to the furthest. A picture stored mirrored is told where it is clearly more like the training
pictures when it is turned back; a panoramic is much like its mirror image, and most are too much so.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dentalx.enhance import doubts
from dentalx.quality.looks import COPY_PX, Looks, likeness, look, small
from dentalx.quality.screen import keystone, stripes, tint
from dentalx.quality.seen import Quantiles, Seen, far
from dentalx.quality.shapes import Shape
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.samples import Grey

SLACK = 0.5
BLANK = "blank: hardly any contrast"
SMALL = "too small to tell one tooth from the next"
FLAT = "as few grey levels as a drawing or a mask has"
PAGE = "mostly white: over-exposed, or a page of text or a drawing"
ROUGH = "as rough as noise or text"
COLOURED = "in colour, as no radiograph is: a photograph, or drawn upon"
OTHER = "nothing like the training pictures: another kind of picture, or a part of one"
UNLIKE = "composed unlike the training pictures: another device, view or crop"
OVER = "over-exposed: large parts are white"
STRIPED = "striped as a photograph of a screen is (moiré)"
ASKEW = "seen at an angle in dark surroundings, as a photograph of a screen or a film is"
TINTED = "tinted, as photographs of screens and toned pictures are"
MIRRORED = "more like the training pictures when mirrored: left and right may be exchanged"
STORED_MIRRORED = "stored mirrored, as its header says: its right side is the patient's right"
UNDER = "under-exposed: hardly anything is bright"
FEWER_PIXELS = "far fewer pixels than the training pictures"
NEGATIVE = "looks inverted (enamel dark)"
GRAVE = (BLANK, SMALL, FLAT, PAGE, ROUGH, COLOURED, STRIPED, ASKEW, OTHER, NEGATIVE)

_BLANK = 0.05  # of black to white; real ones have 0.49 and more
_SMALL_PX = 128  # longer side; a tooth, about a thirtieth of a panoramic's width, has 4 pixels there
_FLAT = 10  # levels of 64; real ones have 35 and more
_PAGE, _OVER = 0.5, 0.1  # shares of white in the middle; real ones have 0.059 at most
_UNDER = 0.2  # 95th percentile; real ones have 0.37 and more
_ROUGH, _ROUGH_PX = 0.2, 256  # real ones have 0.054 at most; small copies are rougher
_OTHER = 0.25  # likeness; panoramics of one set have 0.32 and more to the mean of another
_COLOURED = 0.05  # share of pixels with a hue
_STRIPED = (40.0, 14.0)  # peaks over their surroundings, the highest and the third; real ones have 27 and 10 at most
_ASKEW = 3.0  # degrees; of 115 real ones in drawn frames none has a quadrilateral, in grainy ones 2 of 39 have more
_TINTED = 3.0  # of 255; grey pictures kept as JPEG in colour have 0 or 1
_MIRRORED = 0.012  # of likeness; none of 540 real ones, each beside the rest of its set, has more

_FAR = {  # of Looks: what is said below and above all that was seen
    "aspect": ("narrower than the training pictures", "wider than the training pictures"),
    "middle": ("darker than the training pictures", "brighter than the training pictures"),
    "contrast": ("of less contrast than the training pictures", ""),
    "white": ("", "more of it burnt out than of the training pictures"),
    "sharpness": ("blurred beside the training pictures", "sharper or noisier than the training pictures"),
}
_FAR_SHAPES = {
    "share": ("less than in the training masks", "more than in the training masks"),
    "pieces": ("in fewer pieces than in the training masks", "in more pieces than in the training masks"),
    "row": ("higher up than in the training masks", "lower down than in the training masks"),
    "column": ("further left than in the training masks", "further right than in the training masks"),
}


def judge_picture(plane: Grey, recipe: EnhanceConfig = OFF, seen: Seen | None = None) -> tuple[str, ...]:
    """What is to be doubted of an (H, W) float32 picture in [0, 1]; a sentence each, none for most.

    Args:
        plane: the picture as it is.
        recipe: what is done to it before the network sees it; what that puts right is not doubted.
        seen: of the run; None where it has no statistics.
    """
    copy = small(plane)
    looks = look(plane, copy)
    if looks.contrast < _BLANK:
        return (BLANK,)
    found = [text for text, doubted in _alone(looks, recipe) if doubted]
    white = PAGE in found or OVER in found  # which the hints of a negative mistake for one
    found += [text for text in doubts(copy, recipe) if not (white and text.startswith(NEGATIVE))]
    found += _photographed(plane, copy)
    if seen is not None:
        found += _beside(looks, recipe, seen, any(text.startswith(NEGATIVE) for text in found))
    return tuple(found)


def judge_colour(pixels: NDArray[np.uint8]) -> tuple[str, ...]:
    """Whether an (H, W, 3) picture of 8 bits is in colour: a twentieth of it has a hue, or all of it a slight one.

    >>> judge_colour(np.full((4, 4, 3), 90, np.uint8))
    ()
    """
    if _coloured(pixels) > _COLOURED:
        return (COLOURED,)
    return (TINTED,) if tint(pixels) > _TINTED else ()


def judge_shapes(shapes: Sequence[Shape], classes: Sequence[str], seen: Seen | None) -> tuple[str, ...]:
    """What is to be doubted of a mask, given the (K,) shapes of its classes; nothing without statistics."""
    if seen is None or not any(shape.share for shape in shapes):
        return ()
    found = []
    for name, shape in zip(classes, shapes, strict=True):
        for field, words in _FAR_SHAPES.items():
            value, quantiles = getattr(shape, field), seen.shapes.get(name, {}).get(field)
            side = 0 if value is None or quantiles is None else _far_shape(field, value, quantiles)
            if side and not (field == "pieces" and shape.share == 0):
                found.append(f"{name}: {words[side > 0]}")
    if len(classes) > 1:
        side = far(sum(shape.share > 0 for shape in shapes), seen.kinds, SLACK)
        what = "teeth" if all(name.isdecimal() for name in classes) else "classes"
        found += [f"{'more' if side > 0 else 'fewer'} {what} than in any training mask"] if side else []
    return tuple(found)


def grave(warnings: Sequence[str]) -> tuple[str, ...]:
    """Those of the warnings for which `--strict` refuses a picture.

    >>> grave(["looks inverted (enamel dark)", "blurred beside the training pictures"])
    ('looks inverted (enamel dark)',)
    """
    return tuple(text for text in warnings if text.startswith(GRAVE) and "it was inverted for" not in text)


def _alone(looks: Looks, recipe: EnhanceConfig) -> list[tuple[str, bool]]:
    """What can be said without knowing the training pictures."""
    longest = max(looks.height, looks.width)
    page = looks.white > _PAGE
    return [
        (SMALL, longest < _SMALL_PX),
        (FLAT, looks.levels < _FLAT),
        (PAGE, page),
        (ROUGH, looks.roughness > _ROUGH and longest >= _ROUGH_PX),
        (OVER, looks.white > _OVER and not page),
        (UNDER, looks.bright < _UNDER and recipe.tails is None),
    ]


def _photographed(plane: Grey, copy: Grey) -> list[str]:
    """Whether the picture, with its small copy, is one of a screen, as far as grey levels tell it."""
    most, third = stripes(plane)
    doubted = {STRIPED: most > _STRIPED[0] or third > _STRIPED[1], ASKEW: keystone(copy) > _ASKEW}
    return [text for text, there in doubted.items() if there]


def _beside(looks: Looks, recipe: EnhanceConfig, seen: Seen, negative: bool) -> list[str]:
    """What differs from the training pictures; of a negative only what has nothing to do with that."""
    left_out = {"sharpness"} if not looks.sharpness else set()
    if negative or recipe.tails is not None or recipe.clahe is not None:
        left_out |= {"middle", "contrast", "white"}
    found = []
    for field, told in _FAR.items():
        side = 0 if field in left_out else far(float(getattr(looks, field)), seen.looks[field], SLACK)
        found += [told[side > 0]] if side and told[side > 0] else []
    longest = max(looks.height, looks.width)
    if longest < min(COPY_PX, max(seen.looks["height"][0], seen.looks["width"][0]) / 2):
        found.append(FEWER_PIXELS)
    alike = likeness(looks.thumb, seen.mean)
    if not negative and alike < min(_OTHER, seen.looks["likeness"][0] / 2):
        found.append(OTHER)
    elif not negative and far(alike, seen.looks["likeness"], SLACK) < 0:
        found.append(UNLIKE)
    elif not negative and likeness(looks.thumb[:, ::-1], seen.mean) > alike + _MIRRORED:
        found.append(MIRRORED)
    return found


def _far_shape(field: str, value: float, quantiles: Quantiles) -> int:
    """As `far`; shares and counts by their square roots, which vary alike whether they are small or large."""
    if field in ("share", "pieces"):
        return far(math.sqrt(value), tuple(math.sqrt(max(0.0, each)) for each in quantiles), SLACK)
    return far(value, quantiles, SLACK)


def _coloured(pixels: NDArray[np.uint8]) -> float:
    step = max(1, max(pixels.shape[:2]) // 256)
    copy = pixels[::step, ::step].astype(np.int16)
    return float((copy.max(-1) - copy.min(-1) > 32).mean())
