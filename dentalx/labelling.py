"""What a pixel of a mask says: one class, or a set of classes that overlap there.

Exclusive classes are numbers 1…K. Of overlapping ones a pixel has a byte whose bit k − 1 says whether class k is there,
so that whatever moves pixels about, nearest neighbour, moves sets. In both 0 is background and 255 is *unlabelled, do
not count*; the highest bit is kept for that, hence `MOST` classes.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]  # (H, W), 0 background, 255 unlabelled
Plane = NDArray[np.bool_]  # (H, W)
Probability = NDArray[np.floating]  # (H, W, C) in [0, 1]

UNLABELLED = 255
MOST = 7  # overlapping classes


class Labelling(Protocol):
    """How masks and channels stand for K classes; k counts from 1.

    Attributes:
        overlapping: whether a pixel may be of several classes.
        most: classes that a mask can hold.
    """

    overlapping: bool
    most: int

    def channels(self, classes: int) -> int:
        """Channels C of a prediction of K classes."""

    def channel(self, k: int, channels: int) -> int:
        """Which of C channels is that of class k."""

    def of_class(self, mask: Mask, k: int) -> Plane:
        """Where class k is."""

    def put(self, mask: Mask, plane: Plane, k: int) -> None:
        """Write class k into a mask, in place."""

    def of_exclusive(self, mask: Mask) -> Mask:
        """The same truth of a mask of numbers 1…K."""

    def counts(self, of_value: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class, from the (256,) pixels of each value of a mask."""

    def layers(self, mask: Mask, classes: int) -> list[Mask]:
        """Masks of numbers 1…K that together say the same; what one is done to is done to all."""

    def merged(self, layers: Sequence[Mask]) -> Mask:
        """The mask that `layers` took apart."""

    def mirrored(self, labels: Sequence[int]) -> tuple[int, ...]:
        """What each value of a mask becomes in the mirror image, where label l, 0 first, becomes `labels[l]`."""

    def classify(self, probability: Probability, thresholds: Sequence[float]) -> Mask:
        """The mask that probabilities mean; a threshold a class where they are compared with one."""

    def foreground(self, probability: Probability) -> Probability:
        """(H, W, n) probabilities of whether a class is there: of any, or of each that overlaps."""

    def views(self, mask: Mask, classes: int) -> list[Mask]:
        """Masks of exclusive classes 1…, each a question that probabilities answer: all at once, or class by class."""

    def split(self, probability: Probability) -> list[Probability]:
        """The channels that answer each of `views`."""


