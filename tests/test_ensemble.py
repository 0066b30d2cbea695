"""Several runs made one folder."""

import csv
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from dentalx import cli, runs
from dentalx.datasets import open_source
from dentalx.errors import InputError
from dentalx.files import read_json, write_json
from dentalx.inference import load_predictor
from dentalx.models import load_parts
from dentalx.models.segmenter import Segmenter
from dentalx.runs import Run
from dentalx.training.ensemble import build_ensemble, common_splits


@pytest.fixture(scope="module")
def members(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run and its like with other weights, another threshold and another split."""
    other = Run(tmp_path_factory.mktemp("members") / "other")
    shutil.copytree(tiny_run, other.folder)
    with h5py.File(other.best, "r+") as file:
        file.visititems(_halve)
    write_json(other.thresholds, {**read_json(other.thresholds, limit=2**20), "value": 0.25})
    mine = splits_of(other)
    trained, tested = (next(i for i, name in mine.items() if name == wanted) for wanted in ("train", "test"))
    divide(other, {**mine, trained: "test", tested: "train"})
    return Run(tiny_run), other


def splits_of(run: Run) -> dict[str, str]:
    return {row["image_id"]: row["split"] for row in csv.DictReader(run.splits.read_text("utf-8").splitlines())}


def divide(run: Run, splits: dict[str, str]) -> None:
    lines = ["image_id,patient_id,split", *(f"{name},{name},{split}" for name, split in splits.items())]
    run.splits.write_text("\n".join(lines) + "\n", "utf-8")


def _halve(name: str, item: object) -> None:
    if isinstance(item, h5py.Dataset) and item.shape:
        item[...] = item[...] * 0.5


@pytest.fixture(scope="module")
def ensemble(members: tuple[Run, Run], tmp_path_factory: pytest.TempPathFactory) -> Run:
    output = tmp_path_factory.mktemp("ensembles") / "both"
    assert cli.run("ensemble", [*(str(run.folder) for run in members), "--output", str(output)]) == 0
    return Run(output)


def test_probabilities_are_averaged(ensemble: Run, members: tuple[Run, Run], rng: np.random.Generator) -> None:
    image = rng.random((50, 90), np.float32)
    each = [load_predictor(run).probability(image) for run in members]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    assert np.allclose(load_predictor(ensemble).probability(image), (each[0] + each[1]) / 2, atol=1e-6)


def test_the_saved_model_says_the_same(ensemble: Run, rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (1, 40, 70, 1), dtype=np.uint8)
    found = tf.saved_model.load(str(ensemble.saved_model)).signatures["serving_default"](image=tf.constant(pixels))
    segmenter = Segmenter(*load_parts(ensemble))  # held, since its graphs hold it only weakly
    expected = segmenter.from_pixels(pixels)["probability"]
    assert np.allclose(found["probability"], expected, atol=1e-6)


def test_only_what_no_member_saw_is_test(ensemble: Run, members: tuple[Run, Run]) -> None:
    one, other, both = (splits_of(run) for run in (*members, ensemble))
    for image_id, split in both.items():
        said = {one[image_id], other[image_id]}
        assert split == ("train" if "train" in said else "val" if "val" in said else "test")
    assert [*both.values()].count("train") > [*one.values()].count("train")


def test_predict_and_evaluate_take_it(ensemble: Run, tmp_path: Path) -> None:
    assert cli.run("evaluate", ["--run", str(ensemble.folder), "--output", str(tmp_path / "scores")]) == 0
    scores = json.loads((tmp_path / "scores" / "metrics.json").read_text("utf-8"))
    assert scores["model"].startswith("mean of 2 networks")
    assert "the mean of 2 networks" in (tmp_path / "scores" / "model_card.md").read_text("utf-8")


def test_its_threshold_is_chosen_on_validation(ensemble: Run) -> None:
    assert read_json(ensemble.thresholds, limit=2**20)["chosen_on"] == "val"


def test_of_cross_validation_the_threshold_is_the_mean(members: tuple[Run, Run], tmp_path: Path) -> None:
    """Every picture trained somebody."""
    folds = []
    names = sorted(splits_of(members[0]))
    for number, run in enumerate(members):
        folds.append(Run(tmp_path / f"fold{number}"))
        shutil.copytree(run.folder, folds[-1].folder)
        divide(folds[-1], {name: "train" if i % 2 == number else "val" for i, name in enumerate(names)})
    built = build_ensemble(folds, tmp_path / "ensemble")
    assert runs.threshold(built) == pytest.approx((runs.threshold(folds[0]) + 0.25) / 2)


def test_runs_that_do_not_go_together_are_told(members: tuple[Run, Run], ensemble: Run, tmp_path: Path) -> None:
    output = tmp_path / "x"
    with pytest.raises(InputError, match="at least two"):
        build_ensemble(members[:1], output)
    with pytest.raises(InputError, match="is an ensemble"):
        build_ensemble([members[0], ensemble], output)
    other = Run(tmp_path / "other")
    shutil.copytree(members[1].folder, other.folder)
    raw = read_json(other.config, limit=2**20)
    write_json(other.config, {**raw, "data": {**raw["data"], "fingerprint": "0"}})
    with pytest.raises(InputError, match="differ in their data"):
        build_ensemble([members[0], other], output)
    other.thresholds.unlink()
    with pytest.raises(InputError, match="is not finished"):
        build_ensemble([members[0], other], output)
    with pytest.raises(InputError, match="is not empty"):
        build_ensemble(members, ensemble.folder)
    assert not output.exists() and not list(tmp_path.glob(".part*"))


def test_it_is_not_trained_further(ensemble: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run("train", ["--resume", "--output", str(ensemble.folder)]) == 2
    assert "is an ensemble, which is not trained" in capsys.readouterr().err


def test_splits_in_common(members: tuple[Run, Run]) -> None:
    records = open_source(runs.describe(members[0]).train.data, (64, 64)).records[:3]
    a, b, c = records
    found = common_splits([{"train": (a,), "val": (b,), "test": (c,)}, {"train": (b,), "val": (c,), "test": (a,)}])
    assert found == {"train": (a, b), "val": (c,), "test": ()}
