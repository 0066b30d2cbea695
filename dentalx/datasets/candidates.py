"""Pairs of pictures that may be twins, found among all pairs by products of matrices; docs/audit.md says how."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.thumbs import COARSE, VIEWS, Plane, Thumbs, descriptors, unit_length

_PROJECTED, _PLAIN, _OBVIOUS = 0.60, 0.70, 0.95  # coarse correlation from which a pair is looked at closely
_COMMON = 8  # directions that all pictures of a set vary in, which tell nothing about twins
_SAMPLE, _LEAST = 1024, 64  # pictures that these are taken from, and how many different ones are needed
_DIGITS = 4  # of a correlation; those after it depend on how a product of matrices is divided
Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many
Places = NDArray[np.int32]  # (M, 2), two places among the pictures, the lower one first


@dataclass(frozen=True)
class Blocks:
    """How much is held in memory at once; what is found does not depend on it.

    Attributes:
        rows: pictures of which all views are held, 108 KiB each.
        columns: pictures that they are compared with in one product.
        pairs: from how many on candidates are given out before all are known.
    """

    rows: int = 256
    columns: int = 2048
    pairs: int = 2**18


def candidates(
    thumbs: Thumbs, coarse: Plane, places: NDArray[np.intp], progress: Progress, blocks: Blocks
) -> Iterator[Places]:
    """Pairs that may be twins, the likeliest first.

    All come at once, unless they are very many: then a part of them comes whenever `blocks.pairs` are together, and a
    pair may come twice, since it is met twice: the views of either picture are held against the whole of the other.

    Args:
        thumbs: by place.
        coarse: (N, 512), descriptors of the whole pictures.
        places: the pictures to compare, ascending.
        progress: told of.
        blocks: how much is compared at once.
    """
    common = common_directions(coarse[places[:: max(1, len(places) // _SAMPLE)]])
    met: list[tuple[Places, Plane]] = []
    held = 0
    for start in range(0, len(places) if len(places) > 1 else 0, blocks.rows):
        here = places[start : start + blocks.rows]
        views = _views(thumbs, here, common)
        for left in range(0, len(places), blocks.columns):
            there = places[left : left + blocks.columns]
            rows, columns, score = _alike(views, coarse[here], coarse[there], common)
            pairs = np.sort(np.stack([here[rows], there[columns]], 1), axis=1).astype(np.int32)
            different = pairs[:, 0] != pairs[:, 1]
            if different.any():
                met.append((pairs[different], score[different]))
                held += len(met[-1][0])
            if held >= blocks.pairs:
                yield _sorted(met)
                met, held = [], 0
        progress("comparing", min(start + blocks.rows, len(places)), len(places))
    if met:
        yield _sorted(met)


def _views(thumbs: Thumbs, here: NDArray[np.intp], common: Plane | None) -> Plane:
    """(V, R, 512), every view of R pictures, less what is common."""
    views = np.empty((len(VIEWS), len(here), COARSE[0] * COARSE[1]), np.float32)
    for row, place in enumerate(here):
        views[:, row] = _without(descriptors(thumbs[int(place)]), common)
    return views


def _alike(
    views: Plane, here: Plane, there: Plane, common: Plane | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], Plane]:
    """Rows of `here` and of `there` that may be twins, and how well the best views correlate."""
    still = np.ascontiguousarray(_without(there, common).T)
    score = np.zeros((len(here), len(there)), np.float32)
    product = np.empty_like(score)
    for view in views:
        np.matmul(view, still, out=product)
        np.maximum(score, np.abs(product, out=product), out=score)
    np.matmul(here, there.T, out=product)
    least = _PROJECTED if common is not None else _PLAIN
    rows, columns = np.nonzero((score > least) | (product > _OBVIOUS))
    return rows, columns, np.maximum(score, product)[rows, columns]


def _sorted(met: list[tuple[Places, Plane]]) -> Places:
    """Every pair once, by the better of its scores; pairs that are equally likely in the order of their places."""
    pairs = np.concatenate([pairs for pairs, _ in met])
    score = np.concatenate([score for _, score in met])
    order = np.lexsort((-score, pairs[:, 1], pairs[:, 0]))
    pairs, score = pairs[order], score[order].round(_DIGITS)
    first = np.ones(len(pairs), bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(1)
    pairs, score = pairs[first], score[first]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -score))]


def common_directions(coarse: Plane) -> Plane | None:
    """What pictures of one set have in common, since they are framed alike: their mean and leading variations.

    Copies are counted once, or they would be taken for what is common.

    Args:
        coarse: (N, D), rows of length 1.

    Returns:
        (9, D), the mean, then orthonormal rows; None where there are too few different pictures to tell.
    """
    kept, count = np.empty_like(coarse), 0
    for row in coarse:
        if not count or float((kept[:count] @ row).max()) < _OBVIOUS:
            kept[count] = row
            count += 1
    if count < _LEAST:
        return None
    mean = kept[:count].mean(0)
    directions = np.linalg.svd(kept[:count] - mean, full_matrices=False)[2][:_COMMON]
    return np.concatenate([mean[None], directions])


def _without(rows: Plane, common: Plane | None) -> Plane:
    if common is None:
        return rows
    rest = rows - common[0]
    return unit_length(rest - (rest @ common[1:].T) @ common[1:])
