"""The labels of nnU-Net's dataset.json: which level is which class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dentalx.datasets.mask_codes import BACKGROUND, NOT_COUNTED, ClassMap
from dentalx.errors import InputError

_IGNORE = "ignore"  # the label of pixels that nobody annotated
_WAY_OUT = "give --class-map with one name a level, or a folder of masks for each class with --overlapping"


def class_map(labels: Any, path: Path) -> ClassMap:
    """The classes by level: `{"background": 0, "tooth": 1}`, in version 1 `{"0": "background", "1": "tooth"}`.

    Level 0 is the background whatever it is called, "ignore" is unlabelled, and a class may have several levels.

    Args:
        labels: what stands under "labels".
        path: the file, for messages.

    Raises:
        InputError: it is neither, names no class, or regions share a level.
    """
    if not isinstance(labels, dict) or not labels:
        raise InputError(f'{path} must have "labels" such as {{"background": 0, "tooth": 1}}; correct it')
    levels = {name: _levels(level, name, path) for name, level in _by_name(labels).items()}
    _refuse_shared(levels, path)
    pairs = [(_called(name, level, path), level) for name, own in levels.items() for level in own]
    try:
        return ClassMap(tuple(pairs))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _by_name(labels: Mapping[str, Any]) -> dict[str, Any]:
    """Name to level or levels; version 1 has level to name."""
    if not all(key.isascii() and key.isdecimal() and isinstance(name, str) for key, name in labels.items()):
        return dict(labels)
    found: dict[str, list[str]] = {}
    for level, name in labels.items():
        found.setdefault(name, []).append(level)
    return dict(found)


def _levels(given: Any, name: str, path: Path) -> list[int]:
    found = []
    for level in given if isinstance(given, list) else [given]:
        text = str(level) if type(level) is int or isinstance(level, str) else ""
        if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < 65_536):
            raise InputError(f"{path} gives {name[:40]!r} the level {str(level)[:40]!r}, expected 0…65535; correct it")
        found.append(int(text))
    return list(dict.fromkeys(found))


def _refuse_shared(levels: Mapping[str, list[int]], path: Path) -> None:
    """Refuse regions, which nnU-Net writes as lists of levels, where two share one: a pixel would be of both."""
    first: dict[int, str] = {}
    for name, own in levels.items():
        for level in own:
            if (other := first.setdefault(level, name)) != name:
                raise InputError(f"{path} gives level {level} to {other!r} and {name!r}, which overlap; {_WAY_OUT}")


def _called(name: str, level: int, path: Path) -> str:
    """What a level means here."""
    if name.casefold() == BACKGROUND and level != 0:
        raise InputError(f"{path} gives the background the level {level}, expected 0; correct it")
    if level == 0:
        return BACKGROUND
    return NOT_COUNTED if name.casefold() == _IGNORE else name
