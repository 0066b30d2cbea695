"""The learning rate of ours, for peers that are trained alike. Standard library alone."""

import math

WARM_UP_SHARE = 0.05


def rate(share: float, highest: float) -> float:
    """The cosine with warm-up of ours, by the share of the training that is done."""
    if share < WARM_UP_SHARE:
        return highest * (0.1 + 0.9 * share / WARM_UP_SHARE)
    left = min(1.0, (share - WARM_UP_SHARE) / (1 - WARM_UP_SHARE))
    return highest * 0.5 * (1 + math.cos(math.pi * left))
