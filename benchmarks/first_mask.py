"""From the command to the first mask on disk: predict.py on one picture, a new process each time.

    python benchmarks/first_mask.py runs/teeth runs/teeth/exports/onnx-fp32 --picture xray.jpg > first_mask.json

Seconds on the clock and of the processor, medians over the rounds; all take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe

SCRIPT = Path(__file__).resolve().parents[1] / "predict.py"


def seconds(model: Path, picture: Path, more: list[str]) -> tuple[float, float]:
    """(to the mask, of the processor until the command ended)."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, SCRIPT, "--run", model, "--input", picture, "--output", folder, *more]
        before, started = os.times(), time.perf_counter()
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
        mask = Path(folder) / "masks" / f"{picture.stem}.png"
        while not mask.exists():
            if process.poll() not in (None, 0):
                raise SystemExit(f"predict.py failed with {model}")
            time.sleep(0.01)
        there = time.perf_counter() - started
        process.wait()
        after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return there, used


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, help="run folders and exports")
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {str(model): [] for model in options.models}
    for turn in range(options.rounds + 1):
        for model in options.models:
            taken = seconds(model, options.picture, [])
            if turn:  # the first one reads files from the disk
                found[str(model)].append(taken)
    results = {
        name: {
            "seconds_to_the_mask": round(statistics.median(clock for clock, _ in each), 2),
            "processor_seconds": round(statistics.median(used for _, used in each), 2),
        }
        for name, each in found.items()
    }
    print(json.dumps({"results": results, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
