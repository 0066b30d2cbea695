"""Where nothing can be written, what was there before is kept."""

import errno
import os
import shutil
from pathlib import Path

import keras
import pytest
from faulty import (
    Capture,
    no_file_larger_than,
    refused,
    write_picture,
)

from dentalx.errors import InputError
from dentalx.files import write_bytes
from dentalx.runs import Run
from dentalx.training.state import TrainingState, commit, restore


def test_a_file_stands_in_the_way(capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path) -> None:
    """No permission looks the same to us, and this holds for the superuser too."""
    file = tmp_path / "file"
    file.write_text("precious")
    below = file / "out"
    assert str(below) in refused(capfd, "train", "--data", data, "--output", below)
    assert f"--output {file} is a file" in refused(capfd, "train", "--data", data, "--output", file)
    predict = ("predict", "--run", tiny_run, "--input", data / "images", "--output")
    for output in (below, file):
        assert f"cannot make the folder {output}: " in refused(capfd, *predict, output)
        assert f"cannot make the folder {output}: " in refused(capfd, "evaluate", "--run", tiny_run, "--output", output)
        for form in ("folders", "coco"):
            words = ("--output", output, "--count", 1, "--size", 64, 128, "--format", form)
            assert str(output) in refused(capfd, "phantoms", *words)
    assert file.read_text() == "precious"


def test_no_permission(
    capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(path: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", forbid)
    output = tmp_path / "out"
    line = refused(capfd, "predict", "--run", tiny_run, "--input", data / "images", "--output", output)
    assert line == (
        f"error: cannot make the folder {output}: Permission denied; choose another, or check permissions\n"
    )
    line = refused(capfd, "train", "--data", data, "--output", output)
    assert "Permission denied; check permissions and free space" in line


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot write .*file: No space left on device; check permissions and free"):
        write_bytes(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


@pytest.mark.usefixtures("loaded_once")
def test_a_full_disk_while_predicting(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    """What was written before stays whole; the result that did not fit leaves nothing."""
    pictures, output = tmp_path / "in", tmp_path / "out"
    write_picture(pictures / "a.png", 8, 8)
    write_picture(pictures / "b.png", 200, 300)
    with no_file_larger_than(20_000):
        line = refused(capfd, "predict", "--run", tiny_run, "--input", pictures, "--output", output)
    assert f"cannot write {output / 'overlays' / 'b.png'}: File too large; check permissions and free space" in line
    assert [p.name for p in (output / "overlays").iterdir()] == ["a.png"]
    table = (output / "predictions.csv").read_text().splitlines()
    assert len(table) == 2
    assert f"{pictures / 'a.png'},ok" in table[1]


def test_a_full_disk_while_exporting(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    shutil.copytree(tiny_run / "saved_model", output)
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    with no_file_larger_than(1_000_000):
        line = refused(capfd, "export", "--run", tiny_run, "--output", output)
    assert f"cannot write the SavedModel to {output}: " in line
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before


def test_a_full_disk_while_training_keeps_the_last_epoch(tmp_path: Path) -> None:
    image = keras.Input((4,))
    model = keras.Model(image, keras.layers.Dense(200)(image))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    run, first = Run(tmp_path), TrainingState(epoch=1)
    commit(run, model, first)
    before = run.last.read_bytes()
    with no_file_larger_than(5000), pytest.raises(InputError, match=r"cannot write .*last\.weights\.h5: "):
        commit(run, model, TrainingState(epoch=2))
    assert run.last.read_bytes() == before
    assert not list(tmp_path.glob(".part*"))
    assert restore(run, model) == first
