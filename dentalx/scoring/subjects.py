"""Who answers for a picture: a run, or a folder of masks that any program or person made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dentalx import runs
from dentalx.datasets.mask_folder import MaskFolder
from dentalx.datasets.overlapping import OverlappingFolder
from dentalx.errors import InputError
from dentalx.evaluation.prior import stretch
from dentalx.files import file_digest, file_stamp
from dentalx.predict_config import PLAIN, PredictConfig
from dentalx.recipe import EnhanceConfig, written
from dentalx.runs import Run
from dentalx.samples import UNLABELLED, Mask, Record, Sample

MISSING, UNREADABLE, WRONG_SIZE, RESIZED, EXTRA = "missing", "unreadable", "wrong_size", "resized", "extra"


@dataclass(frozen=True)
class Answer:
    """What is said of one picture.

    Attributes:
        mask: (H, W) uint8 of 0…K, and 255 where raters may leave pixels open; None where there is none to be used.
        probability: (H, W, C) float32 where it is known.
        problem: "", `MISSING`, `UNREADABLE`, `WRONG_SIZE` or `RESIZED`.
        reason: of the problem, for the user's own eyes, since it names the file.
    """

    mask: Mask | None
    probability: NDArray[np.float32] | None = None
    problem: str = ""
    reason: str = ""


class Subject(Protocol):
    """Something that is scored."""

    @property
    def name(self) -> str:
        """For reports."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""

    def identity(self) -> list[Any]:
        """JSON values that differ where its answers may differ."""

    def __call__(self, record: Record, sample: Sample) -> Answer:
        """What it says of a picture."""


class RunSubject:
    """A run's network; TensorFlow is loaded here and nowhere else in scoring."""

    def __init__(self, run: Run, enhance: EnhanceConfig | None = None, views: PredictConfig = PLAIN) -> None:
        """Load the run's best weights.

        Args:
            run: a run folder.
            enhance: another recipe than the run's own.
            views: how the network is shown the pictures, `tta` and `tiles` alone.

        Raises:
            InputError: not a run folder, or a broken one.
        """
        from dentalx.inference import load_predictor
        from dentalx.inference.views import seen_through

        self._run, self._views = run, views
        self.predictor = seen_through(load_predictor(run, enhance=enhance), views)
        self.classes = self.predictor.classes
        self.name = f"{runs.describe(run).network}, run {self.predictor.name}"
        if run.members:
            self.name = f"mean of {len(run.members)} networks, the first {self.name}"
        if self.predictor.enhance:
            self.name += f", enhance {written(self.predictor.enhance)}"
        self.name += "".join(f", {view}" for view in views.views)

    def identity(self) -> list[Any]:
        """The weights, the threshold and the recipe."""
        return [
            [file_digest(path) for path in self._run.weights],
            self.predictor.threshold,
            *self.predictor.thresholds,
            written(self.predictor.enhance),
            *self._views.views,
        ]

    def __call__(self, record: Record, sample: Sample) -> Answer:
        """Predict the picture."""
        prediction = self.predictor(record.image_id, sample.image)
        return Answer(prediction.mask, prediction.probability)


class FolderSubject:
    """A folder of masks.

    Args:
        masks: paired with the pictures.
        resize: whether masks of another size are brought to the picture's, each pixel taking the nearest one's class.
        leaves_open: whether a mask may hold 255, as a rater's may and a prediction may not.
    """

    def __init__(self, masks: MaskFolder | OverlappingFolder, resize: bool = False, leaves_open: bool = False) -> None:
        self._masks, self._resize, self._leaves_open = masks, resize, leaves_open
        self.classes = masks.classes
        self.name = f"masks in {named(masks.folder)}"

    @property
    def extra(self) -> tuple[Path, ...]:
        """Files that no picture is called like."""
        return self._masks.extra

    def identity(self) -> list[Any]:
        """Names, sizes and times of the files."""
        return [self._resize, sorted(stamp(path) for path in self._masks.files)]

    def __call__(self, record: Record, sample: Sample) -> Answer:
        """Read the mask, or say what is wrong with it."""
        image_id = record.image_id
        if image_id not in self._masks.paths:
            return Answer(None, problem=MISSING, reason=f"no mask of {image_id} in {self._masks.folder}")
        try:
            mask = self._masks.read(image_id)
        except InputError as error:
            return Answer(None, problem=UNREADABLE, reason=str(error))
        path = self._masks.paths[image_id]
        if not self._leaves_open and (mask == UNLABELLED).any():
            return Answer(None, problem=UNREADABLE, reason=f"{path} leaves pixels unlabelled (255); decide on each")
        if mask.shape == sample.mask.shape:
            return Answer(mask)
        sizes = ["×".join(map(str, shape)) for shape in (mask.shape, sample.mask.shape)]
        reason = f"{path} is {sizes[0]}, the picture's truth {sizes[1]} (rows×columns)"
        if not self._resize:
            return Answer(None, problem=WRONG_SIZE, reason=f"{reason}; --resize-predictions would stretch it")
        height, width = sample.mask.shape
        return Answer(stretch(mask, (height, width)), problem=RESIZED, reason=f"{reason}; stretched")


def named(folder: Path) -> str:
    """A folder's name, with that of the one around it where it is called as folders of masks are.

    >>> named(Path("runs/out/masks")), named(Path("/a/b"))
    ('out/masks', 'b')
    """
    whole = folder.resolve()
    return f"{whole.parent.name}/{whole.name}" if whole.name in ("masks", "mask", "labels") else whole.name


def stamp(path: Path) -> list[Any]:
    """A file's name, size in bytes and time of change: what tells that it is no longer the same without reading it."""
    return [path.name, *(file_stamp(path) or ())]
