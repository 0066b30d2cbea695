"""A batch divided over the devices of several machines: every device's part, and all parts together the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import cpu_count
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.samples import UNLABELLED, Mask

if TYPE_CHECKING:
    from dentalx.datasets.pipeline import Loader

Item = TypeVar("Item")


@dataclass(frozen=True)
class Share:
    """Which elements of every batch are learnt from here.

    Attributes:
        parts: n, devices of all processes together.
        first: number of this process's first device.
        local: devices of this process.

    >>> [Share(4, 2, 2).of(range(8), local) for local in (0, 1)]
    [range(2, 8, 4), range(3, 8, 4)]
    """

    parts: int = 1
    first: int = 0
    local: int = 1

    def of(self, batch: Sequence[Item], local: int) -> Sequence[Item]:
        """Of a whole batch, every n-th element: those of one of this process's devices."""
        return batch[self.first + local :: self.parts]


WHOLE = Share()


def evaluation_share(loader: "Loader", batch_size: int, share: Share) -> tuple[Any, int]:
    """This process's part of `evaluation_dataset`, such that sums over all devices are those over all pictures.

    What is missing in the last batch is filled with pictures of which nothing counts, and of weight 0. The weight of
    the others makes up for them: the mean of weighted losses over all rows is the mean of losses over all pictures.

    Args:
        loader: the pictures, in the order in which they are taken.
        batch_size: of all devices together, a multiple of their number.
        share: which part.

    Returns:
        (dataset, steps): a `tf.data.Dataset` of (image uint8 (b, H, W, 1), mask (b, H, W), weight float32 (b,))
        with b = batch_size / devices, one element for each device of this process in turn, again and again, and how
        many turns are all pictures once.
    """
    import tensorflow as tf

    cv2.setNumThreads(1)  # the workers are the threads
    count, (height, width) = len(loader), loader.size
    steps = -(-count // batch_size)
    rows, weight = batch_size // share.parts, np.float32(steps * batch_size / count)

    def build(number: Any) -> tuple[NDArray[np.uint8], Mask, NDArray[np.float32]]:
        step, local = divmod(int(number), share.local)
        images, weights = np.zeros((rows, height, width, 1), np.uint8), np.zeros(rows, np.float32)
        masks: Mask = np.full((rows, height, width), UNLABELLED, loader.mask_dtype)
        for row, index in enumerate(share.of(range(step * batch_size, (step + 1) * batch_size), local)):
            if index < count:
                images[row, ..., 0], masks[row] = loader[index]
                weights[row] = weight
        return images, masks, weights

    def call(number: Any) -> Any:
        parts = tf.numpy_function(
            build, [number], (tf.uint8, tf.as_dtype(loader.mask_dtype), tf.float32), stateful=False
        )
        for part, shape in zip(parts, ((rows, height, width, 1), (rows, height, width), (rows,)), strict=True):
            part.set_shape(shape)
        return tuple(parts)

    dataset = tf.data.Dataset.range(steps * share.local)
    return dataset.map(call, num_parallel_calls=cpu_count() or 1, deterministic=True).repeat().prefetch(2), steps
