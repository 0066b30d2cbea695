"""The trunk with little in memory: what its blocks put out is computed again in the backward pass, not kept.

Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016. The trunk is cut where a single map carries
everything on: at the sum of each residual block. Only these maps are kept; the pyramid, which reads the last map of
each stage, is not cut. Gradients are those of the uncut trunk.
"""

import itertools
from typing import Any

import keras
import tensorflow as tf


class Recomputed:
    """A trunk in pieces, over the same layers.

    Args:
        trunk: of `build_trunk`, with a ResNet.
    """

    def __init__(self, trunk: keras.Model) -> None:
        sums = [each.name for each in trunk.layers if each.name.startswith("layer") and each.name.endswith(".add")]
        maps = [trunk.get_layer(name).output for name in ("normalise", "maxpool", *sums)]
        self._first = keras.Model(trunk.inputs, maps[0])
        self._pieces = [keras.Model(one, other) for one, other in itertools.pairwise(maps)]
        self._pyramid = keras.Model(maps[1:], trunk.outputs)

    def __call__(self, image: Any) -> list[Any]:
        """uint8 (B, H, W, C) to the pyramid's levels, as the trunk gives them in training."""
        x = self._first(image, training=True)
        maps = []
        for piece in self._pieces:
            x = _recomputed(piece, x)
            maps.append(x)
        return list(self._pyramid(maps, training=True))


def _recomputed(piece: keras.Model, x: Any) -> Any:
    """What `piece` makes of `x` in training; moving averages are changed by the first pass alone."""
    passes = itertools.count()

    def forward(x: Any) -> Any:
        if next(passes) == 0:
            return piece(x, training=True)
        with keras.StatelessScope():
            return piece(x, training=True)

    return tf.recompute_grad(forward)(x)
