"""The U-Net of Ronneberger et al., MICCAI 2015, without an encoder that has a name: four levels of 64 to 512 filters.

In the form that tutorials have made common: convolutions keep the size, each is followed by batch normalisation, and
the picture's own size is the finest level.
"""

from typing import Any

import keras
from keras import layers

from dentalx.models.normalisation import BatchNormalization

FILTERS = (64, 128, 256, 512)  # of the levels, the picture's own size first
BOTTOM_FILTERS = 1024


def plain_unet(name: str) -> keras.Model:
    """(B, H, W, 3), sides multiples of 16, to (B, H, W, 64)."""
    image = feature = keras.Input((None, None, 3), name="data")
    levels = []
    for level, filters in enumerate(FILTERS):
        feature = _double(feature, filters, f"encoder_{level}")
        levels.append(feature)
        feature = layers.MaxPooling2D(2, name=f"encoder_{level}_pool")(feature)
    feature = _double(feature, BOTTOM_FILTERS, f"encoder_{len(FILTERS)}")
    for level, filters in reversed(list(enumerate(FILTERS))):
        above = layers.Conv2DTranspose(filters, 2, strides=2, name=f"decoder_{level}_up")(feature)
        together = layers.Concatenate(name=f"decoder_{level}_concat")([levels[level], above])
        feature = _double(together, filters, f"decoder_{level}")
    return keras.Model(image, feature, name=name)


def _double(feature: Any, filters: int, name: str) -> Any:
    for part in ("a", "b"):
        feature = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_uniform", name=f"{name}_{part}_conv"
        )(feature)
        feature = BatchNormalization(name=f"{name}_{part}_bn")(feature)
        feature = layers.Activation("relu", name=f"{name}_{part}_relu")(feature)
    return feature
