"""VGG16 as a backbone: strides, and that a U-Net's encoder fits in it and sees the same pixels."""

import keras
import numpy as np
import pytest

from dentalx.models.backbones import build_core, input_scaling
from dentalx.models.maskrcnn.build import TrunkSettings, build_trunk


def test_levels_and_that_a_unets_encoder_fits() -> None:
    trunk = build_trunk(TrunkSettings((64, 96), backbone="vgg16", channels=8))
    assert [level.shape[1:] for level in trunk.outputs] == [(16, 24, 8), (8, 12, 8), (4, 6, 8), (2, 3, 8), (1, 2, 8)]
    core = build_core("unet", "vgg16")
    own = [layer for layer in trunk.layers if layer.name.startswith("block") and layer.weights]
    convolutions = [layer for layer in own if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 13
    for layer in convolutions:
        layer.set_weights(core.get_layer(layer.name).get_weights())
    grey = np.full((1, 64, 96, 1), 200, np.uint8)
    scaled = keras.Model(trunk.input, trunk.get_layer("normalise").output)(grey)
    own = input_scaling("vgg16")
    assert np.allclose(scaled[0, 0, 0], (200 - np.array(own.mean)) * own.scale, atol=1e-3)


def test_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="grey"):
        TrunkSettings((64, 64), image_channels=3, backbone="vgg16")
