"""How classes are written in mask files: the encodings there are, and which level, index or colour is which class."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from dentalx.datasets.vocabulary import likely
from dentalx.errors import InputError
from dentalx.files import read_json
from dentalx.samples import UNLABELLED

Colour = tuple[int, int, int]
Code = int | Colour

ALL = "all"  # --classes all: every class of the map, as one
BACKGROUND, NOT_COUNTED = "background", "unlabelled"  # names in a class map that are no classes
BLACK = (0, 0, 0)
_MOST_CLASSES = 254
_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


class Encoding(Enum):
    """How a data set writes its classes; the same for all its files.

    BINARY: 0 and one other level, or black and white with soft edges; where a coding has a level for it, the class is
    that level and all above. INDEX: the grey level is the class, or stands for
    it in a class map. PALETTE: the same with palette indices. COLOUR: each class has its colour. ALPHA: what is opaque
    is the class. PICTURE: the radiograph, black outside the class.
    """

    BINARY = "binary"
    INDEX = "index"
    PALETTE = "palette"
    COLOUR = "colour"
    ALPHA = "alpha"
    PICTURE = "picture-times-mask"


@dataclass(frozen=True)
class ClassMap:
    """Which level, index or colour is called what.

    Attributes:
        pairs: (name, code), all codes levels or all colours; "background" and "unlabelled" are no classes.
    """

    pairs: tuple[tuple[str, Code], ...]

    def __post_init__(self) -> None:
        codes = [code for _, code in self.pairs]
        for name, _ in self.pairs:
            if not name.strip() or not name.isprintable() or len(name) > 100:
                raise InputError(f"a class map calls a class {name[:40]!r}; give it a short printable name")
        if len({isinstance(code, int) for code in codes}) > 1:
            raise InputError("a class map mixes levels and colours; write all as whole numbers or all as [R, G, B]")
        if twice := next((code for code in codes if codes.count(code) > 1), None):
            names = " and ".join(name for name, code in self.pairs if code == twice)
            raise InputError(f"a class map gives {shown(twice)} to {names}; each level or colour is one class")
        if not self.classes:
            raise InputError("a class map names no class beside the background; name one")

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the map."""
        return tuple(dict.fromkeys(name for name, _ in self.pairs if name.casefold() not in (BACKGROUND, NOT_COUNTED)))

    @property
    def coloured(self) -> bool:
        """Whether the codes are colours."""
        return not isinstance(self.pairs[0][1], int)

    def entries(self) -> tuple[str, ...]:
        """The map as texts NAME=CODE, which `from_entries` reads again."""
        return tuple(f"{name}={shown(code)}" for name, code in self.pairs)


@dataclass(frozen=True)
class Coding:
    """How the masks of a data set become classes.

    Attributes:
        encoding: theirs.
        classes: the K class names.
        codes: level, index or colour, and the class it is: 0…K, or 255 for unlabelled.
    """

    encoding: Encoding
    classes: tuple[str, ...]
    codes: tuple[tuple[Code, int], ...] = ()


def from_entries(entries: Iterable[str]) -> ClassMap | None:
    """The map of texts NAME=CODE, the code a whole number or #RRGGBB; None for no texts.

    Raises:
        InputError: a text is neither.

    >>> from_entries(["caries=1", "a=b=2"]).pairs
    (('caries', 1), ('a=b', 2))
    >>> from_entries(["caries=#3577B5"]).pairs
    (('caries', (53, 119, 181)),)
    """
    pairs = tuple((name, _code(code)) for name, _, code in (entry.rpartition("=") for entry in entries))
    return ClassMap(pairs) if pairs else None


