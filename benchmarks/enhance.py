"""Whether `--enhance` helps: Dice with each recipe on pictures as they are and on pictures made worse.

    python benchmarks/enhance.py --images DIR/images --masks DIR/teeth --work WORK [--run RUN] > enhance.json

Two questions. (a) A network was trained on pictures as they are; is it better off with a recipe at prediction? (b) A
network was trained with the recipe; is it better than one trained without? Both are asked of test pictures as they are,
with noise, with specks, blurred and of low contrast; of (b) a second network without a recipe and with another seed
says how much chance alone moves the score. Differences are paired, picture by picture; intervals by patient.

Without --images the same is asked of phantoms. What is done is kept in WORK, one file a cell: a stopped benchmark goes
on where it was, and --minutes stops it in good order; cells that are missing are missing from the tables.
"""

import argparse
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe

from dentalx import metrics, runs
from dentalx.datasets import open_source
from dentalx.datasets.splits import read_splits
from dentalx.evaluation.bootstrap import cluster_intervals
from dentalx.files import write_json
from dentalx.preprocess import from_uint8, to_uint8
from dentalx.recipe import parse
from dentalx.runs import Run
from dentalx.samples import Grey, Record, Source

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ("clean", "clahe", "tails", "nlm", "nlm=0.1", "median", "bilateral")
AGAIN = "none, seed 1"  # what chance does
QUESTIONS = ("a", "b")
Degradation = Callable[[Grey, np.random.Generator], Grey]


def noise(plane: Grey, rng: np.random.Generator) -> Grey:
    """Gaussian noise, standard deviation a tenth of black to white."""
    return plane + rng.normal(0, 0.1, plane.shape).astype(np.float32)


def specks(plane: Grey, rng: np.random.Generator) -> Grey:
    """Two in a hundred pixels black or white."""
    drawn = rng.random(plane.shape, np.float32)
    return np.where(drawn < 0.01, np.float32(0), np.where(drawn > 0.99, np.float32(1), plane))


def blur(plane: Grey, rng: np.random.Generator) -> Grey:
    """A Gaussian of 4 pixels' standard deviation in a picture 1024 pixels wide."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), 4 * plane.shape[1] / 1024), np.float32)


def low_contrast(plane: Grey, rng: np.random.Generator) -> Grey:
    """All levels squeezed into a fifth of the range."""
    return plane * np.float32(0.2) + np.float32(0.4)


DEGRADATIONS: dict[str, Degradation] = {
    "as they are": lambda plane, rng: plane,
    "noise": noise,
    "specks": specks,
    "blur": blur,
    "low contrast": low_contrast,
}


def degrade(plane: Grey, name: str, image_id: str) -> Grey:
    """An (H, W) picture made worse, on 256 levels; the same for the same picture whoever asks."""
    rng = np.random.default_rng(zlib.crc32(f"{name}/{image_id}".encode()))
    worse = np.clip(DEGRADATIONS[name](plane, rng), 0, 1).astype(np.float32)
    return from_uint8(to_uint8(worse))


@dataclass(frozen=True)
class Cell:
    """One number a test picture: which network, which recipe at prediction, which degradation."""

    question: str
    run: Run
    recipe: str
    degradation: str

    def path(self, work: Path) -> Path:
        """Where its scores are kept."""
        words = (self.question, self.recipe, self.degradation)
        return work / "cells" / ("-".join(words).replace(", ", "-").replace(" ", "_") + ".json")


@lru_cache(maxsize=1)
def opened(run: Run) -> tuple[Any, Source, tuple[Record, ...]]:
    """A run's predictor, its data and its test pictures."""
    from dentalx.inference import load_predictor

    train = runs.describe(run).train
    source = open_source(train.data, train.model.image_size)
    return load_predictor(run, "mixed_bfloat16"), source, tuple(read_splits(run.splits, source.records)["test"])


def score(cell: Cell) -> dict[str, Any]:
    """Dice of every test picture that holds the class."""
    predictor, source, records = opened(cell.run)
    predictor = replace(predictor, enhance=parse(recipe_words(cell.recipe)))
    dice, patients = {}, {}
    for record in records:
        sample = source.load(record)
        found = predictor(record.image_id, degrade(sample.image, cell.degradation, record.image_id)).mask
        if (sample.mask == 1).any():
            dice[record.image_id] = float(metrics.dice(metrics.count(sample.mask, found, 1))[0])
            patients[record.image_id] = record.patient_id
    return {"dice": dice, "patients": patients}


def recipe_words(recipe: str) -> list[str]:
    """The words after `--enhance`."""
    return ["none" if recipe == AGAIN else recipe]


