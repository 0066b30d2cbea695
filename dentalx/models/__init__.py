"""Networks from grey pictures to logits, and the graph that takes any picture to its probabilities."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from dentalx.config import BACKBONES, ModelConfig, Precision
from dentalx.errors import InputError, in_one_line
from dentalx.labelling import EXCLUSIVE, Labelling, labelling_of
from dentalx.models.backbones import ARCHITECTURES, build_core, input_scaling
from dentalx.models.encoder_weights import Provenance, initialise_encoder, transfer_encoder
from dentalx.models.layers import CropTo, EncoderInput
from dentalx.models.segmenter import Part
from dentalx.models.weights_file import check_weights
from dentalx.runs import Run, describe

__all__ = [
    "ARCHITECTURES",
    "BACKBONES",
    "Network",
    "Provenance",
    "build_network",
    "load_network",
    "load_parts",
]


@dataclass(frozen=True)
class Network:
    """A Keras model and where its encoder's weights came from.

    Attributes:
        model: uint8 (B, H, W, 1), grey, or 3 colours, any H and W, to float32 logits (B, H, W, C).
        core: the part of it without input scaling and head; its layers carry the encoder's names.
    """

    model: keras.Model
    core: keras.Model
    provenance: Provenance


def build_network(
    config: ModelConfig,
    classes: int,
    *,
    prevalence: NDArray[np.float64] | None = None,
    precision: Precision = "float32",
    encoder_weights: str | None = None,
    image_channels: int = 1,
    labelling: Labelling = EXCLUSIVE,
) -> Network:
    """Build the network that `config` describes.

    Args:
        config: the network's settings.
        classes: K, without background.
        prevalence: (K,) shares of the labelled pixels, which the output's bias says; its kernel is glorot's, since from
            one of nearly 0 hundreds of steps leave the background no surer than the bias.
        precision: of the computation; variables and logits are float32 under each.
        encoder_weights: instead of `config.encoder_weights`; "none" where weights are loaded afterwards.
        image_channels: 1 for grey, 3 for red, green and blue.
        labelling: how channels stand for the classes.

    Raises:
        InputError: encoder weights that cannot be had.
        ValueError: the architecture finds objects one by one.
    """
    if config.architecture not in ARCHITECTURES:
        raise ValueError(f"architecture must be one of {', '.join(ARCHITECTURES)}, got {config.architecture}")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        core = build_core(config.architecture, config.backbone)
        choice = encoder_weights or config.encoder_weights
        if Path(choice).is_dir():
            provenance = transfer_encoder(core, load_network(Run(Path(choice))).core, choice)
        else:
            provenance = initialise_encoder(core, config.backbone, choice)
        own = input_scaling(config.backbone)
        image = keras.Input((None, None, image_channels), dtype="uint8", name="image")
        features = core(EncoderInput(own.mean, own.scale, own.order, name="encoder_input")(image))
        start = None if prevalence is None else output_bias(prevalence, labelling.channels(classes))
        bias = "zeros" if start is None else keras.initializers.Constant(start)
        head = keras.layers.Conv2D(
            labelling.channels(classes),
            3,
            padding="same",
            bias_initializer=bias,
            dtype="float32",
            name="logits",
        )
        logits = CropTo(dtype="float32", name="crop")(head(features), image)
        return Network(keras.Model(image, logits, name=core.name), core, provenance)
    finally:
        keras.config.set_dtype_policy(before)


def load_network(run: Run, precision: Precision = "float32") -> Network:
    """The network of a run with its best weights.

    Raises:
        InputError: not a run folder, an ensemble, or its weights are missing or broken.
    """
    description = describe(run)
    if run.members:
        raise InputError(f"{run.folder} is an ensemble and has no network of its own; give {run.members[0].folder}")
    network = build_network(
        description.train.model,
        len(description.classes),
        precision=precision,
        encoder_weights="none",
        labelling=labelling_of(description.train.data.overlapping),
    )
    if not run.best.is_file():
        raise InputError(f"{run.folder} has no {run.best.name} yet; let train.py finish an epoch, or resume it")
    try:
        check_weights(run.best)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that the file lacks
            network.model.load_weights(run.best)
    except (OSError, KeyError, ValueError, UserWarning) as error:
        raise InputError(
            f"cannot load {run.best}: {in_one_line(error)}; the file is broken or of another network"
        ) from error
    return network


def load_parts(run: Run, precision: Precision = "float32") -> list[Part]:
    """The network of a run and the size it sees, for `segmenter.Segmenter`; of an ensemble all its members'.

    Raises:
        InputError: not a run folder, or weights are missing or broken.
    """
    each = run.members or (run,)
    return [(load_network(one, precision).model, describe(one).train.model.image_size) for one in each]


def output_bias(prevalence: NDArray[np.float64], channels: int) -> NDArray[np.float32]:
    """The logits that say exactly `prevalence` everywhere: log odds, or log shares with background first.

    Args:
        prevalence: (K,) shares of the labelled pixels.
        channels: K where each class has one of its own, K + 1 with background.

    >>> output_bias(np.array([0.2]), 1).round(3)
    array([-1.386], dtype=float32)
    >>> np.exp(output_bias(np.array([0.2, 0.3]), 3)).round(3)
    array([0.5, 0.2, 0.3], dtype=float32)
    """
    shares = np.clip(np.asarray(prevalence, np.float64), 1e-4, 1 - 1e-4)
    if channels == len(shares):
        return np.asarray(np.log(shares / (1 - shares)), np.float32)
    background = max(1 - shares.sum(), 1e-4)
    return np.asarray(np.log(np.concatenate([[background], shares])), np.float32)
