"""How real the phantoms are: a U-Net that saw only phantoms, scored on real panoramic radiographs.

    python benchmarks/phantom_realism.py --images DIR --masks teeth=DIR mandible=DIR --work DIR > realism.json

For every class: `train.py` on phantoms alone (from scratch), `evaluate.py` on the real pictures, all of them. Both
runs stay under --work and are resumed or reused when the command is repeated. Truth that covers less than 0.5 % or
more than 80 % of its picture is no outline of teeth or of a jaw; the figures are given with and without such pictures,
which are named. Beside them stands the Dice of the mean phantom, the guess that never looks. Progress goes to stderr,
JSON to stdout.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dentalx.phantom import draw

ROOT = Path(__file__).resolve().parents[1]

GUESS_SIZE = (211, 512)  # as wide against its height as the median real panoramic
PLAUSIBLE_SHARE = (0.005, 0.8)


def run(*words: str) -> None:
    """Run one of the project's commands; its output goes to stderr."""
    print("$", *words, file=sys.stderr, flush=True)
    subprocess.run([sys.executable, *words], cwd=ROOT, stdout=sys.stderr, check=True)


def train(name: str, options: argparse.Namespace) -> Path:
    """The run folder of a network trained on phantoms of one class, trained now unless it already is."""
    folder = options.work / f"phantoms-{name}"
    if (folder / "saved_model").is_dir():
        return folder
    if (folder / "config.json").exists():
        run("train.py", "--output", str(folder), "--resume")
        return folder
    height, width = map(str, options.image_size)
    flags = {
        "--classes": name,
        "--phantoms": str(options.phantoms),
        "--backbone": options.backbone,
        "--epochs": str(options.epochs),
        "--precision": options.precision,
        "--encoder-weights": "none",
        "--seed": str(options.seed),
        "--output": str(folder),
    }
    plain = [word for pair in flags.items() for word in pair]
    run("train.py", *plain, "--image-size", height, width, "--fractions", "0.9", "0.05", "0.05")
    return folder


def mean_with_interval(values: list[float], draws: int = 4000) -> dict[str, Any]:
    """Mean, median, and a 95 % percentile bootstrap interval of the mean."""
    scores = np.array(values)
    means = np.random.default_rng(0).choice(scores, (draws, len(scores))).mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    figures = {"mean": scores.mean(), "median": np.median(scores), "min": scores.min(), "low": low, "high": high}
    rounded = {name: round(float(value), 4) for name, value in figures.items()}
    return {"n": len(scores), "mean": rounded["mean"], "ci95": [rounded["low"], rounded["high"]]} | {
        name: rounded[name] for name in ("median", "min")
    }


def dice_of(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Dice from the counts of per_image.csv: of all pictures, and of those whose truth is plausible."""
    everything, plausible, odd = [], [], []
    for row in rows:
        tp, fp, fn, tn = (int(row[key]) for key in ("tp", "fp", "fn", "tn"))
        share = (tp + fn) / (tp + fp + fn + tn)
        dice = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else float("nan")
        if not np.isnan(dice):
            everything.append(dice)
        if PLAUSIBLE_SHARE[0] <= share <= PLAUSIBLE_SHARE[1]:
            plausible.append(dice)
        else:
            odd.append(row["image_id"])
    return {
        "all": mean_with_interval(everything),
        "plausible_truth": mean_with_interval(plausible),
        "left_out": odd,
        "undefined": len(rows) - len(everything),
    }


def mean_phantom(name: str, folder: Path, phantoms: int = 60) -> dict[str, Any]:
    """Dice of a guess that never looks: the pixels that most phantoms have, stretched over every real picture."""
    shape = np.mean([draw(1, i, GUESS_SIZE).plane(name) for i in range(phantoms)], axis=0) > 0.5
    values = []
    for path in sorted(folder.iterdir()):
        truth = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
        guess = cv2.resize(shape.astype(np.uint8), truth.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
        if PLAUSIBLE_SHARE[0] <= truth.mean() <= PLAUSIBLE_SHARE[1]:
            values.append(2 * (truth & guess).sum() / (truth.sum() + guess.sum()))
    return mean_with_interval(values)


def score(name: str, folder: Path, masks: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Evaluate one run on the real pictures, and on its own held-out phantoms."""
    real, own = folder / "on-real", folder / "evaluation"
    here = ["--run", str(folder)]
    run("evaluate.py", *here, "--images", str(options.images), "--masks", str(masks), "--output", str(real))
    run("evaluate.py", *here, "--output", str(own))
    with (real / "per_image.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    held_out = json.loads((own / "metrics.json").read_text("utf-8"))["dice"]
    return {
        "real": dice_of(rows),
        "mean_phantom_on_real": mean_phantom(name, masks),
        "held_out_phantoms": held_out,
    }


def pair(text: str) -> tuple[str, Path]:
    """`class=folder` as its two halves."""
    name, equals, folder = text.partition("=")
    if not equals or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"expected CLASS=FOLDER with a folder that exists, got {text!r}")
    return name, Path(folder).resolve()


def main() -> None:
    """Parse, train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=lambda text: Path(text).resolve(), required=True, help="real radiographs")
    parser.add_argument("--masks", type=pair, nargs="+", required=True, metavar="CLASS=DIR", help="their truth")
    parser.add_argument("--work", type=lambda text: Path(text).resolve(), required=True, help="where the runs go")
    parser.add_argument("--phantoms", type=int, default=600)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--backbone", default="resnet34")
    parser.add_argument("--precision", default="mixed_bfloat16")
    parser.add_argument("--image-size", type=int, nargs=2, default=(256, 512), metavar=("H", "W"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figures = {name: score(name, train(name, options), masks, options) for name, masks in options.masks}
    settings = {key: value for key, value in vars(options).items() if key not in ("images", "masks", "work")}
    report = {"benchmark": "phantom_realism", "settings": settings, "dice": figures, "machine": describe()}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
