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
        raise _refused(path, "functions or training steps")
    for graph in _graphs(model.graph):
        tensors = [*graph.initializer, *(each for sparse in graph.sparse_initializer for each in _parts(sparse))]
        for node in graph.node:
            if node.domain not in _DOMAINS:
                raise _refused(path, f"the operation {node.op_type[:60]} of {node.domain[:60]}")
            for attribute in node.attribute:
                tensors += [attribute.t, *attribute.tensors]
                tensors += [each for s in (attribute.sparse_tensor, *attribute.sparse_tensors) for each in _parts(s)]
        if any(tensor.data_location or tensor.external_data for tensor in tensors):
            raise _refused(path, "values that lie in another file")


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
        raise _refused(path, "a document type")

    def begun(name: str, attributes: dict[str, str]) -> None:
        if name == "layer" and not attributes.get("version", "").startswith(_OPSETS):
            raise _refused(path, f"a layer of {attributes.get('version', 'no version')[:60]!r}")

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begun
    try:
        check_regular_size(path, _MOST_XML_BYTES)
        parser.Parse(path.read_bytes(), True)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except expat.ExpatError as error:
        raise InputError(f"{path} is not OpenVINO's XML: {in_one_line(error)}; export it again") from error


def check_litert(content: bytes, path: Path) -> None:
    """Refuse a .tflite file with custom operations, TensorFlow's own among them, or with values in other files.

    Args:
        content: of the file.
        path: for messages.

    Raises:
        InputError: it is one, or no .tflite file.
    """
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.Model.GetRootAs(content, 0)
        codes = [model.OperatorCodes(number) for number in range(model.OperatorCodesLength())]
        custom = [code.CustomCode() for code in codes if code.BuiltinCode() == schema.BuiltinOperator.CUSTOM]
        custom += [code.CustomCode() for code in codes if code.CustomCode()]
        elsewhere = model.ExternalBuffersLength() or model.ExternalBufferGroupsLength()
    except Exception as error:  # offsets that lead nowhere make the reader raise nearly anything
        raise InputError(f"{path} is not a LiteRT file ({type(error).__name__}); export it again") from error
    if custom:
        raise _refused(path, f"the operation {(custom[0] or b'').decode('utf-8', 'replace')[:60]!r}")
    if elsewhere:
        raise _refused(path, "values that lie in another file")


def _refused(path: Path, what: str) -> InputError:
    return InputError(f"{path} holds {what}, which no export of ours holds; do not use it")
