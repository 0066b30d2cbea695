"""The state of a run: committed in one rename, restored to the bit."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from dentalx.config import TrainConfig
from dentalx.errors import InputError
from dentalx.runs import Run
from dentalx.training.optimiser import build_optimiser, learning_rate, reduce_learning_rate
from dentalx.training.state import TrainingState, commit, restore

ROW = {"epoch": 1, "loss": 0.5, "dice": 0.4, "val_loss": 0.6, "val_dice": 0.3, "learning_rate": 1e-3, "seconds": 2.0}


def compiled(seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.layers.Conv2D(1, 3, padding="same")(image))
    model.compile(build_optimiser(TrainConfig(epochs=5), 4), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def step(model: keras.Model, rng: np.random.Generator) -> None:
    model.train_on_batch(rng.normal(size=(2, 4, 4, 1)), rng.normal(size=(2, 4, 4, 1)))


def test_a_restored_model_goes_on_bit_by_bit(tmp_path: Path) -> None:
    """Three steps in one go, and one step, a commit, a restore into another model, and two more."""
    whole, stopped, resumed = compiled(0), compiled(0), compiled(1)
    rng = np.random.default_rng(5)
    for _ in range(3):
        step(whole, rng)
    rng = np.random.default_rng(5)
    step(stopped, rng)
    state = TrainingState(epoch=1, best_epoch=1, best_score=0.3, plateau_loss=0.6, rows=(ROW,))
    commit(Run(tmp_path), stopped, state)
    assert restore(Run(tmp_path), resumed) == state
    for _ in range(2):
        step(resumed, rng)
    for mine, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    assert int(resumed.optimizer.iterations) == 3


def test_nothing_there_is_a_new_run(tmp_path: Path) -> None:
    assert restore(Run(tmp_path), compiled()) == TrainingState()


def test_the_state_lies_in_the_weights_file_and_its_copies_beside_it(tmp_path: Path) -> None:
    run = Run(tmp_path)
    commit(run, compiled(), TrainingState(epoch=1, best_score=0.3, rows=(ROW,)))
    with h5py.File(run.last) as file:
        assert json.loads(file.attrs["dentalx_state"])["epoch"] == 1
    assert json.loads(run.state.read_text())["best_score"] == 0.3
    (row,) = csv.DictReader(run.log.read_text().splitlines())
    assert float(row["val_dice"]) == 0.3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".part")] == []


def test_a_run_killed_between_weights_and_copies_is_told_by_its_weights(tmp_path: Path) -> None:
    run, model = Run(tmp_path), compiled()
    first = TrainingState(epoch=1, rows=(ROW,))
    commit(run, model, first)
    old = run.state.read_bytes(), run.log.read_bytes()
    second = replace(first, epoch=2, rows=(ROW, {**ROW, "epoch": 2}))
    commit(run, model, second)
    run.state.write_bytes(old[0])
    run.log.write_bytes(old[1])
    (tmp_path / ".part99.last.weights.h5").write_bytes(b"half")
    assert restore(run, compiled()) == second
    assert not (tmp_path / ".part99.last.weights.h5").exists()


def test_broken_weights_are_told(tmp_path: Path) -> None:
    run = Run(tmp_path)
    commit(run, compiled(), TrainingState(epoch=1))
    run.last.write_bytes(run.last.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"cannot resume from .*last\.weights\.h5"):
        restore(run, compiled())


def test_the_cosine_rises_then_falls_to_zero() -> None:
    optimiser = build_optimiser(TrainConfig(epochs=10, learning_rate=1e-2), steps_per_epoch=10)
    rates = []
    for iteration in range(101):
        optimiser.iterations.assign(iteration)
        rates.append(learning_rate(optimiser))
    assert rates[0] == pytest.approx(1e-3)
    assert max(rates) == pytest.approx(1e-2)
    assert rates.index(max(rates)) == 5
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[100] == pytest.approx(0, abs=1e-9)


def test_descent_with_momentum_by_hand() -> None:
    """Two steps at a rate of 0.1: 0.1 × 1, then 0.1 × (1 + 0.9 × 1); decay leaves a bias alone."""
    optimiser = build_optimiser(
        TrainConfig(optimizer="sgd", schedule="constant", learning_rate=0.1, weight_decay=0.5), steps_per_epoch=1
    )
    kernel, bias = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    optimiser.build([kernel, bias])
    for _ in range(2):
        optimiser.apply([np.zeros(1, np.float32), np.ones(1, np.float32)])
    assert kernel.numpy() == pytest.approx([0.95**2])  # each step keeps 1 - rate × decay
    assert bias.numpy() == pytest.approx([1 - 0.1 - 0.19])


def test_a_plateau_lowers_the_rate_and_checkpoints_hold_it(tmp_path: Path) -> None:
    def plateau() -> keras.Model:
        model = compiled()
        model.compile(build_optimiser(TrainConfig(schedule="plateau", learning_rate=0.1), 4), "mse")
        return model

    model, fresh = plateau(), plateau()
    step(model, np.random.default_rng(0))
    reduce_learning_rate(model.optimizer, 0.5)
    commit(Run(tmp_path), model, TrainingState(epoch=1))
    restore(Run(tmp_path), fresh)
    assert learning_rate(fresh.optimizer) == pytest.approx(0.05)
