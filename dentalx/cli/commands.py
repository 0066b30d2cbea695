"""Every command: a frozen dataclass whose fields tyro turns into flags, and a call that does the work.

Nothing heavy is imported before a command is called, so that `--help` answers at once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from tyro.conf import Positional, UseAppendAction

from dentalx.config import (
    Architecture,
    AugmentConfig,
    DataConfig,
    GreyRule,
    InstanceConfig,
    MaskEncoding,
    ModelConfig,
    Precision,
    ToothNumbers,
    TrainConfig,
)
from dentalx.errors import InputError
from dentalx.recipe import parse

_TRAIN = TrainConfig()
_DATA = DataConfig()
_MODEL = ModelConfig()
_ARCHITECTURE: dict[str, Architecture] = {"semantic": _MODEL.architecture, "instance": "mask_rcnn"}
_BACKBONE = {"semantic": _MODEL.backbone, "instance": "resnet18"}

_PLATEAU = {"none": (_TRAIN.plateau_factor, _TRAIN.plateau_patience), "maskrcnn-resnet50": (0.1, 3)}
_PRESETS: dict[str, dict[str, Any]] = {  # values of Train's fields that stand where no flag does
    "maskrcnn-resnet50": {
        "task": "instance",
        "backbone": "resnet50",
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "batch_size": 2,
        "epochs": 50,
        "patience": 5,
        "schedule": "plateau",
    },
}


@dataclass(frozen=True)
class Train:
    """Train a segmentation model; without data, on phantoms drawn on the spot. Writes a run folder."""

    presets: ClassVar[dict[str, dict[str, Any]]] = _PRESETS

    data: Path | None = None
    """folder of a data set: images/ and masks/ (or train/, val/, test/ with these inside), or an annotated export"""
    format: str = _DATA.layout
    """of --data; auto finds it out, a wrong name lists them"""
    images: Path | None = None
    """folder of radiographs, with --masks"""
    masks: Path | None = None
    """folder of masks named like the radiographs, with --images"""
    classes: tuple[str, ...] = ()
    """names of the classes; for phantoms, which structures to segment (default: teeth)"""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """OLD=NEW: call a class of annotated data otherwise; may be repeated, several OLD for one NEW merge them"""
    tooth_numbers: ToothNumbers = _DATA.tooth_numbers
    """what numbers as names of classes are; auto: what the format says, or FDI where nothing else is possible"""
    phantoms: int = _DATA.phantoms
    """how many phantoms to draw when no data are given"""
    splits: Path | None = None
    """a splits.csv (image_id, patient_id, split) to follow"""
    fractions: tuple[float, float, float] = _DATA.fractions
    """shares of training, validation and test patients"""
    folds: int = _DATA.folds
    """divide the patients into so many parts and hold one out; 0: one division by --fractions"""
    fold: int = _DATA.fold
    """which part is held out, from 1"""
    allow_leaks: bool = False
    """train although given or published splits share radiographs or patients; the run and its scores say so"""
    mask_encoding: MaskEncoding = _DATA.mask_encoding
    """how mask files write classes; auto finds it out, tells it, and refuses what is ambiguous"""
    class_map: Path | None = None
    """JSON file that says which level or colour of the masks is which class: {"caries": 1} or {"caries": "#3577B5"}"""
    part: str | None = None
    """which masks, where a data set has several of each picture; the message names them"""
    patient_pattern: str | None = None
    """regular expression whose first group, in a file's stem, names the patient"""
    salt: Path | None = None
    """file with the salt of the codes that stand for DICOM's patient ids (default: the user's own, made once)"""
    grey: GreyRule = _DATA.grey
    """DICOM's values to grey: voi (the file's own window), percentile (0.5 to 99.5) or full (lowest to highest)"""
    preset: Literal["none", "maskrcnn-resnet50"] = "none"
    """other defaults: maskrcnn-resnet50 is --task instance --backbone resnet50 --optimizer adam --learning-rate 0.001
    --batch-size 2 --epochs 50 --patience 5 --schedule plateau (x0.1 after 3 epochs)"""
    task: Literal["semantic", "instance"] = _TRAIN.task
    """semantic: masks of classes; instance: objects one by one, by a Mask R-CNN"""
    model: Architecture | None = None
    """architecture (default: unet, of --task instance mask_rcnn)"""
    backbone: str | None = None
    """encoder (default: vgg16, of --task instance resnet18); a wrong name lists them"""
    norm: Literal["auto", "frozen", "batch", "group"] = _TRAIN.instances.norm
    """of --task instance: the backbone's normalisation; auto: frozen with torchvision's weights, else group"""
    channels: int = _TRAIN.instances.channels
    """of --task instance: of the feature pyramid"""
    detections: int = _TRAIN.instances.detections
    """of --task instance: most objects found in a picture"""
    accumulate: int = _TRAIN.instances.accumulate
    """of --task instance: steps whose gradients make one change of the weights"""
    init: str | None = None
    """of --task instance: weights to start from: torchvision:FILE.pth or .safetensors of its Mask R-CNN; the folder of
    an instance run; that of a U-Net run, for its encoder (--backbone vgg16)"""
    encoder_weights: str = _MODEL.encoder_weights
    """auto (ImageNet where it can be had, else from scratch), imagenet, none, a Keras .h5 file, or a run folder"""
    image_size: tuple[int, int] = _MODEL.image_size
    """height and width that pictures are letterboxed to, aspect kept"""
    epochs: int = _TRAIN.epochs
    """the most passes over the training pictures"""
    batch_size: int = _TRAIN.batch_size
    """pictures a step"""
    optimizer: Literal["adam", "adamw"] = _TRAIN.optimizer
    """optimiser"""
    learning_rate: float = _TRAIN.learning_rate
    """highest learning rate"""
    weight_decay: float = _TRAIN.weight_decay
    """of adamw"""
    schedule: Literal["cosine", "plateau", "constant"] = _TRAIN.schedule
    """how the learning rate falls"""
    patience: int = _TRAIN.patience
    """stop after so many epochs without a better validation Dice; 0: never early"""
    loss: str = _TRAIN.loss
    """sum of bce, dice, focal, tversky, generalised_dice, lovasz, each with a weight or not: 0.5*focal+dice"""
    augment: bool = True
    """random flips, rotations, brightness and small affine changes of training pictures"""
    enhance: tuple[str, ...] = ()
    """steps for every picture before the network sees it, e.g. tails=0.5,99.5 clahe=2, or a recipe: clean, contrast,
    denoise; kept with the run (default: none)"""
    precision: Precision = _TRAIN.precision
    """arithmetic of the network"""
    seed: int = _TRAIN.seed
    """of split, weights, order and augmentation"""
    output: Path | None = None
    """run folder to write (default: runs/DATE-MODEL-BACKBONE)"""
    resume: bool = False
    """go on with the run in --output, or with the newest unfinished one, with the settings it began with"""

    def config(self) -> TrainConfig:
        """These flags as a configuration.

        Raises:
            InputError: a value is out of range.
        """
        still = AugmentConfig(flip_p=0, rotate_p=0, brightness_p=0, affine_p=0)
        try:
            return TrainConfig(
                data=DataConfig(
                    data=self.data,
                    images=self.images,
                    masks=self.masks,
                    classes=self.classes,
                    phantoms=self.phantoms,
                    fractions=self.fractions,
                    folds=self.folds,
                    fold=self.fold,
                    allow_leaks=self.allow_leaks,
                    seed=self.seed,
                    patient_pattern=self.patient_pattern,
                    splits=self.splits,
                    layout=self.format,
                    aliases=self.alias,
                    tooth_numbers=self.tooth_numbers,
                    mask_encoding=self.mask_encoding,
                    class_map=entries(self.class_map),
                    part=self.part,
                    salt=self.salt,
                    grey=self.grey,
                ),
                model=ModelConfig(
                    self.model or _ARCHITECTURE[self.task],
                    self.backbone or _BACKBONE[self.task],
                    self.encoder_weights,
                    self.image_size,
                ),
                augment=AugmentConfig() if self.augment else still,
                enhance=parse(self.enhance),
                epochs=self.epochs,
                batch_size=self.batch_size,
                optimizer=self.optimizer,
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                schedule=self.schedule,
                plateau_factor=_PLATEAU[self.preset][0],
                plateau_patience=_PLATEAU[self.preset][1],
                patience=self.patience,
                loss=self.loss,
                precision=self.precision,
                seed=self.seed,
                task=self.task,
                instances=InstanceConfig(
                    self.norm, self.init, self.channels, detections=self.detections, accumulate=self.accumulate
                ),
            )
        except ValueError as error:
            raise InputError(str(error)) from error

    def __call__(self) -> int:
        from dentalx.cli.train import train

        return train(self)


