"""The splits of a run: refused where they leak, kept and written down where that was allowed."""

import json

import cv2
import numpy as np
import pytest

from dentalx.config import DataConfig, TrainConfig
from dentalx.datasets import open_source
from dentalx.errors import InputError
from dentalx.phantom import draw
from dentalx.runs import Run
from dentalx.training.reporter import Reporter
from dentalx.training.splitting import prepare_splits


def save(path, plane):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(plane))[1].tobytes())


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Published splits; test has a mirrored copy of a training picture."""
    folder = tmp_path_factory.mktemp("published")
    for name, numbers in {"train": range(6), "val": range(6, 8), "test": range(8, 10)}.items():
        for number in numbers:
            phantom = draw(0, number, (64, 128))
            save(folder / name / "images" / f"p{number}.png", phantom.image * 255)
            save(folder / name / "masks" / f"p{number}.png", phantom.mask(("teeth",)) * 255)
            if number == 0:
                save(folder / "test" / "images" / "copy.png", phantom.image[:, ::-1] * 255)
                save(folder / "test" / "masks" / "copy.png", phantom.mask(("teeth",))[:, ::-1] * 255)
    return folder


def split(data, folder, **options):
    config = TrainConfig(data=DataConfig(data=data, **options))
    warned = []
    splits = prepare_splits(config, Run(folder), open_source(config.data, (64, 128)), Reporter(warn=warned.append))
    return {name: [record.image_id for record in part] for name, part in splits.items()}, warned


def test_a_published_leak_is_refused(data, tmp_path):
    with pytest.raises(InputError) as caught:
        split(data, tmp_path)
    told = str(caught.value)
    assert "p0 in train, copy in test" in told and "\n" not in told and not (tmp_path / "splits.csv").exists()
    assert f"python -m dentalx audit {data} --output audit" in told and "--allow-leaks" in told


def test_the_line_to_type_opens_the_same_data(data, tmp_path):
    with pytest.raises(InputError) as caught:
        split(data, tmp_path, layout="folders", classes=("a tooth",), part=".", patient_pattern="^(.*)$")
    options = "--format folders --classes 'a tooth' --part . --patient-pattern '^(.*)$' --output audit"
    assert f"python -m dentalx audit {data} {options} writes" in str(caught.value)


def test_an_allowed_leak_is_kept_told_and_written_down(data, tmp_path):
    splits, warned = split(data, tmp_path, allow_leaks=True)
    assert splits["test"] == ["copy", "p8", "p9"] and splits["val"] == ["p6", "p7"] and len(splits["train"]) == 6
    assert "1 of 3 test" in warned[0]
    kept = json.loads((tmp_path / "leaks.json").read_text())
    assert kept["leaked"] == {"val": [], "test": ["copy"]}
    Run(tmp_path).last.touch()
    assert split(data, tmp_path, allow_leaks=True)[0] == splits  # resumed


def test_given_splits_with_a_leak(data, tmp_path):
    rows = [f"p{n},p{n},{'train' if n < 6 else 'val' if n < 8 else 'test'}" for n in range(10)]
    table = tmp_path / "given.csv"
    table.write_text("\n".join(["image_id,patient_id,split", *rows, "copy,copy,train"]))
    splits, warned = split(data, tmp_path / "a", splits=table)
    assert "copy" in splits["train"] and "kept in one split: copy, p0" in warned[0]
    assert not (tmp_path / "a" / "leaks.json").exists()
    table.write_text("\n".join(["image_id,patient_id,split", *rows, "copy,copy,val"]))
    with pytest.raises(InputError, match="p0 in train, copy in val"):
        split(data, tmp_path / "b", splits=table)


def test_folds_of_a_run(data, tmp_path):
    with pytest.raises(InputError, match="leaks"):
        split(data, tmp_path, folds=2, fold=1)
    together = data.parent / "together"
    for kind in ("images", "masks"):
        for path in data.glob(f"*/{kind}/*.png"):
            save(together / kind / path.name, cv2.imdecode(np.fromfile(path, np.uint8), 0))
    every = [split(together, tmp_path / str(fold), folds=3, fold=fold)[0] for fold in (1, 2, 3)]
    assert sorted(name for splits in every for name in splits["test"]) == ["copy", *(f"p{n}" for n in range(10))]
    assert all(any({"copy", "p0"} <= set(part) for part in splits.values()) for splits in every)


@pytest.mark.parametrize(
    "wrong", [{"folds": 1}, {"folds": 3, "fold": 4}, {"fold": 2}, {"folds": 2, "allow_leaks": True}]
)
def test_folds_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="fold"):
        DataConfig(**wrong)
