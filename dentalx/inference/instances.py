"""A Mask R-CNN as a function from pictures to objects, at the picture's own size."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx.enhance import apply
from dentalx.geometry import paste_mask
from dentalx.models.maskrcnn import MaskRCNN
from dentalx.preprocess import Letterbox, to_uint8
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.samples import Grey, Instances

FOREGROUND = 0.5  # a pixel is the object's where its mask says so with at least this probability


@dataclass(frozen=True)
class Found:
    """The N objects of one picture, best first.

    Attributes:
        instances: masks at the picture's own size, labels 1…K, scores.
        boxes: (N, 4) float32 in the picture's pixels, as the network said them.
    """

    instances: Instances
    boxes: NDArray[np.float32]


@dataclass
class InstancePredictor:
    """What a run learnt, ready for pictures of any size.

    Attributes:
        network: the trained network.
        classes: the K class names.
        min_score: weaker objects are left out.
        name: of the run.
        enhance: what is done to a picture before the network sees it.
    """

    network: MaskRCNN
    classes: tuple[str, ...]
    min_score: float
    name: str
    enhance: EnhanceConfig = OFF
    _graph: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        spec = tf.TensorSpec([1, *self.network.size, 1], tf.uint8)
        self._graph = tf.function(self.network.detect, input_signature=[spec])

    def __call__(self, image: Grey) -> Found:
        """The objects of one (H, W) float32 grey picture in [0, 1]."""
        seen = apply(image, self.enhance) if self.enhance else image
        box = Letterbox(seen.shape, self.network.size)
        pixels = to_uint8(box.apply_image(seen))[None, ..., None]
        raw = {name: np.asarray(value)[0] for name, value in self._graph(tf.constant(pixels)).items()}
        return to_picture(raw, Letterbox(image.shape, self.network.size), self.min_score)


def to_picture(raw: dict[str, NDArray[Any]], frame: Letterbox, min_score: float) -> Found:
    """Detections of one letterboxed picture brought back to the picture.

    Args:
        raw: one picture's part of what `MaskRCNN.detect` returns.
        frame: how the picture was letterboxed.
        min_score: weaker objects are left out.
    """
    count = int(raw["count"])
    keep = [i for i in range(count) if raw["scores"][i] >= min_score]
    scale = np.array([frame.source[0] / frame.inner[0], frame.source[1] / frame.inner[1]] * 2, np.float32)
    shift = np.array(frame.offset * 2, np.float32)
    limit = np.array(frame.source * 2, np.float32)
    boxes = np.clip((raw["boxes"][keep] - shift) * scale, 0, limit).astype(np.float32).reshape(-1, 4)
    planes = np.zeros((len(keep), *frame.source), np.bool_)
    for row, (index, box) in enumerate(zip(keep, boxes, strict=True)):
        window, values = paste_mask(raw["masks"][index], (box[0], box[1], box[2], box[3]), frame.source)
        planes[row][window] = values >= FOREGROUND
    labels, scores = raw["labels"][keep].astype(np.int32), raw["scores"][keep].astype(np.float32)
    return Found(Instances(planes, labels, scores), boxes)
