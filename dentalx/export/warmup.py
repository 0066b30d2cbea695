"""Requests that TensorFlow Serving makes of a model before it takes others, so that the first user does not wait.

The file is a TFRecord of PredictionLog messages (prediction_log.proto, predict.proto and model.proto of its interface),
each a PredictLog with a PredictRequest. TensorFlow has the tensors' own message; the four around it have one field each
that matters here, and are framed by hand as protocol buffers are: the field's number and type, the length, the bytes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from dentalx.files import make_folder

FOLDER, FILE = "assets.extra", "tf_serving_warmup_requests"
_PREDICT_LOG, _REQUEST = 6, 1  # of PredictionLog, of PredictLog
_MODEL_SPEC, _INPUTS = 1, 2  # of PredictRequest
_NAME, _SIGNATURE_NAME = 1, 3  # of ModelSpec
_KEY, _VALUE = 1, 2  # of an entry of a map
_DELIMITED = 2  # the type of a field that says how long it is


def write_warmup(folder: Path, name: str, requests: Mapping[str, tuple[str, Any]]) -> Path:
    """Write the requests of a SavedModel.

    Args:
        folder: of the SavedModel.
        name: of the model, which the server does not look at here.
        requests: of each signature, its input's name and value.
    """
    make_folder(folder / FOLDER)
    path = folder / FOLDER / FILE
    with tf.io.TFRecordWriter(str(path)) as records:
        for signature, (key, value) in requests.items():
            records.write(prediction_log(name, signature, key, value))
    return path


def prediction_log(name: str, signature: str, key: str, value: Any) -> bytes:
    """A request with one input as a PredictionLog."""
    spec = _field(_NAME, name.encode()) + _field(_SIGNATURE_NAME, signature.encode())
    entry = _field(_KEY, key.encode()) + _field(_VALUE, tf.make_tensor_proto(value).SerializeToString())
    request = _field(_MODEL_SPEC, spec) + _field(_INPUTS, entry)
    return _field(_PREDICT_LOG, _field(_REQUEST, request))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _DELIMITED) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow.

    >>> _varint(300).hex()
    'ac02'
    """
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
