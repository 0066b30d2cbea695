"""Training and inference, images a second: VGG16 and ResNet34 U-Nets at 256×512, float32 and bfloat16.

    python benchmarks/speed.py > speed.json

All variants take turns within one run (A B C D A B C D …), so that their ratios hold on a noisy machine; the medians
are reported. Training: whole steps of batch 8 with BCE + Dice and AdamW. Inference: the exported graph on one
picture of the network's size.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe

SIZE = (256, 512)
VARIANTS = [(b, p) for b in ("vgg16", "resnet34") for p in ("float32", "mixed_bfloat16")]


def build(backbone: str, precision: str, batch: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """(one training step, one inference) of a fresh network."""
    import numpy as np

    from dentalx.config import ModelConfig, TrainConfig
    from dentalx.losses import WeightedSum
    from dentalx.models import build_network
    from dentalx.models.segmenter import Segmenter
    from dentalx.training.optimiser import build_optimiser

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, *SIZE, 1)).astype(np.uint8)
    masks = (rng.random((batch, *SIZE)) < 0.2).astype(np.uint8)
    model = build_network(ModelConfig(backbone=backbone, encoder_weights="none"), 1, precision=precision).model
    model.compile(build_optimiser(TrainConfig(epochs=10), 100), WeightedSum())
    segmenter = Segmenter(model, SIZE)

    def train() -> None:
        model.train_on_batch(images, masks)

    def infer() -> None:
        segmenter.from_pixels(images[:1])["probability"].numpy()

    return train, infer


def seconds(action: Callable[[], None]) -> float:
    """How long `action` takes once."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure(rounds: int, batch: int) -> dict[str, dict[str, float]]:
    """Images a second of every variant: the medians over `rounds` turns, after one that is not counted."""
    actions = {f"{b} {p}": build(b, p, batch) for b, p in VARIANTS}
    times: dict[str, dict[str, list[float]]] = {name: {"training": [], "inference": []} for name in actions}
    for turn in range(rounds + 1):
        for name, (train, infer) in actions.items():
            for kind, action in (("training", train), ("inference", infer)):
                taken = seconds(action)
                if turn:
                    times[name][kind].append(taken)
            sys.stderr.write(f"turn {turn} of {rounds}: {name}\n")
    per_step = {"training": batch, "inference": 1}
    return {
        name: {kind: round(per_step[kind] / statistics.median(taken), 3) for kind, taken in kinds.items()}
        for name, kinds in times.items()
    }


def ratios(rates: dict[str, dict[str, float]]) -> dict[str, float]:
    """bfloat16 over float32, and ResNet34 over VGG16 in float32."""
    pairs = {
        "vgg16 bfloat16/float32": ("vgg16 mixed_bfloat16", "vgg16 float32"),
        "resnet34 bfloat16/float32": ("resnet34 mixed_bfloat16", "resnet34 float32"),
        "float32 resnet34/vgg16": ("resnet34 float32", "vgg16 float32"),
    }
    return {
        f"{kind}: {name}": round(rates[a][kind] / rates[b][kind], 2)
        for kind in ("training", "inference")
        for name, (a, b) in pairs.items()
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=8)
    options = parser.parse_args()
    rates = measure(options.rounds, options.batch_size)
    result = {"size": SIZE, "batch_size": options.batch_size, "images_a_second": rates, "ratios": ratios(rates)}
    print(json.dumps({**result, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
