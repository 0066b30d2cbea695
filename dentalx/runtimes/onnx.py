"""ONNX Runtime: the one importer of onnxruntime."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.errors import InputError, in_one_line
from dentalx.runtimes.card import Card
from dentalx.runtimes.foreign_files import check_onnx
from dentalx.runtimes.framed import Pixels, Probability
from dentalx.runtimes.judge import check_shapes, missing

try:
    import onnxruntime
except ImportError as error:
    raise missing("onnxruntime", "onnx") from error

onnxruntime.disable_telemetry_events()
_ERRORS_ONLY = 3


class OnnxNetwork:
    """A network run by ONNX Runtime on the processor.

    Args:
        path: the .onnx file; read as bytes; it names no other files.
        card: what is beside it.

    Raises:
        InputError: it cannot be loaded, or is another network than its card says.
    """

    def __init__(self, path: Path, card: Card) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}") from error
        check_onnx(content, path)
        try:
            self._session = onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
            given, found = self._session.get_inputs(), self._session.get_outputs()
        except Exception as error:  # onnxruntime has a class for each of its errors, and no common one but this
            raise InputError(f"cannot load {path}: {in_one_line(error)}; export it again") from error
        inputs, outputs = ([(value.type, value.shape) for value in values] for values in (given, found))
        check_shapes(path, inputs, outputs, card, ("tensor(uint8)", "tensor(float)"))
        self._name = given[0].name

    def __call__(self, pixels: Pixels) -> Probability:
        return np.asarray(self._session.run(None, {self._name: pixels})[0], np.float32)


class _Reader:
    """Pictures one by one, as onnxruntime's calibration asks for them."""

    def __init__(self, name: str, pictures: Iterable[Pixels]) -> None:
        self._rest = ({name: picture} for picture in pictures)

    def get_next(self) -> Any:
        return next(self._rest, None)


def quantise(source: Path, target: Path, pictures: Iterable[Pixels], name: str = "image") -> None:
    """Weights and activations in eight bits, by the ranges that pictures give them: static, QDQ, a scale a channel.

    Args:
        source: the .onnx file of float32.
        target: what to write.
        pictures: (1, H, W, 1) uint8 each, as the network is shown them.
        name: of the network's input.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = source.with_name(f"prepared.{source.name}")
    try:
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Reader(name, pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "MaxPool", "Add", "Concat"],
        )
    finally:
        prepared.unlink(missing_ok=True)


def halve(source: Path, target: Path) -> None:
    """Weights and arithmetic in sixteen bits; what goes in and comes out stays."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    target.write_bytes(convert_float_to_float16(str(source), keep_io_types=True).SerializeToString())
