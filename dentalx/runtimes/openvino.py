"""OpenVINO: its one importer, without its telemetry."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.errors import InputError, in_one_line
from dentalx.runtimes.card import Card
from dentalx.runtimes.foreign_files import check_openvino
from dentalx.runtimes.framed import Pixels, Probability
from dentalx.runtimes.judge import check_shapes, missing

# OpenVINO reports its import to its maker through this package where it is installed. Without it, it does not.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
try:
    import openvino
except ImportError as error:
    raise missing("openvino", "openvino") from error

_PRECISIONS = {"float32": "f32", "mixed_bfloat16": "bf16"}


class OpenVinoNetwork:
    """A network run by OpenVINO on the processor.

    Args:
        path: the .xml file; its weights lie beside it.
        card: what is beside it.
        precision: of the computation, "float32" or "mixed_bfloat16"; OpenVINO's own choice is never left to it.

    Raises:
        InputError: it cannot be loaded, or is another network than its card says.
    """

    def __init__(self, path: Path, card: Card, precision: str = "float32") -> None:
        self._settings = {"INFERENCE_PRECISION_HINT": _PRECISIONS[precision], "PERFORMANCE_HINT": "LATENCY"}
        check_openvino(path)
        try:
            self._core = openvino.Core()
            self._model = self._core.read_model(str(path), str(path.with_suffix(".bin")))
            ports = self._model.inputs, self._model.outputs
        except RuntimeError as error:
            raise InputError(f"cannot load {path}: {in_one_line(error)}; export it again") from error
        inputs, outputs = (
            [
                (port.get_element_type().get_type_name(), [_side(side) for side in port.get_partial_shape()])
                for port in each
            ]
            for each in ports
        )
        check_shapes(path, inputs, outputs, card, ("u8", "f32"))
        self._size = card.size
        self._requests: dict[int, Any] = {}  # of each size of batch

    def __call__(self, pixels: Pixels) -> Probability:
        request = self._requests.get(len(pixels))
        if request is None:
            fixed = self._model.clone()
            fixed.reshape([len(pixels), *self._size, 1])
            request = self._requests[len(pixels)] = self._core.compile_model(
                fixed, "CPU", self._settings
            ).create_infer_request()
        return np.array(request.infer({0: np.ascontiguousarray(pixels)})[0], np.float32)


def _side(side: Any) -> int | None:
    return int(side.get_length()) if side.is_static else None


def convert(source: Path, target: Path, half: bool = False) -> None:
    """An .onnx file as OpenVINO's .xml and .bin; it keeps its eight bits, and `half` stores weights in sixteen.

    Read by OpenVINO's core: its converting tool, which reports itself, is not asked.
    """
    model = openvino.Core().read_model(str(source))
    openvino.save_model(model, str(target), compress_to_fp16=half)
