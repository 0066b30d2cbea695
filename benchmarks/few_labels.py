"""How few labels are enough: `--preset best` from scratch and with an encoder that has seen phantoms, as a figure.

    python benchmarks/few_labels.py IMAGES MASKS --work DIR --figure docs/images/few_labels.png [--size 64 128]

One division by patient, seed 0; the first 10, 20, 40 and 80 of its training pictures in an order drawn once, each set
in the next; always the same validation and test pictures. The encoder is that of a `best` run on phantoms with the
same class. Every training is `train.py`, every score `evaluate.py`; what is finished in DIR is not done again.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe
from architectures import shown

ROOT = Path(__file__).resolve().parents[1]
COUNTS = (10, 20, 40, 80)
WAYS = {"scratch": "from scratch", "phantoms": "encoder from phantoms"}


def run(script: str, *flags: Any) -> None:
    """One of the programs, told to be quiet."""
    words = [sys.executable, str(ROOT / script), *(str(flag) for flag in flags)]
    sys.stderr.write(" ".join(words[1:]) + "\n")
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"})


def train(made: Path, options: argparse.Namespace, encoder: str, data: tuple[Any, ...]) -> None:
    """A run of `best` in `made`, gone on with where it was stopped, left alone where it is finished."""
    if not (made / "thresholds.json").is_file():
        wishes = ("--preset", "best", "--image-size", *options.size, "--encoder-weights", encoder, *data)
        run("train.py", *(("--resume",) if (made / "config.json").is_file() else wishes), "--output", made)


def divide(options: argparse.Namespace) -> dict[str, list[str]]:
    """Names of the training (in the order in which they are taken), validation and test pictures."""
    import numpy as np

    from dentalx.config import DataConfig
    from dentalx.datasets import open_source
    from dentalx.training.reporter import Reporter
    from dentalx.training.splitting import new_splits

    config = DataConfig(images=options.images, masks=options.masks)
    source = open_source(config, tuple(options.size))
    splits = new_splits(config, source, Reporter())[0]
    parts = {name: [record.image_id for record in splits[name]] for name in ("train", "val", "test")}
    order = np.random.default_rng(0).permutation(len(parts["train"]))
    return {**parts, "train": [parts["train"][index] for index in order]}


def make_data(options: argparse.Namespace, parts: dict[str, list[str]], count: int) -> Path:
    """A folder of so many training pictures, and all others, with its splits.csv."""
    folder = Path(options.work) / f"data{count}"
    if (folder / "splits.csv").is_file():
        return folder
    rows = [(name, part) for part, names in parts.items() for name in (names[:count] if part == "train" else names)]
    for kind, whence in (("images", options.images), ("masks", options.masks)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, _ in rows:
            shutil.copy(next(whence.glob(f"{name}.*")), folder / kind)
    with (folder / "splits.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image_id", "patient_id", "split"), *((name, name, part) for name, part in rows)])
    return folder


def score(options: argparse.Namespace, data: Path, way: str, encoder: str) -> dict[str, Any]:
    """Dice of the test pictures after a training on `data`."""
    made = Path(options.work) / f"{data.name}-{way}"
    if not (made / "evaluation" / "metrics.json").is_file():
        where = ("--images", data / "images", "--masks", data / "masks", "--splits", data / "splits.csv")
        train(made, options, encoder, where)
        run("evaluate.py", "--run", made)
    metrics = json.loads((made / "evaluation" / "metrics.json").read_text("utf-8"))
    scores = next(iter(shown(metrics).values()))
    epochs = json.loads((made / "config.json").read_text("utf-8"))["config"]["epochs"]
    return {**scores["dice"], "nsd": scores["nsd"]["mean"], "n": metrics["n_images"], "epochs": epochs}


def draw(curves: dict[str, list[dict[str, Any]]], counts: list[int], path: Path) -> None:
    """The two curves with their intervals, and the medians, which one picture does not move."""
    from dentalx.report.figures.canvas import ACCENT, SECOND, Chart, png

    def onto(figure: Any) -> None:
        axes = figure.add_subplot()
        for way, colour, aside in zip(WAYS, (SECOND, ACCENT), (0.985, 1.015), strict=True):
            means = [point["mean"] for point in curves[way]]
            places = [count * aside for count in counts]
            ends = [[abs(point["ci95"][side] - point["mean"]) for point in curves[way]] for side in (0, 1)]
            axes.errorbar(places, means, ends, color=colour, marker="o", capsize=3, label=f"{WAYS[way]}, mean")
            medians = [point["median"] for point in curves[way]]
            axes.plot(counts, medians, color=colour, marker="_", linestyle="--", label=f"{WAYS[way]}, median")
        axes.set_xscale("log", base=2)
        axes.set_xticks(counts, [str(count) for count in counts])
        axes.set_xlabel("labelled radiographs to train on")
        axes.set_ylabel("Dice of the test radiographs")
        low, high = axes.get_ylim()
        axes.set_ylim(low - (high - low) / 4, high)  # room for the legend below all intervals
        axes.legend(loc="lower center", ncols=2, fontsize="small")

    png(path, Chart("few_labels", "How few labels are enough", "Dice against labelled radiographs", (6.4, 4.0), onto))


def main() -> int:
    """Train, score, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("images", "masks"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--figure", type=Path, required=True)
    parser.add_argument("--size", type=int, nargs=2, default=(64, 128))
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--phantoms", type=int, default=400)
    parser.add_argument("--phantom-class", default="teeth")
    options = parser.parse_args()
    parts = divide(options)
    encoder = options.work / "phantoms"
    train(encoder, options, "none", ("--phantoms", options.phantoms, "--classes", options.phantom_class))
    curves: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for count in options.counts:
        data = make_data(options, parts, count)
        for way, weights in zip(WAYS, ("none", str(encoder)), strict=True):
            curves[way].append({"pictures": count, **score(options, data, way, weights)})
            sys.stderr.write(f"{count} pictures, {WAYS[way]}: Dice {curves[way][-1]['mean']:.4f}\n")
    draw(curves, options.counts, options.figure)
    print(json.dumps({"machine": describe(), "size": options.size, "curves": curves}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
