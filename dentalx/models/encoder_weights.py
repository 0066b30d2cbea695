"""Where an encoder's weights come from: ImageNet, a file, another run, or nowhere (from scratch)."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from dentalx.errors import InputError, in_one_line
from dentalx.models.backbones import DECODER, encoder_layers, imagenet_encoder
from dentalx.models.weights_file import opened_weights

Arrays = dict[str, list[NDArray[np.float32]]]  # layer name to its arrays, in the layer's own order

DOWNLOAD_TIMEOUT_S = 10.0
_COUNTED = re.compile(r"(conv2d|depthwise_conv2d|batch_normalization|dense)(_[0-9]+)?")


@dataclass(frozen=True)
class Provenance:
    """Where the encoder's weights came from.

    Attributes:
        source: "imagenet", "scratch", or the file or run they were taken from.
        taken, missing: names of the encoder's layers that did and did not get weights.
        reason: why, where something else was asked for; a sentence.
    """

    source: str
    taken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""


def initialise_encoder(core: keras.Model, backbone: str, choice: str) -> Provenance:
    """Give the encoder of `core` the weights that `--encoder-weights` asks for.

    Args:
        core: as `build_core` makes it with `backbone`; changed in place.
        backbone: one of `BACKBONES`.
        choice: "auto" (ImageNet where it can be had, else from scratch), "imagenet", "none", or a Keras weights file.

    Raises:
        InputError: ImageNet was demanded and cannot be had, or the file does not fit.
    """
    if choice == "none":
        return Provenance("scratch", reason="asked for")
    if choice in ("auto", "imagenet"):
        try:
            with _socket_timeout(DOWNLOAD_TIMEOUT_S):
                donor = imagenet_encoder(backbone)
        except OSError as error:
            if choice == "imagenet":
                message = "go online once, give a weights file, or use --encoder-weights none"
                raise InputError(f"--encoder-weights imagenet: {error}; {message}") from error
            return Provenance("scratch", reason=str(error))
        return transfer_encoder(core, donor, "imagenet")
    return _assign(core, read_keras2_weights(Path(choice)), choice)


def transfer_encoder(core: keras.Model, donor: keras.Model, source: str) -> Provenance:
    """Copy to the encoder of `core` what `donor` holds under the same layer names.

    Raises:
        InputError: a layer has another shape, or nothing fits at all.
    """
    return _assign(core, {layer.name: layer.get_weights() for layer in donor.layers if layer.weights}, source)


def read_keras2_weights(path: Path) -> Arrays:
    """Read a weights file written by Keras 1 or 2, the format of the published ImageNet files.

    Nothing in it is executed; only arrays of numbers are read.

    Raises:
        InputError: missing, not HDF5, or another kind of HDF5.
    """
    try:
        with opened_weights(path) as file:
            root = file.get("model_weights", file)
            if "layer_names" not in root.attrs:
                raise InputError(
                    f"{path} holds no layer names, so it is not a weights file as Keras 2 wrote them; "
                    "to take the encoder of a dentalx run, give the run's folder"
                )
            names = [_text(name) for name in root.attrs["layer_names"]]
            return {
                name: [np.asarray(root[name][_text(w)], np.float32) for w in root[name].attrs["weight_names"]]
                for name in names
                if len(root[name].attrs["weight_names"])
            }
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"cannot read encoder weights from {path}: {in_one_line(error)}; expected a Keras HDF5 file"
        ) from error


def _text(name: bytes | str) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else name


def _assign(core: keras.Model, arrays: Arrays, source: str) -> Provenance:
    taken, missing = [], []
    layers = encoder_layers(core)
    for layer, values in zip(layers, _values(layers, arrays), strict=True):
        if values is None:
            missing.append(layer.name)
            continue
        shapes = [tuple(weight.shape) for weight in layer.weights], [value.shape for value in values]
        if shapes[0] != shapes[1]:
            raise InputError(f"{source}: layer {layer.name} should have shapes {shapes[0]}, has {shapes[1]}")
        layer.set_weights(values)
        taken.append(layer.name)
    if not taken:
        raise InputError(f"{source} holds no layer of this encoder; it was written for another backbone")
    return Provenance(source, tuple(taken), tuple(missing))


def _values(layers: list[keras.layers.Layer], arrays: Arrays) -> list[list[NDArray[np.float32]] | None]:
    """What each layer gets: by its name, or by its place where names were only counted ("conv2d_17").

    Counted names depend on what was built before, so they say nothing.
    """
    if not any(_COUNTED.fullmatch(layer.name) for layer in layers):
        return [arrays.get(layer.name) for layer in layers]
    of_encoder = [values for name, values in arrays.items() if not name.startswith(DECODER)]
    if len(of_encoder) < len(layers):
        return [None] * len(layers)
    return list(of_encoder[: len(layers)])


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
