"""Training steps and input pipelines, pictures a second, beside segmentation_models_pytorch and a DataLoader.

    python benchmarks/training_speed.py PYTHON_WITH_PEERS > training_speed.json

A step is forward, BCE + Dice, backward and Adam on one batch that is already in memory: the U-Net on an encoder,
random weights, float32 and bfloat16; theirs eager, channels-last, and bfloat16 too. A pipeline turns a folder of JPEG
panoramics of 2400 × 1200 with masks into augmented batches at the network's size, by two workers: ours decodes a
picture once, the DataLoader in every epoch, as its users write it; `first` is the first epoch, `later` those after it.
Every engine has a process of its own that waits while the others work; all take turns; medians and their ratios.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe
from _turns import answer, start

HERE = Path(__file__).resolve().parent
OURS = ("ours-float32", "ours-mixed_bfloat16", "ours-pipeline")
PEERS = ("torch-eager", "torch-channels_last", "torch-bf16", "torch-pipeline")
WORKERS = 2


def draw(folder: Path, count: int) -> None:
    """So many panoramics of 2400 × 1200 as JPEG, teeth masks as PNG; four phantoms, again and again."""
    import cv2
    import numpy as np

    from dentalx.datasets.phantoms import PhantomSource

    source = PhantomSource(4, 0, (600, 1200), ("teeth",))
    for name in ("images", "teeth"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        sample = source.load(source.records[index % 4])
        for name, array, ending in (("images", sample.image, "jpg"), ("teeth", sample.mask, "png")):
            levels = np.round(array * 255).astype(np.uint8)
            large = cv2.resize(levels, (2400, 1200), interpolation=cv2.INTER_NEAREST)
            cv2.imwrite(str(folder / name / f"{index:04d}.{ending}"), large, [cv2.IMWRITE_JPEG_QUALITY, 92])


def our_step(asked: dict[str, Any]) -> Callable[[], None]:
    """One training step as train.py takes it."""
    import numpy as np

    from dentalx.config import ModelConfig, TrainConfig
    from dentalx.losses import WeightedSum
    from dentalx.models import build_network
    from dentalx.training.optimiser import build_optimiser

    rng, size, batch = np.random.default_rng(0), asked["size"], asked["batch"]
    images = rng.integers(0, 256, (batch, *size, 1)).astype(np.uint8)
    masks = (rng.random((batch, *size)) < 0.2).astype(np.uint8)
    config = ModelConfig(backbone=asked["encoder"], encoder_weights="none", image_size=tuple(size))
    model = build_network(config, 1, precision=asked["engine"].removeprefix("ours-")).model
    model.compile(build_optimiser(TrainConfig(epochs=10, optimizer="adam"), 100), WeightedSum(), jit_compile=False)

    def step() -> None:
        model.train_on_batch(images, masks)

    return step


def our_epochs(asked: dict[str, Any]) -> Callable[[], None]:
    """One epoch of batches as train.py makes them; the first call reads the files."""
    from dentalx.config import AugmentConfig
    from dentalx.datasets.folders import open_folder
    from dentalx.datasets.pipeline import Loader, training_dataset

    source = open_folder(Path(asked["data"]))
    loader = Loader(source, source.records, tuple(asked["size"]))
    batches: list[Any] = []

    def epoch() -> None:
        if not batches:
            loader.prepare(lambda done, of: None)
            made = training_dataset(
                loader, batch_size=asked["batch"], augment=AugmentConfig(), seed=0, start_epoch=0, epochs=10_000
            )
            batches.append(iter(made[0]))
        for _ in range(len(loader) // asked["batch"]):
            next(batches[0])

    return epoch


def measure(python: str, asked: dict[str, Any], engines: list[str], rounds: int, per_turn: int) -> dict[str, Any]:
    """Pictures a second of every engine, first turn and median of the later ones."""
    workers = []
    for engine in engines:
        words = (
            [sys.executable, __file__, "--worker"] if engine in OURS else [python, str(HERE / "training_speed_peer.py")]
        )
        workers.append(start(engine, [*words, json.dumps({**asked, "engine": engine})]))
    times: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(rounds + 1):
        for worker in workers:
            times[worker.name].append(worker.ask("turn"))
    for worker in workers:
        worker.end()
    return {
        engine: {"first": round(per_turn / taken[0], 2), "later": round(per_turn / statistics.median(taken[1:]), 2)}
        for engine, taken in times.items()
    }


def ratio(rates: dict[str, dict[str, float]], what: str) -> float:
    """Ours, the best, over theirs, the best."""
    best = {
        side: max(rate[what] for name, rate in rates.items() if name.startswith(side)) for side in ("ours", "torch")
    }
    return round(best["ours"] / best["torch"], 2)


def main() -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="one that has PyTorch, segmentation_models_pytorch and albumentations")
    parser.add_argument("--encoders", nargs="+", default=("resnet34", "vgg16"))
    parser.add_argument("--size", type=int, nargs=2, default=(256, 512))
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=48)
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), options.pictures)
        asked = {"size": options.size, "batch": options.batch, "data": folder, "workers": WORKERS}
        pipelines = [name for name in (*OURS, *PEERS) if name.endswith("pipeline")]
        rates = measure(options.python, asked, pipelines, options.rounds, options.pictures)
        found["pipeline"] = {**rates, "ratio, first": ratio(rates, "first"), "ratio": ratio(rates, "later")}
        steps = [name for name in (*OURS, *PEERS) if name not in pipelines]
        for encoder in options.encoders:
            rates = measure(options.python, {**asked, "encoder": encoder}, steps, options.rounds, options.batch)
            found[f"step, {encoder}"] = {**rates, "ratio": ratio(rates, "later")}
    print(json.dumps({"machine": describe(), "size": options.size, "batch": options.batch, **found}, indent=1))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        wanted = json.loads(sys.argv[2])
        if wanted["engine"] == "ours-pipeline":
            turn = our_epochs(wanted)
        else:
            turn = our_step(wanted)
            turn()
        answer({"turn": turn})
        sys.exit()
    sys.exit(main())
