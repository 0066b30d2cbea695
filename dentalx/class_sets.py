"""Sets of overlapping classes as the bits of a mask.

Whatever moves pixels by nearest neighbour moves sets. Up to `NARROW` classes take a uint8, class k its bit k − 1. More
classes, up to `MOST`, take an int32, class k its bit k: bit 0 belongs to no class, so that no set is odd. In both types
0 is background and 255 is *unlabelled, do not count*. `Overlapping.dtype` chooses the type for K classes, and the type
of a mask says which of the two it is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8 | np.int32]  # (H, W), 0 background, 255 unlabelled; int32 for many overlapping classes
Plane = NDArray[np.bool_]  # (H, W)
Probability = NDArray[np.floating]  # (H, W, C) in [0, 1]

UNLABELLED = 255
NARROW = 7  # overlapping classes that a uint8 holds
MOST = 30  # overlapping classes that an int32 holds


class Overlapping:
    """Any set of classes a pixel, as bits; a channel a class, none for background."""

    overlapping = True
    most = MOST

    def channels(self, classes: int) -> int:
        """K."""
        return classes

    def channel(self, k: int, channels: int) -> int:
        """The k-th."""
        return k - 1

    def dtype(self, classes: int) -> type[np.uint8] | type[np.int32]:
        """uint8 for up to `NARROW` classes, int32 for more.

        >>> [OVERLAPPING.dtype(classes).__name__ for classes in (2, 7, 8, 30)]
        ['uint8', 'uint8', 'int32', 'int32']
        """
        return np.uint8 if classes <= NARROW else np.int32

    def held(self, mask: Mask) -> int:
        """`NARROW` or `MOST`."""
        return NARROW if mask.dtype == np.uint8 else MOST

    def of_class(self, mask: Mask, k: int) -> Plane:
        """Where the bit of class k is set and the pixel is labelled.

        >>> OVERLAPPING.of_class(np.uint8([[1, 2, 3, 255]]), 2).tolist()
        [[False, True, True, False]]
        >>> OVERLAPPING.of_class(np.int32([[2, 4, 6, 255]]), 2).tolist()
        [[False, True, True, False]]
        """
        if mask.dtype == np.uint8:
            return np.asarray(self.alone(mask, k, NARROW) == 1)
        return np.asarray((mask & (1 << k | 1)) == 1 << k)

    def alone(self, values: Any, k: int, classes: int) -> Any:
        """Class k of K as the only one: 1 where it is, 0 elsewhere, 255 where it was; of any integers, tensors too.

        >>> OVERLAPPING.alone(np.uint8([0, 1, 2, 3, 255]), 1, 7).tolist()
        [0, 1, 0, 1, 255]
        >>> OVERLAPPING.alone(np.int32([0, 2, 4, 6, 512, 255]), 1, 9).tolist()
        [0, 1, 0, 1, 0, 255]
        """
        if classes <= NARROW:
            return values // 2 ** (k - 1) % 2 + (UNLABELLED - 1) * (values // UNLABELLED)
        unlabelled = values % 2
        return values // 2**k % 2 * (1 - unlabelled) + UNLABELLED * unlabelled

    def put(self, mask: Mask, plane: Plane, k: int) -> None:
        """Add class k to whatever is there; unlabelled pixels stay unlabelled."""
        mask[plane & (mask != UNLABELLED)] |= self._bit(mask.dtype.type, k)

    def areas(self, mask: Mask, classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class, of which a pixel counts for every one that it has.

        >>> OVERLAPPING.areas(np.uint8([[1, 3, 255]]), 2).tolist()
        [2, 1]
        """
        if mask.dtype != np.uint8:
            return np.array([np.count_nonzero(self.of_class(mask, k)) for k in range(1, classes + 1)], np.int64)
        of_value, values = np.bincount(mask.ravel(), minlength=256), np.arange(1 << classes)
        return np.array([of_value[values[values >> k & 1 == 1]].sum() for k in range(classes)], np.int64)

    def layers(self, mask: Mask, classes: int) -> list[Mask]:
        """One a class, of 0 and its number.

        >>> [layer.tolist() for layer in OVERLAPPING.layers(np.uint8([[0, 1, 3]]), 2)]
        [[[0, 1, 1]], [[0, 0, 2]]]
        """
        return [self.of_class(mask, k).astype(np.uint8) * np.uint8(k) for k in range(1, classes + 1)]

    def merged(self, layers: Sequence[Mask]) -> Mask:
        """Their sets, `layers[k - 1]` holding class k.

        >>> OVERLAPPING.merged(OVERLAPPING.layers(np.uint8([[0, 1, 3]]), 2)).tolist()
        [[0, 1, 3]]
        """
        return self.pack(np.stack([layer > 0 for layer in layers], axis=-1))

    def mirrored(self, labels: Sequence[int]) -> tuple[int, ...]:
        """What every set of a uint8 becomes; of more classes, for whose sets no table is small enough, the labels.

        >>> OVERLAPPING.mirrored((0, 2, 1))
        (0, 2, 1, 3)
        """
        if len(labels) - 1 > NARROW:
            return tuple(labels)
        bits = [(k - 1, label - 1) for k, label in enumerate(labels) if k]
        return tuple(sum((value >> k & 1) << across for k, across in bits) for value in range(1 << len(bits)))

    def classify(self, probability: Probability, thresholds: Sequence[float]) -> Mask:
        """Every class where its probability is at least its threshold.

        >>> OVERLAPPING.classify(np.array([[[0.6, 0.3], [0.6, 0.2]]]), (0.5, 0.25)).tolist()
        [[3, 1]]
        """
        return self.pack(probability >= np.asarray(thresholds))

    def pack(self, planes: NDArray[np.bool_]) -> Mask:
        """(H, W, K) classes to (H, W) bits; `unpack` gives them back."""
        classes = planes.shape[-1]
        kind = self.dtype(classes)
        mask: Mask = np.zeros(planes.shape[:-1], kind)
        for k in range(1, classes + 1):
            mask |= planes[..., k - 1] * self._bit(kind, k)
        return mask

    def unpack(self, mask: Mask, classes: int) -> NDArray[np.bool_]:
        """(H, W) bits to (H, W, K) classes, none where the mask is unlabelled."""
        return np.stack([self.of_class(mask, k) for k in range(1, classes + 1)], axis=-1)

    def of_exclusive(self, mask: Mask, classes: int) -> Mask:
        """The same truth of a mask of numbers 1…K.

        >>> OVERLAPPING.of_exclusive(np.uint8([0, 1, 2, 3, 255]), 3).tolist()
        [0, 1, 2, 4, 255]
        """
        kind = self.dtype(classes)
        bits = np.zeros(256, kind)
        for k in range(1, self.held(bits) + 1):
            bits[k] = self._bit(kind, k)
        bits[UNLABELLED] = UNLABELLED
        return np.asarray(bits[mask])

    def foreground(self, probability: Probability) -> Probability:
        """(H, W, K), of each class."""
        return probability

    def views(self, mask: Mask, classes: int) -> list[Mask]:
        """Each class as the only one.

        >>> [view.tolist() for view in OVERLAPPING.views(np.uint8([[2, 3, 255]]), 2)]
        [[[0, 1, 255]], [[1, 1, 255]]]
        """
        unlabelled = UNLABELLED * (mask == UNLABELLED).astype(np.uint8)
        return [(self.of_class(mask, k) + unlabelled).astype(np.uint8) for k in range(1, classes + 1)]

    def split(self, probability: Probability) -> list[Probability]:
        """(H, W, 1) each."""
        return [probability[..., k : k + 1] for k in range(probability.shape[-1])]

    def _bit(self, kind: Any, k: int) -> Any:
        """Class k alone, as a number of that type."""
        return kind(1 << (k - 1) if kind is np.uint8 else 1 << k)


OVERLAPPING = Overlapping()


def relabelled(mask: Mask, table: Sequence[int]) -> Mask:
    """A mask whose classes have become others, by a table that `mirrored` of its labelling made.

    >>> relabelled(np.uint8([[1, 2, 255]]), (0, 2, 1)).tolist()
    [[2, 1, 255]]
    >>> relabelled(np.int32([[2, 516, 255]]), (0, 2, 1, 3, 4, 5, 6, 7, 8, 9)).tolist()
    [[4, 514, 255]]
    """
    if mask.dtype == np.uint8:
        values = np.arange(256, dtype=np.uint8)
        values[: len(table)] = table
        return np.asarray(values[mask])
    changed = np.where(mask == UNLABELLED, mask, 0)
    for k, label in enumerate(table):
        if k:
            OVERLAPPING.put(changed, OVERLAPPING.of_class(mask, k), label)
    return changed
