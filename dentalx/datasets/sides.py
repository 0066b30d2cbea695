"""Classes that name a side: what each becomes when an image is flipped left to right, or why none is flipped."""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from dentalx.datasets import tooth_words as words
from dentalx.datasets.tooth_names import SUPERNUMERARY, Mark, Reading, letters, read, tooth_numbers
from dentalx.datasets.tooth_names import tooth_number as tooth_number
from dentalx.teeth import FDI, mirrored

_SIDE = re.compile(r"(?<![A-Za-z])(left|right)(?![A-Za-z])", re.IGNORECASE)
_QUADRANT = re.compile(r"((?:quadrant|quad|q)[ _-]?)([1-8])(?!\d)", re.IGNORECASE)
_PALMER = re.compile(r"(?<![A-Za-z])([UL])([RL])(?=[ _-]?[1-8A-E](?![A-Za-z0-9]))", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"} | dict(zip("12345678", "21436587", strict=True))
_SEXTANTS = {1: 3, 2: 2, 3: 1, 4: 6, 5: 5, 6: 4}
_MOST_NAMELESS = 8  # classes that are mere numbers; more of them may be teeth
_HINT = "name the classes by FDI numbers, such as 11, or by left and right (--tooth-numbers, --alias or --classes)"


@dataclass(frozen=True)
class Sides:
    """What a flip does to the classes.

    Attributes:
        labels: K + 1 labels, that of the background (0) first: what each becomes; None where no image may be flipped.
        reason: why not, in a sentence's second half; empty where images may be flipped.
    """

    labels: tuple[int, ...] | None
    reason: str = ""


def sides(classes: Sequence[str]) -> Sides:
    """Return what each label becomes when the image is flipped left to right: the same thing of the other side.

    Spelling plays no part: "11 - Central Incisor" becomes "Tooth 21". Where a number may be a tooth's and its system is
    not known, or where the other side is no class, flipping would make wrong labels, and the reason says so.

    >>> sides(("Tooth 11", "caries", "21 - central incisor")).labels, sides(("L sinus", "right sinus")).labels
    ((0, 3, 2, 1), (0, 2, 1))
    >>> sides(("#8", "#9")).labels, sides(("caries 1", "caries 2")).labels
    (None, (0, 1, 2))
    >>> sides(("36", "37")).reason
    "class '36' becomes '46' in the mirror image, and no class is called so"
    """
    readings = [read(name) for name in classes]
    if doubt := _doubt(readings):
        return Sides(None, doubt)
    numbers = tooth_numbers(tuple(classes))
    own = [_key(reading, number, False) for reading, number in zip(readings, numbers, strict=True)]
    there = [_key(reading, number, True) for reading, number in zip(readings, numbers, strict=True)]
    times, places = Counter(own), {key: label for label, key in enumerate(own, start=1)}
    labels = [0]
    for label, (key, other) in enumerate(zip(own, there, strict=True), start=1):
        name = classes[label - 1]
        if key == other:
            labels.append(label)
        elif times[key] > 1:
            return Sides(None, f"class {name!r} names the same tooth or side as another class; {_HINT}")
        elif other not in places:
            return Sides(None, _lonely(name))
        else:
            labels.append(places[other])
    if sorted(labels) != list(range(len(classes) + 1)):
        return Sides(None, f"two classes become one in the mirror image; {_HINT}")
    return Sides(tuple(labels))


def mirrored_labels(classes: Sequence[str]) -> tuple[int, ...] | None:
    """Return `sides(classes).labels`.

    >>> mirrored_labels(("11", "caries", "21")), mirrored_labels(("36", "37")), mirrored_labels(("quadrant 3", "bone"))
    ((0, 3, 2, 1), None, None)
    """
    return sides(classes).labels


def across(name: str) -> str:
    """Return what a class would be called on the other side, in its own spelling; the same where its name has no side.

    >>> [across(name) for name in ("11", "tooth_36", "quadrant 4", "Left sinus", "UR8", "caries", "bright spot")]
    ['21', 'tooth_46', 'quadrant 3', 'Right sinus', 'UL8', 'caries', 'bright spot']
    """
    for number in read(name).numbers:
        if number in FDI:
            name = re.sub(rf"(?<!\d){number}(?!\d)", str(mirrored(number)), name)
    name = re.sub(r"(?<![\w.])([1-8])(?=\.[1-8](?![\w.]))", lambda found: _OTHER[found[1]], name)
    name = _QUADRANT.sub(lambda found: found[1] + _OTHER[found[2]], name)
    name = _PALMER.sub(lambda found: found[1] + _like(found[2], _OTHER[found[2].lower()]), name)
    return _SIDE.sub(lambda side: _like(side[0], _OTHER[side[0].lower()]), name)


def _doubt(readings: Sequence[Reading]) -> str:
    """Why the numbers or letters in names cannot be understood; empty where they can, or where there are none."""
    if len(found := letters(readings)) >= 6 or (found & {"L", "R"} and found - {"L", "R"}):
        return f"classes {', '.join(sorted(found)[:6])} may be letters of primary teeth; {_HINT}"
    nameless = [each for each in readings if not each.numbers and _is_nameless(each)]
    if len(nameless) > _MOST_NAMELESS:
        return f"classes such as {nameless[-1].name!r} say nothing of what they are, and may be teeth; {_HINT}"
    numbers = tooth_numbers(tuple(each.name for each in readings))
    unknown = [
        reading
        for reading, number in zip(readings, numbers, strict=True)
        if reading.is_tooth and number is None and reading.numbers != (SUPERNUMERARY,)
    ]
    for reading in sorted(unknown, key=lambda each: each.fits(each.numbers[0])):
        return _strange(reading)
    return _doubt_of_things(readings)


def _doubt_of_things(readings: Sequence[Reading]) -> str:
    """The same of numbers beside other words: findings of a tooth ("crown 36"), or a mere count ("lesion 19")."""
    series: dict[Hashable, list[Reading]] = {}
    for reading in readings:
        if reading.numbers and not reading.is_tooth:
            series.setdefault(tuple(mark for mark in reading.shape if mark[0] != "number"), []).append(reading)
    for members in series.values():
        held = {number for each in members for number in each.numbers}
        of_tooth = any(each.words & (words.TOOTH - {"no", "nr", "num", "number", "and"}) for each in members)
        strange = {number for number in held if number <= 32 and number not in FDI}
        bare = not any(each.other_words for each in members)
        if strange and (of_tooth or bare or max(strange) > 8 or held & set(FDI)):
            return _strange(next(each for each in members if strange & set(each.numbers)))
    return ""


def _strange(reading: Reading) -> str:
    return f"the number in class {reading.name!r} may be a tooth's, in a system that is not known; {_HINT}"


def _lonely(name: str) -> str:
    """What is said of a class whose other side is no class."""
    other = across(name)
    number = tooth_number(name)
    known = other != name and (number is None or tooth_number(other) == mirrored(number))
    there = repr(other) if known else "that of the other side"
    return f"class {name!r} becomes {there} in the mirror image, and no class is called so"


def _is_nameless(reading: Reading) -> bool:
    return len(reading.shape) == 2 and reading.shape[0][1] in words.NAMELESS and str(reading.shape[1][1]).isdecimal()


def _key(reading: Reading, number: int | None, flipped: bool) -> Hashable:
    """What two spellings of one class have in common, or that of the class on the other side."""
    if number is not None:
        return "tooth", mirrored(number) if flipped else number
    return tuple(_turned(mark) if flipped else mark for mark in reading.shape)


def _turned(mark: Mark) -> Mark:
    kind, value = mark
    if kind == "side":
        return kind, _OTHER[str(value)]
    if kind == "quadrant":
        return kind, int(_OTHER[str(value)])
    if kind == "sextant":
        return kind, _SEXTANTS[int(value)]
    return (kind, mirrored(int(value))) if kind == "number" and value in FDI else mark


def _like(model: str, word: str) -> str:
    """A word in the capitals of another."""
    return word.upper() if model.isupper() else word.title() if model[0].isupper() else word
