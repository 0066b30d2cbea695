"""Planted twins: every kind of copy of some phantoms, hidden among thousands of different ones.

    python benchmarks/audit.py --work WORK > audit.json

By default 5,000 different phantoms, and 25 copies of each of 200 of them: 10,000 files. They are drawn once and kept in
WORK. Reported are how many copies of each kind were found, every pair of different phantoms that was taken for twins,
the likeness of the least alike twins, the time (by the clock, and of the processor), and the memory. Other pictures
instead: `--pictures 'FOLDER/*.png'`.
"""

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe
from numpy.typing import NDArray

SEED, SIZE = 7, (256, 512)
Levels = NDArray[np.uint8]
Change = Callable[[Levels, np.random.Generator], Levels]


def cropped(levels: Levels, left: float, right: float, top: float, bottom: float) -> Levels:
    """Less shares of each side."""
    h, w = levels.shape
    return levels[int(h * top) : h - int(h * bottom), int(w * left) : w - int(w * right)]


def anyhow(levels: Levels, rng: np.random.Generator) -> Levels:
    """Less up to 5 % of each side."""
    return cropped(levels, *rng.uniform(0, 0.05, 4))


def scaled(levels: Levels, factor: float) -> Levels:
    """Resized."""
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(levels, None, fx=factor, fy=factor, interpolation=method), np.uint8)


