"""What the training masks hold, told before the first epoch, since most bad runs begin with bad masks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.pipeline import Loader
from dentalx.quality import Looks, Shape, gather, write_seen
from dentalx.runs import Run
from dentalx.samples import UNLABELLED, Record

NAMES_SHOWN = 20


@dataclass(frozen=True)
class Census:
    """Counts over some masks at the network's size.

    Attributes:
        prevalence: (K,) share of each class among the labelled pixels.
        empty: ids of pictures without any foreground.
        full: ids of pictures whose labelled pixels are all of one class.
    """

    prevalence: NDArray[np.float64]
    empty: tuple[str, ...]
    full: tuple[str, ...]


def census(loader: Loader, classes: int) -> Census:
    """Count what the masks of `loader` hold; K classes."""
    total, pixels = np.zeros(classes, np.int64), 0
    empty, full = [], []
    for index, record in enumerate(loader.records):
        mask = loader[index][1]
        areas, labelled = loader.labelling.areas(mask, classes), int(np.count_nonzero(mask != UNLABELLED))
        total += areas
        pixels += labelled
        if not areas.any():
            empty.append(record.image_id)
        elif areas.max() == labelled:
            full.append(record.image_id)
    shares: NDArray[np.float64] = total / max(1, pixels)
    return Census(shares, tuple(empty), tuple(full))


def suspicions(found: Census) -> list[str]:
    """What a person should look at before training goes on; a sentence each.

    >>> suspicions(Census(np.array([0.2]), (), ("a", "b")))
    ['foreground everywhere, as when a program filled the frame, in 2 masks (a, b): look at them']
    """
    if not found.full:
        return []
    full = f"{len(found.full)} masks ({_listed(found.full)})"
    return [f"foreground everywhere, as when a program filled the frame, in {full}: look at them"]


class Doubting(Protocol):
    """Pictures that were read, and what `enhance.doubts` says of them by index."""

    doubts: dict[int, tuple[str, ...]]

    @property
    def records(self) -> tuple[Record, ...]:
        """In the order of the indices."""

    def __len__(self) -> int:
        """How many."""


def doubtful(loaders: Iterable[Doubting]) -> list[str]:
    """What `enhance.doubts` says of the pictures read so far, one line for each kind of doubt."""
    named: dict[str, list[str]] = defaultdict(list)
    total = 0
    for loader in loaders:
        total += len(loader)
        for index, record in enumerate(loader.records):
            for doubt in loader.doubts.get(index, ()):
                named[doubt].append(record.image_id)
    return [f"{len(names)} of {total} pictures: {doubt} ({_listed(names)})" for doubt, names in named.items()]


class Measured(Protocol):
    """Pictures that were read, and what they and their masks look like by index."""

    looks: dict[int, Looks]
    shapes: dict[int, tuple[Shape, ...]]

    def __len__(self) -> int:
        """How many."""


def keep_statistics(run: Run, loader: Measured, classes: Sequence[str]) -> None:
    """Write seen.json of training pictures that were all read: what new pictures and their masks are held against.

    Of fewer than 20 pictures nothing is written.
    """
    places = range(len(loader))
    seen = gather([loader.looks[i] for i in places], [loader.shapes[i] for i in places], classes)
    if seen is not None:
        write_seen(run.seen, seen)


def facts(found: Census, classes: Sequence[str]) -> list[str]:
    """What the user should know of the training masks; a sentence each.

    >>> facts(Census(np.array([0.2, 0.000123]), ("a",), ()), ("teeth", "caries"))
    ['training pixels: teeth 20.0 %, caries 0.012 %; 1 masks empty']
    """
    shares = ", ".join(f"{name} {_percent(share)} %" for name, share in zip(classes, found.prevalence, strict=True))
    return [f"training pixels: {shares}; {len(found.empty)} masks empty"]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if share >= 0.001 else f"{100 * share:.2g}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES_SHOWN]) + (" …" if len(names) > NAMES_SHOWN else "")
