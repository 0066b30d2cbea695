"""What a smaller encoder saves: operations, parameters, file size and time of U-Nets in every runtime.

    python benchmarks/encoders.py --backbones vgg16 resnet34 resnet18 mobilenetv2 efficientnetb0 > encoders.json

Random weights: none of this depends on them. One thread each, processor time of one picture, all asked in turn, so that
other work on the machine moves the figures by little.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import tensorflow as tf
from _machine import describe

from dentalx.config import ModelConfig
from dentalx.export.convert import frozen, specification, to_litert, to_onnx, whole
from dentalx.models import build_network
from dentalx.runtimes.tensorflow import KerasNetwork

Ask = Callable[[Any], Any]


def operations(function: Any, size: tuple[int, int]) -> float:
    """Multiplications and additions of convolutions for one picture, 10⁹."""
    from tensorflow.python.profiler import model_analyzer, option_builder

    graph = frozen(function, specification(size, 1)).graph
    options = option_builder.ProfileOptionBuilder(option_builder.ProfileOptionBuilder.float_operation())
    found = model_analyzer.profile(graph, options=options.with_empty_output().build())
    return float(found.total_float_ops) / 1e9


def onnx_runtime(path: Path) -> Ask:
    """On one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path.read_bytes(), options, ["CPUExecutionProvider"])
    return lambda image: session.run(None, {"image": image})


def openvino(path: Path, precision: str, size: tuple[int, int]) -> Ask:
    """On one thread, in f32 or bf16."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    core = openvino.Core()
    model = core.read_model(str(path))
    model.reshape([1, *size, 1])
    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": precision}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return lambda image: request.infer({0: image})


def litert(path: Path) -> Ask:
    """On one thread."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]

    def ask(image: Any) -> None:
        interpreter.set_tensor(place, image)
        interpreter.invoke()

    return ask


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["vgg16", "resnet34", "resnet18", "mobilenetv2", "efficientnetb0"]
    parser.add_argument("--backbones", nargs="+", default=names)
    parser.add_argument("--size", nargs=2, type=int, default=[256, 512])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    size = (options.size[0], options.size[1])
    pixels = np.random.default_rng(0).integers(0, 256, (1, *size, 1), dtype=np.uint8)
    found: dict[str, dict[str, Any]] = {}
    asks: dict[tuple[str, str], Ask] = {}
    with tempfile.TemporaryDirectory() as folder:
        for backbone in options.backbones:
            sys.stderr.write(f"{backbone}\n")
            config = ModelConfig(backbone=backbone, encoder_weights="none", image_size=size)
            model = build_network(config, 1).model
            function, _ = whole([(model, size)])
            path = Path(folder) / backbone
            to_onnx(function, size, path.with_suffix(".onnx"), "fp32", [])
            to_litert(function, size, path.with_suffix(".tflite"), "fp32", [])
            keras = KerasNetwork(model, size)
            half = KerasNetwork(build_network(config, 1, precision="mixed_bfloat16").model, size)
            found[backbone] = {
                "giga_operations": round(operations(function, size), 1),
                "million_parameters": round(model.count_params() / 1e6, 1),
                "mebibytes": round(path.with_suffix(".onnx").stat().st_size / 2**20, 1),
                "milliseconds": {},
            }
            asks[backbone, "tensorflow"], asks[backbone, "tensorflow bf16"] = keras, half
            asks[backbone, "onnx"] = onnx_runtime(path.with_suffix(".onnx"))
            asks[backbone, "openvino"] = openvino(path.with_suffix(".onnx"), "f32", size)
            asks[backbone, "openvino bf16"] = openvino(path.with_suffix(".onnx"), "bf16", size)
            asks[backbone, "litert"] = litert(path.with_suffix(".tflite"))
        times: dict[tuple[str, str], list[float]] = {key: [] for key in asks}
        for turn in range(options.rounds + 2):
            for key, ask in asks.items():
                started = time.process_time()
                ask(pixels)
                if turn > 1:  # what a library does at its first calls is not counted
                    times[key].append(time.process_time() - started)
    for (backbone, runtime), each in times.items():
        found[backbone]["milliseconds"][runtime] = round(1000 * statistics.median(each), 1)
    print(json.dumps({"size": size, "encoders": found, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
