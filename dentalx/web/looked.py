"""What a network said of one picture, kept so that a threshold can be moved without asking it again."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from dentalx.config import GreyRule
from dentalx.datasets.tooth_names import tooth_numbers
from dentalx.labelling import EXCLUSIVE, OVERLAPPING, Labelling
from dentalx.samples import Grey, Instances, Mask, Prediction
from dentalx.web.picture import Picture

if TYPE_CHECKING:  # the network's library is loaded behind the page's back
    from dentalx.inference.instances import Found

Task = Literal["semantic", "instance"]


@dataclass(frozen=True)
class Card:
    """What is told of a model.

    Attributes:
        name: of the run; no other on the shelf has it.
        task: masks of classes, or objects one by one.
        classes: K names.
        threshold: what the run chose: the probability or the score from which something counts; 0 where the most
            probable class counts, or each that overlaps has its own.
        grey: the rule by which it is to be given DICOM.
        thresholds: K, of overlapping classes; else none.
        about: what it is for and was trained on: a term and a phrase each.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    threshold: float
    grey: GreyRule = "voi"
    thresholds: tuple[float, ...] = ()
    about: tuple[tuple[str, str], ...] = ()

    @property
    def teeth(self) -> tuple[int, ...]:
        """The FDI numbers among its classes."""
        return tuple(number for number in tooth_numbers(self.classes) if number is not None)


@dataclass(frozen=True)
class Areas:
    """Classes of pixels.

    Attributes:
        label: (H, W) uint8, the most probable class; 1 everywhere where there is only one.
        probability: (H, W) float32 of that class.
    """

    labelling: ClassVar[Labelling] = EXCLUSIVE

    label: Mask
    probability: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.label.nbytes + self.probability.nbytes

    def at(self, threshold: float) -> Mask:
        """(H, W) classes where they are at least so probable, 0 elsewhere."""
        return np.where(self.probability >= threshold, self.label, 0).astype(np.uint8)

    def sums(self, mask: Mask, classes: int) -> NDArray[np.float64]:
        """(K,) probabilities of each class's pixels, added up."""
        sums = np.bincount(mask.ravel(), self.probability.ravel(), minlength=256)[1 : classes + 1]
        return np.asarray(sums, np.float64)


@dataclass(frozen=True)
class Sets:
    """Overlapping classes of pixels.

    Attributes:
        probability: (H, W, K) float32.
        thresholds: K, the run's own.
    """

    labelling: ClassVar[Labelling] = OVERLAPPING

    probability: NDArray[np.float32]
    thresholds: tuple[float, ...]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.probability.nbytes

    def at(self, threshold: float) -> Mask:
        """(H, W) sets of the classes that reach their own thresholds and this one."""
        return OVERLAPPING.classify(self.probability, [max(own, threshold) for own in self.thresholds])

    def sums(self, mask: Mask, classes: int) -> NDArray[np.float64]:
        """As of `Areas`."""
        planes = (self.probability[..., k - 1][OVERLAPPING.of_class(mask, k)] for k in range(1, classes + 1))
        return np.array([plane.sum(dtype=np.float64) for plane in planes])


@dataclass(frozen=True)
class Objects:
    """N objects, their masks eight pixels a byte.

    Attributes:
        packed: (N, H, ceil(W / 8)) uint8.
        columns: W.
        labels: (N,) int32, 1…K.
        scores: (N,) float32.
        boxes: (N, 4) float32.
    """

    packed: NDArray[np.uint8]
    columns: int
    labels: NDArray[np.int32]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.packed.nbytes

    def at(self, threshold: float) -> "Found":
        """Those of at least this score."""
        from dentalx.inference.instances import Found

        kept = self.scores >= threshold
        masks = np.unpackbits(self.packed[kept], axis=-1, count=self.columns).view(np.bool_)
        return Found(Instances(masks, self.labels[kept].copy(), self.scores[kept].copy()), self.boxes[kept])


@dataclass(frozen=True)
class Looked:
    """A picture and what a model said of it.

    Attributes:
        picture: as it was read.
        card: the model's.
        said: of a run of masks `Areas` or `Sets`, of objects `Objects`.
        warnings: about the picture, one sentence each.
    """

    picture: Picture
    card: Card
    said: Areas | Sets | Objects
    warnings: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.picture.nbytes + self.said.nbytes

    def at(self, threshold: float) -> "Found":
        """The objects of at least this score, of a run that finds them."""
        assert isinstance(self.said, Objects)
        return self.said.at(threshold)


