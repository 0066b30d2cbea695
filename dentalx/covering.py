"""What of a class remains in a mask of exclusive classes, where later classes are painted over earlier ones."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dentalx.labelling import EXCLUSIVE, UNLABELLED, Labelling, Mask, Plane

OF_READING = "name it later in --classes, or train with --overlapping, which keeps every class whole"
OF_WRITING = "name it later in --classes, or write COCO, which keeps every class whole"
_MUCH = 0.5  # a class that loses this share of its pixels is reported even where something of it is left everywhere


@dataclass(frozen=True)
class Cover:
    """What one image's mask shows of what was painted into it, by class 1…K.

    Attributes:
        objects: how many were painted; empty where the data do not tell objects apart.
        kept: pixels that the mask shows; only classes with some.
        hidden: pixels that lie under later classes; only classes with some.
    """

    objects: Mapping[int, int] = field(default_factory=dict)
    kept: Mapping[int, int] = field(default_factory=dict)
    hidden: Mapping[int, int] = field(default_factory=dict)


class Canvas:
    """A mask that is painted object by object, and counts what is covered.

    Attributes:
        mask: (H, W) uint8, or int32 of many overlapping classes, what is visible so far.

    >>> canvas = Canvas((1, 3))
    >>> canvas.put(np.array([[True, True, False]]), 1)
    >>> canvas.put(np.array([[True, True, True]]), 2)
    >>> canvas.mask.tolist(), canvas.cover()
    ([[2, 2, 2]], Cover(objects={1: 1, 2: 1}, kept={2: 3}, hidden={1: 2}))
    """

    def __init__(self, size: tuple[int, ...], labelling: Labelling = EXCLUSIVE, classes: int = 1) -> None:
        """Begin with background; `size` is (rows, columns), and `classes` decides the type of overlapping ones."""
        self.mask: Mask = np.zeros(size[:2], labelling.dtype(classes))
        self._labelling = labelling
        self._objects: Counter[int] = Counter()
        self._hidden: Counter[int] = Counter()

    def put(self, plane: Plane, k: int) -> None:
        """Paint an object of class k, (H, W) bool; where classes overlap, nothing is covered."""
        if not self._labelling.overlapping:
            under = np.bincount(self.mask[plane], minlength=256)
            found = np.flatnonzero(under[:UNLABELLED]).tolist()
            self._hidden.update({index: int(under[index]) for index in found if index not in (0, k)})
        self._labelling.put(self.mask, plane, k)
        self._objects[k] += 1

    def cover(self) -> Cover:
        """What is visible and what is covered of the objects so far."""
        if self._labelling.overlapping:
            return Cover(dict(self._objects))
        kept = np.bincount(self.mask.ravel(), minlength=256)
        visible = {index: int(kept[index]) for index in np.flatnonzero(kept).tolist() if 0 < index < UNLABELLED}
        return Cover(dict(self._objects), visible, dict(sorted(self._hidden.items())))


def vanished(covers: Iterable[Cover], classes: Sequence[str], way_out: str = OF_READING) -> list[str]:
    """A sentence for each class of which nothing is visible in some image, or of which half is covered in all.

    Args:
        covers: of the images.
        classes: the K class names.
        way_out: what the user can do.

    >>> vanished([Cover({1: 3, 2: 1}, {2: 9}, {1: 4}), Cover({1: 1}, {1: 2})], ("caries", "tooth"))[0]
    'caries: 4 objects in 2 images, visible in 1 of them (67 % of its pixels lie under other classes): \
name it later in --classes, or train with --overlapping, which keeps every class whole'
    """
    objects, kept, hidden, there, visible = (Counter[int]() for _ in range(5))
    for cover in covers:
        objects.update(cover.objects)
        kept.update(cover.kept)
        hidden.update(cover.hidden)
        there.update(cover.kept.keys() | cover.hidden.keys())
        visible.update(cover.kept.keys())
    sentences = []
    for k, name in enumerate(classes, start=1):
        share = hidden[k] / max(1, hidden[k] + kept[k])
        if visible[k] == there[k] and share < _MUCH:
            continue
        counted = f"{objects[k]} object{'s' * (objects[k] != 1)} in " if objects[k] else ""
        images = f"{there[k]} image{'s' * (there[k] != 1)}"
        sentences.append(
            f"{name}: {counted}{images}, visible in {visible[k] or 'none'} of them ({100 * share:.0f} % of its pixels "
            f"lie under other classes): {way_out}"
        )
    return sentences
