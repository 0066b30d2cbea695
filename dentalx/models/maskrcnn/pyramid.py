"""The feature pyramid: every level as rich as the deepest (Lin et al., "Feature Pyramid Networks", CVPR 2017)."""

from typing import Any

import keras

CHANNELS = 256


def feature_pyramid(stages: list[Any], channels: int = CHANNELS) -> list[Any]:
    """P2 … P6 from the backbone's outputs at strides 4, 8, 16 and 32.

    P6 is every other cell of P5, for the largest anchors alone. Layers are named as in torchvision's
    `FeaturePyramidNetwork` (`fpn.inner_blocks.0.0`).

    Returns:
        five maps (B, H / 4 … H / 64, W / 4 … W / 64, channels).
    """
    lateral = [_conv(channels, 1, f"fpn.inner_blocks.{level}.0")(stage) for level, stage in enumerate(stages)]
    merged = [lateral[-1]]
    for level in reversed(range(len(stages) - 1)):
        larger = keras.layers.UpSampling2D(2, interpolation="nearest", name=f"fpn.up.{level}")(merged[0])
        merged.insert(0, keras.layers.Add(name=f"fpn.add.{level}")([lateral[level], larger]))
    outputs = [_conv(channels, 3, f"fpn.layer_blocks.{level}.0")(x) for level, x in enumerate(merged)]
    return [*outputs, keras.layers.MaxPooling2D(1, 2, name="fpn.pool")(outputs[-1])]


def _conv(channels: int, side: int, name: str) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        channels, side, padding="same", kernel_initializer=keras.initializers.VarianceScaling(1.0, "fan_in"), name=name
    )
