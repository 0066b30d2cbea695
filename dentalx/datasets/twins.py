"""Pictures that are the same radiograph twice, which no split may separate; docs/audit.md says how they are found."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.alignment import Match, match
from dentalx.datasets.thumbs import SIZE, VIEWS, Look, Plane, descriptor, descriptors, look_at, unit_length
from dentalx.errors import InputError
from dentalx.samples import Record

SAME = 0.75  # likeness of twins; how it was chosen is told in docs/audit.md
_PROJECTED, _PLAIN, _OBVIOUS = 0.60, 0.70, 0.95  # coarse correlation from which a pair is looked at closely
_COMMON = 8  # directions that all pictures of a set vary in, which tell nothing about twins
_SAMPLE, _LEAST = 1024, 64  # pictures that these are taken from, and how many different ones are needed
_BLOCK, _BATCH = 256, 512
Kind = Literal["same file", "same pixels", "near"]
Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many
Bundle = tuple[tuple[str, ...], ...]
Places = list[tuple[int, int]]


@dataclass(frozen=True)
class Pair:
    """Two pictures that are one radiograph.

    Attributes:
        first, second: their places among the pictures that were compared.
        kind: how surely.
        likeness: correlation of their details, 1 for equal ones.
        changes: what tells them apart; names of `alignment.Match`, and "resized".
    """

    first: int
    second: int
    kind: Kind
    likeness: float = 1.0
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Search:
    """What a comparison of pictures found.

    Attributes:
        pairs: enough of them to connect every group, best first; not every pair of a group.
        unreadable: place of a picture to the reason why it was left out.
        sizes: place to (rows, columns).
    """

    pairs: tuple[Pair, ...]
    unreadable: dict[int, str]
    sizes: dict[int, tuple[int, int]]


@dataclass(frozen=True)
class Twins:
    """The twins of a data set, by image_id.

    Attributes:
        groups: ids that show the same radiograph, two or more, each sorted.
        ids: of the pictures that `search` counts.
        search: how they were found.
    """

    groups: Bundle
    ids: tuple[str, ...]
    search: Search


def find_twins(records: Sequence[Record], progress: Progress = lambda what, done, of: None) -> Twins:
    """The records that show the same radiograph; drawn pictures are left out."""
    there = [record for record in records if record.image is not None]
    search = compare([record.image for record in there if record.image is not None], progress)
    ids = tuple(record.image_id for record in there)
    return Twins(connected((ids[pair.first], ids[pair.second]) for pair in search.pairs), ids, search)


def compare(paths: Sequence[Path], progress: Progress = lambda what, done, of: None) -> Search:
    """Find pictures that are equal, or near twins: resized, saved with loss, mirrored, inverted, of other brightness,
    contrast or gamma, cropped by up to 5 % a side, or several of these.

    Every file is decoded once. Thumbnails lie in a temporary file, so memory grows by 2 KiB a picture only.

    Args:
        paths: the pictures; those that cannot be read are left out and told.
        progress: told of.
    """
    looks: dict[int, tuple[tuple[int, int], bytes, bytes]] = {}
    unreadable: dict[int, str] = {}
    with tempfile.TemporaryFile() as scratch:
        thumbs = np.memmap(scratch, np.uint8, "w+", shape=(max(1, len(paths)), *SIZE))
        coarse = np.zeros((len(paths), descriptor(thumbs[0]).size), np.float32)
        with ThreadPoolExecutor(cpu_count()) as pool:
            for i, look in enumerate(pool.map(_tried, paths)):
                if isinstance(look, str):
                    unreadable[i] = look
                else:
                    thumbs[i], coarse[i] = look.thumb, descriptor(look.thumb)
                    looks[i] = look.size, look.file, look.pixels
                progress("reading", i + 1, len(paths))
        sizes = {i: size for i, (size, _, _) in looks.items()}
        pairs = _equal(looks)
        pairs += _near(thumbs, coarse, pairs, sizes, progress)
        del thumbs
    return Search(tuple(sorted(pairs, key=lambda pair: -pair.likeness)), unreadable, sizes)


def _tried(path: Path) -> Look | str:
    try:
        return look_at(path)
    except InputError as error:
        return str(error)


def _equal(looks: dict[int, tuple[tuple[int, int], bytes, bytes]]) -> list[Pair]:
    """Every picture with the first that equals it."""
    files: dict[bytes, int] = {}
    pixels: dict[bytes, int] = {}
    pairs = []
    for i, (_, file, levels) in looks.items():
        if (first := files.setdefault(file, i)) != i:
            pairs.append(Pair(first, i, "same file"))
        elif (first := pixels.setdefault(levels, i)) != i:
            pairs.append(Pair(first, i, "same pixels"))
    return pairs


def _near(
    thumbs: NDArray[np.uint8],
    coarse: Plane,
    known: Sequence[Pair],
    sizes: dict[int, tuple[int, int]],
    progress: Progress,
) -> list[Pair]:
    """Twins among the candidates. What connects two groups is looked at first, and the rest only if that fails."""
    joined = Joined()
    for pair in known:
        joined.join(pair.first, pair.second)
    candidates = _candidates(thumbs, coarse, {pair.second for pair in known}, progress)
    waiting = sorted(candidates, key=lambda ij: (-candidates[ij], ij))
    found = []
    with ThreadPoolExecutor(cpu_count()) as pool:
        while waiting:
            batch, waiting = _connecting(waiting, joined)
            for (i, j), result in zip(batch, pool.map(lambda ij: match(*thumbs[list(ij)]), batch), strict=True):
                if result.likeness >= SAME:
                    joined.join(i, j)
                    found.append(Pair(i, j, "near", round(result.likeness, 4), _told(result, sizes[i], sizes[j])))
            waiting = [(i, j) for i, j in waiting if joined.root(i) != joined.root(j)]
            progress("looking closely", len(candidates) - len(waiting), len(candidates))
    return found


def _connecting(waiting: Places, joined: "Joined") -> tuple[Places, Places]:
    """Pairs of which none would be needless if those before it held, a few at a time; and the others."""
    assumed = Joined(joined)
    batch: Places = []
    rest: Places = []
    for i, j in waiting:
        if len(batch) < _BATCH and assumed.root(i) != assumed.root(j):
            assumed.join(i, j)
            batch.append((i, j))
        else:
            rest.append((i, j))
    return batch, rest


def _told(result: Match, one: tuple[int, int], other: tuple[int, int]) -> tuple[str, ...]:
    return result.changes + (("resized",) if one != other and "cropped" not in result.changes else ())


def _candidates(
    thumbs: NDArray[np.uint8], coarse: Plane, skipped: set[int], progress: Progress
) -> dict[tuple[int, int], float]:
    """Pairs i < j that may be twins, to their coarse correlation; `skipped` equal others that stand for them."""
    places = np.array([i for i in range(len(coarse)) if i not in skipped and coarse[i].any()], np.intp)
    if len(places) < 2:
        return {}
    common = common_directions(coarse[places])
    whole = coarse[places]
    still = _without(whole, common)
    least = _PROJECTED if common is not None else _PLAIN
    best: dict[tuple[int, int], float] = {}
    for start in range(0, len(places), _BLOCK):
        here = places[start : start + _BLOCK]
        views = np.stack([descriptors(thumbs[i]) for i in here])
        score = np.zeros((len(here), len(places)), np.float32)
        for view in range(len(VIEWS)):
            product = _without(views[:, view], common) @ still.T
            np.maximum(score, np.abs(product, out=product), out=score)
        plain = whole[start : start + _BLOCK] @ whole.T
        for row, column in zip(*np.nonzero((score > least) | (plain > _OBVIOUS)), strict=True):
            i, j = sorted((int(here[row]), int(places[column])))
            if i != j:
                best[i, j] = max(best.get((i, j), 0.0), float(max(score[row, column], plain[row, column])))
        progress("comparing", min(start + _BLOCK, len(places)), len(places))
    return best


def common_directions(coarse: Plane) -> Plane | None:
    """What pictures of one set have in common, since they are framed alike: their mean and leading variations.

    Copies are counted once, or they would be taken for what is common.

    Args:
        coarse: (N, D), rows of length 1.

    Returns:
        (9, D), the mean, then orthonormal rows; None where there are too few different pictures to tell.
    """
    step = max(1, len(coarse) // _SAMPLE)
    kept: list[int] = []
    for i in range(0, len(coarse), step):
        if not kept or float((coarse[kept] @ coarse[i]).max()) < _OBVIOUS:
            kept.append(i)
    if len(kept) < _LEAST:
        return None
    mean = coarse[kept].mean(0)
    directions = np.linalg.svd(coarse[kept] - mean, full_matrices=False)[2][:_COMMON]
    return np.concatenate([mean[None], directions])


def _without(rows: Plane, common: Plane | None) -> Plane:
    if common is None:
        return rows
    rest = rows - common[0]
    return unit_length(rest - (rest @ common[1:].T) @ common[1:])


class Joined:
    """Which things belong together, as pairs of them are joined."""

    def __init__(self, other: "Joined | None" = None) -> None:
        """Nothing joined yet, or what another has joined."""
        self._parent: dict[object, object] = dict(other._parent) if other else {}

    def root(self, name: object) -> object:
        """What stands for everything that `name` is joined with."""
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: object, other: object) -> None:
        """Put two together, and whatever each was joined with."""
        self._parent[self.root(other)] = self.root(one)


def connected(pairs: Iterable[tuple[str, str]]) -> Bundle:
    """Groups that pairs make when those that have something in common are joined.

    >>> connected([("a", "b"), ("d", "c"), ("b", "e")])
    (('a', 'b', 'e'), ('c', 'd'))
    """
    joined = Joined()
    names: set[str] = set()
    for one, other in pairs:
        joined.join(one, other)
        names |= {one, other}
    groups: dict[object, list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[joined.root(name)].append(name)
    return tuple(sorted(tuple(group) for group in groups.values()))
