"""Weights in HDF5 from outside: numbers in the file itself, no more than it can hold, judged before one is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from dentalx.errors import InputError
from dentalx.files import check_regular_size

_MOST_BYTES = 2**35
_RATIO, _SLACK = 32, 2**24  # what compression may make of a file
_DEEPEST = 64


@contextmanager
def opened_weights(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading after everything in it was looked at, without reading a number.

    Yields:
        the h5py.File.

    Raises:
        InputError: it is no regular file, refers to another file, or says that it holds far more than it can.
        OSError: it cannot be read, or is not HDF5.
    """
    check_regular_size(path, _MOST_BYTES)
    with h5py.File(path, "r") as file:
        allowed = _SLACK + _RATIO * path.stat().st_size
        if _size(file, path, 0) > allowed:
            raise InputError(f"{path} says that it holds more than {allowed} bytes of numbers; do not use it")
        yield file


def check_weights(path: Path) -> None:
    """Raise what `opened_weights` raises, before another library opens the file by its name."""
    with opened_weights(path):
        return


def _size(group: Any, path: Path, depth: int) -> int:
    """Bytes of all numbers in a group.

    Raises:
        InputError: a link or a dataset leads to another file, or groups lie in each other without end.
    """
    if depth > _DEEPEST:
        raise InputError(f"{path} holds groups in groups without end; do not use it")
    total = 0
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise InputError(f"{path} holds a {type(link).__name__}, as no weights of ours do; do not use it")
        entry = group[name]
        if isinstance(entry, h5py.Group):
            total += _size(entry, path, depth + 1)
        elif isinstance(entry, h5py.Dataset):
            if entry.external or entry.is_virtual:
                raise InputError(f"{path} holds numbers that lie in another file; do not use it")
            total += int(entry.nbytes)
    return total
