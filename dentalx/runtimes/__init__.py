"""Exported networks, run by the library that each is for. Importing this is light; libraries are loaded when needed."""

import importlib.util
from typing import get_args

from dentalx.config import Precision
from dentalx.errors import InputError
from dentalx.runtimes.card import Card, Digits, Exported, Kind, find, read
from dentalx.runtimes.framed import Framed, Network

__all__ = [
    "KIND_OF",
    "Card",
    "Digits",
    "Exported",
    "Framed",
    "Kind",
    "Network",
    "find",
    "framed",
    "installed",
    "network",
    "read",
]

LIBRARIES = {"tensorflow": "tensorflow", "onnx": "onnxruntime", "openvino": "openvino", "litert": "ai_edge_litert"}
KIND_OF: dict[str, Kind] = {"tensorflow": "saved_model", "onnx": "onnx", "openvino": "openvino", "litert": "litert"}
RUNTIME_OF = {kind: runtime for runtime, kind in KIND_OF.items()}
assert set(RUNTIME_OF) == set(get_args(Kind))


def installed() -> list[str]:
    """The runtimes whose libraries are there, TensorFlow first."""
    return [name for name, library in LIBRARIES.items() if importlib.util.find_spec(library) is not None]


def network(exported: Exported, precision: Precision = "float32") -> Network:
    """Load an exported network.

    Args:
        exported: of `find` or `read`.
        precision: of the computation; any but float32 only where OpenVINO runs it, as mixed_bfloat16.

    Raises:
        InputError: its library is not installed, or it cannot be loaded, or not in this precision.
    """
    kind, main, card = exported.card.kind, exported.main, exported.card
    if precision != "float32" and (kind, precision) != ("openvino", "mixed_bfloat16"):
        raise InputError(f"--precision {precision} cannot be had of an export for {RUNTIME_OF[kind]}; leave it out")
    if kind == "openvino":
        from dentalx.runtimes.openvino import OpenVinoNetwork

        return OpenVinoNetwork(main, card, precision)
    if kind == "onnx":
        from dentalx.runtimes.onnx import OnnxNetwork

        return OnnxNetwork(main, card)
    if kind == "litert":
        from dentalx.runtimes.litert import LiteRtNetwork

        return LiteRtNetwork(main, card)
    from dentalx.runtimes.tensorflow import SavedModel

    return SavedModel(exported.folder, card)


def framed(exported: Exported, precision: Precision = "float32") -> Framed:
    """The same, for pictures of any size; errors as `network`."""
    size = None if exported.card.kind == "saved_model" else exported.card.size
    return Framed(((network(exported, precision), size),))
