"""LiteRT: the one importer of ai_edge_litert."""

import os
from pathlib import Path

import numpy as np

from dentalx.errors import InputError, in_one_line
from dentalx.runtimes.card import Card
from dentalx.runtimes.foreign_files import check_litert
from dentalx.runtimes.framed import Pixels, Probability
from dentalx.runtimes.judge import check_shapes, missing

try:
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
