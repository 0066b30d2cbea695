"""The things that travel through the house: frozen, checked at birth.

Letters: H W rows and columns, C channels of a prediction, K classes without background, N instances.
Pixels count from the top left, row first. A box is (y1, x1, y2, x2), float, end excluded. Class 0 is
background, 1…K are ours (overlapping classes are bits, see `dentalx.labelling`), 255 is *unlabelled, do not count*.
Grey is float32 in [0, 1], bright is dense.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dentalx.covering import Cover
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.labelling import UNLABELLED as UNLABELLED
from dentalx.labelling import Mask as Mask  # (H, W), 0 background, 1…K classes or a set of them, 255 unlabelled

Grey = NDArray[np.float32]  # (H, W) in [0, 1]


def _freeze(array: NDArray[np.generic]) -> None:
    array.setflags(write=False)


@dataclass(frozen=True)
class Record:
    """One picture of a data set, not yet read.

    Attributes:
        image_id: unique in its data set; a plain file stem, safe to name output files with.
        patient_id: pictures with the same value are never separated by a split.
        image: the picture's file; None where it is drawn (phantoms).
        mask: its truth's file; None where it is drawn or there is none.
        split: "train", "val" or "test" where the data set's publisher says so.
    """

    image_id: str
    patient_id: str
    image: Path | None = None
    mask: Path | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        if not self.image_id or "/" in self.image_id or "\\" in self.image_id or self.image_id in (".", ".."):
            raise ValueError(f"image_id must be a plain file stem, got {self.image_id!r}")
        if self.split not in (None, "train", "val", "test"):
            raise ValueError(f"split must be train, val or test, got {self.split!r}")


@dataclass(frozen=True)
class Sample:
    """One picture with its truth, in memory.

    Attributes:
        image_id: as in its `Record`.
        image: (H, W) float32 in [0, 1].
        mask: (H, W) uint8, or int32, of classes, 255 unlabelled; the same size as `image`.
        warnings: what the image's file should be doubted for, a sentence each.
        cover: what the mask shows of the objects that were painted into it; None where it was read as a mask.

    >>> Sample("a", np.zeros((2, 3), np.float32), np.zeros((2, 2), np.uint8))
    Traceback (most recent call last):
    ValueError: image is 2×3 but its mask is 2×2 (rows×columns)
    """

    image_id: str
    image: Grey
    mask: Mask
    warnings: tuple[str, ...] = ()
    cover: Cover | None = None

    def __post_init__(self) -> None:
        check_grey(self.image)
        if self.mask.dtype not in (np.uint8, np.int32) or self.mask.ndim != 2:
            raise ValueError(f"mask must be (H, W) uint8 or int32, got {self.mask.shape} {self.mask.dtype}")
        if self.image.shape != self.mask.shape:
            sizes = ["×".join(map(str, a.shape)) for a in (self.image, self.mask)]
            raise ValueError(f"image is {sizes[0]} but its mask is {sizes[1]} (rows×columns)")
        _freeze(self.image)
        _freeze(self.mask)


@dataclass(frozen=True)
class Instances:
    """The N objects of one picture; masks may overlap.

    Attributes:
        masks: (N, H, W) bool.
        labels: (N,) int32, class or FDI number, as the owner of the object says.
        scores: (N,) float32 in [0, 1]; ones for truth.
    """

    masks: NDArray[np.bool_]
    labels: NDArray[np.int32]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.masks.dtype != np.bool_ or self.masks.ndim != 3:
            raise ValueError(f"masks must be (N, H, W) bool, got {self.masks.shape} {self.masks.dtype}")
        n = len(self.masks)
        if self.labels.shape != (n,) or self.scores.shape != (n,):
            raise ValueError(f"{n} masks need as many labels and scores, got {self.labels.shape} {self.scores.shape}")
        for array in (self.masks, self.labels, self.scores):
            _freeze(array)

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True)
class Prediction:
    """What a model says of one picture, at the picture's own size.

    Attributes:
        image_id: as in its `Record`.
        probability: (H, W, C) float32 in [0, 1]; C = 1 for binary, K + 1 with background first, or, where classes
            overlap, K.
        mask: (H, W) uint8, or int32, of classes after the threshold.
        warnings: one sentence each.
        labelling: what the mask's values mean.
    """

    image_id: str
    probability: NDArray[np.float32]
    mask: Mask
    warnings: tuple[str, ...] = field(default=())
    labelling: Labelling = EXCLUSIVE

    def of_class(self, k: int) -> NDArray[np.bool_]:
        """(H, W), where class k, from 1, was found."""
        return self.labelling.of_class(self.mask, k)

    def of_probability(self, k: int) -> NDArray[np.float32]:
        """(H, W), how probable class k, from 1, is."""
        return self.probability[..., self.labelling.channel(k, self.probability.shape[-1])]

    def __post_init__(self) -> None:
        if self.probability.ndim != 3 or self.probability.shape[:2] != self.mask.shape:
            raise ValueError(f"probability {self.probability.shape} does not fit a mask of {self.mask.shape}")
        _freeze(self.probability)
        _freeze(self.mask)


class Source(Protocol):
    """A data set: what it holds, and how one record of it is read."""

    @property
    def name(self) -> str:
        """Shown in reports, e.g. the folder's name."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names; class i + 1 of a mask is `classes[i]`."""

    @property
    def records(self) -> Sequence[Record]:
        """Every picture, sorted by image_id."""

    @property
    def notes(self) -> Sequence[str]:
        """What the reader noticed and the user should know, a sentence each (unpaired files, encodings)."""

    def load(self, record: Record) -> Sample:
        """Read one record at its own size.

        Raises:
            InputError: the file is missing, broken, or not what it says; names the file.
        """


def labelling(source: Source) -> Labelling:
    """What the values of a data set's masks mean: exclusive classes, unless the source says otherwise."""
    found: Labelling = getattr(source, "labelling", EXCLUSIVE)
    return found


def check_picture(image: NDArray[np.generic]) -> None:
    """Raise ValueError unless `image` is a non-empty (H, W) or (H, W, 3) float32 picture."""
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or image.dtype != np.float32 or 0 in image.shape:
        raise ValueError(f"image must be (H, W) float32, or (H, W, 3), and not empty, got {image.shape} {image.dtype}")


def check_grey(image: NDArray[np.generic]) -> None:
    """Raise ValueError unless `image` is a non-empty (H, W) float32 plane."""
    if image.ndim != 2 or image.dtype != np.float32 or 0 in image.shape:
        raise ValueError(f"image must be (H, W) float32 and not empty, got {image.shape} {image.dtype}")
