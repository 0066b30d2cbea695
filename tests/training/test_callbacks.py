"""What happens after batches and epochs."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dentalx.config import TrainConfig
from dentalx.errors import InputError
from dentalx.runs import Run
from dentalx.training import callbacks
from dentalx.training.callbacks import Keeper, NanGuard, advance
from dentalx.training.state import TrainingState


def row(epoch: int, val_dice: float, val_loss: float = 1.0) -> dict[str, float]:
    return {"epoch": epoch, "val_dice": val_dice, "val_loss": val_loss}


def test_a_dice_that_is_not_defined_is_no_record() -> None:
    state, better = advance(TrainingState(), row(1, float("nan")))
    assert (better, state.best_score) == (True, 0.0)  # something must be kept, if only the first epoch
    state, better = advance(state, row(2, float("nan")))
    assert not better


def test_the_plateau_counts_epochs_without_a_lower_loss() -> None:
    state = TrainingState()
    for epoch, loss in enumerate((1.0, 0.9, 0.95, 0.92, 0.8), 1):
        state, _ = advance(state, row(epoch, 0.5, loss))
        assert state.plateau_wait == (0, 0, 1, 2, 0)[epoch - 1]
    assert state.best_epoch == 1


class Scripted(keras.callbacks.Callback):  # type: ignore[misc]
    """Puts the values of a script into the logs before the next callback sees them."""

    def __init__(self, script: list[float]) -> None:
        super().__init__()
        self.script = script

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        assert logs is not None
        logs.update(loss=1.0, dice=0.5, val_loss=1.0, val_dice=self.script[epoch])


def fit(tmp_path: Path, config: TrainConfig, script: list[float], *more: Any, **how: Any) -> TrainingState:
    image = keras.Input((2, 2, 1))
    model = keras.Model(image, keras.layers.Conv2D(1, 1)(image))
    model.compile(keras.optimizers.SGD(config.learning_rate), "mse")
    keeper = Keeper(Run(tmp_path), config, TrainingState(), lambda state: None, **how)
    data = np.ones((1, 2, 2, 1))
    model.fit(data, data, epochs=config.epochs, callbacks=[Scripted(script), *more, keeper], verbose=0)
    return keeper.state


def test_training_stops_early_and_remembers_the_best(tmp_path: Path) -> None:
    state = fit(tmp_path, TrainConfig(epochs=9, patience=2, schedule="constant"), [0.1, 0.6, 0.5, 0.4, 0.9, 1, 1, 1, 1])
    assert (state.epoch, state.best_epoch, state.best_score, state.ended) == (4, 2, 0.6, True)
    assert Run(tmp_path).best.is_file()


def test_without_patience_it_goes_to_the_end(tmp_path: Path) -> None:
    state = fit(tmp_path, TrainConfig(epochs=4, schedule="constant"), [0.9, 0.1, 0.1, 0.1])
    assert (state.epoch, state.best_epoch, state.ended) == (4, 1, True)


def test_writing_takes_a_tenth_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs of 20 s, commits of 10 s: after one 90 s must pass, but for the best and the last."""
    now, committed = [0.0], []

    def commit(run: Run, model: keras.Model, state: TrainingState) -> None:
        committed.append(state.epoch)
        now[0] += 10

    monkeypatch.setattr(callbacks, "commit", commit)
    epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: now.append(now.pop() + 20))
    dice = [0.1] * 6 + [0.9] + [0.2] * 7
    fit(tmp_path, TrainConfig(epochs=14, schedule="constant"), dice, epoch, clock=lambda: now[0])
    assert committed == [1, 6, 7, 12, 14]


def test_the_rate_falls_on_a_plateau(tmp_path: Path) -> None:
    config = TrainConfig(epochs=5, schedule="plateau", plateau_patience=2, plateau_factor=0.1, learning_rate=0.1)
    state = fit(tmp_path, config, [0.1] * 5)
    rates = [line["learning_rate"] for line in state.rows]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.01, 0.01], rel=1e-5)


def test_a_loss_that_is_no_number_names_its_pictures() -> None:
    guard = NanGuard(lambda epoch, step: [f"picture_{epoch}_{step}", "other"])
    guard.on_epoch_begin(3)
    guard.on_train_batch_end(6, {"loss": 0.3})
    with pytest.raises(InputError, match=r"epoch 4, step 8, on the pictures picture_3_7, other; .*--resume"):
        guard.on_train_batch_end(7, {"loss": float("nan")})
