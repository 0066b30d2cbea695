"""What a pixel of a mask says: one class (numbers 1…K), or a set of classes that overlap there (`dentalx.class_sets`).

In both 0 is background and 255 is *unlabelled, do not count*.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dentalx.class_sets import MOST as MOST
from dentalx.class_sets import NARROW as NARROW
from dentalx.class_sets import OVERLAPPING as OVERLAPPING
from dentalx.class_sets import UNLABELLED as UNLABELLED
from dentalx.class_sets import Mask as Mask
from dentalx.class_sets import Overlapping, Probability
from dentalx.class_sets import Plane as Plane
from dentalx.class_sets import relabelled as relabelled


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

    def dtype(self, classes: int) -> type[np.uint8] | type[np.int32]:
        """The type of a mask of K classes."""

    def held(self, mask: Mask) -> int:
        """Classes that a mask of this type can hold."""

    def of_exclusive(self, mask: Mask, classes: int) -> Mask:
        """The same truth of a mask of numbers 1…K."""

    def areas(self, mask: Mask, classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class."""

    def layers(self, mask: Mask, classes: int) -> list[Mask]:
        """Masks of numbers 1…K that together say the same; what one is done to is done to all."""

    def merged(self, layers: Sequence[Mask]) -> Mask:
        """The mask that `layers` took apart."""

    def mirrored(self, labels: Sequence[int]) -> tuple[int, ...]:
        """The table that `relabelled` takes for the mirror image, where label l, 0 first, becomes `labels[l]`."""

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

    def dtype(self, classes: int) -> type[np.uint8] | type[np.int32]:
        """uint8 for any K."""
        return np.uint8

    def held(self, mask: Mask) -> int:
        """All that a uint8 has numbers for."""
        return self.most

    def of_exclusive(self, mask: Mask, classes: int) -> Mask:
        """The mask itself."""
        return mask

    def areas(self, mask: Mask, classes: int) -> NDArray[np.int64]:
        """(K,) pixels of each class.

        >>> EXCLUSIVE.areas(np.uint8([[1, 2, 2, 255]]), 3).tolist()
        [1, 2, 0]
        """
        return np.bincount(mask.ravel(), minlength=256)[1 : classes + 1].astype(np.int64)

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


EXCLUSIVE = Exclusive()


def labelling_of(overlapping: bool) -> Exclusive | Overlapping:
    """The one that is asked for."""
    return OVERLAPPING if overlapping else EXCLUSIVE
