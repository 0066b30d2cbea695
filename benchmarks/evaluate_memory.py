"""Peak memory of evaluate.py over 1,000 and over 10,000 predictions, and whether a killed evaluation says the same.

    python benchmarks/evaluate_memory.py > evaluate_memory.json

Pictures are 400 phantoms of 64×128 pixels, and predictions the truth of each a little lower; the folders hold links to
them. The second evaluation is killed (SIGKILL) once half of it is measured, and taken up with --resume. Linux and macOS
only (it asks the system for the peak of a finished process).
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe

ROOT = Path(__file__).resolve().parent.parent
DRAWN, SIZE = 400, (64, 128)
KINDS = ("images", "teeth", "predictions")


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: as `subprocess` has it.
        peak_mib: of its memory.
        seconds: by the clock.
        processor_seconds: of all its threads.
    """

    code: int
    peak_mib: int
    seconds: float
    processor_seconds: float


def draw(folder: Path) -> None:
    """The phantoms, their truth, and predictions."""
    import cv2
    import numpy as np

    from dentalx.datasets.phantoms import PhantomSource, write_folders

    write_folders(folder, PhantomSource(DRAWN, 5, SIZE, ("teeth",)))
    (folder / "predictions").mkdir()
    for path in (folder / "teeth").iterdir():
        mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(folder / "predictions" / path.name), np.roll(mask, 1, 0))


def link(drawn: Path, folder: Path, count: int) -> None:
    """As many pictures as asked, with names of their own."""
    files = {kind: sorted((drawn / kind).iterdir()) for kind in KINDS}
    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
        for i in range(count):
            (folder / kind / f"p{i:05d}.png").hardlink_to(files[kind][i % DRAWN])


def evaluate(folder: Path, output: Path, *more: str, kill_at: int | None = None) -> Ended:
    """Run evaluate.py, to its end or until so many pictures are measured."""
    words = [sys.executable, str(ROOT / "evaluate.py"), "--output", str(output), *more]
    for flag, kind in zip(("--images", "--masks", "--predictions"), KINDS, strict=True):
        words += [flag, str(folder / kind)]
    started = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(sys.executable, words, os.environ, file_actions=silent)
    while kill_at is not None and measured(output) < kill_at:
        time.sleep(0.05)
    if kill_at is not None:
        os.kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    taken = time.perf_counter() - started
    processor = usage.ru_utime + usage.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), round(usage.ru_maxrss / unit), round(taken, 1), round(processor, 1))


def measured(output: Path) -> int:
    """Pictures in the file of an evaluation under way."""
    path = output / "unfinished.jsonl"
    return path.read_bytes().count(b"\n") - 1 if path.is_file() else 0


def whole(ended: Ended) -> Ended:
    """The same.

    Raises:
        RuntimeError: it failed.
    """
    if ended.code:
        raise RuntimeError(f"evaluate.py ended with {ended.code}")
    return ended


def main() -> None:
    """Draw, evaluate, kill, resume, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs=2, default=(1_000, 10_000))
    few, many = parser.parse_args().counts
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder / "drawn")
        for count in (few, many):
            link(folder / "drawn", folder / str(count), count)
            rows[str(count)] = vars(whole(evaluate(folder / str(count), folder / f"out{count}")))
        killed = evaluate(folder / str(many), folder / "killed", kill_at=many // 2)
        kept = measured(folder / "killed")
        resumed = whole(evaluate(folder / str(many), folder / "killed", "--resume"))
        files = ("metrics.json", "per_image.csv")
        same = {f: (folder / "killed" / f).read_bytes() == (folder / f"out{many}" / f).read_bytes() for f in files}
    ratio = rows[str(many)]["peak_mib"] / rows[str(few)]["peak_mib"]
    resumption = {"killed": vars(killed), "kept": kept, "resumed": vars(resumed), "the_same": same}
    found = {"predictions": rows, "peak_ratio": round(ratio, 3), "resumption": resumption, "machine": describe()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
