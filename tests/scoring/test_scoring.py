"""Runs against the truth: their own pictures, and other people's."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx import metrics, runs
from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.leaks import Leak, as_json
from dentalx.datasets.splits import read_splits
from dentalx.errors import InputError
from dentalx.files import write_json
from dentalx.inference import load_predictor
from dentalx.report import headline, write_evaluation
from dentalx.runs import Run
from dentalx.scoring import score


def test_the_test_split_is_scored_and_nothing_else(tiny_run: Path) -> None:
    run = Run(tiny_run)
    scored = score(run, None, None)
    description = runs.describe(run)
    source = open_source(description.train.data, description.train.model.image_size)
    test = read_splits(run.splits, source.records)["test"]
    assert [s.image_id for s in scored.result.scores] == [record.image_id for record in test]
    predictor = load_predictor(run)
    for record, found in zip(test, scored.result.scores, strict=True):
        sample = source.load(record)
        mask = predictor(record.image_id, sample.image).mask
        assert found.counts.tp.tolist() == metrics.count(sample.mask, mask, 1).tp.tolist()
        shown = scored.look(record.image_id)
        assert np.array_equal(shown[1], sample.mask)
        assert np.array_equal(shown[2], mask)
    assert scored.result.metrics["split"] == "test"
    assert "mean_shape" in scored.result.metrics["baselines"]


@pytest.mark.parametrize(
    ("split", "count", "word"), [("train", 4, "trained on"), ("val", 2, "chosen"), ("all", 8, "trained on")]
)
def test_a_split_that_training_saw_is_said_to_be_one(tiny_run: Path, split: str, count: int, word: str) -> None:
    result = score(Run(tiny_run), None, split).result
    assert len(result.scores) == count
    assert any(word in note for note in result.about.notes)


def test_leaks_are_told_and_taken_out(tiny_run: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    shutil.copytree(tiny_run, run.folder)
    whole = score(run, None, None).result
    assert "without_leaks" not in whole.metrics and not any("LEAK" in line for line in headline(whole))
    first, other = whole.scores
    for listed, n in (([first.image_id], 1), ([first.image_id, other.image_id], 0)):
        write_json(run.leaks, as_json([Leak("twin", (("other", "train"), (name, "test"))) for name in listed]))
        result = score(run, None, None).result
        rest = result.metrics["without_leaks"]
        assert (rest["n_images"], rest["n_left_out"]) == (n, 2 - n)
        assert result.metrics["dice"] == whole.metrics["dice"]
        said = headline(result)[-1]
        write_evaluation(tmp_path / "evaluation", result)
        page = (tmp_path / "evaluation" / "report.md").read_text()
        if n:
            assert rest["dice"]["mean"] == pytest.approx(other.dice)
            assert "LEAK: 1 pictures" in said and "without them 1 pictures, dice" in said and "without them (1)" in page
        else:
            assert "none is left" in said and "None is left without them" in page
    assert "without_leaks" not in score(run, None, "val").result.metrics
    run.leaks.write_text("[]")
    with pytest.raises(InputError, match=r"leaks\.json is not what train\.py writes"):
        score(run, None, None)


def write_pairs(folder: Path, count: int) -> DataConfig:
    rng = np.random.default_rng(0)
    for name in ("images", "teeth"):
        (folder / name).mkdir(parents=True)
    for i in range(count):
        Image.fromarray(rng.integers(0, 256, (50, 91), np.uint8)).save(folder / "images" / f"{i}.png")
        Image.fromarray(np.where(rng.random((50, 91)) < 0.3, 255, 0).astype(np.uint8)).save(
            folder / "teeth" / f"{i}.png"
        )
    return DataConfig(images=folder / "images", masks=folder / "teeth")


def test_other_data_are_scored_as_a_whole(tiny_run: Path, tmp_path: Path) -> None:
    result = score(Run(tiny_run), write_pairs(tmp_path, 3), None).result
    assert len(result.scores) == 3
    assert result.metrics["split"] == "all"
    assert "mean_shape" not in result.metrics["baselines"]
    assert all(int(s.counts.pixels[0]) == 50 * 91 for s in result.scores)
    json.dumps(result.metrics, allow_nan=False)


def test_other_data_have_no_test_split_of_this_run(tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no picture of the test split: it is not divided"):
        score(Run(tiny_run), write_pairs(tmp_path, 3), "test")


def test_the_published_split_of_other_data_is_scored(tiny_run: Path, tmp_path: Path) -> None:
    for split, count in (("train", 3), ("test", 2)):
        write_pairs(tmp_path / split, count)
        (tmp_path / split / "teeth").rename(tmp_path / split / "masks")
    result = score(Run(tiny_run), DataConfig(data=tmp_path), "test").result
    assert result.metrics["split"] == "test" and len(result.scores) == 2
    with pytest.raises(InputError, match="no picture of the val split: it has test, train"):
        score(Run(tiny_run), DataConfig(data=tmp_path), "val")
