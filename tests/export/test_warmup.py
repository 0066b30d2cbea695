"""Warm-up requests are read back by messages made of the published field numbers, and answered by the SavedModel."""

import base64
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow.core.framework import tensor_pb2

from dentalx.export.warmup import FILE, FOLDER, prediction_log

FIELDS = {  # message: field: number, type; of tensorflow_serving/apis
    "PredictionLog": {"predict_log": (6, "PredictLog")},
    "PredictLog": {"request": (1, "PredictRequest")},
    "PredictRequest": {"model_spec": (1, "ModelSpec"), "inputs": (2, "Entry")},
    "Entry": {"key": (1, "string"), "value": (2, "bytes")},
    "ModelSpec": {"name": (1, "string"), "signature_name": (3, "string")},
}


def message() -> type:
    """PredictionLog, by Google's library."""
    file = descriptor_pb2.FileDescriptorProto(name="log.proto", package="log", syntax="proto3")
    field = descriptor_pb2.FieldDescriptorProto
    plain = {"string": field.TYPE_STRING, "bytes": field.TYPE_BYTES}
    for name, fields in FIELDS.items():
        made = file.message_type.add(name=name)
        for key, (number, kind) in fields.items():
            label = field.LABEL_REPEATED if key == "inputs" else field.LABEL_OPTIONAL
            more = {"type": plain[kind]} if kind in plain else {"type": field.TYPE_MESSAGE, "type_name": f".log.{kind}"}
            made.field.add(name=key, number=number, label=label, **more)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("log.PredictionLog"))


def decoded(record: bytes) -> tuple[str, str, np.ndarray]:
    """(signature, input, value) of a request."""
    log = message()()
    log.ParseFromString(record)
    assert log.SerializeToString() == record  # nothing that it does not know
    (entry,) = log.predict_log.request.inputs
    tensor = tensor_pb2.TensorProto.FromString(entry.value)
    return log.predict_log.request.model_spec.signature_name, entry.key, tf.make_ndarray(tensor)


def test_a_request_is_read_back() -> None:
    value = np.arange(600, dtype=np.uint8).reshape(1, 20, 30, 1)
    signature, key, found = decoded(prediction_log("teeth", "serving_default", "image", value))
    assert (signature, key) == ("serving_default", "image")
    assert np.array_equal(found, value)


def test_the_saved_model_answers_its_warm_up_and_rest(tiny_run: Path) -> None:
    model = tf.saved_model.load(str(tiny_run / "saved_model"))
    answers = {}
    for record in tf.data.TFRecordDataset(str(tiny_run / "saved_model" / FOLDER / FILE)).as_numpy_iterator():
        signature, key, value = decoded(record)
        answers[signature] = model.signatures[signature](**{key: tf.constant(value)})["probability"].numpy()
    assert set(answers) == {"serving_default", "serving_bytes"}
    assert answers["serving_default"].shape == (1, 64, 128, 1)
    assert np.array_equal(answers["serving_default"], answers["serving_bytes"])  # of one picture, bytes and file
    picture = tf.io.encode_png(np.full((64, 128, 1), 128, np.uint8)).numpy()
    body = {
        "signature_name": "serving_bytes",
        "instances": [{"image_bytes": {"b64": base64.b64encode(picture).decode()}}],
    }
    asked = json.loads(json.dumps(body))
    rows = [base64.b64decode(row["image_bytes"]["b64"]) for row in asked["instances"]]  # as the server's interface says
    found = model.signatures[asked["signature_name"]](image_bytes=tf.constant(rows))["probability"].numpy()
    assert np.array_equal(found, answers["serving_default"])
