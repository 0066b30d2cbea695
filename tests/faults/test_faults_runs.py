"""Run folders that are none, or are broken."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import pytest
from faulty import Capture, refused

from dentalx.errors import InputError
from dentalx.runs import Run


def test_a_folder_that_is_no_run(capfd: Capture, data: Path, tmp_path: Path) -> None:
    words = ("--run", data, "--input", data / "images", "--output", tmp_path / "out")
    expected = f"{data} is not a run folder: it has no config.json; give a folder that train.py wrote"
    assert expected in refused(capfd, "predict", *words)
    assert expected in refused(capfd, "evaluate", "--run", data)
    assert expected in refused(capfd, "train", "--resume", "--output", data)
    assert not (data / "evaluation").exists()


def test_no_run_at_all(capfd: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--input", data / "images", "--output", tmp_path / "out")
    assert "no finished run in runs/; train one with train.py" in refused(capfd, "predict", *words)
    assert "no finished run in runs/" in refused(capfd, "evaluate")
    assert "no unfinished run in runs/" in refused(capfd, "train", "--resume")


def test_a_run_is_not_overwritten(capfd: Capture, tiny_run: Path) -> None:
    line = refused(capfd, "train", "--output", tiny_run)
    assert f"{tiny_run} already holds a run; go on with --resume, or choose another --output" in line
    line = refused(capfd, "train", "--resume", "--output", tiny_run, "--epochs", 7)
    assert "--resume keeps the settings the run began with: epochs 1 (asked for now: 7)" in line


def configurations() -> dict[str, Callable[[dict[str, object]], object]]:
    """What may have happened to config.json."""
    return {
        "a list": lambda raw: [],
        "nothing in it": lambda raw: {},
        "of the future": lambda raw: {**raw, "format": 9},
        "no classes": lambda raw: {**raw, "classes": []},
        "a number for classes": lambda raw: {**raw, "classes": 5},
        "an unknown setting": lambda raw: {**raw, "config": {"oops": 1}},
        "words for numbers": lambda raw: {**raw, "config": {"epochs": "many"}},
        "one side": lambda raw: {**raw, "config": {"model": {"image_size": [64]}}},
        "no model": lambda raw: {**raw, "config": {"model": None}},
    }


@pytest.mark.parametrize("what", configurations())
def test_a_broken_config(capfd: Capture, broken_run: Path, data: Path, tmp_path: Path, what: str) -> None:
    config = broken_run / "config.json"
    config.write_text(json.dumps(configurations()[what](json.loads(config.read_text()))))
    line = refused(capfd, "predict", "--run", broken_run, "--input", data / "images", "--output", tmp_path / "out")
    assert str(config) in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"])
def test_a_config_that_is_no_json(capfd: Capture, broken_run: Path, content: bytes) -> None:
    (broken_run / "config.json").write_bytes(content)
    line = refused(capfd, "evaluate", "--run", broken_run)
    assert f"{broken_run / 'config.json'} is not valid JSON" in line


@pytest.mark.parametrize("content", ["[]", "null", '{"value": 7}', '{"value": "x"}', '{"value": NaN}', "{"])
def test_broken_thresholds(broken_run: Path, content: str) -> None:
    from dentalx import runs

    (broken_run / "thresholds.json").write_text(content)
    with pytest.raises(InputError, match=r"thresholds\.json .*; (delete|restore) it"):
        runs.threshold(Run(broken_run))


@pytest.mark.parametrize("what", ["missing", "text", "truncated", "of another network"])
def test_broken_weights(capfd: Capture, broken_run: Path, data: Path, tmp_path: Path, what: str) -> None:
    weights = broken_run / "best.weights.h5"
    head = weights.read_bytes()[:1_000_000]
    weights.unlink()
    if what == "text":
        weights.write_text("hello")
    elif what == "truncated":
        weights.write_bytes(head)
    elif what == "of another network":
        image = keras.Input((4, 4, 1))
        keras.Model(image, keras.layers.Conv2D(1, 3, name="logits")(image)).save_weights(weights)
    line = refused(capfd, "predict", "--run", broken_run, "--input", data / "images", "--output", tmp_path / "out")
    if what == "missing":
        assert f"{broken_run} has no best.weights.h5 yet; let train.py finish an epoch" in line
    else:
        assert f"cannot load {weights}: " in line
        assert "the file is broken or of another network" in line


@pytest.mark.parametrize("content", ["hello", "image_id,patient_id,split\nghost,ghost,train\n", None])
def test_broken_splits(capfd: Capture, broken_run: Path, tmp_path: Path, content: str | None) -> None:
    splits = broken_run / "splits.csv"
    if content is None:
        splits.unlink()
    else:
        splits.write_text(content)
    assert str(splits) in refused(capfd, "evaluate", "--run", broken_run, "--output", tmp_path / "out")
