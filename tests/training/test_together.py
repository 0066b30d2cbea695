"""Several devices and several processes learn what one learns."""

import csv
import json
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from crew import PATIENCE_S, PROGRAM, crew
from small_train import small_core

from dentalx import cli, models
from dentalx.runs import Run

SETTINGS = (
    *("--phantoms", "20", "--image-size", "32", "64", "--fractions", "0.4", "0.35", "0.25", "--batch-size", "4"),
    *("--encoder-weights", "none", "--learning-rate", "0.03", "--epochs", "2"),
)


def rows(run: Run) -> list[dict[str, float]]:
    """log.csv without the seconds."""
    with run.log.open(encoding="utf-8") as file:
        return [{k: float(v) for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def arrays(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_alike(run: Run, one: Run) -> None:
    """Up to float rounding: losses, scores, weights, batch statistics and the optimiser's moments."""
    assert len(rows(run)) == len(rows(one))
    for mine, theirs in zip(rows(run), rows(one), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-6)
    mine, theirs = arrays(run.last), arrays(one.last)
    assert set(mine) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=0, atol=1e-3 * np.abs(values).max() + 1e-12, err_msg=name)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same training by one process on one device."""
    run = Run(tmp_path_factory.mktemp("one") / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "build_core", small_core)
        assert cli.run("train", [*SETTINGS, "--output", str(run.folder)]) == 0
    return run


def assert_together(count: int, one: Run, folder: Path) -> None:
    run = Run(folder / "run")
    with crew(count, (PROGRAM, *SETTINGS, "--output", str(run.folder))) as processes:
        said = [process.communicate(timeout=PATIENCE_S) for process in processes]
        assert [process.returncode for process in processes] == [0] * count, [errors[-2000:] for _, errors in said]
    assert f"training on {count} devices of {count} processes" in said[0][0]
    assert "epoch 2/2" in said[0][0]
    for out, errors in said[1:]:
        assert "epoch" not in out + errors and "WARNING: the" not in errors
    assert run.finished and not list(run.folder.glob(".part*"))
    known = [(folder / f"rows{index}.json").read_text() for index in range(count)]
    assert len(set(known)) == 1  # every process has the same log, to the last bit
    assert_alike(run, one)


def test_two_processes_equal_one(one: Run, tmp_path: Path) -> None:
    """Seven validation pictures in batches of four: nothing divides evenly."""
    assert_together(2, one, tmp_path)


@pytest.mark.slow
def test_four_processes_equal_one(one: Run, tmp_path: Path) -> None:
    assert_together(4, one, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--overlapping", "--classes", "teeth", "mandible")], ids=["one", "overlapping"])
def test_two_devices_equal_one(more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, one = Run(tmp_path / "run"), Run(tmp_path / "one")
    with crew(1, (PROGRAM, *SETTINGS, *more, "--devices", "cpu:2", "--output", str(run.folder))) as (process,):
        out, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors[-2000:]
    assert "training on 2 devices of 1 processes" in out
    monkeypatch.setattr(models, "build_core", small_core)
    assert cli.run("train", [*SETTINGS, *more, "--output", str(one.folder)]) == 0
    assert_alike(run, one)


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_process_ends_the_others_and_one_goes_on(lost: int, tmp_path: Path) -> None:
    """kill -9 in the middle; the other says one line, exits with 3, and what is on disk is whole and resumed by one."""
    run = Run(tmp_path / "run")
    words = (PROGRAM, *SETTINGS[:-1], "60", "--output", str(run.folder))
    with crew(2, words) as processes:
        limit = time.monotonic() + PATIENCE_S
        while not (run.state.is_file() and json.loads(run.state.read_text())["epoch"] >= 2):
            assert all(process.poll() is None for process in processes)
            assert time.monotonic() < limit
            time.sleep(0.02)
        processes[lost].kill()
        left = processes[1 - lost]
        _, errors = left.communicate(timeout=PATIENCE_S)
    told = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert left.returncode == 3, errors[-2000:]
    assert len(told) == 1 and "--resume" in told[0] and "Traceback" not in errors
    before = rows(run)
    assert 2 <= len(before) < 60
    with crew(1, (PROGRAM, "--resume", "--output", str(run.folder))) as (process,):
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors[-2000:]
    assert rows(run)[: len(before)] == before and len(rows(run)) == 60
    assert run.finished


def test_a_batch_that_cannot_be_divided(tmp_path: Path) -> None:
    from dentalx.errors import InputError
    from dentalx.training.team import Team

    class Three:
        num_replicas_in_sync = 3

    with pytest.raises(InputError, match="a batch of 4 pictures cannot be divided over 3 devices; use a multiple of 3"):
        Team(Three()).check_batch(4)
    Team(Three()).check_batch(6)


@pytest.mark.parametrize("more", [{"accumulate": 2}, {"xla": True}])
def test_what_one_device_alone_can_do(more: dict[str, int]) -> None:
    from dentalx.config import TrainConfig
    from dentalx.errors import InputError
    from dentalx.training.team import ALONE, Team

    class Two:
        num_replicas_in_sync = 2

    with pytest.raises(InputError, match=f"--{next(iter(more))} is for one device"):
        Team(Two()).check_alone(TrainConfig(**more))
    ALONE.check_alone(TrainConfig(**more))