def read_class_map(path: Path) -> ClassMap:
    """A JSON file: an object of names with a level, [R, G, B] or "#RRGGBB", or a list of names for 0, 1, 2 and so on.

    Raises:
        InputError: it is neither.
    """
    content = read_json(path, limit=2**20)
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return ClassMap(tuple((name, level) for level, name in enumerate(content)))
    if not isinstance(content, dict) or not content:
        raise InputError(f'{path} must be a JSON object such as {{"caries": 1}} or {{"caries": "#3577B5"}}; correct it')
    try:
        return ClassMap(tuple((name, _code(code)) for name, code in content.items()))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def choose(own: tuple[str, ...], asked: tuple[str, ...], where: str) -> Mapping[str, frozenset[str]]:
    """Class name to the names of the data set that it takes in: those asked for, or every one.

    Raises:
        InputError: a name is unknown, with the nearest one and the list.

    >>> choose(("caries", "crown"), ("all",), "here")["all"] == {"caries", "crown"}
    True
    """
    chosen: dict[str, frozenset[str]] = {}
    for name in asked or own:
        if name in own:
            chosen[name] = frozenset({name})
        elif name == ALL:
            chosen[name] = frozenset(own)
        else:
            near = likely(name, own)
            hint = f"did you mean {near!r}? " if near else ""
            known = f"{', '.join(own)}{f', and {ALL} for all as one' if len(own) > 1 else ''}"
            raise InputError(f"--classes: no class is called {name!r} in {where}; {hint}there is/are {known}")
    if len(chosen) > _MOST_CLASSES:
        raise InputError(f"{len(chosen)} classes, at most {_MOST_CLASSES} fit; choose with --classes")
    return chosen


def coding(class_map: ClassMap, chosen: Mapping[str, frozenset[str]], encoding: Encoding) -> Coding:
    """The codes of a class map as numbers of the classes chosen; classes that are not chosen are background.

    Level 0 and black are background and level 255 is unlabelled where the map says nothing else. Where the map gives
    level 0 to a class, 255 is background: black objects on white.
    """
    number = {own: i for i, names in enumerate(chosen.values(), start=1) for own in names}
    number[BACKGROUND], number[NOT_COUNTED] = 0, UNLABELLED
    black_is_class = any(
        code == 0 and name.casefold() not in (BACKGROUND, NOT_COUNTED) for name, code in class_map.pairs
    )
    white = 0 if black_is_class else UNLABELLED
    codes: dict[Code, int] = {} if class_map.coloured else {0: 0, UNLABELLED: white}
    if class_map.coloured and BACKGROUND not in {name.casefold() for name, _ in class_map.pairs}:
        codes[BLACK] = 0
    for name, code in class_map.pairs:
        known = name if name in number else name.casefold()
        codes[code] = number.get(known, 0)
    return Coding(encoding, tuple(chosen), tuple(codes.items()))


def plain_coding(encoding: Encoding, classes: tuple[str, ...]) -> Coding:
    """Classes as the levels or indices 1…K, 255 unlabelled."""
    codes: list[tuple[Code, int]] = [(i, i) for i in (*range(len(classes) + 1), UNLABELLED)]
    return Coding(encoding, classes, tuple(codes) if encoding in (Encoding.INDEX, Encoding.PALETTE) else ())


def shown(code: Code) -> str:
    """A code as text.

    >>> shown(3), shown((53, 119, 181))
    ('3', '#3577B5')
    """
    return str(code) if isinstance(code, int) else "#{:02X}{:02X}{:02X}".format(*code)


def example_map(codes: Iterable[Code], names: tuple[str, ...] = ()) -> str:
    """A class map to fill in, as one line of JSON.

    >>> example_map([1, 2]), example_map([(255, 0, 0)], ("caries",))
    ('{"CLASS_1": 1, "CLASS_2": 2}', '{"caries": "#FF0000"}')
    """
    listed = list(codes)
    called = names if len(names) == len(listed) else tuple(f"CLASS_{i + 1}" for i in range(len(listed)))
    written = [str(code) if isinstance(code, int) else f'"{shown(code)}"' for code in listed]
    return "{" + ", ".join(f'"{name}": {code}' for name, code in zip(called, written, strict=True)) + "}"


def _code(value: Any) -> Code:
    if isinstance(value, str):
        if found := _HEX.fullmatch(value.strip()):
            red, green, blue = (int(part, 16) for part in found.groups())
            return red, green, blue
        if value.strip().isascii() and value.strip().isdecimal():
            value = int(value)
    if isinstance(value, list) and len(value) == 3:
        if all(type(channel) is int and 0 <= channel <= 255 for channel in value):
            return value[0], value[1], value[2]
    elif type(value) is int and 0 <= value < 65_536:
        return value
    raise InputError(f"{str(value)[:40]!r} is no level 0…65535, [R, G, B] or #RRGGBB; correct the class map")
