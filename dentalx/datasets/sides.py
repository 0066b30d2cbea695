"""Classes that name a side: what each becomes when a picture is flipped left to right."""

import re
from collections.abc import Sequence

from dentalx.teeth import FDI, mirrored

_TOOTH = re.compile(r"(?:tooth_)?([1-8][1-8])")
_QUADRANT = re.compile(r"(quadrant[ _-]?)([1-8])", re.IGNORECASE)
_PALMER = re.compile(r"([UL])([RL])([ _-]?[1-8A-E])", re.IGNORECASE)
_SIDE = re.compile(r"(?<![A-Za-z])(left|right)(?![A-Za-z])", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"} | dict(zip("12345678", "21436587", strict=True))


def mirrored_labels(classes: Sequence[str]) -> tuple[int, ...] | None:
    """What each label becomes when the picture is flipped left to right: the same thing of the other side.

    Returns:
        K + 1 labels, that of the background (0) first; None where the other side is no class, so that flipping would
        make wrong labels.

    >>> mirrored_labels(("11", "caries", "21")), mirrored_labels(("36", "37")), mirrored_labels(("quadrant 3", "bone"))
    ((0, 3, 2, 1), None, None)
    """
    places = {name: label for label, name in enumerate(classes, start=1)}
    flipped = [places.get(across(name)) for name in classes]
    known = [label for label in flipped if label is not None]
    return (0, *known) if len(known) == len(flipped) else None


def across(name: str) -> str:
    """What a class is called on the other side; the same where its name has no side.

    >>> [across(name) for name in ("11", "tooth_36", "quadrant 4", "Left sinus", "UR8", "caries", "bright spot")]
    ['21', 'tooth_46', 'quadrant 3', 'Right sinus', 'UL8', 'caries', 'bright spot']
    """
    if (number := tooth_number(name)) is not None:
        return name.replace(str(number), str(mirrored(number)))
    if found := _QUADRANT.fullmatch(name):
        return found[1] + _OTHER[found[2]]
    if found := _PALMER.fullmatch(name):
        return found[1] + _like(found[2], _OTHER[found[2].lower()]) + found[3]
    return _SIDE.sub(lambda side: _like(side[0], _OTHER[side[0].lower()]), name)


def tooth_number(name: str) -> int | None:
    """The FDI number in a class name such as "36" or "tooth_36"; None where it is no tooth.

    >>> tooth_number("tooth_36"), tooth_number("caries"), tooth_number("19")
    (36, None, None)
    """
    found = _TOOTH.fullmatch(name)
    return int(found[1]) if found and int(found[1]) in FDI else None


def _like(model: str, word: str) -> str:
    """A word in the capitals of another."""
    return word.upper() if model.isupper() else word.title() if model[0].isupper() else word