@dataclass(frozen=True)
class Predict:
    """Segment a picture or a folder of pictures with a trained run."""

    input: Path
    """a picture, or a folder of pictures"""
    output: Path
    """folder for masks/, overlays/ and predictions.csv, of objects one by one also labels/, objects.csv and
    instances.json; nothing is written elsewhere"""
    run: Path | None = None
    """run folder (default: the newest finished run in runs/)"""
    enhance: tuple[str, ...] = ()
    """another recipe than the run's, none among them; masks and overlays stay on the pictures as they are"""
    opacity: float = 0.35
    """of the colours in the overlays, 0 to 1"""
    score: float | None = None
    """of runs of --task instance: weaker objects are left out (default: the score chosen on validation)"""
    consistent_numbers: bool = False
    """of --task instance: one tooth of each number, in the order of the arch; numbering.csv says what changed"""
    precision: Precision = "float32"
    """arithmetic of the network"""

    def __call__(self) -> int:
        from dentalx.cli.predict import predict

        return predict(self)


@dataclass(frozen=True)
class Phantoms:
    """Draw synthetic panoramic radiographs with exact truth."""

    output: Path
    """folder to write"""
    count: int = 20
    """how many"""
    size: tuple[int, int] = (512, 1024)
    """height and width"""
    seed: int = 0
    """same seed, same phantoms"""
    format: Literal["folders", "coco"] = "folders"
    """images and mask folders, or images and annotations.json with one object a tooth"""
    classes: tuple[str, ...] = ("teeth", "mandible")
    """which masks to write (folders)"""

    def __call__(self) -> int:
        from dentalx.cli.phantoms import phantoms

        return phantoms(self)


@dataclass(frozen=True)
class Export:
    """Write the SavedModel of a run."""

    run: Path | None = None
    """run folder (default: the newest finished run in runs/)"""
    output: Path | None = None
    """folder to write (default: RUN/saved_model)"""

    def __call__(self) -> int:
        from dentalx.cli.export import export

        return export(self)


@dataclass(frozen=True)
class Ensemble:
    """Make several finished runs one, which predict, evaluate and export take like any other."""

    output: Path
    """folder to write, new or empty"""
    members: Positional[tuple[Path, ...]] = ()
    """run folders, of the same classes and data"""

    def __call__(self) -> int:
        from dentalx.cli.export import ensemble

        return ensemble(self)


def entries(class_map: Path | None) -> tuple[str, ...]:
    """A class map's file as the configuration keeps it, so that a run does not depend on the file.

    Raises:
        InputError: it is no class map.
    """
    from dentalx.datasets.mask_codes import read_class_map

    return read_class_map(class_map).entries() if class_map else ()
