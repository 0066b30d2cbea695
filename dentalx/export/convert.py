"""A run's network, at its one size, as the files of other libraries: the one importer of tf2onnx.

Every conversion starts at a concrete function of fixed rows and columns, never at a Keras model: what goes in is the
letterboxed picture, uint8 (B, H, W, 1); what comes out its probabilities, float32 (B, H, W, C); the encoder's own
scaling of grey levels is inside.
"""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from dentalx.errors import InputError
from dentalx.models.layers import with_repeats
from dentalx.models.segmenter import Part, activated
from dentalx.runtimes.card import Digits
from dentalx.runtimes.framed import Pixels

OPSET = 18


def whole(parts: Sequence[Part], overlapping: bool = False) -> tuple[Any, tuple[int, int]]:
    """One function of a run's networks, and the size that it takes: their probabilities' mean.

    Raises:
        InputError: networks of several sizes, which no graph of one size can hold.
    """
    sizes = sorted({size for _, size in parts})
    if len(sizes) > 1:
        shown = ", ".join(f"{height}×{width}" for height, width in sizes)
        raise InputError(f"the ensemble's networks see different sizes ({shown}); export it as saved_model")

    networks = [with_repeats(network) for network, _ in parts]

    def probability(image: Any) -> Any:
        each = [activated(network(image, training=False), overlapping) for network in networks]
        return tf.identity(each[0] if len(each) == 1 else tf.add_n(each) / len(each), name="probability")

    return tf.function(probability), sizes[0]


def specification(size: tuple[int, int], batch: int | None) -> Any:
    """What goes into the network; `batch` None for any number of pictures."""
    return tf.TensorSpec([batch, *size, 1], tf.uint8, name="image")


def to_onnx(function: Any, size: tuple[int, int], target: Path, precision: Digits, pictures: Sequence[Pixels]) -> None:
    """Write an .onnx file, any number of pictures, rows and columns before channels as in TensorFlow.

    Args:
        function: of `whole`.
        size: (H, W).
        target: the file.
        precision: fp32, fp16 or int8.
        pictures: for int8 alone, (1, H, W, 1) uint8 each.

    Raises:
        InputError: a library is missing.
    """
    from dentalx.runtimes.judge import missing

    try:
        with quiet():
            import tf2onnx
    except ImportError as error:
        raise missing("tf2onnx", "onnx") from error
    plain = target if precision == "fp32" else target.with_name(f"plain.{target.name}")
    try:
        with quiet():
            tf2onnx.convert.from_function(
                function, input_signature=[specification(size, None)], opset=OPSET, output_path=str(plain)
            )
            if precision == "int8":
                from dentalx.runtimes.onnx import quantise

                quantise(plain, target, pictures)
            elif precision == "fp16":
                from dentalx.runtimes.onnx import halve

                halve(plain, target)
    finally:
        if plain != target:
            plain.unlink(missing_ok=True)


def to_openvino(
    function: Any, size: tuple[int, int], target: Path, precision: Digits, pictures: Sequence[Pixels]
) -> None:
    """Write .xml and .bin, by way of ONNX, whose eight bits OpenVINO keeps; arguments and errors as `to_onnx`."""
    from dentalx.runtimes.openvino import convert

    between = target.with_suffix(".onnx")
    try:
        to_onnx(function, size, between, "int8" if precision == "int8" else "fp32", pictures)
        convert(between, target, half=precision == "fp16")
    finally:
        between.unlink(missing_ok=True)


def frozen(function: Any, given: Any) -> Any:
    """A function of one tensor with its variables as constants, for those who convert it.

    Args:
        function: of `tf.function`, to one tensor.
        given: specification of what it is given.
    """
    return convert_variables_to_constants_v2(function.get_concrete_function(given))


def to_litert(
    function: Any, size: tuple[int, int], target: Path, precision: Digits, pictures: Sequence[Pixels]
) -> None:
    """Write a .tflite file that takes one picture; arguments as `to_onnx`."""
    constant = frozen(function, specification(size, 1))
    with quiet():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([constant])
        if precision != "fp32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "fp16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int8":
            converter.representative_dataset = lambda: ([picture] for picture in pictures)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
        target.write_bytes(converter.convert())


CONVERTERS = {"onnx": to_onnx, "openvino": to_openvino, "litert": to_litert}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Converters tell much that is nobody's concern."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
