"""SavedModels from outside: a program, of which only what our exports hold is given to TensorFlow.

Operations, kinds of objects and files are allowed by lists; what is not on them is refused before TensorFlow sees it.
What is loaded is a copy that holds the functions in use, constants and the variables: no saver, no asset, nothing else.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from dentalx.errors import InputError, in_one_line
from dentalx.files import check_regular_size

MODEL, VARIABLES = "saved_model.pb", "variables"
MOST_GRAPH_BYTES = 2**26  # the largest of ours has a tenth; its weights are not in it
MOST_VARIABLE_BYTES = 2**33
_VARIABLE_FILES = re.compile(r"variables\.(index|data-\d{5}-of-\d{5})")
# What our networks, the letterbox and the decoding of PNG and JPEG consist of. None of these reads or writes
# a file, opens a connection, runs Python, or keeps anything beyond a call.
OPERATIONS = frozenset(
    """
    AddN AddV2 All Assert AvgPool BiasAdd Cast ConcatV2 Const Conv2D Conv2DBackpropInput DecodeJpeg DecodePng
    DepthwiseConv2dNative Einsum EnsureShape Equal Exp ExpandDims ExtractJpegShape Fill Floor FloorDiv FloorMod
    FusedBatchNormV3 GatherV2 Greater GreaterEqual Identity IdentityN Less LessEqual Log LogicalAnd MatMul Max MaxPool
    Maximum Mean Min Minimum MirrorPad Mul Neg NoOp Pack Pad PartitionedCall Placeholder Prod Range ReadVariableOp
    RealDiv Relu Relu6 Reshape ResizeBilinear Rsqrt ScaleAndTranslate SelectV2 Shape Sigmoid Slice Softmax Sqrt
    SquaredDifference Squeeze StatefulPartitionedCall StatelessIf StatelessWhile StopGradient StridedSlice Sub Substr
    Sum TensorListFromTensor TensorListGetItem TensorListReserve TensorListSetItem TensorListStack Tile Unpack Where
    ZerosLike
    """.split()  # noqa: SIM905 (a list of them would be a page long)
)
_OBJECTS = frozenset({"bare_concrete_function", "captured_tensor", "constant", "function", "user_object", "variable"})
_REGISTERED = ("", "tf.TrackableConstant")
_CLASSES = frozenset({"_generic_user_object", "signature_map", "trackable_dict_wrapper", "trackable_list_wrapper"})


def load(folder: Path) -> Any:
    """Load a SavedModel after everything in it was compared with what our exports hold.

    Args:
        folder: with saved_model.pb and variables/.

    Returns:
        what tf.saved_model.load returns.

    Raises:
        InputError: it cannot be read, or holds something that no export of ours does.
    """
    with _copied(folder) as copy:
        try:
            return tf.saved_model.load(str(copy))
        except (OSError, KeyError, ValueError, TypeError, AttributeError, tf.errors.OpError) as error:
            text = in_one_line(error).replace(str(copy), str(folder))
            raise InputError(f"cannot load the SavedModel {folder}: {text}; export it again") from error


def checked_graph(path: Path) -> Any:
    """Read a saved_model.pb and keep of it what is used and allowed.

    Returns:
        the SavedModel message.

    Raises:
        InputError: it holds something that no export of ours does, or cannot be read.
    """
    message = _parsed(path)
    if len(message.meta_graphs) != 1 or not message.meta_graphs[0].HasField("object_graph_def"):
        raise InputError(f"{path} is not as TensorFlow 2 writes one model; export it again")
    meta = message.meta_graphs[0]
    _check_objects(meta, path)
    functions = {function.signature.name: function for function in meta.graph_def.library.function}
    used = _used(meta.object_graph_def.concrete_functions, functions)
    for name in sorted(used):
        for node in functions[name].node_def:
            if node.op not in OPERATIONS:
                raise _refused(path, f"the operation {node.op:.60}")
    kept = [functions[name].SerializeToString() for name in sorted(used)]
    constants = {
        node.constant.operation for node in meta.object_graph_def.nodes if node.WhichOneof("kind") == "constant"
    }
    values = [node.SerializeToString() for node in meta.graph_def.node if node.op == "Const" and node.name in constants]
    for field in ("graph_def", "saver_def", "collection_def", "asset_file_def"):
        meta.ClearField(field)
    for text in kept:
        meta.graph_def.library.function.add().ParseFromString(text)
    for text in values:
        meta.graph_def.node.add().ParseFromString(text)
    return message


def _parsed(path: Path) -> Any:
    message = saved_model_pb2.SavedModel()
    try:
        check_regular_size(path, MOST_GRAPH_BYTES)
        message.ParseFromString(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except InputError:
        raise
    except Exception as error:  # DecodeError, of a module that is not to be imported by name
        raise InputError(f"{path} is not a SavedModel: {in_one_line(error)}; export it again") from error
    return message


def _check_objects(meta: Any, path: Path) -> None:
    """Refuse objects that do something when they are loaded: assets, tables, savers, classes that Python revives."""
    if meta.asset_file_def:
        raise _refused(path, "an asset file")
    for node in meta.object_graph_def.nodes:
        kind = node.WhichOneof("kind")
        if kind not in _OBJECTS:
            raise _refused(path, f"an object of the kind {kind}")
        if kind == "user_object" and (node.user_object.identifier not in _CLASSES or node.user_object.metadata):
            raise _refused(path, f"an object of the class {node.user_object.identifier[:60]!r}")
        if node.saveable_objects or node.registered_name not in _REGISTERED or node.registered_saver:
            raise _refused(path, "an object with a way of its own to be restored")


def _used(roots: Any, functions: dict[str, Any]) -> set[str]:
    """Names of the functions that the objects have, and of all that these call."""
    found: set[str] = set()
    waiting = [name for name in roots if name in functions]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for node in functions[name].node_def:
                for value in node.attr.values():
                    called = [value.func, *value.list.func]
                    waiting += [each.name for each in called if each.name in functions]
    return found


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    """A folder of this process alone with what was checked, and links to the variables."""
    message = checked_graph(folder / MODEL)
    with tempfile.TemporaryDirectory(prefix="dentalx-") as name:
        copy = Path(name)
        (copy / MODEL).write_bytes(message.SerializeToString())
        (copy / VARIABLES).mkdir()
        try:
            for path in sorted((folder / VARIABLES).iterdir()):
                if _VARIABLE_FILES.fullmatch(path.name):
                    check_regular_size(path, MOST_VARIABLE_BYTES)
                    (copy / VARIABLES / path.name).symlink_to(path.resolve())
        except OSError as error:
            raise InputError(f"cannot read {folder / VARIABLES}: {error.strerror or error}") from error
        yield copy


def _refused(path: Path, what: str) -> InputError:
    return InputError(f"{path} holds {what}, which no export of ours holds; do not use it")
