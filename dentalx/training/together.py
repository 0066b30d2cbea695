"""What the procedures of both tasks do alike where several devices or processes train together."""

import json
from collections.abc import Mapping
from typing import Protocol

import keras

from dentalx.config import TrainConfig, to_json
from dentalx.runs import Run
from dentalx.samples import Record
from dentalx.training.state import TrainingState
from dentalx.training.team import Team


class Pictures(Protocol):
    """A loader, of which only the names count."""

    @property
    def records(self) -> tuple[Record, ...]:
        """In the order of the indices."""


def boards(run: Run, team: Team) -> list[keras.callbacks.Callback]:
    """Where TensorBoard finds the curves; the chief's alone."""
    return [keras.callbacks.TensorBoard(run.tensorboard, write_graph=False)] if team.chief else []


def common_ground(
    config: TrainConfig, loaders: Mapping[str, Pictures], model: keras.Model, state: TrainingState
) -> dict[str, bytes]:
    """What processes that train together must have in common, for `Team.check_agreement`."""
    names = {name: [record.image_id for record in loader.records] for name, loader in loaders.items()}
    weights = b"".join(values.tobytes() for values in model.get_weights())
    return {
        "their settings": json.dumps(to_json(config)).encode(),
        "their pictures": json.dumps(names).encode(),
        "the run they go on with": f"{state.epoch}".encode() + weights,
    }
