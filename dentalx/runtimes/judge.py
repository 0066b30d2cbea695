"""What is asked of every exported file before it is used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dentalx.errors import InputError, install_hint
from dentalx.runtimes.card import Card


def missing(library: str, extra: str) -> InputError:
    """Return the error for a library that is not installed."""
    return InputError(f"{library} is not installed; {install_hint(extra)}")


def check_shapes(
    path: Path,
    inputs: Sequence[tuple[Any, Sequence[Any]]],
    outputs: Sequence[tuple[Any, Sequence[Any]]],
    card: Card,
    types: tuple[Any, Any],
) -> None:
    """Refuse a file that is another network than its card says.

    Args:
        path: of the file.
        inputs: (type, shape) of each input, in the library's own words; a side that is free is no positive integer.
        outputs: likewise.
        card: what is beside it.
        types: how the library calls bytes and float32.

    Raises:
        InputError: it is.
    """
    expected = [(types[0], (*card.size, 1)), (types[1], (*card.size, card.channels))]
    for what, found, (kind, sides) in zip(("input", "output"), (inputs, outputs), expected, strict=True):
        shapes = [tuple(shape) for _, shape in found]
        fits = len(found) == 1 and found[0][0] == kind and len(shapes[0]) == len(sides) + 1
        if not fits or any(_fixed(a) and a != b for a, b in zip(shapes[0][1:], sides, strict=True)):
            came = ", ".join(f"{kind} {'×'.join(map(str, shape))}"[:60] for kind, shape in found[:3]) or "none"
            raise InputError(f"{path} has the {what} {came}, its card says B×{'×'.join(map(str, sides))}; export again")


def _fixed(side: Any) -> bool:
    return isinstance(side, int) and side > 0
