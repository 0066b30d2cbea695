"""Pictures that are the same radiograph twice, which no split may separate; docs/audit.md says how they are found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Literal

import numpy as np

from dentalx.datasets.alignment import Match, match
from dentalx.datasets.candidates import Blocks, Places, Progress, candidates
from dentalx.datasets.thumbs import COARSE, Look, Plane, Shelf, Thumbs, descriptor, look_at
from dentalx.errors import reason
from dentalx.samples import Record

SAME = 0.75  # likeness of twins; how it was chosen is told in docs/audit.md
_AHEAD = 64  # pictures that are read before they are asked for
_BATCH = 512  # pairs that are looked at closely at a time
Kind = Literal["same file", "same pixels", "near"]
Bundle = tuple[tuple[str, ...], ...]


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


def compare(
    paths: Sequence[Path], progress: Progress = lambda what, done, of: None, blocks: Blocks | None = None
) -> Search:
    """Find pictures that are equal, or near twins: resized, saved with loss, mirrored, inverted, of other brightness,
    contrast or gamma, cropped by up to 5 % a side, or several of these.

    Every file is decoded once. Thumbnails lie in a temporary file of 32 KiB a picture, which is gone afterwards; memory
    grows by 2 KiB a picture, and half a KiB of its name, size and digests.

    Args:
        paths: the pictures; those that cannot be read are left out and told.
        progress: told of.
        blocks: how many are compared at once; what is found does not depend on it.

    Raises:
        InputError: no room for the temporary file.
    """
    looks: dict[int, tuple[tuple[int, int], bytes, bytes]] = {}
    unreadable: dict[int, str] = {}
    coarse = np.zeros((len(paths), COARSE[0] * COARSE[1]), np.float32)
    with Shelf() as thumbs:
        for i, seen in enumerate(_read(paths)):
            if isinstance(seen, str):
                unreadable[i] = seen
            else:
                look, coarse[i] = seen
                thumbs.put(i, look.thumb)
                looks[i] = look.size, look.file, look.pixels
            progress("reading", i + 1, len(paths))
        sizes = {i: size for i, (size, _, _) in looks.items()}
        pairs = _equal(looks)
        pairs += _Close(thumbs, coarse, sizes, progress).near(pairs, blocks or Blocks())
    return Search(tuple(sorted(pairs, key=lambda pair: -pair.likeness)), unreadable, sizes)


def _read(paths: Sequence[Path]) -> Iterator[tuple[Look, Plane] | str]:
    """Every picture and its descriptor, or why it cannot be read; what waits to be used is bounded."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        for start in range(0, len(paths), _AHEAD):
            yield from pool.map(_tried, paths[start : start + _AHEAD])


def _tried(path: Path) -> tuple[Look, Plane] | str:
    try:
        look = look_at(path)
        return look, descriptor(look.thumb)
    except Exception as error:
        return reason(error, path)


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


@dataclass(frozen=True)
class _Close:
    """The closer look at pairs that may be twins.

    Attributes:
        thumbs, coarse: thumbnails, and the whole pictures as descriptors, (N, 512).
        sizes: place to (rows, columns).
        progress: told of.
    """

    thumbs: Thumbs
    coarse: Plane
    sizes: dict[int, tuple[int, int]]
    progress: Progress

    def near(self, known: Sequence[Pair], blocks: Blocks) -> list[Pair]:
        """Twins among the candidates; the second of a known pair is stood for by the first."""
        joined = Joined()
        for pair in known:
            joined.join(pair.first, pair.second)
        skipped = {pair.second for pair in known}
        places = np.array([i for i in range(len(self.coarse)) if i not in skipped and self.coarse[i].any()], np.intp)
        found: list[Pair] = []
        with ThreadPoolExecutor(cpu_count()) as pool:
            for likely in candidates(self.thumbs, self.coarse, places, self.progress, blocks):
                found += self._among(likely, joined, pool)
        return found

    def _among(self, likely: Places, joined: "Joined", pool: ThreadPoolExecutor) -> list[Pair]:
        """Twins among pairs, likeliest first. What connects two groups is looked at first, the rest if that fails."""
        found = []
        waiting = _apart(likely, joined)
        while len(waiting):
            batch, waiting = _connecting(waiting, joined)
            for (i, j), result in zip(batch, pool.map(self._match, batch), strict=True):
                if result.likeness >= SAME:
                    joined.join(i, j)
                    changes = _told(result, self.sizes[i], self.sizes[j])
                    found.append(Pair(i, j, "near", round(result.likeness, 4), changes))
            waiting = _apart(waiting, joined)
            self.progress("looking closely", len(likely) - len(waiting), len(likely))
        return found

    def _match(self, pair: tuple[int, int]) -> Match:
        return match(self.thumbs[pair[0]], self.thumbs[pair[1]])


def _apart(pairs: Places, joined: "Joined") -> Places:
    """Those pairs that do not belong together yet."""
    places, where = np.unique(pairs, return_inverse=True)
    roots = np.array([joined.root(place) for place in places.tolist()], np.intp)[where].reshape(-1, 2)
    apart: Places = pairs[roots[:, 0] != roots[:, 1]]
    return apart


def _connecting(waiting: Places, joined: "Joined") -> tuple[list[tuple[int, int]], Places]:
    """Pairs of which none would be needless if those before it held, a few at a time; and the others."""
    assumed = Joined(joined)
    batch: list[tuple[int, int]] = []
    rest = np.ones(len(waiting), bool)
    for place, pair in enumerate(waiting):
        i, j = pair.tolist()
        if assumed.root(i) != assumed.root(j):
            assumed.join(i, j)
            batch.append((i, j))
            rest[place] = False
            if len(batch) == _BATCH:
                break
    return batch, waiting[rest]


def _told(result: Match, one: tuple[int, int], other: tuple[int, int]) -> tuple[str, ...]:
    return result.changes + (("resized",) if one != other and "cropped" not in result.changes else ())


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