@dataclass(frozen=True)
class Measured:
    """What was found of one class in a picture.

    Attributes:
        name: of the class.
        fdi: its tooth number, where it is one.
        count: objects, or pieces of the mask that nowhere touch.
        area_px: pixels.
        share: of the picture's pixels.
        confidence: mean probability of the pixels, or mean score of the objects; None where nothing was found.
        area_mm2: only where the picture is calibrated.
    """

    name: str
    fdi: int | None
    count: int
    area_px: int
    share: float
    confidence: float | None
    area_mm2: float | None


@dataclass(frozen=True)
class View:
    """What there is to see at one threshold.

    Attributes:
        mask: (H, W) uint8 of classes.
        found: the objects, of a run that finds them.
        rows: K, a class each.
        changes: what was changed so that tooth numbers agree, a sentence each.
        labelling: what the mask's values mean.
    """

    mask: Mask
    found: "Found | None"
    rows: tuple[Measured, ...]
    changes: tuple[str, ...] = ()
    labelling: Labelling = EXCLUSIVE


def from_prediction(picture: Picture, card: Card, prediction: Prediction) -> Looked:
    """What a run of masks said."""
    probability = prediction.probability
    said: Areas | Sets
    if prediction.labelling.overlapping:
        said = Sets(probability, card.thresholds)
    elif probability.shape[-1] == 1:
        said = Areas(np.ones(prediction.mask.shape, np.uint8), probability[..., 0])
    else:
        said = Areas(probability.argmax(-1).astype(np.uint8), probability.max(-1))
    return Looked(picture, card, said, picture.warnings + prediction.warnings)


def from_found(picture: Picture, card: Card, found: "Found") -> Looked:
    """What a run of objects said."""
    masks = found.instances.masks
    packed = np.packbits(masks, axis=-1)
    said = Objects(packed, masks.shape[-1], found.instances.labels, found.instances.scores, found.boxes)
    return Looked(picture, card, said, picture.warnings)


def view(looked: Looked, threshold: float | None = None, consistent: bool = False) -> View:
    """What there is to see.

    Args:
        looked: what was kept.
        threshold: in [0, 1]; None means the run's own.
        consistent: tooth numbers of objects are made to agree, as `predict --consistent-numbers` does.
    """
    from dentalx.inference.objects import class_mask
    from dentalx.inference.renumbering import renumbered

    limit = looked.card.threshold if threshold is None else threshold
    if isinstance(looked.said, Areas | Sets):
        mask = looked.said.at(limit)
        return View(mask, None, tuple(_areas(looked, looked.said, mask)), labelling=looked.said.labelling)
    found = looked.said.at(limit)
    told: tuple[str, ...] = ()
    if consistent:
        found, changes = renumbered(found, looked.card.classes)
        told = tuple(f"{c.before} is {c.after if c.after else 'left out'}: {c.why}" for c in changes)
    return View(class_mask(found), found, tuple(_objects(looked, found)), told)


def _areas(looked: Looked, said: Areas | Sets, mask: Mask) -> list[Measured]:
    """A row a class, of pixels."""
    from dentalx.inference.rows import pieces

    classes = looked.card.classes
    areas = said.labelling.areas(mask, len(classes))
    rows = []
    for k, (area, total) in enumerate(zip(areas, said.sums(mask, len(classes)), strict=True), start=1):
        row = _row(looked, k, int(area))
        if area:
            row = replace(row, count=pieces(said.labelling.of_class(mask, k)), confidence=float(total / area))
        rows.append(row)
    return rows


def _objects(looked: Looked, found: "Found") -> list[Measured]:
    """A row a class, of objects."""
    rows, instances = [], found.instances
    for k in range(1, len(looked.card.classes) + 1):
        own = instances.labels == k
        area = int(instances.masks[own].any(0).sum()) if own.any() else 0
        row = _row(looked, k, area)
        mean = float(instances.scores[own].mean()) if own.any() else None
        rows.append(replace(row, count=int(own.sum()), confidence=mean))
    return rows


def _row(looked: Looked, k: int, area: int) -> Measured:
    """The row of class k, from 1, as yet without a count."""
    picture, classes = looked.picture, looked.card.classes
    pixel, name, number = picture.pixel_mm2, classes[k - 1], tooth_numbers(classes)[k - 1]
    return Measured(name, number, 0, area, area / picture.grey.size, None, None if pixel is None else area * pixel)


def small(grey: Grey, longest: int) -> tuple[int, int]:
    """(rows, columns) of a picture whose longer side is at most `longest` pixels, its shape kept.

    >>> small(np.zeros((600, 1200), np.float32), 300), small(np.zeros((5, 9), np.float32), 300)
    ((150, 300), (5, 9))
    """
    scale = min(1.0, longest / max(grey.shape))
    return max(1, round(grey.shape[0] * scale)), max(1, round(grey.shape[1] * scale))
