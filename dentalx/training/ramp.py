"""Weights of the loss that move from epoch to epoch."""

from typing import Any

import keras

from dentalx.losses import WeightedSum


class Ramp(keras.callbacks.Callback):  # type: ignore[misc]
    """Tell the loss before each epoch how far training has come; a function of the epoch alone, as resuming needs.

    Args:
        loss: what the model was compiled with.
        epochs: of the whole training.
    """

    def __init__(self, loss: WeightedSum, epochs: int) -> None:
        super().__init__()
        self.loss, self.epochs = loss, epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.loss.come(epoch / max(1, self.epochs - 1))
