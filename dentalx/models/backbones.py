"""The one importer of segmentation_models: encoders and architectures, made to work on Keras 3."""

import os
from typing import Any

import numpy as np

os.environ.setdefault("SM_FRAMEWORK", "tf.keras")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import contextlib
import io

import keras

with contextlib.redirect_stdout(io.StringIO()):  # it prints which framework it uses
    import segmentation_models

# Batch statistics follow within tens of steps. segmentation_models' 0.99 needs hundreds, and a set of
# 80 pictures at batch 8 gives ten an epoch.
BATCH_NORM_MOMENTUM = 0.9

BACKBONES = ("vgg16", "resnet34")

ARCHITECTURES = {"unet": segmentation_models.Unet}


def build_core(architecture: str, backbone: str) -> keras.Model:
    """The network up to its last feature map: (B, H, W, 3), sides multiples of 32, to (B, H, W, F).

    Its weights are random: glorot as segmentation_models draws them, He et al. 2015 for an encoder without
    batch normalisation, where glorot lets the signal die out over thirteen ReLU layers.
    """
    model = ARCHITECTURES[architecture](
        backbone, input_shape=(None, None, 3), encoder_weights=None, classes=1, activation=None
    )
    core = keras.Model(model.input, model.get_layer("final_conv").input, name=f"{architecture}_{backbone}")
    for layer in core.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in encoder_layers(core)):
        _draw_he(encoder_layers(core))
    return core


def encoder_layers(core: keras.Model) -> list[keras.layers.Layer]:
    """The layers of `core` that have weights and belong to the encoder."""
    decoder = ("decoder_", "center_block", "final_conv", "logits")
    return [layer for layer in core.layers if layer.weights and not layer.name.startswith(decoder)]


def _draw_he(layers: list[keras.layers.Layer]) -> None:
    for layer in layers:
        if isinstance(layer, keras.layers.Conv2D):
            seed = keras.random.SeedGenerator(int(keras.random.randint((), 0, 2**30)))
            layer.kernel.assign(keras.initializers.HeNormal(seed)(layer.kernel.shape))


def input_scaling(backbone: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """(mean, scale) such that `(grey - mean) * scale` is the encoder's own preprocessing of equal channels.

    The preprocessing functions are affine per channel; two probes, black and white, tell the line.
    """
    preprocess = segmentation_models.get_preprocessing(backbone)
    probe = np.stack([np.zeros((1, 1, 3)), np.full((1, 1, 3), 255.0)]).astype(np.float32)
    black, white = np.asarray(preprocess(probe.copy()), np.float64).reshape(2, 3)
    scale = (white - black) / 255
    mean = 0.0 - black / scale
    return _triple(mean), _triple(scale)


def _triple(values: Any) -> tuple[float, float, float]:
    first, second, third = (round(float(value), 6) for value in values)
    return first, second, third


def imagenet_encoder(architecture: str, backbone: str) -> keras.Model:
    """A network whose encoder has its published ImageNet weights, from Keras' cache or the publisher.

    Raises:
        OSError: the file is neither in the cache nor to be had.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return ARCHITECTURES[architecture](backbone, input_shape=(None, None, 3), encoder_weights="imagenet")
    except Exception as error:  # keras.utils.get_file raises a bare Exception
        cause = str(error).rsplit(" -- ", 1)[-1]
        raise OSError(f"the ImageNet weights of {backbone} could not be downloaded: {cause}") from error
