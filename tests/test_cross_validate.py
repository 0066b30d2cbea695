"""`python -m dentalx cross-validate`: folds, their scores, their ensemble, and going on."""

import csv
import shutil
from pathlib import Path

import cv2
import pytest

from dentalx import runs
from dentalx.cli import main
from dentalx.files import read_json
from dentalx.runs import Run
from tests.tiny import TINY

pytestmark = pytest.mark.slow  # two trainings, three exports: minutes
WORDS = ("cross-validate", *TINY, "--folds", "2")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folds") / "cv"
    assert main([*WORDS, "--output", str(folder)]) == 0
    return folder


def test_every_picture_is_scored_by_the_run_that_held_it_out(root: Path) -> None:
    held = []
    for number in (1, 2):
        run = Run(root / f"fold{number}")
        assert runs.describe(run).train.data.fold == number
        with run.splits.open(newline="") as file:
            held.append([row["image_id"] for row in csv.DictReader(file) if row["split"] == "test"])
    assert len(held[0]) == len(held[1]) == 4 and not set(held[0]) & set(held[1])
    with (root / "evaluation" / "per_image.csv").open(newline="") as file:
        assert {row["image_id"] for row in csv.DictReader(file)} == {*held[0], *held[1]}
    assert {path.stem for path in (root / "masks").iterdir()} == {*held[0], *held[1]}
    metrics = read_json(root / "evaluation" / "metrics.json", limit=2**24)
    assert metrics["strata"]["fold"]["groups"].keys() == {"1", "2"}
    assert len(metrics["cross_validation"]["dice"]) == 2 and metrics["dice"]["n"] == 8


def test_the_ensemble_predicts_like_any_run(root: Path, tmp_path: Path) -> None:
    ensemble = Run(root / "ensemble")
    assert len(ensemble.members) == 2 and ensemble.finished
    assert main(["phantoms", "--output", str(tmp_path / "p"), "--count", "1", "--size", "64", "128"]) == 0
    words = ["--input", str(tmp_path / "p" / "images"), "--output", str(tmp_path / "out")]
    assert main(["predict", "--run", str(ensemble.folder), *words]) == 0
    assert cv2.imread(str(next((tmp_path / "out" / "masks").iterdir()))).shape == (64, 128, 3)


def test_it_goes_on_where_it_was_interrupted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = (root / "evaluation" / "per_image.csv").read_text()
    for path in (root / "ensemble", root / "evaluation"):
        shutil.rmtree(path)
    assert main(["cross-validate", "--resume", "--output", str(root)]) == 0
    assert "fold 2 of 2: finished before" in capsys.readouterr().out
    assert (root / "evaluation" / "per_image.csv").read_text() == metrics
    assert Run(root / "ensemble").finished


def test_wrong_wishes_are_told_in_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (["--output", str(root)], "is not empty; go on with --resume"),
        (["--folds", "1"], "needs at least 2 folds, got --folds 1"),
        (["--task", "instance"], "is for --task semantic"),
        (["--resume"], "--resume needs --output"),
        (["--resume", "--folds", "3", "--output", str(root)], "has 2 folds, asked for now: 3"),
    ):
        assert main(["cross-validate", *words]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
