"""Tooth numbers in class names as people write them: 11 - Central Incisor, Tooth 11, T11, Q1-8, UR1, 1.1, #8.

One name is read into what it holds (`Reading`); FDI or Universal is decided for all names at once.
A number that may be something else (grade 3, class 11, K02.1, caries 2) is no tooth.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dentalx import teeth
from dentalx.datasets import tooth_words as words

_NO_PLACE = 8  # from which a number cannot stand for a kind of tooth: what stands 8th is a third molar
SUPERNUMERARY = 91  # what some sets write beside FDI numbers
Mark = tuple[str, str | int]  # a word, or something that may change sides: ("side", "left"), ("quadrant", 1) …

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_QUADRANTS = {("upper", "right"): 1, ("upper", "left"): 2, ("lower", "left"): 3, ("lower", "right"): 4}
_LETTER = re.compile(r"(?:(?i:tooth|teeth|primary|universal|#)[ _.#:-]*)*([A-T])")
_PLAIN = re.compile(r"(?:tooth_)?[1-8][1-8]")


@dataclass(frozen=True)
class Reading:
    """What a class name holds.

    Attributes:
        name: as it is written.
        shape: its words and marks in order; equal for two spellings of one thing.
        numbers: of one or two figures, that count nothing else.
    """

    name: str
    shape: tuple[Mark, ...]
    numbers: tuple[int, ...]

    @property
    def words(self) -> set[str]:
        """Its words, marks left out."""
        return {str(value) for kind, value in self.shape if kind == "word"}

    @property
    def other_words(self) -> set[str]:
        """Its words that do not say which tooth."""
        return self.words - words.TOOTH - words.PRIMARY - words.TYPES - {"upper", "lower"}

    @property
    def is_tooth(self) -> bool:
        """Whether nothing but a tooth is named, were its number one."""
        return not self.other_words and len(self.numbers) == 1

    @property
    def typed(self) -> bool:
        """Whether the very kind of tooth stands beside the number, such as central incisor or third molar."""
        return len(words.places(self.words)) == 1

    @property
    def quadrant(self) -> int | None:
        """1…8, from a quadrant's number or from jaw and side."""
        for kind, value in self.shape:
            if kind == "quadrant":
                return int(value)
        jaws, sides = self.words & {"upper", "lower"}, {str(value) for kind, value in self.shape if kind == "side"}
        return _QUADRANTS[jaws.pop(), sides.pop()] if len(jaws) == len(sides) == 1 else None

    @property
    def said(self) -> int | None:
        """The FDI number that the words alone give, such as those of UR8, Q1-8, or upper right central incisor."""
        quadrant, allowed = self.quadrant, words.places(self.words)
        place = next((int(value) for kind, value in self.shape if kind == "place"), None)
        if quadrant is None or self.other_words:
            return None
        if place is None and len(allowed) == 1:
            place = next(iter(allowed))
        if place is None or place not in allowed:
            return None
        number = 10 * (quadrant + 4 * (quadrant < 5 and bool(self.words & words.PRIMARY))) + place
        return number if number in teeth.FDI else None

    def fits(self, number: int | None) -> bool:
        """Whether an FDI number agrees with all that the words say."""
        if number is None or number not in teeth.FDI:
            return False
        quadrant, place = divmod(number, 10)
        sides = {str(value) for kind, value in self.shape if kind == "side"}
        jaws = self.words & {"upper", "lower"}
        right, upper = quadrant in (1, 4, 5, 8), teeth.is_upper(number)
        agree = sides <= {"right" if right else "left"} and jaws <= {"upper" if upper else "lower"}
        primary = words.PRIMARY if quadrant > 4 else set()
        return agree and place in words.places(self.words | ({"primary"} if primary else set()))


@lru_cache(4096)
def read(name: str) -> Reading:
    """Read one class name.

    >>> read("UR8").said, read("Q1-8").said, read("upper right central incisor").said, read("caries 2").said
    (18, 18, 11, None)
    >>> read("Canine (13)").numbers, read("grade 3").numbers, read("11 mm").numbers, read("K02.1").numbers
    ((13,), (), (), ())
    """
    found = words.tokens(name)
    shape: list[Mark] = []
    numbers: list[int] = []
    for index, token in enumerate(found):
        before = found[index - 1] if index else ""
        after = found[index + 1] if index + 1 < len(found) else ""
        mark = _mark(token, before, after, shape)
        shape.append(mark)
        if mark[0] == "number":
            numbers.append(int(mark[1]))
    if any(kind == "place" and str(value) in "ABCDE" for kind, value in shape):
        shape = [(k, "ABCDE".index(str(v)) + 1 if k == "place" else v) for k, v in shape] + [("word", "primary")]
    placed = [mark for mark in shape if mark != ("word", "quadrant")]
    return Reading(name, tuple(placed), tuple(numbers))