def train(options: argparse.Namespace, recipe: str) -> Run:
    """The run trained with a recipe; gone on with where it was stopped.

    Raises:
        RuntimeError: train.py failed; what it said is in WORK.
    """
    run = Run(options.work / "runs" / recipe.replace(", ", "-").replace(" ", "_"))
    if run.finished:
        return run
    data = ["--phantoms", str(options.phantoms)]
    if options.images:
        data = ["--images", options.images, "--masks", options.masks]
    words = [*data, "--backbone", "resnet34", "--encoder-weights", "none", "--precision", "mixed_bfloat16"]
    words += ["--image-size", *map(str, options.image_size), "--epochs", str(options.epochs), "--batch-size", "4"]
    words += ["--enhance", *recipe_words(recipe), "--output", str(run.folder)]
    if recipe == AGAIN:  # other weights, order and augmentation, the same split
        words += ["--seed", "1", "--splits", str(options.work / "runs" / "none" / "splits.csv")]
    words += ["--resume"] if run.last.is_file() else []
    options.work.mkdir(parents=True, exist_ok=True)
    with (options.work / "train.log").open("a") as log:
        ended = subprocess.run([sys.executable, ROOT / "train.py", *words], stdout=log, stderr=log, check=False)
    if ended.returncode:
        raise RuntimeError(f"train.py ended with {ended.returncode}; see {log.name}")
    return run


def cells(options: argparse.Namespace) -> Iterator[Cell]:
    """Every cell, the most telling first; a network is trained when its first cell is asked for."""
    if "b" in options.questions:
        for recipe in ("none", *options.recipes[:2], AGAIN, *options.recipes[2:]):
            run = train(options, recipe)
            yield from (Cell("b", run, recipe, name) for name in DEGRADATIONS)
    if "a" in options.questions:
        run = options.run or train(options, "none")
        for recipe in ("none", *options.recipes):
            yield from (Cell("a", run, recipe, name) for name in DEGRADATIONS)


def compare(work: Path, question: str, recipes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Mean Dice and its paired difference to no recipe, with intervals, for every cell that is there."""
    table: dict[str, dict[str, Any]] = {}
    for recipe in ("none", *recipes, AGAIN):
        for name in DEGRADATIONS:
            pair = [Cell(question, Run(work), which, name).path(work) for which in (recipe, "none")]
            if not all(path.is_file() for path in pair):
                continue
            mine, plain = (json.loads(path.read_text()) for path in pair)
            ids = sorted(mine["dice"])
            values = np.array([(mine["dice"][i], mine["dice"][i] - plain["dice"][i]) for i in ids])
            interval = cluster_intervals(values, [mine["patients"][i] for i in ids])[1]
            mean, difference = values.mean(0)
            table.setdefault(recipe, {})[name] = {
                "dice": round(float(mean), 4),
                "difference": round(float(difference), 4),
                "ci95": [round(interval.low or 0.0, 4), round(interval.high or 0.0, 4)],
                "pictures": len(ids),
            }
    return table


def markdown(table: dict[str, dict[str, Any]]) -> str:
    """Differences to no recipe, bold where the interval leaves out 0."""
    lines = ["| recipe | " + " | ".join(DEGRADATIONS) + " |", "|---" * (len(DEGRADATIONS) + 1) + "|"]
    for recipe, row in table.items():
        found = [text(row.get(name), absolute=recipe == "none") for name in DEGRADATIONS]
        lines.append(f"| {recipe} | " + " | ".join(found) + " |")
    return "\n".join(lines)


def text(entry: dict[str, Any] | None, *, absolute: bool) -> str:
    """One entry of the table."""
    if entry is None:
        return "–"
    if absolute:
        return f"Dice {entry['dice']:.3f}"
    low, high = entry["ci95"]
    bold = "**" if low > 0 or high < 0 else ""
    return f"{bold}{entry['difference']:+.3f}{bold} [{low:+.3f}, {high:+.3f}]"


def main() -> None:
    """Train and score what is missing, then print JSON and, on standard error, tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images")
    parser.add_argument("--masks")
    parser.add_argument("--run", type=lambda folder: Run(Path(folder)), help="for (a), instead of training one")
    parser.add_argument("--recipes", nargs="+", default=RECIPES, help="one word each, as after --enhance")
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=QUESTIONS)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--phantoms", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--image-size", type=int, nargs=2, default=(112, 256))
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    stop = time.monotonic() + 60 * options.minutes
    for cell in cells(options):
        if time.monotonic() > stop:
            break
        if not cell.path(options.work).is_file():
            began = time.perf_counter()
            cell.path(options.work).parent.mkdir(parents=True, exist_ok=True)
            write_json(cell.path(options.work), score(cell))
            sys.stderr.write(f"{cell.path(options.work).stem}: {time.perf_counter() - began:.0f} s\n")
    tables = {question: compare(options.work, question, options.recipes) for question in QUESTIONS}
    for question, table in tables.items():
        sys.stderr.write(f"\n{question}\n\n{markdown(table)}\n")
    json.dump({"tables": tables, "machine": describe()}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
