"""Probabilities counted in levels: all that thresholds and curves need of a picture, whatever its size."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dentalx.metrics.counts import Integers
from dentalx.samples import UNLABELLED, Mask

LEVELS = 256
_BLOCK_PX = 2**18

Probability = NDArray[np.floating]


def level_counts(truth: Mask, probability: Probability) -> tuple[Integers, Integers]:
    """Pixels of the class, and all others, at each level of probability.

    Args:
        truth: (H, W) uint8, 1 the class, 255 not counted, all else background.
        probability: (H, W) or (H, W, 1) in [0, 1], of the class.

    Returns:
        two (256,) int64; level k holds k / 256 ≤ probability < (k + 1) / 256, the last one 1 as well.

    Raises:
        ValueError: the sizes differ or a probability lies outside [0, 1].
    """
    true, false = np.zeros(LEVELS, np.int64), np.zeros(LEVELS, np.int64)
    for known, value in blocks(truth, probability[..., 0] if probability.ndim == 3 else probability):
        level = np.minimum((value.astype(np.float64) * LEVELS).astype(np.intp), LEVELS - 1)
        true += np.bincount(level[known == 1], minlength=LEVELS)
        false += np.bincount(level[(known != 1) & (known != UNLABELLED)], minlength=LEVELS)
    return true, false


def blocks(truth: Mask, probability: Probability) -> Iterator[tuple[Mask, Probability]]:
    """Truth (n,) and probability (n,), or (n, C) of (H, W, C), some pixels at a time, checked."""
    if truth.shape != probability.shape[:2]:
        raise ValueError(f"truth is {truth.shape} but the probability is {probability.shape}")
    flat = probability.reshape(truth.size, *probability.shape[2:])
    for start in range(0, truth.size, _BLOCK_PX):
        block = flat[start : start + _BLOCK_PX]
        if not ((block >= 0) & (block <= 1)).all():
            raise ValueError(f"probability must lie in [0, 1], got {block.min()}…{block.max()}")
        yield truth.ravel()[start : start + _BLOCK_PX], block
