"""How far a training run has come, kept in the same file as the weights it belongs to."""

import json
import math
import shutil
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import keras

from dentalx.errors import InputError, in_one_line
from dentalx.files import replacing, reserve, write_json, write_text
from dentalx.foreign_text import table_text
from dentalx.models.weights_file import opened_weights
from dentalx.runs import Run

ATTRIBUTE = "dentalx_state"
ROOM_PER_VARIABLE = 8192  # bytes of HDF5's own book-keeping, generously
Row = dict[str, float]


@dataclass(frozen=True)
class TrainingState:
    """What a resumed run must know besides weights and optimiser.

    Attributes:
        epoch: epochs done.
        best_epoch, best_score: the best validation Dice (of objects: AP50) and the epoch, from 1, that reached it.
        plateau_wait, plateau_loss: epochs since the best validation loss, and that loss.
        rows: the log, a row an epoch.
        ended: training came to its end; nothing is left to resume.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    plateau_wait: int = 0
    plateau_loss: float | None = None
    rows: tuple[Row, ...] = ()
    ended: bool = False


def commit(run: Run, model: keras.Model, state: TrainingState) -> None:
    """Write weights, optimiser and state as one file in one rename; then the copies for people to read."""
    with replacing(run.last) as temporary:
        save_weights(model, temporary)
        with h5py.File(temporary, "a") as file:
            file.attrs[ATTRIBUTE] = json.dumps(asdict(state))
    write_copies(run, state)


def save_weights(model: keras.Model, path: Path) -> None:
    """Write a model's weights, and its optimiser's where it has one; a full disk crashes HDF5: room is claimed first.

    Raises:
        OSError: no room, or no permission.
    """
    variables = [*model.variables, *(model.optimizer.variables if getattr(model, "optimizer", None) else [])]
    reserve(path, sum(4 * math.prod(variable.shape) + ROOM_PER_VARIABLE for variable in variables))
    model.save_weights(path)


def write_copies(run: Run, state: TrainingState) -> None:
    """Write state.json and log.csv as `state` has them."""
    write_json(run.state, {key: value for key, value in asdict(state).items() if key != "rows"})
    head = list(state.rows[0]) if state.rows else []
    write_text(run.log, table_text([head, *([row[name] for name in head] for row in state.rows)]))


def clear(run: Run) -> None:
    """Delete what a run that was killed while writing left behind."""
    for leftover in run.folder.glob(".part*"):
        if leftover.is_dir() and not leftover.is_symlink():  # an export that was cut off
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def restore(run: Run, model: keras.Model) -> TrainingState:
    """`recall`, after what a killed run left behind is deleted.

    Raises:
        InputError: last.weights.h5 is broken or belongs to another network.
    """
    clear(run)
    return recall(run, model)


def recall(run: Run, model: keras.Model) -> TrainingState:
    """Give `model`, compiled, the weights and optimiser it had, and return the state; a new one where there is none.

    Raises:
        InputError: last.weights.h5 is broken or belongs to another network.
    """
    model.optimizer.build(model.trainable_variables)  # built within the first step, it would have that traced twice
    if not run.last.is_file():
        return TrainingState()
    try:
        with opened_weights(run.last) as file:
            value: dict[str, Any] = json.loads(file.attrs[ATTRIBUTE])
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of variables that the file lacks
            model.load_weights(run.last)
        return replace(TrainingState(**{**value, "rows": ()}), rows=tuple(value["rows"]))
    except (OSError, KeyError, TypeError, ValueError, UserWarning) as error:
        raise InputError(
            f"cannot resume from {run.last}: {in_one_line(error)}; delete the run folder and train again"
        ) from error
