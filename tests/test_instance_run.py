"""Objects one by one, from a data set to a run folder and on: odd pictures, resuming, predicting, scores, export."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dentalx import cli, runs
from dentalx.datasets.images import read_grey
from dentalx.inference import load_instance_predictor
from dentalx.runs import Run
from dentalx.training import Reporter, train
from dentalx.training.state import TrainingState

EPOCHS = 2
# Rows and columns of each picture, and how many objects are in it.
PICTURES = {"empty": (90, 200, 0), "sixty": (120, 240, 60), "large": (1500, 3000, 5), "small": (64, 64, 3)}
SETTINGS = (
    *("--task", "instance", "--image-size", "64", "128", "--channels", "16", "--detections", "40"),
    *("--batch-size", "2", "--epochs", str(EPOCHS), "--seed", "3", "--alias", "tooth=36"),
)


def write_split(folder: Path, split: str, rng: np.random.Generator) -> None:
    """Noise with bright squares, as COCO has it; every third object of a picture is caries."""
    images, annotations = [], []
    (folder / "images" / split).mkdir(parents=True)
    (folder / "annotations").mkdir(exist_ok=True)
    for number, (name, (height, width, count)) in enumerate(PICTURES.items(), start=1):
        pixels = rng.integers(0, 90, (height, width), np.uint8)
        columns = -(-width // max(1, -(-width // 12)))
        for index in range(count):
            side = max(4, height // 12)
            down, right = divmod(index, columns)
            y, x = 2 + down * (side + 4), 2 + right * (side + 6)
            pixels[y : y + side, x : x + side] = 200
            ring = [x, y, x + side, y, x + side, y + side, x, y + side]
            entry = {"image_id": number, "category_id": 2 if index % 3 == 2 else 1, "segmentation": [ring]}
            more = {"bbox": [x, y, side, side], "area": side * side, "iscrowd": 0, "id": len(annotations) + 1}
            annotations.append(entry | more)
        file = f"{split}_{name}.png"
        Image.fromarray(pixels).save(folder / "images" / split / file)
        images.append({"id": number, "file_name": file, "height": height, "width": width})
    categories = [{"id": 1, "name": "tooth"}, {"id": 2, "name": "caries"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of a picture without objects, one with sixty, a large one and a small one in each split."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for split in ("train", "val", "test"):
        write_split(folder, split, rng)
    return folder


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was never stopped."""
    run = Run(tmp_path_factory.mktemp("runs") / "whole")
    assert cli.run("train", [*SETTINGS, "--data", str(data), "--output", str(run.folder)]) == 0
    return run


def test_a_run_folder_holds_all_that_is_needed(whole: Run) -> None:
    assert whole.finished
    for path in (whole.config, whole.splits, whole.log, whole.curves, whole.best, whole.last, whole.thresholds):
        assert path.stat().st_size > 0, path
    found = runs.describe(whole)
    assert found.classes == ("36", "caries")
    assert found.raw["task"] == "instance"
    with whole.log.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == EPOCHS
    parts = ("rpn_objectness_loss", "rpn_box_loss", "class_loss", "box_loss", "mask_loss")
    for row in rows:
        assert float(row["loss"]) == pytest.approx(sum(float(row[name]) for name in parts), rel=1e-3)
        assert all(np.isfinite(float(row[f"val_{name}"])) for name in parts)
    assert json.loads(whole.thresholds.read_text())["chosen_on"] == "val"
    shown = b"".join(path.read_bytes() for path in whole.tensorboard.rglob("events.*"))
    assert shown.count(b"found/") == EPOCHS * len(PICTURES) and b"val_sixty" not in shown


class StoppedError(RuntimeError):
    """Stands for Ctrl-C."""


def stop(state: TrainingState) -> None:
    raise StoppedError


