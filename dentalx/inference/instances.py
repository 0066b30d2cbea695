"""A Mask R-CNN as a function from pictures to objects, at the picture's own size."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dentalx import runs
from dentalx.config import GreyRule, Precision
from dentalx.enhance import apply
from dentalx.errors import InputError
from dentalx.geometry import paste_mask
from dentalx.preprocess import Letterbox, to_uint8, with_channels
from dentalx.quality import Seen, seen_of
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.runs import Run
from dentalx.samples import Grey, Instances

if TYPE_CHECKING:
    from dentalx.models.maskrcnn import MaskRCNN

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
        grey: the rule by which the run read DICOM, and by which it is to be given DICOM.
        seen: what the training pictures and objects were like; None where that is not known.
    """

    network: "MaskRCNN"
    classes: tuple[str, ...]
    min_score: float
    name: str
    enhance: EnhanceConfig = OFF
    grey: GreyRule = "voi"
    seen: Seen | None = None
    _graph: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        import tensorflow as tf  # not needed by those who predict with an export

        spec = tf.TensorSpec([1, *self.network.size, self.network.channels], tf.uint8)
        self._graph = tf.function(self.network.detect, input_signature=[spec])

    @property
    def colour(self) -> bool:
        """Whether it is to be given pictures with their colours."""
        return bool(self.network.channels == 3)

    def __call__(self, image: Grey) -> Found:
        """The objects of one float32 picture in [0, 1], (H, W) grey or, where `colour` is so, (H, W, 3)."""
        seen = apply(image, self.enhance) if self.enhance else image
        box = Letterbox(seen.shape[:2], self.network.size)
        pixels = with_channels(to_uint8(box.apply_image(seen)))[None]
        raw = {name: np.asarray(value)[0] for name, value in self._graph(pixels).items()}
        return to_picture(raw, Letterbox(image.shape[:2], self.network.size), self.min_score)


def load_instance_predictor(
    run: Run, precision: Precision = "float32", enhance: EnhanceConfig | None = None, min_score: float | None = None
) -> InstancePredictor:
    """Load a run's best weights.

    Args:
        run: a run folder of --task instance with weights.
        precision: of the computation.
        enhance: another recipe than the one the run was trained with; None means the run's own.
        min_score: weaker objects are left out; None means the score that was chosen on validation.

    Raises:
        InputError: not such a run folder, or a broken one.
    """
    from dentalx.models.maskrcnn.run import load_instance_network

    description = runs.describe(run)
    if enhance and description.train.data.colour:
        raise InputError(f"{run.folder} sees photographs in colour, for which no recipe is made; leave --enhance out")
    return InstancePredictor(
        load_instance_network(run, precision),
        description.classes,
        runs.threshold(run) if min_score is None else min_score,
        run.folder.resolve().name,
        description.train.enhance if enhance is None else enhance,
        description.train.data.grey,
        seen_of(run.seen),
    )


def stacked(instances: Instances) -> NDArray[np.int32]:
    """(H, W) the number, from 1, of the object at each pixel, of several the smallest; 0 where there is none.

    Caries is seen on its tooth, whichever has the better score.
    """
    order = np.argsort(-instances.masks.sum((1, 2), dtype=np.int64), kind="stable")
    numbers = np.zeros(instances.masks.shape[1:], np.int32)
    for index in order:
        numbers[instances.masks[index]] = index + 1
    return numbers


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
