"""LiteRT: the one importer of ai_edge_litert."""

import os
from pathlib import Path

import numpy as np

from dentalx.errors import InputError, in_one_line
from dentalx.runtimes.card import Card
from dentalx.runtimes.foreign_files import refused
from dentalx.runtimes.framed import Pixels, Probability
from dentalx.runtimes.judge import check_shapes, missing

try:
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter
except ImportError as error:
    raise missing("ai-edge-litert", "litert") from error


class LiteRtNetwork:
    """A network run by LiteRT, a picture at a time.

    Args:
        path: the .tflite file.
        card: what is beside it.

    Raises:
        InputError: it cannot be loaded, or is another network than its card says.
    """

    def __init__(self, path: Path, card: Card) -> None:
        try:
            content = path.read_bytes()
            check_litert(content, path)
            self._interpreter = Interpreter(model_content=content, num_threads=os.cpu_count() or 1)
            self._interpreter.allocate_tensors()
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"cannot load {path}: {in_one_line(error)}; export it again") from error
        given, found = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        inputs, outputs = (
            [(port["dtype"], [int(side) for side in port["shape"]]) for port in each] for each in (given, found)
        )
        check_shapes(path, inputs, outputs, card, (np.uint8, np.float32))
        self._in, self._out = given[0]["index"], found[0]["index"]

    def __call__(self, pixels: Pixels) -> Probability:
        return np.concatenate([self._one(pixels[row : row + 1]) for row in range(len(pixels))])

    def _one(self, pixels: Pixels) -> Probability:
        self._interpreter.set_tensor(self._in, pixels)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._out), np.float32)


def check_litert(content: bytes, path: Path) -> None:
    """Refuse a .tflite file with custom operations, TensorFlow's own among them, or with values in other files.

    Args:
        content: of the file.
        path: for messages.

    Raises:
        InputError: it is one, or no .tflite file.
    """
    try:
        model = schema.Model.GetRootAs(content, 0)
        codes = [model.OperatorCodes(number) for number in range(model.OperatorCodesLength())]
        custom = [code.CustomCode() for code in codes if code.BuiltinCode() == schema.BuiltinOperator.CUSTOM]
        custom += [code.CustomCode() for code in codes if code.CustomCode()]
        elsewhere = model.ExternalBuffersLength() or model.ExternalBufferGroupsLength()
    except Exception as error:  # offsets that lead nowhere make the reader raise nearly anything
        raise InputError(f"{path} is not a LiteRT file ({type(error).__name__}); export it again") from error
    if custom:
        raise refused(path, f"the operation {(custom[0] or b'').decode('utf-8', 'replace')[:60]!r}")
    if elsewhere:
        raise refused(path, "values that lie in another file")
