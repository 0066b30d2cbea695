"""VGG16 as a backbone: the encoder that the U-Nets have, from the same one importer, so that its weights fit here."""

from typing import Any

import keras

from dentalx.models.backbones import build_core, input_scaling

VGG16 = "vgg16"
_STAGES = ("block3_conv3", "block4_conv3", "block5_conv3", "block5_pool")  # at strides 4, 8, 16 and 32


def vgg_stages(image: Any) -> list[Any]:
    """The outputs of the stages at strides 4, 8, 16 and 32, with the U-Nets' input scaling and layers' names.

    VGG16 has no normalisation, and its features are as large as the input's 0…255; each output gets one of 32 groups.

    Args:
        image: (B, H, W, 3) float32 in 0…255, all channels alike.
    """
    own = input_scaling(VGG16)
    variance = [1 / value**2 for value in own.scale]
    x = keras.layers.Normalization(mean=own.mean, variance=variance, name="normalise", dtype="float32")(image)
    stages = []
    for layer in build_core("unet", VGG16).layers:
        if layer.name.startswith("block"):  # a chain; the decoder is left behind
            x = layer(x)
            if layer.name in _STAGES:
                stages.append(keras.layers.GroupNormalization(32, epsilon=1e-5, name=f"{layer.name}.norm")(x))
    return stages
