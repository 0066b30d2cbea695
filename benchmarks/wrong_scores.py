"""Four ways in which published scores go wrong, on one example, each beside the right number.

    python benchmarks/wrong_scores.py

The example: twelve drawn pictures of 64×96 with a bright ellipse for truth, the last two with nothing in them, and a
prediction that is the truth, shifted and frayed; in one of the empty pictures it sees a speck of three pixels. The
table it prints stands in docs/metrics.md.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from dentalx import metrics
from dentalx.evaluation import evaluate

SIZE, PICTURES = (64, 96), 12
Masks = list[np.ndarray]


def example(rng: np.random.Generator, pictures: int = PICTURES) -> tuple[Masks, Masks]:
    """Truth and prediction; the last two pictures are empty."""
    truths, predictions = [], []
    for number in range(pictures):
        truth = np.zeros(SIZE, np.uint8)
        if number < pictures - 2:
            axes = (int(rng.integers(4, 40)), int(rng.integers(4, 25)))
            cv2.ellipse(truth, (48, 32), axes, 0, 0, 360, 1, -1)
        prediction = np.roll(truth, rng.integers(-3, 4, 2), (0, 1)) & (rng.random(SIZE) > 0.05)
        truths.append(truth)
        predictions.append(prediction.astype(np.uint8))
    predictions[-1][10, 10:13] = 1
    return truths, predictions


def right(truths: Masks, predictions: Masks) -> tuple[float, int]:
    """The mean Dice over pictures and the number of pictures that have none."""
    items = [(str(i), str(i), *pair) for i, pair in enumerate(zip(truths, predictions, strict=True))]
    dice = evaluate(items, ("object",)).metrics["dice"]
    return dice["mean"], dice["n_undefined"]


def smoothed(truth: np.ndarray, prediction: np.ndarray, smooth: float) -> float:
    """(2 |A ∩ B| + s) / (|A| + |B| + s), over everything it is given: a loss, not a score."""
    both = int((truth.astype(int) * prediction).sum())
    return (2 * both + smooth) / (int(truth.sum()) + int(prediction.sum()) + smooth)


def all_foreground(truths: Masks, rng: np.random.Generator) -> tuple[float, float]:
    """Masks stored as JPEG have a background of 1 to 3, not 0; read with `> 0` they are white everywhere."""
    everything = [np.ones(SIZE, np.uint8)] * len(truths)
    files = [np.where(truth == 1, 255, rng.integers(1, 4, SIZE)).astype(np.uint8) for truth in truths]
    wrongly, rightly = ([(file > level).astype(np.uint8) for file in files] for level in (0, 127))
    return right(wrongly, everything)[0], right(rightly, everything)[0]


def batch_mean(truths: Masks, predictions: Masks, batch: int) -> float:
    """The mean over batches of the Dice of a whole batch."""
    starts = range(0, len(truths), batch)
    counts = [metrics.count(t, p, 1) for t, p in zip(truths, predictions, strict=True)]
    values = [float(metrics.dice(metrics.stack(counts[start : start + batch]).sum())) for start in starts]
    return float(np.nanmean(values))


def chosen_on_test(rng: np.random.Generator, epochs: int = 40, pictures: int = 10) -> tuple[float, float]:
    """The best of many equally good epochs, scored on the pictures it was chosen on, and on others."""
    chosen, others = (rng.normal(0.85, 0.08, (epochs, pictures)).clip(0, 1) for _ in range(2))
    best = int(chosen.mean(1).argmax())
    return float(chosen[best].mean()), float(others[best].mean())


def rows() -> list[tuple[str, str, str]]:
    """What was done, the wrong number, the right one."""
    truths, predictions = example(np.random.default_rng(0))
    dice, undefined = right(truths, predictions)
    said = f"{dice:.3f} ({undefined} without a score)"
    white, honest = all_foreground(truths, np.random.default_rng(1))
    smooth = [float(np.mean([smoothed(t, p, s) for t, p in zip(truths, predictions, strict=True)])) for s in (1, 100)]
    best, later = chosen_on_test(np.random.default_rng(2))
    batches = ", ".join(f"{batch_mean(truths, predictions, size):.3f}" for size in (2, 5, 12))
    return [
        ("everything foreground, masks read with `> 0`", f"{white:.3f}", f"{honest:.3f}"),
        ("Dice of whole batches, averaged: batches of 2, 5, 12", batches, said),
        ("Dice with + 1, + 100 above and below", f"{smooth[0]:.3f}, {smooth[1]:.3f}", said),
        ("best of 40 equal epochs on the pictures it was chosen by", f"{best:.3f}", f"{later:.3f}"),
    ]


def main() -> None:
    """Print the table."""
    print("| what was done | what comes out | right |\n|---|---|---|")
    for row in rows():
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
