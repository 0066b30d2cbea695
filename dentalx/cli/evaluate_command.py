"""The command `evaluate`, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dentalx.cli.data_flags import DataFlags
from dentalx.cli.result_flags import Tiles, Views
from dentalx.config import DataConfig, MaskEncoding

_DATA = DataConfig()


@dataclass(frozen=True, kw_only=True)
class Evaluate(DataFlags):
    """Score a run, any program's masks (--predictions), or two people (--raters), at the pictures' own size.

    The flags that say which data are for other data than the run's; the encoding and the class map also for --raters.
    """

    run: Path | None = None
    """run folder (default: the newest finished run in runs/, unless --predictions or --raters is given)"""
    predictions: Path | None = None
    """score this folder of masks, named like the pictures; truth is --data, --images with --masks, --masks alone, or
    the data of --run"""
    raters: tuple[Path, ...] = ()
    """two folders of masks that people drew: how far they agree, alone or beside the scores of a model"""
    against: Path | None = None
    """compare with this run on the same pictures; differences are this one minus that one"""
    against_predictions: Path | None = None
    """compare with this folder of masks on the same pictures"""
    split: Literal["train", "val", "test", "all"] | None = None
    """which pictures (default: test of the run's own data, all of other data)"""
    enhance: tuple[str, ...] = ()
    """another recipe than the run's, to see what it does to the scores; none is one"""
    tta: Views = "none"
    """flip: average with what the network says of the mirror image, as predict.py does"""
    tiles: Tiles = "off"
    """see larger pictures in tiles, as predict.py does (docs/predict.md)"""
    missing: Literal["zero", "skip", "refuse"] = "zero"
    """a prediction that is missing, unreadable or of another size: counted as empty, left out, or a reason to stop"""
    resize_predictions: bool = False
    """stretch predictions of another size to the picture's, and say how many"""
    prediction_encoding: MaskEncoding = "auto"
    """how predictions write classes"""
    prediction_class_map: Path | None = None
    """JSON file that says which level or colour of the predictions is which class"""
    overlapping: bool = False
    """a pixel may be of several classes, and each has its folder of masks; a run knows it of itself"""
    strata: tuple[str, ...] = ()
    """FILE.csv:COLUMN, a column beside image_id by which to divide the pictures; size, prevalence,
    dentition and a phantom's device are looked at anyway, where they are known"""
    tolerance: float | None = None
    """pixels that outlines may lie apart for the normalised surface distance (default: 2 for each 1,000 of width)"""
    calibration: bool = True
    """whether to look at a run's probabilities: reliability, temperature, curves"""
    pictures: bool = True
    """whether the report shows patients' radiographs: the worst, middle and best"""
    checklist: bool = False
    """print which items of CLAIM (2024) and Metrics Reloaded the report satisfies, and which no program can know"""
    output: Path | None = None
    """folder for the results (default: RUN/evaluation; for --predictions and --raters: evaluation)"""
    resume: bool = False
    """go on with the evaluation in --output that was killed"""
    consistent_numbers: bool = False
    """of runs of --task instance: score each tooth number once, in the order of the arch, as predict.py gives them"""
    seed: int = 0
    """of the bootstrap"""

    def __call__(self) -> int:
        from dentalx.cli.evaluate import evaluate

        return evaluate(self)