class Exclusive:
    """At most one class a pixel: one channel for a single class, else K + 1 with background first."""

    overlapping = False
    most = UNLABELLED - 1

    def channels(self, classes: int) -> int:
        """1 for a single class, else K + 1.

        >>> EXCLUSIVE.channels(1), EXCLUSIVE.channels(3)
        (1, 4)
        """
        return 1 if classes == 1 else classes + 1

    def channel(self, k: int, channels: int) -> int:
        """The only one, or the one behind background and the classes before."""
        return 0 if channels == 1 else k

    def of_class(self, mask: Mask, k: int) -> Plane:
        """Where the mask is k."""
        return np.asarray(mask == k)

    def put(self, mask: Mask, plane: Plane, k: int) -> None:
        """Write class k over whatever was there."""
        mask[plane] = k

    def of_exclusive(self, mask: Mask) -> Mask:
        """The mask itself."""
        return mask

    def counts(self, of_value: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class, from the (256,) pixels of each value of a mask."""
        return of_value[1 : classes + 1]

    def layers(self, mask: Mask, classes: int) -> list[Mask]:
        """The mask itself."""
        return [mask]

    def merged(self, layers: Sequence[Mask]) -> Mask:
        """The only one."""
        (mask,) = layers
        return mask

    def mirrored(self, labels: Sequence[int]) -> tuple[int, ...]:
        """The labels are the values."""
        return tuple(labels)

    def classify(self, probability: Probability, thresholds: Sequence[float]) -> Mask:
        """At the threshold where C = 1, else the largest probability.

        >>> EXCLUSIVE.classify(np.array([[[0.4], [0.6]]]), (0.5,)).tolist()
        [[0, 1]]
        >>> EXCLUSIVE.classify(np.array([[[0.5, 0.2, 0.3]]]), ()).tolist()
        [[0]]
        """
        if probability.shape[-1] == 1:
            return (probability[..., 0] >= thresholds[0]).astype(np.uint8)
        return np.asarray(probability.argmax(-1), np.uint8)

    def foreground(self, probability: Probability) -> Probability:
        """(H, W, 1) probability of any class."""
        return probability if probability.shape[-1] == 1 else 1 - probability[..., :1]

    def views(self, mask: Mask, classes: int) -> list[Mask]:
        """The mask itself."""
        return [mask]

    def split(self, probability: Probability) -> list[Probability]:
        """All channels, which are one distribution."""
        return [probability]


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

    def of_class(self, mask: Mask, k: int) -> Plane:
        """Where bit k − 1 is set and the pixel is labelled.

        >>> OVERLAPPING.of_class(np.uint8([[1, 2, 3, 255]]), 2).tolist()
        [[False, True, True, False]]
        """
        return np.asarray(self.alone(mask, k) == 1)

    def alone(self, values: Any, k: int) -> Any:
        """Class k as the only one: 1 where it is, 0 elsewhere, 255 where it was; of any integers, tensors too.

        >>> OVERLAPPING.alone(np.uint8([0, 1, 2, 3, 255]), 1).tolist()
        [0, 1, 0, 1, 255]
        """
        return values // 2 ** (k - 1) % 2 + (UNLABELLED - 1) * (values // UNLABELLED)

    def put(self, mask: Mask, plane: Plane, k: int) -> None:
        """Add class k to whatever is there."""
        mask[plane] |= np.uint8(1 << (k - 1))

    def counts(self, of_value: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class, of which a pixel counts for every one that it has.

        >>> OVERLAPPING.counts(np.bincount([1, 3, 255], minlength=256), 2).tolist()
        [2, 1]
        """
        values = np.arange(1 << classes)
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
        """Every set becomes the set of what its classes become.

        >>> OVERLAPPING.mirrored((0, 2, 1))
        (0, 2, 1, 3)
        """
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
        bits = np.left_shift(1, np.arange(planes.shape[-1])).astype(np.uint8)
        return np.asarray((planes * bits).sum(-1, dtype=np.uint8))

    def unpack(self, mask: Mask, classes: int) -> NDArray[np.bool_]:
        """(H, W) bits to (H, W, K) classes, none where the mask is unlabelled."""
        return np.stack([self.of_class(mask, k) for k in range(1, classes + 1)], axis=-1)

    def of_exclusive(self, mask: Mask) -> Mask:
        """The same truth of a mask of numbers 1…K.

        >>> OVERLAPPING.of_exclusive(np.uint8([0, 1, 2, 3, 255])).tolist()
        [0, 1, 2, 4, 255]
        """
        bits = np.zeros(256, np.uint8)
        bits[1 : MOST + 1], bits[UNLABELLED] = 1 << np.arange(MOST), UNLABELLED
        return np.asarray(bits[mask])

    def foreground(self, probability: Probability) -> Probability:
        """(H, W, K), of each class."""
        return probability

    def views(self, mask: Mask, classes: int) -> list[Mask]:
        """Each class as the only one.

        >>> [view.tolist() for view in OVERLAPPING.views(np.uint8([[2, 3, 255]]), 2)]
        [[[0, 1, 255]], [[1, 1, 255]]]
        """
        return [self.alone(mask, k) for k in range(1, classes + 1)]

    def split(self, probability: Probability) -> list[Probability]:
        """(H, W, 1) each."""
        return [probability[..., k : k + 1] for k in range(probability.shape[-1])]


EXCLUSIVE = Exclusive()
OVERLAPPING = Overlapping()


def labelling_of(overlapping: bool) -> Exclusive | Overlapping:
    """The one that is asked for."""
    return OVERLAPPING if overlapping else EXCLUSIVE
