"""Peak memory of predict.py over 10 and over 200 pictures: it should not grow.

    python benchmarks/predict_memory.py RUN > predict_memory.json

Pictures are phantoms of 1024 px, written to a temporary folder. Linux and macOS only (it asks the system for the peak
of a finished process).
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (10, 200)


def predict(run: Path, pictures: Path, output: Path) -> tuple[float, float]:
    """(peak MiB, seconds) of one predict.py.

    Raises:
        RuntimeError: it failed.
    """
    started = time.perf_counter()
    words = [sys.executable, str(ROOT / "predict.py")]
    words += ["--run", str(run), "--input", str(pictures), "--output", str(output)]
    process = os.posix_spawn(
        sys.executable, words, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"predict.py ended with {os.waitstatus_to_exitcode(status)}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return usage.ru_maxrss / unit, time.perf_counter() - started


def main() -> None:
    """Draw, predict, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    options = parser.parse_args()
    from dentalx.datasets.phantoms import PhantomSource, write_folders

    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            pictures = Path(folder) / str(count)
            write_folders(pictures, PhantomSource(count, 5, (440, 1024), ("teeth",)))
            peak, taken = predict(options.run, pictures / "images", Path(folder) / f"out{count}")
            rows[count] = {
                "peak_mib": round(peak),
                "seconds": round(taken, 1),
                "images_a_second": round(count / taken, 2),
            }
    ratio = rows[COUNTS[1]]["peak_mib"] / rows[COUNTS[0]]["peak_mib"]
    print(json.dumps({"pictures": rows, "peak_ratio": round(ratio, 3), "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
