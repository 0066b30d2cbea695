"""Overlapping classes from data to scores, with a network of two convolutions."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_resume import assert_same
from training.small_train import small_core

from dentalx import models
from dentalx.cli import run as command
from dentalx.cli.train import Watcher
from dentalx.datasets.phantoms import PhantomSource, write_folders
from dentalx.runs import Run
from dentalx.training.state import TrainingState
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


def test_two_runs_and_two_raters_are_compared(overlapping: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With itself there is no difference, and a shifted copy of the truth is no longer the truth."""
    run, truth = overlapping / "run", overlapping / "set"
    output = overlapping / "against"
    assert command("evaluate", ["--run", str(run), "--against", str(run), "--output", str(output)]) == 0
    compared = json.loads((output / "metrics.json").read_text())["comparison"]
    assert compared["n_common"] == 2 and compared["scores"]["dice"]["difference"] == 0
    other, output = overlapping / "other", overlapping / "raters"
    for path in (path for name in CLASSES for path in sorted((truth / name).iterdir())):
        (other / path.parent.name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(np.asarray(Image.open(path)), 2, axis=1)).save(other / path.parent.name / path.name)
    asked = ["--raters", str(truth), str(other), "--overlapping", "--classes", *CLASSES]
    with_images = [*asked, "--images", str(truth / "images"), "--output", str(output)]
    assert command("evaluate", with_images) == 0, capsys.readouterr().err
    scores = json.loads((output / "metrics.json").read_text())
    assert list(scores["classes"]) == list(CLASSES) and 0.5 < scores["classes"]["mandible"]["dice"]["mean"] < 1


def test_a_stopped_training_ends_as_the_one_that_was_not(overlapping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(watcher: Watcher, state: TrainingState) -> None:
        raise KeyboardInterrupt

    run, whole = Run(overlapping / "stopped"), Run(overlapping / "run")
    with monkeypatch.context() as patched:
        patched.setattr(Watcher, "epoch", stop)
        assert command("train", [*TRAIN, "--output", str(run.folder)]) == 130
    assert json.loads(run.state.read_text())["epoch"] == 1
    assert command("train", ["--resume", "--output", str(run.folder)]) == 0
    assert_same(run, whole)


def test_what_does_not_go_together_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("train", ["--overlapping", "--task", "instance"]) == 2
    assert "overlapping is for task semantic" in capsys.readouterr().err
