"""Phantoms a second on one core, at three sizes: python benchmarks/phantoms.py [seconds a size]. JSON on stdout."""

import json
import sys
import time
from pathlib import Path

import cv2
from _machine import describe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dentalx.phantom import draw

SIZES = ((128, 256), (256, 512), (512, 1024))


def rate(size: tuple[int, int], seconds: float) -> dict[str, float]:
    """Draw different phantoms for `seconds`, after one that is not counted."""
    draw(0, 0, size)
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        before = time.process_time()
        draw(1, len(times), size)
        times.append(time.process_time() - before)
    wall = time.perf_counter() - start
    return {
        "phantoms": len(times),
        "per_second": round(len(times) / wall, 1),
        "per_cpu_second": round(len(times) / sum(times), 1),
        "slowest_s": round(max(times), 3),
    }


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    figures = {f"{height}x{width}": rate((height, width), seconds) for height, width in SIZES}
    print(json.dumps({"benchmark": "phantoms", "threads": 1, "figures": figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
