"""How long scores take, and whether an evaluation's memory stays flat.

    python benchmarks/metrics.py [pictures for memory] > metrics.json

- `overlap`: 1,000 pairs of 1024×2048 masks, every score that comes from counts, with 1 and with 32 classes;
- `boundary`: NSD, HD95 and ASSD of one pair, a jaw and 32 teeth, and noise, the worst case;
- `memory`: an evaluation of 1,000 and of 10,000 pictures of 256×512, everything that metrics.json holds, with the peak
  of memory after each.

Seconds are of the clock; `processor` beside them tells how much of it this program had.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe

from dentalx import metrics
from dentalx.evaluation import SemanticEvaluation

SIZE, PAIRS = (1024, 2048), 1000


def jaw(shift: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W) uint8, 1 where a mandible might be."""
    mask = np.zeros(size, np.uint8)
    height, width = size
    axes = (width * 2 // 5, height * 2 // 5 + shift)
    cv2.ellipse(mask, (width // 2 + shift, height * 2 // 5), axes, 0, 0, 180, 1, height // 7)
    return mask


def teeth(shift: int) -> np.ndarray:
    """(H, W) uint8 with 32 classes."""
    mask = np.zeros(SIZE, np.uint8)
    for number in range(32):
        centre = (260 + 100 * (number % 16) + shift, 350 + 280 * (number // 16))
        cv2.ellipse(mask, centre, (38, 110), 0, 0, 360, number + 1, -1)
    return mask


def timed(task: Callable[[], object], turns: int) -> dict[str, float]:
    """Seconds a turn, of the clock and of the processor."""
    task()
    clock, processor = time.perf_counter(), time.process_time()
    for _ in range(turns):
        task()
    seconds = (time.perf_counter() - clock) / turns, (time.process_time() - processor) / turns
    return dict(zip(("seconds", "processor"), (round(value, 5) for value in seconds), strict=True))


def overlap(truth: np.ndarray, prediction: np.ndarray, classes: int) -> None:
    """Every score of counts of one pair."""
    counts = metrics.count(truth, prediction, classes)
    for score in metrics.SCORES.values():
        score(counts)


def memory(pictures: int) -> dict[str, Any]:
    """Peak MiB of the process after evaluations of growing size."""
    pairs = [(jaw(0, (256, 512)), jaw(shift, (256, 512))) for shift in range(1, 9)]
    rows = {}
    for n in (pictures // 10, pictures):
        start = time.perf_counter()
        evaluation = SemanticEvaluation(("mandible",))
        for i in range(n):
            evaluation.add(f"picture{i}", f"patient{i // 2}", *pairs[i % len(pairs)])
        evaluation.result()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        rows[str(n)] = {"peak_mib": round(peak), "seconds": round(time.perf_counter() - start, 1)}
    return rows


def main() -> None:
    """Measure, print JSON."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = np.random.default_rng(0)
    noise = [(rng.random(SIZE) < 0.5).astype(np.uint8) for _ in range(2)]
    few = {"jaw": (jaw(0), jaw(6), 1), "teeth": (teeth(0), teeth(3), 32)}
    figures: dict[str, Any] = {
        "memory": memory(pictures),  # first: the peak of a process never falls
        "overlap_of_1000": {name: timed(lambda given=given: overlap(*given), PAIRS) for name, given in few.items()},
        "boundary_of_one": {
            **{name: timed(lambda given=given: metrics.boundary_scores(*given), 10) for name, given in few.items()},
            "noise": timed(lambda: metrics.boundary_scores(*noise, 1), 1),
        },
    }
    for row in figures["overlap_of_1000"].values():
        row.update({name: round(value * PAIRS, 2) for name, value in row.items()})
    print(json.dumps({"benchmark": "metrics", **figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
