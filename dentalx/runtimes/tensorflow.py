"""Networks run by TensorFlow: those of a run folder, and SavedModels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dentalx.errors import InputError, in_one_line
from dentalx.models.segmenter import activated
from dentalx.runtimes.card import Card
from dentalx.runtimes.framed import Pixels, Probability, Size
from dentalx.runtimes.saved_model_graph import load


class FunctionNetwork:
    """A function of tensors as a network.

    Args:
        function: uint8 (B, H, W, 1) to float32 probabilities (B, H, W, C).
        size: (H, W) that it is asked at.
    """

    def __init__(self, function: Callable[[Any], Any], size: Size) -> None:
        spec = tf.TensorSpec([None, *size, 1], tf.uint8, name="image")
        self._graph = tf.function(function, input_signature=[spec])  # frozen it is faster by a tenth, and 1 GiB larger

    def __call__(self, pixels: Pixels) -> Probability:
        found: Probability = self._graph(tf.constant(pixels)).numpy()
        return found


class KerasNetwork(FunctionNetwork):
    """A network of a run folder.

    Args:
        model: uint8 (B, H, W, 1) to float32 logits (B, H, W, C).
        size: (H, W) that it is asked at.
        overlapping: whether each channel is a class by itself.
    """

    def __init__(self, model: keras.Model, size: Size, overlapping: bool = False) -> None:
        super().__init__(lambda image: activated(model(image, training=False), overlapping), size)


class SavedModel:
    """An exported SavedModel, which takes pictures of any size.

    Args:
        folder: with saved_model.pb.
        card: what it says of itself.

    Raises:
        InputError: it cannot be loaded, does something else than calculating, or is no network of ours.
    """

    def __init__(self, folder: Path, card: Card) -> None:
        model = load(folder)
        try:
            self._signature = model.signatures["serving_default"]
            (self._name,) = self._signature.structured_input_signature[1]
            specification = self._signature.structured_input_signature[1][self._name]
            found = self._signature.structured_outputs["probability"].shape
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InputError(f"cannot load the SavedModel {folder}: {in_one_line(error)}; export it again") from error
        if specification.dtype != tf.uint8 or found.rank != 4 or found[3] not in (None, card.channels):
            raise InputError(f"the SavedModel {folder} is not of {len(card.classes)} classes; export it again")
        self._model: Any = model  # its variables live as long as it does

    def __call__(self, pixels: Pixels) -> Probability:
        found = self._signature(**{self._name: tf.constant(pixels)})["probability"]
        return np.asarray(found, np.float32)
