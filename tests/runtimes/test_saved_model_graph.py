"""SavedModels of strangers: what no export of ours holds is refused before TensorFlow sees it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from small import SIZE, network
from tensorflow.core.protobuf import saved_model_pb2

from dentalx.errors import InputError
from dentalx.models.segmenter import EnhancedSegmenter, Segmenter
from dentalx.runtimes.saved_model_graph import checked_graph, load

Body = Callable[[tf.Tensor], tf.Tensor]
VICTIM = "/etc/hostname"


def in_a_branch(image: tf.Tensor) -> tf.Tensor:
    return tf.cond(tf.shape(image)[0] > 5, lambda: tf.strings.length(tf.io.read_file(VICTIM)), lambda: 0)


def in_a_loop(image: tf.Tensor) -> tf.Tensor:
    return tf.map_fn(lambda row: tf.strings.length(tf.io.read_file(VICTIM)), image, fn_output_signature=tf.int32)


def saves(image: tf.Tensor) -> tf.Tensor:
    tf.raw_ops.SaveV2(prefix="/tmp/x", tensor_names=["x"], shape_and_slices=[""], tensors=[image])
    return image


def writes(image: tf.Tensor) -> tf.Tensor:
    tf.io.write_file("/tmp/x", "x")
    return image


def prints(image: tf.Tensor) -> tf.Tensor:
    tf.print(image, output_stream="file:///tmp/x")
    return image


HOSTILE: dict[str, Body] = {
    "ReadFile": lambda image: tf.strings.length(tf.io.read_file(VICTIM)),
    "StatelessIf|ReadFile": in_a_branch,
    "StatelessWhile|ReadFile": in_a_loop,
    "SaveV2": saves,
    "WriteFile": writes,
    "StringFormat|PrintV2": prints,
    "MatchingFiles": lambda image: tf.size(tf.io.matching_files("/etc/*")),
    "RestoreV2": lambda image: tf.raw_ops.RestoreV2(
        prefix="/x/variables", tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
    )[0],
    "PyFunc": lambda image: tf.numpy_function(lambda x: x, [image], tf.uint8),
    "ImmutableConst": lambda image: tf.raw_ops.ImmutableConst(dtype=tf.uint8, shape=[4], memory_region_name=VICTIM),
    "TensorSliceDataset|FixedLengthRecord": lambda image: tf.data.FixedLengthRecordDataset(VICTIM, 1)._variant_tensor,
    "VarHandleOp": lambda image: tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="x"),
}


def save(folder: Path, body: Body) -> Path:
    """A SavedModel whose signature does what `body` does."""

    class Module(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="image")])
        def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
            body(image)
            return {"probability": tf.cast(image, tf.float32)}

    module = Module()
    tf.saved_model.save(module, str(folder), {"serving_default": module.serve})
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_operations_that_no_export_holds(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"holds the operation .*({name})\\w*, which no export of ours holds"):
        load(save(tmp_path, HOSTILE[name]))


def test_objects_that_act_when_they_are_loaded(tmp_path: Path) -> None:
    plain = save(tmp_path / "plain", lambda image: image)
    (tmp_path / "text").write_text("x")
    for number, held in enumerate(
        (
            tf.saved_model.Asset(str(tmp_path / "text")),
            tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a"], [1]), 0),
        )
    ):
        module = tf.Module()
        module.held = held
        tf.saved_model.save(module, str(tmp_path / str(number)))
        with pytest.raises(InputError, match="which no export of ours holds"):
            load(tmp_path / str(number))
    message = saved_model_pb2.SavedModel.FromString((plain / "saved_model.pb").read_bytes())
    for change in (
        lambda meta: meta.object_graph_def.nodes[0].saveable_objects["x"].__setattr__("save_function", 1),
        lambda meta: setattr(meta.object_graph_def.nodes[0], "registered_name", "Custom.Thing"),
        lambda meta: setattr(meta.object_graph_def.nodes[0].user_object, "identifier", "_tf_keras_layer"),
        lambda meta: setattr(meta.object_graph_def.nodes[0].user_object, "metadata", "{}"),
        lambda meta: meta.ClearField("object_graph_def"),
    ):
        other = saved_model_pb2.SavedModel.FromString(message.SerializeToString())
        change(other.meta_graphs[0])
        (tmp_path / "saved_model.pb").write_bytes(other.SerializeToString())
        with pytest.raises(InputError, match=r"no export of ours holds|not as TensorFlow 2 writes one model"):
            checked_graph(tmp_path / "saved_model.pb")


def test_the_saver_and_the_main_graph_are_not_given_to_tensorflow(tmp_path: Path) -> None:
    kept = checked_graph(save(tmp_path, lambda image: image) / "saved_model.pb").meta_graphs[0]
    assert [field.name for field, _ in kept.ListFields()] == [
        *("meta_info_def", "graph_def", "signature_def", "object_graph_def")
    ]
    assert list(kept.graph_def.node) == []
    operations = {node.op for function in kept.graph_def.library.function for node in function.node_def}
    assert operations <= {"Cast", "Identity", "PartitionedCall", "StatefulPartitionedCall", "NoOp"}


def test_variables_that_are_pipes_or_elsewhere(tmp_path: Path) -> None:
    model = network(1)
    segmenter = Segmenter((model, SIZE))
    tf.saved_model.save(segmenter, str(tmp_path), {"serving_default": segmenter.from_pixels})
    (tmp_path / "saved_model.pbtxt").write_text("never read")
    assert load(tmp_path).signatures
    data = tmp_path / "variables" / "variables.data-00000-of-00001"
    data.unlink()
    os.mkfifo(data)
    with pytest.raises(InputError, match="is a folder, a device or a pipe"):
        load(tmp_path)


def test_exports_of_ours_pass_and_say_the_same(tmp_path: Path) -> None:
    models = network(1), network(3)
    image = np.random.default_rng(0).integers(0, 256, (1, 40, 90, 1), np.uint8)
    for number, (module, names) in enumerate(
        [
            (Segmenter((models[0], SIZE)), ("from_pixels", "from_bytes")),
            (Segmenter((models[1], SIZE), (models[1], (64, 64))), ("from_pixels",)),
            (EnhancedSegmenter((models[1], SIZE), overlapping=True), ("from_enhanced",)),
        ]
    ):
        folder = tmp_path / str(number)
        tf.saved_model.save(module, str(folder), {name: getattr(module, name) for name in names})
        signature = load(folder).signatures[names[0]]
        (name,) = signature.structured_input_signature[1]
        twin = getattr(module, names[0])(image)["probability"]
        assert np.array_equal(signature(**{name: tf.constant(image)})["probability"], twin)


def test_what_is_no_saved_model(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\xff" * 99)
    with pytest.raises(InputError, match="is not a SavedModel"):
        load(tmp_path)
    (tmp_path / "saved_model.pb").unlink()
    with pytest.raises(InputError, match="cannot read"):
        load(tmp_path)
    with (tmp_path / "saved_model.pb").open("wb") as file:
        file.truncate(2**27)
    with pytest.raises(InputError, match="larger than"):
        load(tmp_path)
