"""Where a training step spends its time, operation by operation, and what the layers of ours save of it.

    python benchmarks/training_profile.py [--encoder resnet34] [--size 256 512] [--batch 8] > training_profile.json

The step of `training_speed.py`, with our batch normalisation and Adam and with Keras' own, in turn, medians; then
TensorFlow's profiler on ours: milliseconds of each kind of operation, which run two at a time and so add up to more
than the step.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import tensorflow as tf
from _machine import describe
from tensorflow.tsl.profiler.protobuf import xplane_pb2
from training_speed import our_step

from dentalx.models import backbones
from dentalx.training import optimiser

PROFILED = 3  # steps


def with_keras(asked: dict[str, Any]) -> Callable[[], None]:
    """The step with Keras' own layer and optimiser."""
    layers, adam = backbones.segmentation_models._KERAS_LAYERS, optimiser.Adam
    backbones.segmentation_models._KERAS_LAYERS, optimiser.Adam = keras.layers, keras.optimizers.Adam
    try:
        return our_step(asked)
    finally:
        backbones.segmentation_models._KERAS_LAYERS, optimiser.Adam = layers, adam


def operations(step: Callable[[], None]) -> dict[str, float]:
    """Milliseconds a step of each kind of operation, the longest first."""
    spent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(PROFILED):
                step()
        (written,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(written.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name, colon, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                if colon and not name.endswith(":") and " " not in kind:
                    spent[kind] += event.duration_ps / 1e9 / PROFILED
    return {kind: round(milliseconds, 1) for kind, milliseconds in spent.most_common(20)}


def main() -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="resnet34")
    parser.add_argument("--size", type=int, nargs=2, default=(256, 512))
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="mixed_bfloat16")
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    asked = {**vars(options), "engine": f"ours-{options.precision}"}
    steps = {"ours": our_step(asked), "keras": with_keras(asked)}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(options.rounds + 1):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - started)
    seconds = {name: round(statistics.median(taken[1:]), 3) for name, taken in times.items()}
    found = {"seconds_a_step": seconds, "milliseconds_of_operations": operations(steps["ours"])}
    print(json.dumps({"machine": describe(), **vars(options), **found}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
