"""Pictures of any size to networks of a fixed size and back, the same for every library that runs them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.preprocess import Letterbox

Pixels = NDArray[np.uint8]
Probability = NDArray[np.float32]
Network = Callable[[Pixels], Probability]  # (B, H, W, 1) grey bytes to (B, H, W, C) in [0, 1]
Size = tuple[int, int]


@dataclass(frozen=True)
class Framed:
    """Networks, each with its letterbox and its undoing; what several say is averaged.

    Attributes:
        parts: each a network and the (H, W) that pictures are letterboxed to for it; None where it takes any size.

    >>> half = Framed(((lambda pixels: pixels.astype(np.float32) / 255, (2, 2)),))
    >>> half(np.full((1, 2), 255, np.uint8))[..., 0].tolist()
    [[1.0, 1.0]]
    """

    parts: tuple[tuple[Network, Size | None], ...]

    def __call__(self, pixels: Pixels) -> Probability:
        """(h, w) grey bytes to (h, w, C) float32 in [0, 1]."""
        each = [_one(network, size, pixels) for network, size in self.parts]
        if len(each) == 1:
            return each[0]
        mean: Probability = np.mean(each, axis=0, dtype=np.float32)
        return mean


def _one(network: Network, size: Size | None, pixels: Pixels) -> Probability:
    if size is None:
        found: Probability = network(pixels[np.newaxis, ..., np.newaxis])[0]
        return found
    frame = Letterbox((pixels.shape[0], pixels.shape[1]), size)
    whole: Probability = frame.undo(network(frame.apply_levels(pixels)[np.newaxis, ..., np.newaxis])[0])
    return whole
