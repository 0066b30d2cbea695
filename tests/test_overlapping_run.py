"""Overlapping classes from data to scores, with a network of two convolutions."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training.small_train import small_core

from dentalx import models
from dentalx.cli import run as command
from dentalx.datasets.phantoms import PhantomSource, write_folders
from dentalx.web.shelf import open_shelf

CLASSES = ("teeth", "mandible", "filling")
TRAIN = (
    *("--overlapping", "--classes", *CLASSES, "--phantoms", "8", "--fractions", "0.5", "0.25", "0.25"),
    *("--image-size", "64", "128", "--batch-size", "2", "--epochs", "2", "--backbone", "resnet18"),
    *("--encoder-weights", "none", "--class-weights", "auto", "--crop", "32", "64"),
)


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run and two phantoms, whose masks have a folder for each class."""
    root = tmp_path_factory.mktemp("overlapping")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(models, "build_core", small_core)
        assert command("train", [*TRAIN, "--output", str(root / "run")]) == 0
    write_folders(root / "set", PhantomSource(2, 5, (64, 128), CLASSES))
    return root


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "build_core", small_core)


def test_the_run_says_so(overlapping: Path) -> None:
    saved = json.loads((overlapping / "run/config.json").read_text())
    assert saved["config"]["data"]["overlapping"] is True
    limits = json.loads((overlapping / "run/thresholds.json").read_text())
    assert limits["chosen_on"] == "val" and list(limits["classes"]) == list(CLASSES)
    card = json.loads((overlapping / "run/saved_model/export.json").read_text())
    assert card["output"]["shape"][-1] == 3
    assert card["thresholds"] == [limits["classes"][name]["value"] for name in CLASSES]
    (shown,) = open_shelf([overlapping / "run"]).cards
    assert list(shown.thresholds) == card["thresholds"]


def test_every_class_is_written_and_scored(overlapping: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, pictures, output = overlapping / "run", overlapping / "set/images", overlapping / "out"
    asked = ["--fill-holes", "--objects", "--to", "coco", "--tta", "flip", "--uncertain", "0.3", "0.7"]
    assert command("predict", ["--run", str(run), "--input", str(pictures), "--output", str(output), *asked]) == 0
    with (output / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        name = Path(row["file"]).name
        planes = [np.asarray(Image.open(output / "masks" / each / name)) for each in CLASSES]
        for each, plane in zip(CLASSES, planes, strict=True):
            assert set(np.unique(plane)) <= {0, 255}
            assert int(row[f"{each}_area_px"]) == np.count_nonzero(plane)
    coco = json.loads((output / "annotations/coco/annotations/instances.json").read_text())
    listed = (output / "objects.csv").read_text().splitlines()
    assert len(coco["annotations"]) == len(listed) - 1
    scored = ["--predictions", str(output), "--run", str(run), "--data", str(overlapping / "set")]
    assert command("evaluate", [*scored, "--output", str(overlapping / "scores")]) == 0
    metrics = json.loads((overlapping / "scores/metrics.json").read_text())
    assert list(metrics["classes"]) == list(CLASSES) == list(metrics["one_by_one"])
    assert metrics["n_images"] == 2 and metrics["predictions"]["usable"] == 2


def test_the_run_is_scored_class_by_class(overlapping: Path) -> None:
    output = overlapping / "evaluation"
    assert command("evaluate", ["--run", str(overlapping / "run"), "--output", str(output)]) == 0
    metrics = json.loads((output / "metrics.json").read_text())
    for name in CLASSES:
        assert metrics["one_by_one"][name]["calibration"]["n_pixels"] == metrics["n_images"] * 64 * 128
    assert metrics["calibration"]["n_pixels"] == 3 * metrics["n_images"] * 64 * 128


def test_what_does_not_go_together_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("train", ["--overlapping", "--task", "instance"]) == 2
    assert "overlapping is for task semantic" in capsys.readouterr().err
