"""What the training pictures and masks were like: a run's seen.json, which new pictures are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.errors import InputError
from dentalx.files import read_json, write_json
from dentalx.quality.looks import THUMB, Looks, likeness
from dentalx.quality.shapes import Shape

FORMAT = 1
LEAST_PICTURES = 20  # from fewer nothing is concluded, and no mean picture is kept
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
LOOKS = (
    "height", "width", "aspect", "dark", "middle", "bright", "contrast", "white", "black", "levels", "roughness",
    "sharpness", "grain",
)  # fmt: skip
SHAPES = ("share", "pieces", "row", "column")
FULL = 0.999  # share of a mask that is one class everywhere: a mistake, as census tells, and left out
_MOST_BYTES = 2**22
Quantiles = tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """Quantiles over the training split.

    Attributes:
        pictures: how many.
        looks: name of a field of `Looks`, and "likeness" to `mean`, to its quantiles at `QUANTILES`.
        mean: (16, 32) float32, the mean of the thumbnails.
        shapes: class to field of `Shape` to quantiles; of "row" and "column" only where a mask held the class.
        kinds: quantiles of how many classes a mask holds.
    """

    pictures: int
    looks: dict[str, Quantiles]
    mean: NDArray[np.float32]
    shapes: dict[str, dict[str, Quantiles]]
    kinds: Quantiles


def gather(looks: Sequence[Looks], shapes: Sequence[tuple[Shape, ...]], classes: Sequence[str]) -> Seen | None:
    """Statistics of N pictures and their masks; None where there are fewer than 20.

    Args:
        looks: N.
        shapes: N of K each.
        classes: K names.
    """
    if len(looks) < LEAST_PICTURES:
        return None
    mean: NDArray[np.float32] = np.stack([each.thumb for each in looks]).mean(0, dtype=np.float64).astype(np.float32)
    found = {name: [float(getattr(each, name)) for each in looks] for name in LOOKS}
    found["likeness"] = [likeness(each.thumb, mean) for each in looks]
    by_class = {}
    for k, name in enumerate(classes):
        usable = [each[k] for each in shapes if each[k].share < FULL]
        values = {field: [getattr(shape, field) for shape in usable] for field in SHAPES}
        there = {field: [float(v) for v in listed if v is not None] for field, listed in values.items()}
        by_class[name] = {field: quantiles(listed) for field, listed in there.items() if listed}
    kinds = quantiles([float(sum(shape.share > 0 for shape in each)) for each in shapes])
    return Seen(len(looks), {name: quantiles(listed) for name, listed in found.items()}, mean, by_class, kinds)


def quantiles(values: Sequence[float]) -> Quantiles:
    """Those of `QUANTILES`, between values by interpolation.

    >>> quantiles([0, 10])[4], quantiles([0, 10])[-1]
    (5.0, 10.0)
    """
    return tuple(round(float(value), 6) for value in np.quantile(np.asarray(values, np.float64), QUANTILES))


def far(value: float, seen: Quantiles, slack: float) -> int:
    """-1 or 1 where a value lies below or above all that was seen, by more than `slack`; else 0.

    Args:
        value: of a new picture.
        seen: of the training pictures, at `QUANTILES`.
        slack: as a share of the way from the median to the furthest value seen on that side.

    >>> [far(value, (0, 0, 0, 0, 10, 0, 0, 0, 12), 0.5) for value in (-6, -4, 11, 13, 14)]
    [-1, 0, 0, 0, 1]
    """
    least, median, most = seen[0], seen[len(seen) // 2], seen[-1]
    if value < least - slack * (median - least):
        return -1
    return 1 if value > most + slack * (most - median) else 0


def write_seen(path: Path, seen: Seen) -> None:
    """Write seen.json: numbers over the whole split, nothing of a single picture."""
    value = {
        "format": FORMAT,
        "what": "quantiles over the training pictures and their masks, and the mean of their thumbnails",
        "pictures": seen.pictures,
        "quantiles": list(QUANTILES),
        "looks": {name: list(found) for name, found in seen.looks.items()},
        "mean": [[round(float(value), 4) for value in row] for row in seen.mean],
        "masks": {name: {field: list(v) for field, v in found.items()} for name, found in seen.shapes.items()},
        "classes_in_a_mask": list(seen.kinds),
    }
    write_json(path, value)


def seen_of(path: Path) -> Seen | None:
    """`read_seen`, or None where there is no such file: an earlier run, or one of few pictures."""
    return read_seen(path) if path.is_file() else None


def read_seen(path: Path) -> Seen:
    """Read seen.json.

    Raises:
        InputError: it is not what training writes.
    """
    raw = read_json(path, limit=_MOST_BYTES)
    try:
        if raw["format"] != FORMAT or raw["quantiles"] != list(QUANTILES):
            raise ValueError("another format")
        mean = np.array(raw["mean"], np.float32)
        if mean.shape != THUMB or not np.isfinite(mean).all():
            raise ValueError("its mean picture is none")
        looks = {name: _quantiles(raw["looks"][name]) for name in (*LOOKS, "likeness")}
        shapes = {
            str(name): {field: _quantiles(found[field]) for field in SHAPES if field in found}
            for name, found in raw["masks"].items()
        }
        return Seen(int(raw["pictures"]), looks, mean, shapes, _quantiles(raw["classes_in_a_mask"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(
            f"{path} is not what training writes ({error}); delete it: predictions go on without"
        ) from error


def _quantiles(raw: Any) -> Quantiles:
    found = np.array(raw, np.float64)
    if found.shape != (len(QUANTILES),) or not np.isfinite(found).all() or (np.diff(found) < 0).any():
        raise ValueError(f"{len(QUANTILES)} rising numbers were expected")
    return tuple(float(value) for value in found)
