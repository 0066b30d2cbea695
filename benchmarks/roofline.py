"""What this machine can do at most, and which share of that networks reach.

    python benchmarks/roofline.py [--rate NAME=GIGA_OPERATIONS*PICTURES_A_SECOND ...] > roofline.json

The peak is that of products of large matrices, float32 and bfloat16, by TensorFlow's oneDNN on all cores: what the
arithmetic units give when memory is no limit. A rate is the operations of a picture (`encoders.py`) times pictures a
second (`predict_speed.py`); a convolution cannot come nearer to the peak than its memory traffic allows.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tensorflow as tf
from _machine import describe

SIDE, TURNS = 2048, 12


def peak(kind: tf.DType) -> float:
    """10⁹ multiplications and additions a second, the best of several products."""
    left, right = (tf.cast(tf.random.stateless_normal((SIDE, SIDE), (0, seed)), kind) for seed in (1, 2))
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        tf.linalg.matmul(left, right).numpy()
        times.append(time.perf_counter() - started)
    return 2 * SIDE**3 / min(times) / 1e9


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", nargs="*", default=[], metavar="NAME=A*B")
    options = parser.parse_args()
    peaks = {kind.name: round(peak(kind), 1) for kind in (tf.float32, tf.bfloat16)}
    reached = {}
    for text in options.rate:
        name, _, product = text.partition("=")
        operations, _, rate = product.partition("*")
        reached[name] = round(float(operations) * float(rate), 1)
    shares = {name: {kind: round(value / most, 2) for kind, most in peaks.items()} for name, value in reached.items()}
    result = {"peak_giga_operations_a_second": peaks, "reached": reached, "shares": shares}
    print(json.dumps({**result, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
