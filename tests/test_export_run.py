"""`export` and `predict` by way of other libraries, on a run folder whose network was never trained."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from dentalx.cli import run as command
from dentalx.cli.predict_command import Predict
from dentalx.cli.subject import subject_of
from dentalx.config import ModelConfig, TrainConfig, to_json
from dentalx.errors import InputError
from dentalx.export import Wishes, export_network
from dentalx.export.convert import CONVERTERS
from dentalx.files import write_json
from dentalx.models import build_network
from dentalx.quality import Shape, gather, look, write_seen
from dentalx.runs import Run
from dentalx.runtimes import Exported, read

Capture = pytest.CaptureFixture[str]


def described(folder: Path, config: TrainConfig) -> Run:
    """A run folder that says what it is, without weights."""
    folder.mkdir()
    write_json(Run(folder).config, {"format": 1, "config": to_json(config), "classes": ["teeth"]})
    return Run(folder)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    model = ModelConfig("unet", "resnet18", "none", (64, 96))
    run = described(tmp_path_factory.mktemp("runs") / "untrained", TrainConfig(model=model))
    keras.utils.set_random_seed(0)
    network = build_network(model, 1).model
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 1), dtype=np.uint8)
    head = network.get_layer("logits")
    head.kernel.assign(head.kernel / np.std(network(noise)))  # logits of a trained network's size, on both sides of 0
    network.save_weights(run.best)
    ramp = np.tile(np.linspace(0, 1, 400, dtype=np.float32), (40, 1))
    seen = gather([look(ramp)] * 20, [(Shape(0.01, 1, 0.5, 0.5),)] * 20, ("teeth",))
    assert seen is not None
    write_seen(run.seen, seen)
    return run


@pytest.fixture
def pictures(tmp_path: Path, rng: np.random.Generator) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, size in (("a", (80, 130)), ("b", (61, 50))):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 9), dtype=np.uint8))
        coarse.resize(size[::-1], Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    return folder


def predicted(pictures: Path, output: Path, *words: object) -> dict[str, np.ndarray]:
    """The masks that predict.py writes."""
    given = ["--input", pictures, "--output", output, *words]
    assert command("predict", [str(word) for word in given]) == 0
    return {path.name: np.asarray(Image.open(path)) for path in sorted((output / "masks").iterdir())}


def warnings(output: Path) -> list[str]:
    """What predictions.csv says of each picture."""
    with (output / "predictions.csv").open(newline="", encoding="utf-8") as table:
        return [row["warnings"] for row in csv.DictReader(table)]


def test_an_export_predicts_as_its_run(untrained: Run, pictures: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["--run", untrained.folder, "--format", "litert", "--check", pictures, "--output", tmp_path / "small"]
    assert command("export", [str(word) for word in words]) == 0
    told = capsys.readouterr().out
    assert "compared on" in told
    assert "2 pictures of --check" in told
    content = json.loads((tmp_path / "small" / "export.json").read_text("utf-8"))
    assert (content["run"], content["image_size"], content["threshold"]) == ("untrained", [64, 96], 0.5)
    assert content["check"]["largest_difference"] < 1e-3
    assert content["disclaimer"]
    of_run = predicted(pictures, tmp_path / "one", "--run", untrained.folder)
    of_file = predicted(pictures, tmp_path / "two", "--run", tmp_path / "small" / "model.tflite")
    assert of_run.keys() == of_file.keys() == {"a.png", "b.png"}
    for name, mask in of_run.items():
        assert 0 < np.count_nonzero(mask) < mask.size
        assert np.count_nonzero(mask != of_file[name]) <= 1e-3 * mask.size
    assert [path.name for path in tmp_path.glob(".part*")] == []
    doubted = [warnings(tmp_path / name) for name in ("one", "two")]
    assert doubted[0] == doubted[1]
    assert all("narrower than the training pictures" in told for told in doubted[0])


@pytest.fixture(scope="module")
def exported(untrained: Run, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_network(untrained, Wishes("litert"), tmp_path_factory.mktemp("exports") / "small").exported


def test_an_export_is_run_without_tensorflow(exported: Exported, pictures: Path, tmp_path: Path) -> None:
    program = """
