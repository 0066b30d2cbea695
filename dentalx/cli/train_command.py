"""The command `train`, as `dentalx.cli.commands` has the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import tyro

from dentalx.balance import BalanceConfig
from dentalx.cli.data_flags import DataFlags
from dentalx.config import (
    Architecture,
    AugmentConfig,
    DataConfig,
    GreyRule,
    InstanceConfig,
    ModelConfig,
    Optimizer,
    PhantomVariety,
    Precision,
    TrainConfig,
)
from dentalx.errors import InputError
from dentalx.presets import PRESETS, Preset
from dentalx.recipe import parse

_TRAIN = TrainConfig()
_DATA = DataConfig()
_MODEL = ModelConfig()
_ARCHITECTURE: dict[str, Architecture] = {"semantic": _MODEL.architecture, "instance": "mask_rcnn"}
PresetName = Literal[
    "none",
    "best",
    "vgg16-binary",
    "vgg16-8epochs",
    "mandible-unet",
    "mandible-unetplusplus",
    "mandible-fpn",
    "teeth-unet",
    "tufts-resnet34-a",
    "tufts-resnet34-b",
    "maskrcnn-resnet50",
]
_BACKBONE = {"semantic": _MODEL.backbone, "instance": "resnet18"}


@dataclass(frozen=True, kw_only=True)
class Train(DataFlags):
    """Train a segmentation model; without data, on phantoms drawn on the spot. Writes a run folder."""

    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    synonyms: ClassVar[Mapping[str, str]] = {
        "--path-to-images": "--images",
        "--path-to-masks": "--masks",
        "--model=unetplusplus": "--model=unet++",
    }

    phantoms: int = _DATA.phantoms
    """how many phantoms to draw when no data are given"""
    phantom_variety: PhantomVariety = _DATA.phantom_variety
    """how much phantoms differ: one device, devices in use, or more than any clinic shows"""
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
    salt: Path | None = None
    """file with the salt of the codes that stand for DICOM's patient ids (default: the user's own, made once)"""
    grey: GreyRule = _DATA.grey
    """DICOM's values to grey: voi (the file's own window), percentile (0.5 to 99.5) or full (lowest to highest)"""
    colour: bool = _DATA.colour
    """of --task instance: keep the colours of photographs; DICOM and grey files become three equal channels"""
    overlapping: bool = _DATA.overlapping
    """a pixel may be of several classes, as caries on a tooth is both: a sigmoid a class (multi-label), masks/CLASS/"""
    preset: PresetName = "none"
    """a whole recipe, whose values stand where no flag does; docs/recipes.md says what each is"""
    planned: tyro.conf.Suppress[tuple[str, ...]] = ()
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
    recompute: bool = False
    """of --task instance: compute the trunk's activations again in the backward pass: less memory, slower steps"""
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
    accumulate: int = _TRAIN.accumulate
    """steps whose gradients make one change of the weights: large batches in little memory"""
    xla: bool = _TRAIN.xla
    """have the training step compiled by XLA, which takes minutes before the first one; does not pay on a CPU"""
    optimizer: Optimizer = _TRAIN.optimizer
    """optimiser; sgd has momentum 0.9"""
    learning_rate: float = _TRAIN.learning_rate
    """highest learning rate"""
    weight_decay: float = _TRAIN.weight_decay
    """of adamw and sgd"""
    schedule: Literal["cosine", "plateau", "constant"] = _TRAIN.schedule
    """how the learning rate falls"""
    plateau_factor: float = _TRAIN.plateau_factor
    """of --schedule plateau: what the rate is multiplied by"""
    plateau_patience: int = _TRAIN.plateau_patience
    """of --schedule plateau: after so many epochs without a lower validation loss"""
    patience: int = _TRAIN.patience
    """stop after so many epochs without a better validation Dice; 0: never early"""
    loss: str = _TRAIN.loss
    """sum of bce, dice, focal, tversky, generalised_dice, lovasz, boundary, each with a weight or not: 0.5*focal+dice;
    a weight A:B moves from A in the first epoch to B in the last: dice+0:0.01*boundary"""
    class_weights: tuple[str, ...] = _TRAIN.balance.class_weights
    """of pixels in bce and focal: auto (by how rare their class is in training), none, or NAME=W of some classes"""
    crop: tuple[int, int] | None = None
    """height and width of the parts of letterboxed pictures that are trained on (default: whole pictures)"""
    foreground_crops: float = _TRAIN.balance.foreground_crops
    """share of the parts that lie around a pixel of a class, rare classes more often"""
    augment: bool = True
    """random flips, rotations, brightness and small affine changes of training pictures"""
    enhance: tuple[str, ...] = ()
    """steps for every picture before the network sees it, e.g. tails=0.5,99.5 clahe=2, or a recipe: clean, contrast,
    denoise; kept with the run (default: none)"""
    precision: Precision = _TRAIN.precision
    """arithmetic of the network"""
    seed: int = _TRAIN.seed
    """of split, weights, order and augmentation"""
    devices: str = "auto"
    """auto: every GPU, or the CPU; cpu, gpu:N, or cpu:N, the processor as N devices, to try out what several do; of
    several processes (TF_CONFIG or Slurm; docs/scale.md) each its own"""
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
                data=self.data_config(
                    phantoms=self.phantoms,
                    phantom_variety=self.phantom_variety,
                    fractions=self.fractions,
                    folds=self.folds,
                    fold=self.fold,
                    allow_leaks=self.allow_leaks,
                    seed=self.seed,
                    splits=self.splits,
                    salt=self.salt,
                    grey=self.grey,
                    colour=self.colour,
                    overlapping=self.overlapping,
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
                accumulate=self.accumulate,
                xla=self.xla,
                optimizer=self.optimizer,
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                schedule=self.schedule,
                plateau_factor=self.plateau_factor,
                plateau_patience=self.plateau_patience,
                patience=self.patience,
                loss=self.loss,
                balance=BalanceConfig(self.class_weights, self.crop, self.foreground_crops),
                precision=self.precision,
                seed=self.seed,
                preset=self.preset,
                planned=self.planned,
                task=self.task,
                instances=InstanceConfig(
                    self.norm,
                    self.init,
                    self.channels,
                    detections=self.detections,
                    recompute=self.recompute,
                ),
            )
        except ValueError as error:
            raise InputError(str(error)) from error

    def __call__(self) -> int:
        from dentalx.cli.train import train

        return train(self)