def numbers(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


@pytest.mark.slow
def test_interrupted_after_an_epoch_and_resumed_is_as_if_never_stopped(whole: Run, tmp_path: Path) -> None:
    """In float32 on the CPU, to the last bit."""
    config, run = runs.describe(whole).train, Run(tmp_path / "run")
    with pytest.raises(StoppedError):
        train(config, run, Reporter(epoch=stop))
    said: list[str] = []
    assert train(config, run, Reporter(say=said.append)).epoch == EPOCHS
    assert f"going on after epoch 1 of {EPOCHS}" in said
    for name in ("last.weights.h5", "best.weights.h5"):
        mine, theirs = numbers(run.folder / name), numbers(whole.folder / name)
        assert mine.keys() == theirs.keys()
        assert [key for key in mine if not np.array_equal(mine[key], theirs[key])] == []
    assert run.thresholds.read_text() == whole.thresholds.read_text()


def test_predicting_a_folder(whole: Run, data: Path, tmp_path: Path) -> None:
    pictures, output = data / "images" / "test", tmp_path / "out"
    words = ["--run", str(whole.folder), "--input", str(pictures), "--output", str(output), "--score", "0.06"]
    assert cli.run("predict", words) == 0
    with (output / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["ok"] * len(PICTURES)
    listed = json.loads((output / "instances.json").read_text())
    assert [(image["height"], image["width"]) for image in listed["images"]] == [
        PICTURES[Path(image["file_name"]).stem.removeprefix("test_")][:2] for image in listed["images"]
    ]
    with (output / "objects.csv").open(encoding="utf-8") as file:
        objects = list(csv.DictReader(file))
    assert len(objects) == len(listed["annotations"])
    assert {row["fdi"] for row in objects if row["class"] == "36"} <= {"36"}
    for image in listed["images"]:
        for folder in ("labels", "masks", "overlays"):
            with Image.open(output / folder / image["file_name"]) as written:
                assert written.size == (image["width"], image["height"])


def test_scores(whole: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run("evaluate", ["--run", str(whole.folder)]) == 0
    metrics = json.loads((whole.evaluation / "metrics.json").read_text())
    assert (metrics["task"], metrics["split"], metrics["n_images"]) == ("instance", "test", len(PICTURES))
    assert [found["objects"] for found in metrics["classes"].values()] == [46, 22]
    assert metrics["matched"] + metrics["missed"] == 68
    assert metrics["teeth"]["count_error"]["n_images"] == len(PICTURES)
    for kind in ("bbox", "segm"):
        assert 0 <= metrics[kind]["AP"] <= metrics[kind]["AP50"] <= 1
    for name in ("report.md", "report.html", "per_image.csv", "curves.csv", "figures/objects.png"):
        assert (whole.evaluation / name).stat().st_size > 0
    assert "AP50" in capsys.readouterr().out


def test_flags_of_masks_are_refused(whole: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run("evaluate", ["--run", str(whole.folder), "--tolerance", "3"]) == 2
    assert "--tolerance is not for runs of --task instance" in capsys.readouterr().err


def test_the_saved_model_says_what_predict_says(whole: Run, data: Path) -> None:
    """Of a network that has learnt little; `models/maskrcnn/test_detector.py` compares more."""
    model = tf.saved_model.load(str(whole.saved_model)).signatures["serving_default"]
    predictor = load_instance_predictor(whole, min_score=0.0)
    for name in ("large", "small"):
        image = read_grey(data / "images" / "test" / f"test_{name}.png")
        served = model(image=np.round(image * 255).astype(np.uint8)[None, ..., None])
        found, count = predictor(image), int(served["count"][0])
        assert count == len(found.instances)
        assert (served["boxes"].shape, served["masks"].shape) == ((1, 40, 4), (1, 40, 28, 28))
        assert np.abs(served["scores"][0, :count] - found.instances.scores).max(initial=0) < 1e-3


@pytest.mark.slow
def test_another_run_begins_with_its_weights(whole: Run, tmp_path: Path) -> None:
    config = runs.describe(whole).train
    instances = replace(config.instances, init=str(whole.folder), recompute=True)
    config = replace(config, epochs=1, instances=instances)
    said: list[str] = []
    with pytest.raises(StoppedError):
        train(config, Run(tmp_path / "run"), Reporter(say=said.append, epoch=stop))
    assert any("weights of 61 layers taken over, 0 in the file unused" in line for line in said), said


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--init", "nowhere"], "nowhere is no folder"),
        (["--init", "torchvision:nowhere.pth"], "nowhere.pth"),
        (["--init", "torchvision:x.pth", "--norm", "group"], "use --norm frozen or --norm batch"),
        (["--init", "torchvision:x.pth", "--backbone", "vgg16"], "has a ResNet"),
        (["--backbone", "vgg16", "--recompute"], "--recompute is for ResNets"),
        (["--image-size", "60", "128"], "use --image-size 64 128"),
        (["--backbone", "resnet34", "--init", "{run}"], "has the backbone resnet18, not resnet34"),
    ],
)
def test_what_cannot_be_begun_with_is_told(
    whole: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    flags = [flag.format(run=whole.folder) for flag in flags]
    assert cli.run("train", [*SETTINGS, "--data", str(data), "--output", str(tmp_path / "run"), *flags]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert told in error
