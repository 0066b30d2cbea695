"""Networks run by TensorFlow: those of a run folder, and SavedModels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from dentalx.errors import InputError, in_one_line
from dentalx.files import check_regular_size
from dentalx.models.segmenter import activated
from dentalx.runtimes.card import Card
from dentalx.runtimes.framed import Pixels, Probability, Size

MOST_BYTES = 2**31 - 1  # of a graph: what its format can hold
# What a graph that segments has no use for: operations that read, write or run something else.
_FOREIGN = ("ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "Reader", "Dataset", "Queue", "Rpc", "Summary", "Print")


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
        check_operations(folder / "saved_model.pb")
        try:
            model = tf.saved_model.load(str(folder))
            self._signature = model.signatures["serving_default"]
            (self._name,) = self._signature.structured_input_signature[1]
            specification = self._signature.structured_input_signature[1][self._name]
            found = self._signature.structured_outputs["probability"].shape
        except (OSError, KeyError, ValueError, TypeError, AttributeError, tf.errors.OpError) as error:
            raise InputError(f"cannot load the SavedModel {folder}: {in_one_line(error)}; export it again") from error
        if specification.dtype != tf.uint8 or found.rank != 4 or found[3] not in (None, card.channels):
            raise InputError(f"the SavedModel {folder} is not of {len(card.classes)} classes; export it again")
        self._model: Any = model  # its variables live as long as it does

    def __call__(self, pixels: Pixels) -> Probability:
        found = self._signature(**{self._name: tf.constant(pixels)})["probability"]
        return np.asarray(found, np.float32)


def check_operations(path: Path) -> None:
    """Refuse a graph that would do more than calculate: a SavedModel is a program.

    Raises:
        InputError: it reads or writes files, runs Python or the like, or cannot be read.
    """
    message = saved_model_pb2.SavedModel()
    try:
        check_regular_size(path, MOST_BYTES)
        message.ParseFromString(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # DecodeError, of a module that is not to be imported by name
        raise InputError(f"{path} is not a SavedModel: {in_one_line(error)}; export it again") from error
    for graph in (meta.graph_def for meta in message.meta_graphs):
        for node in (*graph.node, *(node for function in graph.library.function for node in function.node_def)):
            if any(word in node.op for word in _FOREIGN):
                raise InputError(f"{path} holds the operation {node.op}, which no export of ours does; do not use it")
