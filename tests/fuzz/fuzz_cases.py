"""Damaged files, each made from a kind and a number alone, so that any case can be made again."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fuzz_hostile
import fuzz_pictures
import fuzz_seeds
import fuzz_weights
import numpy as np

TEXTS = (".json", ".xml", ".yaml", ".txt", ".csv")
WORDS = (
    *("1e999", "-1", "NaN", "Infinity", "99999999999999999999", "1e308", "0", "null", "[]", "{}", '""', "true"),
    *('"../../../secret"', "[[[[[[[[", '"\\u0000"', "-1e-320", "4294967296", "2147483647", "\ufeff", "&x;", "*a"),
)
BYTES = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xd9", b"IDAT")


@dataclass(frozen=True)
class Case:
    """One case on disk: how it is read, and what is read."""

    door: str  # "picture", "data", "map" (data read by a class map), "weights" or "splits"
    path: Path


@cache
def _files(kind: str) -> fuzz_seeds.Files:
    family, _, name = kind.partition(":")
    if family == "picture":
        return {name: fuzz_pictures.pictures()[name]}
    if family == "dicom":
        return {name: fuzz_pictures.dicoms()[name]}
    if family == "map":
        return fuzz_seeds.class_map(name)
    if family == "weights":
        return {name: fuzz_weights.SEEDS[name]()}
    return {"splits.csv": fuzz_seeds.SPLITS} if family == "splits" else fuzz_seeds.DATA_SETS[name]()


def kinds(dicom: bool = True) -> list[str]:
    """What `damaged` makes."""
    found = [f"picture:{name}" for name in fuzz_pictures.pictures()] + [f"data:{name}" for name in fuzz_seeds.DATA_SETS]
    found += [f"map:{name}" for name in fuzz_seeds.CLASS_MAPS] + [f"weights:{name}" for name in fuzz_weights.SEEDS]
    return [*found, *([f"dicom:{name}" for name in fuzz_pictures.dicoms()] if dicom else []), "splits:"]


def make(kind: str, number: int, folder: Path) -> Case:
    """The case of a kind and a number, written into an empty folder. Number 0 of every kind is whole."""
    family, _, name = kind.partition(":")
    if family == "hostile":
        door, path = fuzz_hostile.CASES[name](folder)
        return Case(door, path)
    files = dict(_files(kind))
    if number:
        chance = np.random.default_rng([number, *kind.encode()])
        targets = [n for n in files if n.endswith(TEXTS)] or list(files)[:1]
        target = targets[int(chance.integers(len(targets)))]
        files[target] = damaged(files[target], target.endswith(TEXTS), chance)
    fuzz_seeds.write(folder, files)
    if family in ("picture", "dicom"):
        return Case("picture", folder / name)
    inside = {"splits": "splits.csv", "map": "map.json", "weights": name}
    return Case(family, folder / inside[family]) if family in inside else Case("data", folder)


def damaged(data: bytes, text: bool, chance: np.random.Generator) -> bytes:
    """`data` after one to three kinds of damage."""
    ways: list[Callable[[bytes, np.random.Generator], bytes]] = [_cut, _flip, _splice, _overwrite, _remove]
    if text:
        ways += [_reword] * 6
    for _ in range(int(chance.integers(1, 4))):
        data = ways[int(chance.integers(len(ways)))](data, chance)
    return data


def _place(data: bytes, chance: np.random.Generator) -> int:
    """A place in the file, headers more often than the rest."""
    return int(chance.integers(max(1, min(len(data), 200 if chance.random() < 0.5 else len(data)))))


def _cut(data: bytes, chance: np.random.Generator) -> bytes:
    return data[: _place(data, chance)]


def _flip(data: bytes, chance: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(int(chance.integers(1, 12)) if data else 0):
        changed[_place(data, chance)] ^= 1 << int(chance.integers(8))
    return bytes(changed)


def _splice(data: bytes, chance: np.random.Generator) -> bytes:
    here, there = _place(data, chance), _place(data, chance)
    return data[:here] + data[there : there + int(chance.integers(1, 64))] + data[here:]


def _overwrite(data: bytes, chance: np.random.Generator) -> bytes:
    here, value = _place(data, chance), BYTES[int(chance.integers(len(BYTES)))]
    return data[:here] + value + data[here + len(value) :]


def _remove(data: bytes, chance: np.random.Generator) -> bytes:
    here = _place(data, chance)
    return data[:here] + data[here + int(chance.integers(1, 32)) :]


def _reword(data: bytes, chance: np.random.Generator) -> bytes:
    """A number or a word of a text becomes another one."""
    found = list(re.finditer(rb'-?\d+(?:\.\d+)?|"[^"\n]*"|[A-Za-z_]{3,}', data))
    if not found:
        return data
    one = found[int(chance.integers(len(found)))]
    return data[: one.start()] + WORDS[int(chance.integers(len(WORDS)))].encode() + data[one.end() :]
