"""How an epoch of training for objects one by one is judged."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dentalx.datasets.instance_pipeline import Feed, InstanceLoader, Scene, evaluation_batches
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.inference.instances import to_picture
from dentalx.models.maskrcnn import LOSSES
from dentalx.preprocess import Letterbox, with_channels
from dentalx.samples import Instances
from dentalx.training.pictures import Board
from dentalx.training.team import Team

AP50 = "val_ap50"
JUDGED = ("val_loss", *(f"val_{name}" for name in LOSSES), AP50)


def validation(
    loader: InstanceLoader, classes: tuple[str, ...], feed: Feed, team: Team
) -> tuple["ValidationPrecision", Any]:
    """What judges an epoch, and the batches that `fit` takes the validation losses of; on several devices none."""
    batches = evaluation_batches(loader, feed)
    if team.replicas == 1:
        return ValidationPrecision(loader, classes), batches
    return ChiefsValidation(loader, classes, batches, team), None


class ValidationPrecision(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch, the masks' AP50 of the validation pictures, at the network's size, in the logs.

    Args:
        loader: of the validation pictures.
        classes: K names.

    Attributes:
        board: where some of the pictures are shown; None for nowhere.
    """

    board: Board | None = None

    def __init__(self, loader: InstanceLoader, classes: tuple[str, ...]) -> None:
        super().__init__()
        self.loader, self.classes = loader, classes
        self._graph: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._graph is None:
            spec = tf.TensorSpec([1, *self.loader.size, self.loader.channels], tf.uint8)
            self._graph = tf.function(self.model.detect, input_signature=[spec])
        evaluation = InstanceEvaluation(self.classes)
        frame = Letterbox(self.loader.size, self.loader.size)
        for index in range(len(self.loader)):
            scene = self.loader[index]
            raw = self._graph(tf.constant(with_channels(scene.image)[None]))
            found = to_picture({name: np.asarray(value)[0] for name, value in raw.items()}, frame, 0.0)
            truth = _truth(scene)
            evaluation.add(truth, Predicted(found.instances, found.boxes))
            if self.board is not None and self.board.wants(epoch, index):
                self.board.show(epoch, index, scene.image, (truth.instances, found))
        value = evaluation.metrics(0.5)["segm"]["AP50"]
        if logs is not None:
            logs[AP50] = 0.0 if value is None else value


class ChiefsValidation(ValidationPrecision):
    """The same and the losses, of all pictures by one device of the chief, which tells the others.

    A picture's loss must not depend on the pictures that other devices see at the same time, as it does in training.

    Args:
        loader: of the validation pictures.
        classes: K names.
        batches: the same pictures one by one, as the network learns from them.
        team: who must know.
    """

    def __init__(self, loader: InstanceLoader, classes: tuple[str, ...], batches: Any, team: Team) -> None:
        super().__init__(loader, classes)
        self.batches, self.team = batches, team
        self._losses: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        found: dict[str, Any] = {}
        if self.team.chief:
            super().on_epoch_end(epoch, found)
            found |= self.losses()
        values = self.team.total(np.array([found.get(name, 0.0) for name in JUDGED]))
        if logs is not None:
            logs.update(zip(JUDGED, values.tolist(), strict=True))

    def losses(self) -> dict[str, float]:
        """The means over pictures, by their names in the logs."""
        if self._losses is None:
            self._losses = tf.function(
                lambda image, truth: self.model.losses_of(truth, self.model(image, training=False), False)
            )
        each = [self._losses(image, truth) for image, truth in self.batches]
        means = {f"val_{name}": float(np.mean([float(losses[name]) for losses in each])) for name in LOSSES}
        return {"val_loss": sum(means.values()), **means}


def _truth(scene: Scene) -> Truth:
    ones = np.ones(len(scene.labels), np.float32)
    return Truth(Instances(scene.masks > 0, scene.labels.copy(), ones), np.zeros(len(scene.labels), np.bool_))
