"""Nine overlapping classes, more than a byte holds, from data to scores, with a network of two convolutions."""

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
from dentalx.labelling import OVERLAPPING

CLASSES = ("teeth", "mandible", "filling", "tooth_11", "tooth_21", "tooth_36", "tooth_46", "tooth_16", "tooth_26")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "build_core", small_core)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_nine_classes_from_data_to_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run, output, scores = (tmp_path / name for name in ("set", "run", "out", "scores"))
    source = PhantomSource(6, 5, (64, 128), CLASSES, labelling=OVERLAPPING)
    write_folders(data, source)
    asked = ["--overlapping", "--classes", *CLASSES, "--data", str(data), "--fractions", "0.4", "0.3", "0.3"]
    asked += ["--image-size", "64", "128", "--batch-size", "2", "--epochs", "1", "--backbone", "resnet18"]
    asked += ["--encoder-weights", "none", "--class-weights", "auto", "--crop", "32", "64", "--foreground-crops", "0.5"]
    assert command("train", [*asked, "--output", str(run)]) == 0, capsys.readouterr().err
    limits = json.loads((run / "thresholds.json").read_text())
    assert list(limits["classes"]) == list(CLASSES)
    more = ["--fill-holes", "--objects", "--tta", "flip", "--uncertain", "0.3", "0.7"]
    shown = ["--run", str(run), "--input", str(data / "images"), "--output", str(output)]
    assert command("predict", [*shown, *more]) == 0, capsys.readouterr().err
    with (output / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        for each in CLASSES:
            plane = np.asarray(Image.open(output / "masks" / each / Path(row["file"]).name))
            assert int(row[f"{each}_area_px"]) == np.count_nonzero(plane)
    truth = source.load(source.records[0]).mask
    scored = ["--masks", str(data), "--images", str(data / "images"), "--overlapping", "--classes", *CLASSES]
    assert command("evaluate", ["--predictions", str(data), *scored, "--output", str(scores)]) == 0
    metrics = json.loads((scores / "metrics.json").read_text())
    assert {metrics["classes"][name]["dice"]["mean"] for name in CLASSES} <= {1.0, None}
    assert metrics["classes"]["teeth"]["dice"]["mean"] == 1 and truth.dtype == np.int32
    assert command("evaluate", ["--run", str(run), "--output", str(tmp_path / "own")]) == 0
    own = json.loads((tmp_path / "own/metrics.json").read_text())
    assert list(own["one_by_one"]) == list(CLASSES)
