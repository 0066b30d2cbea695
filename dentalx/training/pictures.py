"""What was found in a few validation pictures, as pictures in TensorBoard: no file's name, no text burned into one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx.inference.instances import Found
from dentalx.inference.objects import names
from dentalx.overlay import outlined
from dentalx.preprocess import from_uint8, grey_of
from dentalx.samples import Instances
from dentalx.text import covered, find_text

COUNT = 4  # pictures, the first of validation
TIMES = 10  # in a training of so many epochs or more
LEAST_SCORE = 0.5  # which score counts is chosen after training only


class Board:
    """Writes outlines for TensorBoard's page of images: the truth once, what was found about ten times a training.

    Args:
        folder: where TensorBoard looks.
        classes: K names.
        epochs: of the whole training.
    """

    def __init__(self, folder: Path, classes: Sequence[str], epochs: int) -> None:
        self.folder, self.classes = folder, tuple(classes)
        self._every, self._last = max(1, epochs // TIMES), epochs - 1
        self._writer: Any = None

    def wants(self, epoch: int, index: int) -> bool:
        """Whether the validation picture `index` is to be shown after `epoch`, both from 0."""
        return index < COUNT and (epoch % self._every == 0 or epoch == self._last)

    def show(self, epoch: int, index: int, image: NDArray[np.uint8], pair: tuple[Instances, Found]) -> None:
        """Write a picture with what was found in it; after the first epoch with its true objects too.

        Args:
            epoch: from 0.
            index: of the picture in validation, all that is said of whose it is.
            image: (H, W) or (H, W, 3) uint8 at the network's size.
            pair: the truth and what was found, of any score.
        """
        truth, found = pair
        plane = from_uint8(np.asarray(covered(image, find_text(grey_of(from_uint8(image)))), np.uint8))
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.folder / "pictures"))
        with self._writer.as_default(step=epoch + 1):
            if epoch == 0:
                self._write(f"truth/{index + 1}", plane, truth, [""] * len(truth))
            sure = _sure(found)
            self._write(f"found/{index + 1}", plane, sure.instances, names(sure, self.classes))
        self._writer.flush()

    def _write(self, tag: str, plane: NDArray[np.float32], objects: Instances, said: Sequence[str]) -> None:
        tf.summary.image(tag, outlined(plane, objects, self.classes, said)[None])


def _sure(found: Found) -> Found:
    """What was found with a score that may count."""
    keep = found.instances.scores >= LEAST_SCORE
    of = found.instances
    return Found(Instances(of.masks[keep], of.labels[keep], of.scores[keep]), found.boxes[keep])
