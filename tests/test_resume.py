"""A run that was stopped goes on as if it never had been.

How equal: on one machine, in float32 on the CPU, with the same seed, every number of log.csv but the seconds, and
every weight of the last epoch, is the same to the last bit.
"""

import contextlib
import csv
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from dentalx import cli
from dentalx.runs import Run

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = 3
SETTINGS = (
    *("--phantoms", "8", "--image-size", "32", "64", "--batch-size", "2", "--fractions", "0.5", "0.25", "0.25"),
    *("--backbone", "resnet18", "--encoder-weights", "none", "--epochs", str(EPOCHS), "--seed", "3"),
)
PATIENCE_S = 3600  # a loaded machine is no failure


def log_rows(run: Run) -> list[dict[str, str]]:
    """log.csv without the seconds."""
    with run.log.open(encoding="utf-8") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def weights(path: Path) -> dict[str, np.ndarray]:
    """Every array of a weights file, the optimiser's too."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


@contextlib.contextmanager
def training(run: Run) -> Iterator[subprocess.Popen[str]]:
    """train.py in its own process, killed at the latest on leaving; it resumes where there is something to resume.

    Ctrl-C is made to reach it even where the tests themselves run in the background of a shell, which ignores it.
    """
    words = [*SETTINGS, "--output", str(run.folder), *(["--resume"] if run.config.is_file() else [])]
    process = subprocess.Popen(
        [sys.executable, ROOT / "train.py", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no threads before exec)
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()  # closes the pipes


def wait_for_epoch(run: Run, epoch: int, process: subprocess.Popen[str]) -> None:
    """Return when `epoch` epochs are on disk."""
    limit = time.monotonic() + PATIENCE_S
    while not (run.state.is_file() and json.loads(run.state.read_text())["epoch"] >= epoch):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)


def ended(run: Run) -> int:
    """The exit code of train.py, left alone until it ends."""
    with training(run) as process:
        process.communicate(timeout=PATIENCE_S)
    return process.returncode


def finish(run: Run) -> None:
    assert cli.run("train", [*SETTINGS, "--output", str(run.folder), "--resume"]) == 0


def assert_same(run: Run, whole: Run) -> None:
    assert log_rows(run) == log_rows(whole)
    for name in ("last.weights.h5", "best.weights.h5"):
        mine, theirs = weights(run.folder / name), weights(whole.folder / name)
        assert mine.keys() == theirs.keys()
        assert [key for key in mine if not np.array_equal(mine[key], theirs[key])] == []
    assert json.loads(run.thresholds.read_text()) == json.loads(whole.thresholds.read_text())
    assert run.finished
    assert not list(run.folder.glob(".part*"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was never stopped."""
    run = Run(tmp_path_factory.mktemp("whole") / "run")
    assert cli.run("train", [*SETTINGS, "--output", str(run.folder)]) == 0
    assert [row["epoch"] for row in log_rows(run)] == [str(epoch + 1) for epoch in range(EPOCHS)]
    return run


def test_interrupted_then_killed_then_finished(whole: Run, tmp_path: Path) -> None:
    """Ctrl-C after the first epoch, kill -9 after the second, and on."""
    run = Run(tmp_path / "run")
    with training(run) as process:
        wait_for_epoch(run, 1, process)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors
    assert f"interrupted; go on with: python train.py --resume --output {run.folder}" in out
    assert "Traceback" not in errors

    before = len(log_rows(run))
    assert 1 <= before < EPOCHS
    if before < EPOCHS - 1:
        with training(run) as process:
            wait_for_epoch(run, before + 1, process)
        assert process.returncode == -signal.SIGKILL
        assert not run.finished
    finish(run)
    assert_same(run, whole)


COMMIT_AND_DIE = """
import os, pathlib, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import keras
from dentalx.runs import Run
from dentalx.training.state import TrainingState, commit

image = keras.Input((4,))
model = keras.Model(image, keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(2.0))(image))
model.compile("adam", "mse")
model.optimizer.build(model.trainable_variables)
run, renames, replace = Run(Path(sys.argv[2])), [], Path.replace

def dying(path, target):
    renames.append(target)
    if len(renames) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)

Path.replace = dying
commit(run, model, TrainingState(epoch=2, rows=({"epoch": 1}, {"epoch": 2})))
"""


@pytest.mark.parametrize(("rename", "epoch"), [(1, 1), (2, 2), (3, 2)])
def test_killed_while_a_checkpoint_is_written(tmp_path: Path, rename: int, epoch: int) -> None:
    """kill -9 just before each of the three renames of a commit: the old epoch or the new one, never a mixture."""
    import keras

    from dentalx.training.state import TrainingState, commit, restore

    def network(value: float) -> keras.Model:
        image = keras.Input((4,))
        constant = keras.initializers.Constant(value)
        model = keras.Model(image, keras.layers.Dense(2, kernel_initializer=constant)(image))
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    run = Run(tmp_path / "run")
    commit(run, network(1.0), TrainingState(epoch=1, rows=({"epoch": 1},)))
    words = [sys.executable, "-c", COMMIT_AND_DIE, str(ROOT), str(run.folder), str(rename)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-1000:]
    assert list(run.folder.glob(".part*"))
    (run.folder / ".part1.saved_model" / "variables").mkdir(parents=True)  # as an export that is killed leaves it
    model = network(7.0)
    state = restore(run, model)
    assert state.epoch == len(state.rows) == epoch
    assert np.all(model.get_weights()[0] == epoch)
    assert not list(run.folder.glob(".part*"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment(whole: Run, tmp_path: Path, seed: int) -> None:
    """kill -9 again and again, whenever: while reading, building, training, writing, exporting."""
    chance, run = random.Random(seed), Run(tmp_path / "run")
    began = time.monotonic()
    assert ended(Run(tmp_path / "timed")) == 0
    usual = time.monotonic() - began
    for _ in range(4):
        with training(run) as process:
            time.sleep(chance.uniform(0.1, 1) * usual)
        if process.returncode == 0:
            break
    if run.config.is_file():
        finish(run)
    else:
        assert ended(run) == 0
    assert_same(run, whole)
