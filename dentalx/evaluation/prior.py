"""The mean shape of the training masks: what one can say of a radiograph without looking at it."""

import numpy as np

from dentalx.samples import UNLABELLED, Mask


class MeanShape:
    """Training masks stretched to one size and counted, pixel by pixel.

    Args:
        classes: K.
        size: (H, W) in pixels in which shapes are counted.
    """

    def __init__(self, classes: int, size: tuple[int, int] = (256, 512)) -> None:
        self._votes = np.zeros((classes + 1, *size), np.int64)

    def add(self, mask: Mask) -> None:
        """Count one mask (H, W) uint8 of 0…K; pixels marked 255 do not vote."""
        small = stretch(mask, self._votes.shape[1:])
        if small[small != UNLABELLED].max(initial=0) >= len(self._votes):
            raise ValueError(f"mask must lie in 0…{len(self._votes) - 1} or be 255, got {small.max()}")
        self._votes += small == np.arange(len(self._votes))[:, None, None]

    def mask(self) -> Mask:
        """(H, W) uint8: the class that most masks have at each pixel; background where none voted, and on a draw."""
        return np.asarray(self._votes.argmax(0), np.uint8)


def stretch(mask: Mask, size: tuple[int, int]) -> Mask:
    """A mask at another (H, W), each pixel taking the value at its centre; the aspect is not kept.

    >>> stretch(np.array([[0, 1]], np.uint8), (1, 4)).tolist()
    [[0, 0, 1, 1]]
    """
    rows, columns = ((2 * np.arange(to) + 1) * len_ // (2 * to) for to, len_ in zip(size, mask.shape, strict=True))
    return np.asarray(mask[rows[:, None], columns])
