"""Weights of torchvision's Mask R-CNN in ours: names, orders of axes, and the order of a box's numbers.

`maskrcnn_resnet50_fpn` and its ResNet-18, 34 and 101 kin. With them ours gives the same detections.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from dentalx.errors import InputError
from dentalx.models.maskrcnn.checkpoint import Tensors
from dentalx.models.maskrcnn.network import MaskRCNN

Array = NDArray[np.generic]

_SWAPPED = (1, 0, 3, 2)  # torchvision says (dx, dy, dw, dh), we say (dy, dx, dh, dw)
_NOTHING = "num_batches_tracked"


@dataclass(frozen=True)
class Transfer:
    """What was taken over.

    Attributes:
        taken: layers, by their names in the file.
        missing: layers that the file lacks, and keep their random weights.
        unfitting: layers whose shapes differ (another number of classes or anchors), and keep their random weights.
        unused: names in the file that no layer wanted.
    """

    taken: tuple[str, ...]
    missing: tuple[str, ...]
    unfitting: tuple[str, ...]
    unused: tuple[str, ...]


def load_tensors(model: MaskRCNN, tensors: Tensors) -> Transfer:
    """Put a state dict's tensors into a model, layer by layer.

    Raises:
        InputError: not one layer of the backbone is in it.
    """
    taken, missing, unfitting = [], [], []
    used: set[str] = set()
    for name, layer in named_layers(model):
        keys = [f"{name}.{part}" for part in _parts(layer)]
        if any(key not in tensors for key in keys):
            missing.append(name)
            continue
        values = [_ours(key, tensors[key], model.region_settings.box_size) for key in keys]
        if [value.shape for value in values] != [tuple(variable.shape) for variable in layer.weights]:
            unfitting.append(name)
            continue
        layer.set_weights([np.asarray(value, np.float32) for value in values])
        used.update(keys)
        taken.append(name)
    if not any(name.startswith("backbone.") for name in taken):
        some = ", ".join(list(tensors)[:3])
        raise InputError(f"the weights are not of torchvision's Mask R-CNN: none is called backbone.…, but {some} …")
    unused = sorted(key for key in tensors if key not in used and not key.endswith(_NOTHING))
    return Transfer(tuple(taken), tuple(missing), tuple(unfitting), tuple(unused))


def named_layers(model: MaskRCNN) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Every layer with weights and its name in torchvision's state dict."""
    for part in (model.trunk, model.proposal_head, model.box_head, model.mask_head):
        for layer in part.layers:
            if layer.weights and not isinstance(layer, keras.layers.Normalization):
                yield _name(part.name, layer.name), layer


def _name(part: str, layer: str) -> str:
    if part == "trunk":
        return f"backbone.{layer}" if layer.startswith("fpn.") else f"backbone.body.{layer}"
    return f"rpn.head.{layer}" if part == "rpn.head" else f"roi_heads.{layer}"


def _parts(layer: keras.layers.Layer) -> tuple[str, ...]:
    if isinstance(layer, keras.layers.BatchNormalization):
        return "weight", "bias", "running_mean", "running_var"
    return ("weight", "bias") if len(layer.weights) == 2 else ("weight",)


def _ours(name: str, value: Array, side: int) -> Array:
    """A tensor in our order of axes; `side` bins of the box head's regions."""
    if ".bbox_pred." in name:
        value = value.reshape(-1, 4, *value.shape[1:])[:, _SWAPPED].reshape(value.shape)
    if name.endswith("fc6.weight") and value.shape[1] % side**2 == 0:  # torchvision flattens channels first
        value = value.reshape(len(value), -1, side, side).transpose(0, 2, 3, 1).reshape(len(value), -1)
    if value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    return value.T if value.ndim == 2 else value
