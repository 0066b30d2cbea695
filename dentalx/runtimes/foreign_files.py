"""Models for other libraries from outside: refused where they name other files, or operations of other libraries.

What none of our exports needs is looked for in the file before its library parses it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from dentalx.errors import InputError, in_one_line
from dentalx.files import check_regular_size

_MOST_XML_BYTES = 2**26  # the structure alone; ours have less than a tenth
_DOMAINS = ("", "ai.onnx")  # ONNX's own operations; others are those of libraries that would have to be loaded
_OPSETS = "opset"


def check_onnx(content: bytes, path: Path) -> None:
    """Refuse an .onnx file with tensors in other files, or with operations that are not ONNX's own.

    Args:
        content: of the file.
        path: for messages.

    Raises:
        InputError: it is one, or no ONNX file.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # DecodeError, of a module that is not to be imported by name
        raise InputError(f"{path} is not an ONNX file: {in_one_line(error)}; export it again") from error
    if model.training_info or model.functions:
        raise refused(path, "functions or training steps")
    for graph in _graphs(model.graph):
        tensors = [*graph.initializer, *(each for sparse in graph.sparse_initializer for each in _parts(sparse))]
        for node in graph.node:
            if node.domain not in _DOMAINS:
                raise refused(path, f"the operation {node.op_type[:60]} of {node.domain[:60]}")
            for attribute in node.attribute:
                tensors += [attribute.t, *attribute.tensors]
                tensors += [each for s in (attribute.sparse_tensor, *attribute.sparse_tensors) for each in _parts(s)]
        if any(tensor.data_location or tensor.external_data for tensor in tensors):
            raise refused(path, "values that lie in another file")


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph and all graphs in its operations."""
    waiting = [graph]
    while waiting:
        one = waiting.pop()
        yield one
        for node in one.node:
            for attribute in node.attribute:
                waiting += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _parts(sparse: Any) -> tuple[Any, Any]:
    return sparse.values, sparse.indices


def check_openvino(path: Path) -> None:
    """Refuse an .xml file with entities, or with layers that are not OpenVINO's own.

    Raises:
        InputError: it is one, too large, or no XML.
    """
    parser = expat.ParserCreate()

    def declared(*_: Any) -> None:
        raise refused(path, "a document type")

    def begun(name: str, attributes: dict[str, str]) -> None:
        if name == "layer" and not attributes.get("version", "").startswith(_OPSETS):
            raise refused(path, f"a layer of {attributes.get('version', 'no version')[:60]!r}")

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begun
    try:
        check_regular_size(path, _MOST_XML_BYTES)
        parser.Parse(path.read_bytes(), True)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except expat.ExpatError as error:
        raise InputError(f"{path} is not OpenVINO's XML: {in_one_line(error)}; export it again") from error


def refused(path: Path, what: str) -> InputError:
    """Return what is said of a file that no export of ours can be."""
    return InputError(f"{path} holds {what}, which no export of ours holds; do not use it")
