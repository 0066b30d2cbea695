"""What happens after each batch and each epoch."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras

from dentalx.config import TrainConfig
from dentalx.errors import InputError
from dentalx.files import replacing
from dentalx.runs import Run
from dentalx.training.optimiser import learning_rate, reduce_learning_rate
from dentalx.training.state import Row, TrainingState, commit, save_weights

WRITING_SHARE = 0.1  # of the time, for epochs that are no better


class NanGuard(keras.callbacks.Callback):  # type: ignore[misc]
    """Stop at the first loss that is not a number, and name the pictures of that batch.

    Args:
        pictures: (epoch, step) to the image_ids of that batch.
    """

    def __init__(self, pictures: Callable[[int, int], list[str]]) -> None:
        super().__init__()
        self.pictures = pictures
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            names = ", ".join(self.pictures(self.epoch, batch))
            raise InputError(
                f"the loss became {loss} in epoch {self.epoch + 1}, step {batch + 1}, on the pictures {names}; "
                "look at them and their masks, lower --learning-rate or use --precision float32, then --resume"
            )


@dataclass(frozen=True)
class Watch:
    """What a training is judged by.

    Attributes:
        best: the name of the number that is largest in the best epoch.
        logged: names of the numbers of each epoch that go into log.csv.
        bare: the model without its optimiser, over the same layers; what is kept of the best epoch.
    """

    best: str
    logged: tuple[str, ...]
    bare: Callable[[keras.Model], keras.Model]


SEMANTIC = Watch(
    "val_dice", ("loss", "dice", "val_loss", "val_dice"), lambda model: keras.Model(model.inputs, model.outputs)
)


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: log it, keep the best weights, lower the rate on a plateau, stop early, commit the state.

    The first epoch, every epoch that is the best so far, and the last are committed at once; of the others so many that
    writing takes a tenth of the time at most. What a killed run has not committed it does again, with the same result.

    Args:
        run: where all is written; None where another process writes it.
        state: where the run stands; replaced, never changed.
        report: called with the new state after it is on disk, if it is committed.
        watch: what the best epoch is judged by.
        clock: seconds.
    """

    def __init__(
        self,
        run: Run | None,
        config: TrainConfig,
        state: TrainingState,
        report: Callable[[TrainingState], None],
        watch: Watch = SEMANTIC,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__()
        self.run, self.config, self.state, self.report, self.watch = run, config, state, report, watch
        self.clock, self.started = clock, clock()
        self.due = -math.inf  # when an epoch that is neither the best nor the last is committed

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.started = self.clock()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        row: Row = {"epoch": epoch + 1, **{name: values[name] for name in self.watch.logged}}
        row["learning_rate"] = learning_rate(self.model.optimizer)
        row["seconds"] = round(self.clock() - self.started, 2)
        self.state, better = advance(self.state, row, self.watch.best)
        if better and self.run:
            with replacing(self.run.best) as temporary:
                save_weights(self.watch.bare(self.model), temporary)
        if self.config.schedule == "plateau" and self.state.plateau_wait >= self.config.plateau_patience:
            reduce_learning_rate(self.model.optimizer, self.config.plateau_factor)
            self.state = replace(self.state, plateau_wait=0)
        waited = self.state.epoch - self.state.best_epoch
        ended = self.state.epoch >= self.config.epochs or 0 < self.config.patience <= waited
        self.state = replace(self.state, ended=ended)
        if self.run and (better or ended or self.clock() >= self.due):
            self._commit(self.run)
        self.report(self.state)
        if ended:
            self.model.stop_training = True

    def _commit(self, run: Run) -> None:
        before = self.clock()
        commit(run, self.model, self.state)
        after = self.clock()
        self.due = after + (after - before) * (1 / WRITING_SHARE - 1)


def advance(state: TrainingState, row: Row, best: str = "val_dice") -> tuple[TrainingState, bool]:
    """The state one epoch later, and whether the number called `best` is the largest so far.

    >>> first, better = advance(TrainingState(), {"epoch": 1, "val_dice": 0.5, "val_loss": 0.4})
    >>> first.epoch, first.best_score, better
    (1, 0.5, True)
    >>> second, better = advance(first, {"epoch": 2, "val_dice": 0.5, "val_loss": 0.5})
    >>> second.best_epoch, second.plateau_wait, better
    (1, 1, False)
    """
    score = row[best] if math.isfinite(row[best]) else 0.0
    better = score > state.best_score
    lower = state.plateau_loss is None or row["val_loss"] < state.plateau_loss - 1e-4
    return (
        replace(
            state,
            epoch=int(row["epoch"]),
            best_epoch=int(row["epoch"]) if better else state.best_epoch,
            best_score=score if better else state.best_score,
            plateau_wait=0 if lower else state.plateau_wait + 1,
            plateau_loss=row["val_loss"] if lower else state.plateau_loss,
            rows=(*state.rows, row),
        ),
        better,
    )


@dataclass(frozen=True)
class Tick:
    """How far an epoch has come, for a progress bar."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float


class Ticker(keras.callbacks.Callback):  # type: ignore[misc]
    """Tell `report` after each batch how far the epoch has come."""

    def __init__(self, steps: int, report: Callable[[Tick], None]) -> None:
        super().__init__()
        self.steps, self.report, self.epoch = steps, report, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float((logs or {}).get("loss", math.nan))
        self.report(Tick(self.epoch + 1, self.params["epochs"], batch + 1, self.steps, loss))
