"""Pictures that are the same radiograph twice, which no split may separate."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.images import read_grey
from dentalx.errors import InputError
from dentalx.preprocess import resize_plane
from dentalx.samples import Grey, Record, Source

_SIDE_PX = 32
_SAME = 0.97  # of 115 real panoramics, the closest two different ones reach 0.68, the same one saved again 0.99
_BLOCK = 1024


def identical_pictures(source: Source) -> tuple[tuple[str, ...], ...]:
    """The image ids that show the same radiograph: byte for byte, saved again, resized, or of another contrast.

    Every file is decoded once. Drawn pictures are left out, and so are files that cannot be read, which whoever
    needs them will report. Mirrored and cropped copies are not found.

    Returns:
        groups of two or more ids, each sorted.
    """
    records = [record for record in source.records if record.image is not None]
    with ThreadPoolExecutor(cpu_count()) as pool:
        found = list(pool.map(_signature_of, records))
    readable = [(record.image_id, value) for record, value in zip(records, found, strict=True) if value is not None]
    if not readable:
        return ()
    pairs = same_signatures(np.stack([value for _, value in readable]))
    return _connected([(readable[i][0], readable[j][0]) for i, j in pairs])


def signature(plane: Grey) -> NDArray[np.float32]:
    """What stays of a picture when it is resized, saved with loss, or changed in brightness and contrast.

    The differences between neighbours in a 32×32 thumbnail, of mean 0 and length 1; zeros for an even plane.

    Returns:
        (1984,) float32; the product of two signatures is their correlation.
    """
    small = resize_plane(plane, (_SIDE_PX, _SIDE_PX))
    steps = np.concatenate([np.diff(small, axis=0).ravel(), np.diff(small, axis=1).ravel()])
    steps -= steps.mean()
    length = float(np.linalg.norm(steps))
    return np.asarray(steps / length if length > 1e-6 else np.zeros_like(steps), np.float32)


def same_signatures(signatures: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs i < j of the (N, D) float32 signatures that belong to one picture."""
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(signatures), _BLOCK):  # never all N × N at once
        rows, columns = np.nonzero(signatures[start : start + _BLOCK] @ signatures.T > _SAME)
        pairs += [(start + i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if start + i < j]
    return pairs


def _signature_of(record: Record) -> NDArray[np.float32] | None:
    assert record.image is not None
    try:
        return signature(read_grey(record.image))
    except InputError:
        return None


def _connected(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Groups that pairs make when those of pairs in common are joined.

    >>> _connected([("a", "b"), ("d", "c"), ("b", "e")])
    (('a', 'b', 'e'), ('c', 'd'))
    """
    group: dict[str, str] = {}
    members: dict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        one, other = group.setdefault(first, first), group.setdefault(second, second)
        joined = members.pop(one, {first}) | members.pop(other, {second})
        members[one] = joined
        for name in joined:
            group[name] = one
    return tuple(sorted(tuple(sorted(names)) for names in members.values()))