import sys
from dentalx.cli import run
ended = run("predict", sys.argv[1:])
assert not {"tensorflow", "keras"} & set(sys.modules)
sys.exit(ended)
"""
    words = ["--run", exported.folder, "--input", pictures, "--output", tmp_path / "out"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 2


def test_statistics_of_another_run_are_refused(exported: Exported, tmp_path: Path) -> None:
    shutil.copytree(exported.folder, tmp_path / "small")
    assert exported.seen is not None
    (tmp_path / "small" / exported.seen.name).write_text("{}", "utf-8")
    with pytest.raises(InputError, match=r"seen.json is not the file that export.json was written with"):
        read(tmp_path / "small")


def test_an_export_that_disagrees_is_not_kept(
    untrained: Run, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    real = CONVERTERS["litert"]

    def wrong(function, size, target, precision, seen):
        import tensorflow as tf

        real(tf.function(lambda image: 1 - function(image)), size, target, precision, seen)

    monkeypatch.setitem(CONVERTERS, "litert", wrong)
    words = ["--run", untrained.folder, "--format", "litert", "--check", pictures, "--output", tmp_path / "small"]
    assert command("export", [str(word) for word in words]) == 2
    assert "was not kept: its probabilities differ by" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"pictures"}


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_a_run_by_way_of_another_library(
    untrained: Run, pictures: Path, tmp_path: Path, capsys: Capture, runtime: str
) -> None:
    of_run = predicted(pictures, tmp_path / "one", "--run", untrained.folder)
    again = predicted(pictures, tmp_path / "two", "--run", untrained.folder, "--runtime", runtime)
    assert "exporting" in capsys.readouterr().out
    fastest = predicted(pictures, tmp_path / "three", "--run", untrained.folder, "--runtime", "auto")
    assert f", {runtime} " in capsys.readouterr().out
    for name, mask in of_run.items():
        for other in (again[name], fastest[name]):
            assert np.count_nonzero(mask != other) <= 1e-3 * mask.size


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--format onnx", "onnx cannot hold a Mask R-CNN"),
        ("--format onnx --serving teeth", "--serving is for --format saved_model, got onnx"),
        ("--serving ../teeth", "--serving wants a name of letters, digits, - and _, got '../teeth'"),
        ("--precision int8", "saved_model has no --precision int8"),
        ("--format onnx --calibrate x", "--calibrate is for --precision int8"),
        ("--format onnx --tolerance 2", "--tolerance is a share of pixels, 0…1, got 2.0"),
    ],
)
def test_what_cannot_be_had(tmp_path: Path, capsys: Capture, words: str, expected: str) -> None:
    config = TrainConfig(task="instance", model=ModelConfig("mask_rcnn", "resnet18"))
    run = described(tmp_path / "objects", config)
    assert command("export", ["--run", str(run.folder), *words.split()]) == 2
    told = capsys.readouterr().err
    assert expected in told
    assert told.count("\n") == 1


def test_a_mask_rcnn_is_run_by_tensorflow_alone(tmp_path: Path) -> None:
    run = described(tmp_path / "objects", TrainConfig(task="instance", model=ModelConfig("mask_rcnn", "resnet18")))
    assert subject_of(Predict(input=tmp_path, output=tmp_path, run=run.folder)).task == "instance"
    with pytest.raises(InputError, match="--runtime onnx cannot run a Mask R-CNN"):
        subject_of(Predict(input=tmp_path, output=tmp_path, run=run.folder, runtime="onnx"))


def test_a_folder_of_something_else_is_not_replaced(untrained: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="holds something else than an export"):
        export_network(untrained, Wishes("litert"), tmp_path)
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"
