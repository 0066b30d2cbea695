"""A run folder turned into a function from pictures to predictions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx import runs
from dentalx.config import GreyRule, Precision
from dentalx.enhance import apply
from dentalx.labelling import EXCLUSIVE, Labelling, labelling_of
from dentalx.preprocess import resize_plane, to_uint8
from dentalx.quality import Seen, judge_picture, judge_shapes, seen_of, shapes
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.runs import Run
from dentalx.runtimes import Exported, framed
from dentalx.runtimes.framed import Framed
from dentalx.samples import Grey, Mask, Prediction


@dataclass(frozen=True)
class Predictor:
    """What a run learnt, ready for pictures of any size.

    Attributes:
        networks: from a picture's (H, W) bytes to its (H, W, C) probabilities, whatever library runs them.
        classes: the K class names.
        threshold: the probability from which a pixel counts; only for K = 1.
        name: of the run, for what is written about its results.
        grey: the rule by which the run read DICOM, and by which it is to be given DICOM.
        enhance: what is done to a picture before the network sees it.
        seen: what the training pictures and masks were like; None where that is not known.
        thresholds: K, of classes that overlap; none where they exclude each other.
    """

    networks: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    classes: tuple[str, ...]
    threshold: float
    name: str
    grey: GreyRule = "voi"
    enhance: EnhanceConfig = OFF
    seen: Seen | None = None
    thresholds: tuple[float, ...] = ()

    @property
    def labelling(self) -> Labelling:
        """What channels and masks mean."""
        return labelling_of(bool(self.thresholds))

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        """Segment one (H, W) float32 grey picture in [0, 1] at its own size."""
        probability = self.probability(image)
        mask = self.labelling.classify(probability, self.thresholds or (self.threshold,))
        warnings = judge_picture(image, self.enhance, self.seen)
        warnings += judge_shapes(shapes(mask, len(self.classes), self.labelling), self.classes, self.seen)
        return Prediction(image_id, probability, mask, warnings, self.labelling)

    def probability(self, image: Grey) -> NDArray[np.float32]:
        """(H, W, C) float32 for an (H, W) picture, of the picture as it is: the recipe's changes stay inside."""
        seen = apply(image, self.enhance) if self.enhance else image
        found = self.networks(to_uint8(seen))
        if seen.shape == image.shape:
            return found
        planes = [resize_plane(found[..., channel], image.shape) for channel in range(found.shape[-1])]
        return np.stack(planes, axis=-1)


def load_predictor(run: Run, precision: Precision = "float32", enhance: EnhanceConfig | None = None) -> Predictor:
    """Load a run's best weights, or all those of an ensemble.

    Args:
        run: a run folder with weights.
        precision: of the computation.
        enhance: another recipe than the one the run was trained with; None means the run's own.

    Raises:
        InputError: not a run folder, or a broken one.
    """
    from dentalx.models import load_parts
    from dentalx.runtimes.tensorflow import KerasNetwork  # not needed by those who predict with an export

    description = runs.describe(run)
    overlapping = description.train.data.overlapping
    parts = load_parts(run, precision)
    networks = Framed(tuple((KerasNetwork(model, size, overlapping), size) for model, size in parts))
    return Predictor(
        networks,
        description.classes,
        runs.threshold(run),
        run.folder.resolve().name,
        description.train.data.grey,
        description.train.enhance if enhance is None else enhance,
        seen_of(run.seen),
        runs.thresholds(run, description),
    )


def load_exported(
    exported: Exported, precision: Precision = "float32", enhance: EnhanceConfig | None = None
) -> Predictor:
    """Load an exported network, which predicts as the run that it was made from.

    Args:
        exported: found by `dentalx.runtimes.find`.
        precision: of the computation; OpenVINO alone has another than float32.
        enhance: another recipe than the run's; None means the run's own.

    Raises:
        InputError: it cannot be loaded.
    """
    card = exported.card
    recipe = card.enhance if enhance is None else enhance
    network, seen = framed(exported, precision), seen_of(exported.seen) if exported.seen else None
    return Predictor(network, card.classes, card.threshold, card.name, card.grey, recipe, seen, card.thresholds)


def classify(probability: NDArray[np.float32], threshold: float) -> Mask:
    """(H, W, C) probabilities of exclusive classes to (H, W): at the threshold where C = 1, else the largest.

    >>> classify(np.array([[[0.4], [0.6]]], np.float32), 0.5).tolist()
    [[0, 1]]
    """
    return EXCLUSIVE.classify(probability, (threshold,))


def confidence(prediction: Prediction) -> float | None:
    """The mean probability of the predicted class over the predicted foreground; None where there is none.

    Of overlapping classes a pixel counts for each that was predicted there.
    """
    channels = prediction.probability.shape[-1]
    if prediction.labelling.overlapping:
        found = [prediction.of_probability(k)[prediction.of_class(k)] for k in range(1, channels + 1)]
        together = np.concatenate(found)
        return float(together.mean()) if together.size else None
    foreground = prediction.mask > 0
    if not foreground.any():
        return None
    return float(prediction.probability.max(-1)[foreground].mean())
