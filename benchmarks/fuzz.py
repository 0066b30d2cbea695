"""Damaged and hostile files through the public doors, each watched: counts, and the worst time and memory.

    python benchmarks/fuzz.py [cases of each kind] [folder for what goes wrong]

Every kind of `tests/fuzz/fuzz_cases.py` is damaged so many times, and every case of `tests/fuzz/fuzz_hostile.py` is
tried once, in processes of their own. What is expected is "read", or "refused" with one line, or "remarked", either
after libtiff wrote to stderr, which Pillow cannot keep it from. All else is listed: a crash, more than 5 s of the
processor, a hang, more than 1 GiB, another error, other output, or a file opened outside the case's folder.
JSON on stdout; exit code 1 when something was wrong.
"""

import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _machine import describe

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "fuzz")]

import fuzz_cases  # noqa: E402 (found by the lines above)
import fuzz_hostile  # noqa: E402
from fuzz_guard import Guard  # noqa: E402

TIMES, PROCESSES = 60, 2
Result = tuple[str, int, dict[str, object]]


def run(work: list[tuple[str, int]], folder: Path) -> list[Result]:
    """Each case once, in one process after the other."""
    guard = Guard(folder / "now")
    try:
        return [(kind, number, guard.read(kind, number)) for kind, number in work]
    finally:
        guard.close()


def main() -> int:
    """Try everything and print."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    kinds = fuzz_cases.kinds()
    work = [(kind, number) for number in range(times) for kind in kinds]
    work += [(f"hostile:{name}", 0) for name in fuzz_hostile.CASES]
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(PROCESSES) as pool:
        parts = [work[start::PROCESSES] for start in range(PROCESSES)]
        folders = [Path(name) / str(number) for number in range(PROCESSES)]
        for each in folders:
            each.mkdir()
        results = [result for part in pool.map(run, parts, folders) for result in part]
    wrong = [result for result in results if result[2]["outcome"] not in ("read", "refused", "remarked")]
    if len(sys.argv) > 2:
        for kind, number, _ in wrong:
            folder = Path(sys.argv[2]) / f"{kind.replace(':', '-')}-{number}" / "case"
            folder.mkdir(parents=True, exist_ok=True)
            fuzz_cases.make(kind, number, folder)
    families = {
        family: Counter(str(r["outcome"]) for k, _, r in results if k.startswith(family))
        for family in ("picture", "dicom", "data", "map", "weights", "splits", "hostile")
    }
    slowest = max(results, key=lambda result: float(str(result[2]["seconds"])))
    largest = max(results, key=lambda result: int(str(result[2].get("mib", 0))))
    figures = {
        "cases": len(results),
        "outcomes": families,
        "slowest": {"case": f"{slowest[0]} {slowest[1]}", "seconds": slowest[2]["seconds"]},
        "largest": {"case": f"{largest[0]} {largest[1]}", "mib": largest[2].get("mib")},
        "wrong": [{"case": f"{kind} {number}", **result} for kind, number, result in wrong],
    }
    print(json.dumps({"benchmark": "fuzz", **figures, "machine": describe()}, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