def _mark(token: str, before: str, after: str, shape: Sequence[Mark]) -> Mark:
    """What one token is, given its neighbours and what stands before it."""
    if token in ("left", "right"):
        return "side", token
    number = int(token) if token.isdecimal() and len(token) <= 2 else _ROMAN.get(token)
    if number is not None and "quadrant" in (before, after) and 1 <= number <= 8 and not _has(shape, "quadrant"):
        return "quadrant", number
    if token.isdecimal() and before == "sextant" and 1 <= int(token) <= 6:
        return "sextant", int(token)
    located = _has(shape, "quadrant") or _located(shape)
    if located and not _has(shape, "place"):
        if re.fullmatch("[1-8]", token):
            return "place", int(token)
        if re.fullmatch("[a-e]", token) and before not in ("quadrant", "sextant"):
            return "place", token.upper()
    counts = before in words.COUNTED or after in words.UNITS
    if token.isdecimal() and 0 < int(token) < 100 and len(token) <= 2 and not counts:
        return "number", int(token)
    return "word", token


def _has(shape: Sequence[Mark], kind: str) -> bool:
    return any(each == kind for each, _ in shape)


def _located(shape: Sequence[Mark]) -> bool:
    return _has(shape, "side") and any(mark in (("word", "upper"), ("word", "lower")) for mark in shape)


@lru_cache(256)
def tooth_numbers(classes: tuple[str, ...]) -> tuple[int | None, ...]:
    """Return the FDI number of each class that is a tooth by its name; None for all others.

    All names are read in one system. Names that hold nothing but a tooth (a word for it, its kind, its side) count;
    "11 (crown)" is something on a tooth. Where 1…32 can be Universal numbers or an index, none is a tooth.

    >>> tooth_numbers(("11 - Central Incisor", "Canine (13)", "T36", "caries 2", "11 (crown)"))
    (11, 13, 36, None, None)
    >>> tooth_numbers(("#8", "#9")), tooth_numbers(("Universal #8",)), tooth_numbers(("8 - central incisor",))
    ((None, None), (11,), (11,))
    """
    readings = [read(name) for name in classes]
    universal = numbering(readings)
    return tuple(_number(each, universal) for each in readings)


def tooth_number(name: str) -> int | None:
    """Return the FDI number in one class name such as "36" or "tooth_36"; None where it is no tooth.

    >>> tooth_number("tooth_36"), tooth_number("caries"), tooth_number("19"), tooth_number("UR1")
    (36, None, None, 11)
    """
    return tooth_numbers((name,))[0]


def numbering(readings: Sequence[Reading]) -> bool | None:
    """Whether the numbers of these names are Universal; None where that cannot be known, or where there are none."""
    counted = [each for each in readings if each.is_tooth and each.numbers != (SUPERNUMERARY,)]
    if not counted or _lettered(readings):
        return None
    named = set().union(*(each.words for each in counted))
    fdi = all(each.fits(each.numbers[0]) for each in counted) and not named & {"universal", "ada"}
    universal = all(each.fits(from_universal(each.numbers[0])) for each in counted) and not named & {"fdi", "iso"}
    if fdi and universal and "#" in named:
        return None
    if fdi:
        return False
    proved = named & {"universal", "ada"} or (  # "molar 1" is a first molar rather than Universal 1
        all(each.typed for each in counted) and max(each.numbers[0] for each in counted) >= _NO_PLACE
    )
    return True if universal and proved else None


def from_universal(number: int) -> int | None:
    """Return the FDI number of a Universal one; None where it is none."""
    return teeth.from_universal(str(number)) if 1 <= number <= 32 else None


def letters(readings: Sequence[Reading]) -> set[str]:
    """Return the letters A…T that whole names are, or that stand alone behind a word for tooth."""
    return {found[1] for each in readings if (found := _LETTER.fullmatch(each.name.strip()))}


def _lettered(readings: Sequence[Reading]) -> bool:
    """Whether letters name primary teeth beside Universal numbers."""
    return len(letters(readings)) >= 6


def _number(reading: Reading, universal: bool | None) -> int | None:
    if reading.other_words:
        return None
    if not reading.numbers:
        return reading.said
    if not reading.is_tooth or universal is None:
        return None
    number = from_universal(reading.numbers[0]) if universal else reading.numbers[0]
    return number if reading.fits(number) else None
