"""Pictures of the training among those of the test, from the refusal to the scores with and without them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from dentalx import cli
from dentalx.evaluation.scores import short_hash
from dentalx.phantom import draw

SETTINGS = (
    *("--image-size", "64", "128", "--epochs", "1", "--batch-size", "2", "--backbone", "resnet18"),
    *("--encoder-weights", "none"),
)
PARTS = {"train": range(6), "val": range(6, 8), "test": range(8, 11)}


def save(path: Path, plane: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(plane).astype(np.uint8))[1].tobytes())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Published splits; two training pictures are in the test again, one of them mirrored."""
    folder = tmp_path / "set"
    for part, numbers in PARTS.items():
        for number in numbers:
            phantom = draw(0, number, (64, 128))
            picture, mask = phantom.image * 255, phantom.mask(("teeth",)) * 255
            copies = {0: picture, 1: picture[:, ::-1]}
            save(folder / part / "images" / f"p{number}.png", picture)
            save(folder / part / "masks" / f"p{number}.png", mask)
            if number in copies:
                save(folder / "test" / "images" / f"copy{number}.png", copies[number])
                save(folder / "test" / "masks" / f"copy{number}.png", mask if number == 0 else mask[:, ::-1])
    return folder


@pytest.mark.slow
def test_a_run_with_leaks_is_scored_with_and_without_them(data: Path, tmp_path: Path, capsys) -> None:
    words = ["--data", str(data), *SETTINGS, "--output", str(tmp_path / "run")]
    assert cli.run("train", words) == 2
    assert "2 radiographs are in several splits (p0 in train, copy0 in test; p1" in capsys.readouterr().err
    assert cli.run("train", [*words, "--allow-leaks"]) == 0
    assert "Known from an earlier split: 2 of 5 test" in capsys.readouterr().err
    assert cli.run("evaluate", ["--run", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    scores = json.loads((tmp_path / "run" / "evaluation" / "metrics.json").read_text())
    rest = scores["without_leaks"]
    assert "LEAK: 2 pictures" in said and f"without them 3 pictures, dice {rest['dice']['mean']:.3f}" in said
    assert (scores["n_images"], rest["n_images"], rest["n_left_out"]) == (5, 3, 2)
    lines = (tmp_path / "run" / "evaluation" / "per_image.csv").read_text().splitlines()
    column = lines[0].split(",").index("dice")
    dice = {line.split(",")[0]: float(line.split(",")[column]) for line in lines[1:]}
    left = [
        value for name, value in dice.items() if name not in ("copy0", "copy1", *map(short_hash, ("copy0", "copy1")))
    ]
    assert scores["dice"]["mean"] == pytest.approx(np.mean(list(dice.values())), abs=1e-4)
    assert len(left) == 3 and rest["dice"]["mean"] == pytest.approx(np.mean(left), abs=1e-4)


@pytest.mark.slow
def test_cleaned_splits_are_taken(data: Path, tmp_path: Path, capsys) -> None:
    assert cli.main(["audit", str(data), "--output", str(tmp_path / "audit")]) == 0
    words = ["--data", str(data), *SETTINGS, "--output", str(tmp_path / "run")]
    assert cli.run("train", [*words, "--splits", str(tmp_path / "audit" / "splits.csv")]) == 0
    assert "8 train, 2 val, 3 test" in capsys.readouterr().out
    assert not (tmp_path / "run" / "leaks.json").exists()
