"""Masks that say background where they mean the object: black objects on white, ImageJ's inverting palette.

What shows them: one class holds most pixels and the whole border of nearly every mask. Objects that fill an image (bone
in an intra-oral image, teeth in a crop) reach the border in places; a background surrounds them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from dentalx.datasets.mask_codes import BACKGROUND, BLACK, Code, Coding, Encoding, shown
from dentalx.datasets.mask_looks import Look
from dentalx.errors import InputError
from dentalx.samples import UNLABELLED, Mask

T = TypeVar("T")
_READ = 12  # masks
_FEWEST = 3  # that hold the class and something else
_NEARLY_ALL = 0.9
# Of 345 real masks of teeth and mandibles, and of 1,372 crops of them that the object fills up to entirely, none is
# beyond both.
_BORDER_SHARE, _SHARE = 0.99, 0.5


def inverted(masks: Iterable[Callable[[], Mask]], coding: Coding, looks: Sequence[Look]) -> str:
    """What to tell the user of a data set whose masks seem to be inverted; "" of any other.

    Args:
        masks: read one mask each, perhaps raising InputError; no more are called than are needed.
        coding: how they are read.
        looks: what they show.

    Returns:
        one sentence with the class map that turns them over.
    """
    found: dict[int, list[float]] = {}
    judged = 0
    for read in masks:
        try:
            shares = _surrounding(read(), len(coding.classes))
        except InputError:  # whoever uses the mask says it
            continue
        if shares is None:
            continue
        judged += 1
        for number, share in shares.items():
            found.setdefault(number, []).append(share)
        if max((len(each) for each in found.values()), default=0) < _NEARLY_ALL * judged - 1:
            return ""
    for number, each in found.items():
        if judged >= _FEWEST and len(each) >= _NEARLY_ALL * judged:
            name, share = coding.classes[number - 1], 100 * float(np.mean(each))
            return (
                f"inverted masks? {name} holds {share:.0f} % of the pixels and the whole border in {len(each)} of "
                f"{judged} masks looked at, as a background does; if so, {_remedy(coding, number, looks)}"
            )
    return ""


def spread(items: Sequence[T]) -> Sequence[T]:
    """As many items, evenly spread, as are worth reading."""
    return items[:: -(-len(items) // _READ) or 1]


def _surrounding(mask: Mask, classes: int) -> dict[int, float] | None:
    """The classes that surround everything else, to their share of the labelled pixels.

    None of a mask that says nothing: of a single value, or unlabelled along its border.

    >>> mask = np.ones((9, 9), np.uint8); mask[3:6, 3:6] = 0
    >>> {number: round(share, 2) for number, share in _surrounding(mask, 1).items()}, _surrounding(1 - mask, 1)
    ({1: 0.89}, {})
    """
    counts = np.bincount(mask.ravel(), minlength=256)
    counts[UNLABELLED] = 0
    edge = np.concatenate((mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]))
    along = np.bincount(edge, minlength=256)
    along[UNLABELLED] = 0
    if np.count_nonzero(counts) < 2 or not along.any():
        return None
    shares, borders = counts / counts.sum(), along / along.sum()
    return {k: float(shares[k]) for k in range(1, classes + 1) if shares[k] > _SHARE and borders[k] >= _BORDER_SHARE}


def _remedy(coding: Coding, number: int, looks: Sequence[Look]) -> str:
    """What turns the masks over."""
    if coding.encoding in (Encoding.ALPHA, Encoding.PICTURE):
        return "export them with the object where the background is now"
    name = coding.classes[number - 1]
    levels = sorted({code for look in looks for code in look.counts if isinstance(code, int)})
    written: list[tuple[str, Code]]
    if coding.encoding is Encoding.BINARY:
        plain = len(levels) == 2 and not any(look.indexed for look in looks)
        low, high = levels if plain else (BLACK, (255, 255, 255))
        written = [(name, low), (BACKGROUND, high)]
    else:
        of_class = {known: code for code, known in coding.codes}
        named = enumerate(coding.classes, start=1)
        others = [(each, of_class[k]) for k, each in named if k != number and k in of_class]
        written = [*(others or [(name, of_class.get(0, 0))]), (BACKGROUND, of_class[number])]
    listed = ", ".join(f'"{key}": {_json(code)}' for key, code in written)
    return f"give --class-map FILE, a JSON file with {{{listed}}}"


def _json(code: Code) -> str:
    return str(code) if isinstance(code, int) else f'"{shown(code)}"'


def check_palettes(looks: Sequence[Look], coloured: bool) -> None:
    """Refuse a class map of levels for palettes of black and white in which the lower index is the lighter one.

    There a number may be meant as an index or as the level that is seen, and they are opposites.

    Raises:
        InputError: a mask is such; names it and the colours.
    """
    turned = None if coloured else next((look for look in looks if look.turned), None)
    if turned is not None:
        raise InputError(
            f"mask {turned.path} has a palette whose lower index is white, so a number in a class map could mean the "
            'index or what is seen; name the colours in --class-map: "#000000" is what is seen black, "#FFFFFF" white'
        )
