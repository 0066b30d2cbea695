"""What is asked of an evaluation, and what it hands back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dentalx.datasets.mask_source import NO_WISHES, MaskWishes
from dentalx.evaluation.bootstrap import DEFAULT, Resampling
from dentalx.evaluation.scores import Result
from dentalx.predict_config import PLAIN, PredictConfig
from dentalx.samples import Grey, Mask
from dentalx.scoring.picture import Rule
from dentalx.scoring.totals import Problem, Table


@dataclass(frozen=True)
class Folders:
    """How folders of predicted masks are taken.

    Attributes:
        missing: what becomes of a prediction that is missing, unreadable or of another size: "zero" counts it as
            empty, "skip" leaves the picture out, "refuse" stops.
        resize: whether one of another size is stretched and used.
        wishes: how the masks are written, where it is not to be found out.
    """

    missing: Rule = "zero"
    resize: bool = False
    wishes: MaskWishes = NO_WISHES


@dataclass(frozen=True)
class Options:
    """What is asked for beside the scores themselves.

    Attributes:
        progress: called with the pictures done and their number.
        resampling: of the intervals.
        tolerance_px: of the normalised surface distance; None is 2 px for each 1,000 px of a picture's width.
        strata: FILE.csv:COLUMN each.
        raters: two folders of masks that people drew.
        rater_wishes: how these are written, where it is not to be found out.
        against: a run to compare with, or `against_predictions`, a folder of masks.
        calibrate: whether to look at probabilities.
        folders: how folders of predictions are taken.
        unfinished: file to keep what is measured in, picture by picture.
        resume: whether to go on with that file.
        views: how a run's network is shown the pictures: `tta` and `tiles` alone.
    """

    progress: Callable[[int, int], None] = field(default=lambda done, of: None)
    resampling: Resampling = DEFAULT
    tolerance_px: float | None = None
    strata: tuple[str, ...] = ()
    raters: tuple[Path, ...] = ()
    rater_wishes: MaskWishes = NO_WISHES
    against: Path | None = None
    against_predictions: Path | None = None
    calibrate: bool = True
    folders: Folders = Folders()
    unfinished: Path | None = None
    resume: bool = False
    views: PredictConfig = PLAIN


@dataclass(frozen=True)
class Scored:
    """An evaluation and the way back to its pictures.

    Attributes:
        result: every score.
        look: image_id to (radiograph, truth, prediction), read and predicted again when asked.
        problems: what could not be used as it was, names in full.
        tables: name to rows, for whoever draws curves.
        warnings: what the images should be doubted for, a line for each kind.
    """

    result: Result
    look: Callable[[str], tuple[Grey, Mask, Mask]]
    problems: tuple[Problem, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
