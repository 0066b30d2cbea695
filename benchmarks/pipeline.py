"""Training samples a second: the input pipeline against the same transforms in a plain Python loop.

    python benchmarks/pipeline.py [seconds a measurement]

Phantoms of 1024 px are written to a temporary folder and read from there; the network's size is 256×512, batches of
8, the default augmentation. Three ways, taken in turns (A B C A B C) so that a change of the machine's mood meets all:

- `pipeline`: what training uses, after its pictures are in memory;
- `loop`: letterboxed pictures in memory, the same augmentation, one after the other, stacked to batches;
- `loop_reading`: as most scripts do it, every file read, letterboxed and augmented in every epoch.

JSON on stdout: samples a second of each, the ratios of the medians, how well the bytes agree, memory before and after.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment, augment_seed
from dentalx.datasets.folders import FolderSource, open_folder
from dentalx.datasets.phantoms import PhantomSource, write_folders
from dentalx.datasets.pipeline import Loader, batch_indices, training_dataset
from dentalx.preprocess import Letterbox, to_uint8

SIZE, BATCH, PICTURES, ROUNDS = (256, 512), 8, 48, 3
RECIPE = AugmentConfig()
EPOCHS = 10_000
Batch = tuple[np.ndarray, np.ndarray]


def stacked(samples: list[tuple[np.ndarray, np.ndarray]]) -> Batch:
    """Samples as one batch."""
    return np.stack([image for image, _ in samples])[..., None], np.stack([mask for _, mask in samples])


def loop(read: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> Iterator[Batch]:
    """The batches that training would see, one after the other."""
    for epoch in range(EPOCHS):
        for step in range(PICTURES // BATCH):
            chosen = batch_indices(0, epoch, step, PICTURES, BATCH)
            yield stacked([augment(*read(i), RECIPE, augment_seed(0, epoch, i)) for i in chosen])


def from_disk(source: FolderSource, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Read and letterbox one picture."""
    sample = source.load(source.records[index])
    box = Letterbox(sample.mask.shape, SIZE)
    return to_uint8(box.apply_image(sample.image)), box.apply_mask(sample.mask)


def rate(batches: Iterator[Batch], seconds: float) -> tuple[float, float]:
    """Samples a second, and milliseconds of all cores a sample, after two batches that are not counted."""
    for _ in range(2):
        next(batches)
    start, cpu, samples = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < seconds:
        samples += len(next(batches)[0])
    return samples / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / samples


def resident_mib() -> float:
    """Memory this process holds now; Linux only, elsewhere NaN."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), float("nan"))


def agreement(first: Iterator[Batch], second: Iterator[Batch], count: int) -> float:
    """Share of `count` batches that are equal to the byte."""
    equal = [all(np.array_equal(a, b) for a, b in zip(next(first), next(second), strict=True)) for _ in range(count)]
    return sum(equal) / count


def measure(folder: Path, seconds: float) -> dict[str, object]:
    """Every figure, from pictures written into `folder`."""
    write_folders(folder, PhantomSource(PICTURES, 0, (512, 1024), ("teeth",)))
    source = open_folder(folder)
    loader = Loader(source, source.records, SIZE)
    start = time.perf_counter()
    loader.prepare()
    preparing = time.perf_counter() - start
    dataset, _ = training_dataset(loader, batch_size=BATCH, augment=RECIPE, seed=0, start_epoch=0, epochs=EPOCHS)
    ways: dict[str, Iterator[Batch]] = {
        "pipeline": dataset.as_numpy_iterator(),
        "loop": loop(lambda i: loader[i]),
        "loop_reading": loop(lambda i: from_disk(source, i)),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    memory = []
    for _ in range(ROUNDS):
        for name, batches in ways.items():
            samples, milliseconds = rate(batches, seconds)
            rates[name].append(samples)
            cpu[name].append(milliseconds)
        memory.append(resident_mib())
    middle = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "prepare_pictures_per_second": round(PICTURES / preparing, 1),
        "samples_per_second": {name: [round(value, 1) for value in values] for name, values in rates.items()},
        "cpu_ms_per_sample": {name: round(min(values), 2) for name, values in cpu.items()},
        "pipeline_over_loop": round(middle["pipeline"] / middle["loop"], 2),
        "pipeline_over_loop_reading": round(middle["pipeline"] / middle["loop_reading"], 2),
        "equal_batches": agreement(dataset.as_numpy_iterator(), loop(lambda i: loader[i]), 12),
        "resident_mib_after_each_round": [round(value) for value in memory],
    }


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), seconds)
    settings = {"size": SIZE, "batch": BATCH, "pictures": PICTURES, "workers": os.cpu_count()}
    print(json.dumps({"benchmark": "pipeline", **settings, "figures": figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
