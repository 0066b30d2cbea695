"""The one importer of segmentation_models: encoders and architectures, made to work on Keras 3."""

import os
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

os.environ.setdefault("SM_FRAMEWORK", "tf.keras")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import contextlib
import io

import keras

with contextlib.redirect_stdout(io.StringIO()):  # it prints which framework it uses
    import segmentation_models
    from segmentation_models.backbones.backbones_factory import Backbones

from dentalx.config import PLAIN
from dentalx.models.decoders import DECODERS
from dentalx.models.layers import Enlarge
from dentalx.models.normalisation import BatchNormalization
from dentalx.models.plain import plain_unet

# Batch statistics follow within tens of steps. segmentation_models' 0.99 needs hundreds, and a set of
# 80 pictures at batch 8 gives ten an epoch.
BATCH_NORM_MOMENTUM = 0.9

# What the library takes its layers from.
segmentation_models._KERAS_LAYERS = SimpleNamespace(**{**vars(keras.layers), "BatchNormalization": BatchNormalization})

STRIDES = (2, 4, 8, 16, 32)

_LIBRARY = {"unet": segmentation_models.Unet, "fpn": segmentation_models.FPN, "linknet": segmentation_models.Linknet}
ARCHITECTURES = (*_LIBRARY, *DECODERS)
# How the names of a decoder's layers begin.
DECODER = ("decoder_", "center_block", "fpn_", "segm_", "aggregation", "final_", "logits")


def build_core(architecture: str, backbone: str) -> keras.Model:
    """The network up to its last feature map: (B, H, W, 3), sides multiples of 32, to (B, H, W, F).

    Its weights are random: glorot as segmentation_models draws them, He et al. 2015 for an encoder without
    batch normalisation, where glorot lets the signal die out over thirteen ReLU layers.
    """
    name = f"{architecture.replace('++', '_plus_plus')}_{backbone}"
    if backbone == PLAIN:
        core = plain_unet(name)
    elif architecture in _LIBRARY:
        model = _LIBRARY[architecture](
            backbone, input_shape=(None, None, 3), encoder_weights=None, classes=1, activation=None
        )
        last = model.layers[-2].input  # without convolution and activation
        if architecture == "fpn":
            last = Enlarge(2, name="decoder_up")(model.get_layer("final_upsampling").input)
        core = keras.Model(model.input, last, name=name)
    else:
        encoder = build_encoder(backbone)
        core = keras.Model(encoder.image, DECODERS[architecture](encoder.features), name=name)
    for layer in core.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in encoder_layers(core)):
        _draw_he(encoder_layers(core))
    return core


@dataclass(frozen=True)
class Encoder:
    """An encoder as it is built, with what a decoder takes from it.

    Attributes:
        model: the whole of it, without its classifier.
        image: (B, H, W, 3), sides multiples of 32.
        features: maps at `STRIDES`, finest first.
    """

    model: keras.Model
    image: Any
    features: list[Any]


def build_encoder(backbone: str, weights: str | None = None) -> Encoder:
    """The encoder with random weights, or ("imagenet") its published ones from Keras' cache or the publisher."""
    modules = {
        name: getattr(segmentation_models, f"_KERAS_{name.upper()}")
        for name in ("backend", "layers", "models", "utils")
    }
    with contextlib.redirect_stdout(io.StringIO()):
        model = Backbones.get_backbone(
            backbone, input_shape=(None, None, 3), weights=weights, include_top=False, **modules
        )
    places = reversed(Backbones.get_feature_layers(backbone, n=4))
    skips = [model.get_layer(**{"name" if isinstance(at, str) else "index": at}).output for at in places]
    return Encoder(model, model.input, [*skips, model.output])


def encoder_layers(core: keras.Model) -> list[keras.layers.Layer]:
    """The layers of `core` that have weights and belong to the encoder."""
    return [layer for layer in core.layers if layer.weights and not layer.name.startswith(DECODER)]


def _draw_he(layers: list[keras.layers.Layer]) -> None:
    for layer in layers:
        if isinstance(layer, keras.layers.Conv2D):
            seed = keras.random.SeedGenerator(int(keras.random.randint((), 0, 2**30)))
            layer.kernel.assign(keras.initializers.HeNormal(seed)(layer.kernel.shape))


@dataclass(frozen=True)
class Scaling:
    """An encoder's own preprocessing: channel i of what it wants is (picture[order[i]] - mean[i]) * scale[i].

    Attributes:
        mean, scale: for pictures in 0…255.
        order: of red, green and blue.
    """

    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    order: tuple[int, int, int]


def input_scaling(backbone: str) -> Scaling:
    """What `segmentation_models.get_preprocessing` does, which is affine per channel: four probes tell the lines."""
    if backbone == PLAIN:
        return Scaling((0, 0, 0), (1 / 255, 1 / 255, 1 / 255), (0, 1, 2))
    preprocess = segmentation_models.get_preprocessing(backbone)
    probe = np.concatenate([np.zeros((1, 3)), 255.0 * np.eye(3)])[:, None, None].astype(np.float32)
    black, *bright = np.asarray(preprocess(probe.copy()), np.float64).reshape(4, 3)
    slopes = (np.array(bright) - black) / 255  # of each input (rows) in each output
    order = np.abs(slopes).argmax(0)
    scale = slopes[order, np.arange(3)]
    red, green, blue = order.tolist()
    return Scaling(_triple(0.0 - black / scale), _triple(scale), (red, green, blue))


def _triple(values: Any) -> tuple[float, float, float]:
    first, second, third = (round(float(value), 6) for value in values)
    return first, second, third


def imagenet_encoder(backbone: str) -> keras.Model:
    """The encoder with its published ImageNet weights, from Keras' cache or the publisher.

    Raises:
        OSError: the file is neither in the cache nor to be had, or there is none.
    """
    if backbone == PLAIN:
        raise OSError("the plain U-Net has no published weights")
    try:
        return build_encoder(backbone, "imagenet").model
    except Exception as error:  # keras.utils.get_file raises a bare Exception
        cause = str(error).rsplit(" -- ", 1)[-1]
        raise OSError(f"the ImageNet weights of {backbone} could not be downloaded: {cause}") from error
