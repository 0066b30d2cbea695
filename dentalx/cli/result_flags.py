"""The flags of `predict` that say how results are made and written."""

from dataclasses import dataclass
from typing import Literal

from dentalx.config import GreyRule
from dentalx.errors import InputError
from dentalx.predict_config import Format, PredictConfig, SegmentationKind

_DEFAULT = PredictConfig()


Views = Literal["none", "flip"]
Tiles = Literal["off", "auto"] | tuple[int, int]


def views_of(tta: Views, tiles: Tiles) -> PredictConfig:
    """How the network is to be shown the pictures.

    Raises:
        InputError: tiles are too small.
    """
    try:
        return PredictConfig(tta=tta, tiles=tiles)
    except ValueError as error:
        raise InputError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class ResultFlags:
    """How results are made and written; docs/predict.md says more."""

    overlays: bool = _DEFAULT.overlays
    """write overlays/; without them large pictures take about half the time around the network"""
    opacity: float = _DEFAULT.opacity
    """of the colours in the overlays, 0 to 1"""
    fill_holes: bool = _DEFAULT.fill_holes
    """background that one class encloses becomes that class"""
    min_area: int = _DEFAULT.min_area
    """leave out pieces of fewer pixels, after --fill-holes"""
    largest: bool = _DEFAULT.largest
    """keep of each class only the largest piece"""
    split_teeth: bool = _DEFAULT.split_teeth
    """tell touching teeth of a class called teeth or tooth apart: labels/, objects.csv, and their count"""
    objects: bool = _DEFAULT.objects
    """write objects.csv, a row a piece of each class, with its place and confidence"""
    side_by_side: bool = _DEFAULT.side_by_side
    """also write side_by_side/: the picture beside its overlay"""
    uncertain: tuple[float, float] | None = _DEFAULT.uncertain
    """LOW HIGH: also write uncertain/, 255 where the probability of any class lies between them, and its share"""
    to: tuple[Format, ...] = _DEFAULT.to
    """also write what was found for annotation programs, in annotations/"""
    consistent_numbers: bool = _DEFAULT.consistent
    """of --task instance: one tooth of each number, in the order of the arch; numbering.csv says what changed"""
    grey: GreyRule | None = _DEFAULT.grey
    """DICOM's values to grey: voi (the file's own window), percentile (0.5 to 99.5) or full (default: as the run was
    trained, which its network expects)"""
    tta: Views = _DEFAULT.tta
    """flip: average with what the network says of the mirror image; twice the time"""
    tiles: Tiles = _DEFAULT.tiles
    """see larger pictures in overlapping tiles of H W pixels; auto: as large as the pictures that were trained on"""
    dicom_seg: SegmentationKind | None = _DEFAULT.dicom_seg
    """of DICOM pictures also write seg/: a DICOM segmentation object (docs/dicom.md)"""
    strict: bool = _DEFAULT.strict
    """refuse pictures with a grave warning (docs/quality.md): no mask is written, the exit code is 1"""
    watch: bool = False
    """stay and predict what comes into the folder --input, until Ctrl-C"""
    resume: bool = False
    """go on in --output: results that are whole and of the same pictures, run and settings are not made again"""

    def config(self) -> PredictConfig:
        """These flags, judged.

        Raises:
            InputError: a value is out of range.
        """
        try:
            return PredictConfig(
                overlays=self.overlays,
                opacity=self.opacity,
                consistent=self.consistent_numbers,
                strict=self.strict,
                dicom_seg=self.dicom_seg,
                fill_holes=self.fill_holes,
                min_area=self.min_area,
                largest=self.largest,
                split_teeth=self.split_teeth,
                objects=self.objects,
                side_by_side=self.side_by_side,
                uncertain=self.uncertain,
                to=self.to,
                grey=self.grey,
                tta=self.tta,
                tiles=self.tiles,
            )
        except ValueError as error:
            raise InputError(str(error)) from error
