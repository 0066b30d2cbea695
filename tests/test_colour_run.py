"""Photographs from a data set to a run, its scores, its predictions and its SavedModel, colours kept."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dentalx import cli, runs
from dentalx.runs import Run

SIZE = (48, 64)


def write_split(folder: Path, split: str) -> None:
    """Three photographs in COCO, each with a red square, which is the object, and a green one as bright."""
    images, annotations = [], []
    (folder / "images" / split).mkdir(parents=True)
    (folder / "annotations").mkdir(exist_ok=True)
    rng = np.random.default_rng(ord(split[1]))  # or they would be the same photographs
    for number in range(1, 4):
        pixels = np.repeat(np.repeat(rng.integers(0, 160, (6, 8, 3), np.uint8), 8, 0), 8, 1)
        pixels[8:24, 4 + number : 20 + number], pixels[8:24, 40:56] = (220, 40, 40), (40, 132, 40)
        Image.fromarray(pixels).save(folder / "images" / split / f"{split}_{number}.png")
        images.append({"id": number, "file_name": f"{split}_{number}.png", "height": SIZE[0], "width": SIZE[1]})
        left, right = 4 + number, 20 + number
        ring = [left, 8, right, 8, right, 24, left, 24]
        more = {"bbox": [left, 8, 16, 16], "area": 256, "iscrowd": 0}
        annotations.append({"id": number, "image_id": number, "category_id": 1, "segmentation": [ring], **more})
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cavity"}]}
    (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


@pytest.mark.slow
def test_photographs_all_the_way(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        write_split(tmp_path / "data", split)
    run = Run(tmp_path / "run")
    flags = ["--task", "instance", "--colour", "--data", str(tmp_path / "data"), "--image-size", "64", "64"]
    flags += ["--channels", "16", "--detections", "10", "--batch-size", "2", "--epochs", "1", "--no-augment"]
    assert cli.run("train", [*flags, "--output", str(run.folder)]) == 0
    assert runs.describe(run).train.data.colour
    assert cli.run("evaluate", ["--run", str(run.folder), "--enhance", "clean"]) == 2
    assert cli.run("evaluate", ["--run", str(run.folder)]) == 0
    assert json.loads((run.evaluation / "metrics.json").read_text())["n_images"] == 3
    words = ["--run", str(run.folder), "--input", str(tmp_path / "data" / "images" / "test"), "--score", "0"]
    assert cli.run("predict", [*words, "--output", str(tmp_path / "out")]) == 0
    with Image.open(tmp_path / "out" / "overlays" / "test_1.png") as drawn:
        assert drawn.size == SIZE[::-1]
    served = tf.saved_model.load(str(run.saved_model)).signatures["serving_default"]
    assert served.structured_input_signature[1]["image"].shape.as_list() == [None, None, None, 3]
