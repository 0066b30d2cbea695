"""Frozen dataclasses as plain JSON values, there and back."""

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(config: Any) -> Any:
    """A dataclass as plain JSON values.

    >>> to_json(Path("a")), to_json((1, 2))
    ('a', [1, 2])
    """
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return {f.name: to_json(getattr(config, f.name)) for f in dataclasses.fields(config)}
    if isinstance(config, Path):
        return str(config)
    if isinstance(config, (tuple, list)):
        return [to_json(item) for item in config]
    return config


def from_json(kind: type[T], value: Any) -> T:
    """The dataclass `kind` from what `to_json` made of it.

    Raises:
        ValueError: a key is unknown or missing, or a value is out of range.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__} must be a JSON object, got {value!r}")
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise ValueError(f"unknown {kind.__name__} settings {unknown}; known are {sorted(hints)}")
    return kind(**{name: _revive(hints[name], item) for name, item in value.items()})


def _revive(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return from_json(typing.cast(type, hint), value)
    if isinstance(hint, types.UnionType):
        return None if value is None else _revive(next(a for a in hint.__args__ if a is not types.NoneType), value)
    if hint is Path:
        return Path(value)
    if typing.get_origin(hint) is tuple:
        return tuple(value)
    return value