def jpeg(levels: Levels, quality: int) -> Levels:
    """Saved with loss and read again."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0), np.uint8)


def gamma(levels: Levels, power: float) -> Levels:
    """Levels raised to a power."""
    return np.rint(255 * (levels / 255.0) ** power).astype(np.uint8)


def linear(levels: Levels, factor: float, shift: float) -> Levels:
    """Contrast and brightness."""
    return np.clip(np.rint(levels.astype(np.float32) * factor + shift), 0, 255).astype(np.uint8)


KINDS: dict[str, Change] = {
    "same pixels": lambda p, _: p,
    "mirrored": lambda p, _: p[:, ::-1],
    "scaled 1/2": lambda p, _: scaled(p, 0.5),
    "scaled 1/4": lambda p, _: scaled(p, 0.25),
    "scaled 2": lambda p, _: scaled(p, 2.0),
    "stretched to a square": lambda p, _: np.asarray(cv2.resize(p, (640, 640)), np.uint8),
    "JPEG 75": lambda p, _: jpeg(p, 75),
    "JPEG 20": lambda p, _: jpeg(p, 20),
    "gamma 0.6": lambda p, _: gamma(p, 0.6),
    "gamma 1.7": lambda p, _: gamma(p, 1.7),
    "brighter": lambda p, _: linear(p, 1, 50),
    "darker": lambda p, _: linear(p, 1, -40),
    "a third of the contrast": lambda p, _: linear(p, 0.33, 80),
    "inverted": lambda p, _: 255 - p,
    "CLAHE": lambda p, _: np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(p), np.uint8),
    "cropped 5 % all round": lambda p, _: cropped(p, 0.05, 0.05, 0.05, 0.05),
    "cropped 5 % left and below": lambda p, _: cropped(p, 0.05, 0, 0, 0.05),
    "cropped 5 % right and above": lambda p, _: cropped(p, 0, 0.05, 0.05, 0),
    "cropped 0 to 5 % anyhow": anyhow,
    "mirrored, scaled 1/2": lambda p, _: scaled(p[:, ::-1], 0.5),
    "mirrored, inverted": lambda p, _: 255 - p[:, ::-1],
    "cropped anyhow, JPEG 50": lambda p, rng: jpeg(anyhow(p, rng), 50),
    "cropped anyhow, mirrored, gamma 0.7": lambda p, rng: gamma(anyhow(p, rng)[:, ::-1], 0.7),
    "cropped anyhow, scaled 1/2, gamma 1.5, JPEG 50": lambda p, rng: jpeg(gamma(scaled(anyhow(p, rng), 0.5), 1.5), 50),
}


def phantom(job: tuple[Path, int]) -> None:
    """Draw one of the series, unless it is there."""
    from dentalx.phantom import draw

    path, number = job
    if not path.is_file():
        levels = np.rint(draw(SEED, number, SIZE).image * 255).astype(np.uint8)
        path.write_bytes(cv2.imencode(".png", levels)[1].tobytes())


def originals(options: argparse.Namespace) -> list[Path]:
    """The different pictures, drawn where they are phantoms."""
    if options.pictures:
        return sorted(
            Path().glob(options.pictures) if options.pictures[0] != "/" else Path("/").glob(options.pictures[1:])
        )
    folder = options.work / "different"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.png" for number in range(options.different)]
    with ProcessPoolExecutor(options.processes) as pool:
        for done, _ in enumerate(pool.map(phantom, zip(paths, range(len(paths)), strict=True), chunksize=20), start=1):
            if done % 500 == 0:
                sys.stderr.write(f"{done} phantoms\n")
    return paths


def planted(originals: list[Path], folder: Path) -> list[tuple[Path, int, str]]:
    """Every kind of copy of some pictures: (file, number of its original, kind)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = []
    for number, original in enumerate(originals):
        levels = np.asarray(cv2.imdecode(np.fromfile(original, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
        path = folder / f"{number:05d}-file{original.suffix}"
        shutil.copy(original, path)
        made.append((path, number, "same file"))
        for order, (kind, change) in enumerate(KINDS.items()):
            changed = np.ascontiguousarray(change(levels, np.random.default_rng((SEED, number, order))))
            path = folder / f"{number:05d}-{order:02d}.png"
            path.write_bytes(cv2.imencode(".png", changed)[1].tobytes())
            made.append((path, number, kind))
    return made


def measure(originals: list[Path], twins: list[tuple[Path, int, str]]) -> dict[str, object]:
    """Compare all of them and count."""
    from dentalx.datasets.twins import SAME, compare, connected

    paths = [*originals, *(path for path, _, _ in twins)]
    owner = [*range(len(originals)), *(number for _, number, _ in twins)]
    stages: dict[str, float] = {}
    memory: dict[str, float] = {}
    last = time.perf_counter()

    def progress(what: str, done: int, of: int) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[what] = stages.get(what, 0) + now - last
        last = now
        if done in (of // 10, of):
            memory[f"{what} {done}"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)
            sys.stderr.write(f"{what} {done}/{of}: {stages[what]:.0f} s\n")

    began = time.process_time()
    search = compare(paths, progress)
    processor = time.process_time() - began
    group = {
        name: n
        for n, names in enumerate(connected((str(p.first), str(p.second)) for p in search.pairs))
        for name in names
    }
    found: dict[str, list[bool]] = {}
    for place, (_, number, kind) in enumerate(twins, start=len(originals)):
        found.setdefault(kind, []).append(str(place) in group and group[str(place)] == group.get(str(number)))
    false = [p for p in search.pairs if owner[p.first] != owner[p.second]]
    true = sorted(p.likeness for p in search.pairs if owner[p.first] == owner[p.second])
    return {
        "pictures": len(paths),
        "found": {kind: f"{sum(hits)} of {len(hits)}" for kind, hits in found.items()},
        "missed": sum(not hit for hits in found.values() for hit in hits),
        "false_pairs": [[paths[p.first].name, paths[p.second].name, p.likeness] for p in false],
        "least_likeness_of_twins": true[:10],
        "threshold": SAME,
        "seconds": {what: round(taken, 1) for what, taken in stages.items()},
        "seconds_in_all": round(sum(stages.values()), 1),
        "processor_seconds": round(processor, 1),
        "peak_memory_mib": memory,
    }


def main() -> None:
    """Draw, plant, compare, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--different", type=int, default=5000)
    parser.add_argument("--copied", type=int, default=200)
    parser.add_argument("--pictures", help="a pattern of files to take instead of phantoms")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    different = originals(options)
    twins = planted(different[: options.copied], options.work / "twins")
    print(json.dumps({**measure(different, twins), "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
