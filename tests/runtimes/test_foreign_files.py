"""Models of strangers for ONNX Runtime, OpenVINO and LiteRT that name other files, or operations of other libraries."""

from pathlib import Path

import numpy as np
import pytest

from dentalx.errors import InputError
from dentalx.runtimes.foreign_files import check_onnx, check_openvino

PATH = Path("model.x")


def onnx_model(domain: str = "", external: bool = False, deep: bool = False) -> bytes:
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    kind = onnx.TensorProto.FLOAT
    value = onnx.numpy_helper.from_array(np.zeros(4, np.float32), "w")
    if external:
        onnx.external_data_helper.set_external_data(value, "../../etc/passwd")
        value.data_location = onnx.TensorProto.EXTERNAL
    ports = [helper.make_tensor_value_info(name, kind, [4]) for name in ("x", "y")]
    if deep:
        constant = helper.make_node("Constant", [], ["y"], value=value)
        inner = helper.make_graph([constant], "g", [], ports[1:])
        node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
        graph = helper.make_graph([node], "g", ports[:1], ports[1:])
    else:
        node = helper.make_node("Add", ["x", "w"], ["y"], domain=domain)
        graph = helper.make_graph([node], "g", ports[:1], ports[1:], [value])
    return bytes(helper.make_model(graph).SerializeToString())


def test_onnx() -> None:
    check_onnx(onnx_model(), PATH)
    check_onnx(onnx_model(deep=True), PATH)
    for content in (onnx_model(external=True), onnx_model(external=True, deep=True)):
        with pytest.raises(InputError, match=r"model.x holds values that lie in another file, which no export of ours"):
            check_onnx(content, PATH)
    with pytest.raises(InputError, match=r"holds the operation Add of com\.evil"):
        check_onnx(onnx_model("com.evil"), PATH)
    with pytest.raises(InputError, match="is not an ONNX file"):
        check_onnx(b"ORTM\xff\xff", PATH)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('<net><layers><layer type="Add" version="opset1"/></layers></net>', ""),
        ('<net><layers><layer type="Add" version="extension"/></layers></net>', "a layer of 'extension'"),
        ('<net><layers><layer type="Add"/></layers></net>', "a layer of 'no version'"),
        ('<!DOCTYPE n [<!ENTITY a SYSTEM "file:///etc/passwd">]><net>&a;</net>', "a document type"),
        ("<net><layers>", "is not OpenVINO's XML"),
    ],
)
def test_openvino(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text(text)
    if not complaint:
        check_openvino(path)
        return
    with pytest.raises(InputError, match=complaint):
        check_openvino(path)


def test_litert() -> None:
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
    import flatbuffers

    from dentalx.runtimes.litert import check_litert

    def packed(custom: bytes | None) -> bytes:
        model, code = schema.ModelT(), schema.OperatorCodeT()
        code.customCode = custom
        code.builtinCode = 0 if custom is None else schema.BuiltinOperator.CUSTOM
        model.operatorCodes = [code]
        builder = flatbuffers.Builder(64)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    check_litert(packed(None), PATH)
    with pytest.raises(InputError, match="holds the operation 'FlexWriteFile'"):
        check_litert(packed(b"FlexWriteFile"), PATH)
    with pytest.raises(InputError, match="is not a LiteRT file"):
        check_litert(b"\xff" * 40, PATH)
