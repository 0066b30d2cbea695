"""Everything that can be asked for, as frozen data: judged at birth, JSON there and back (`dentalx.jsonable`)."""

import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dentalx.balance import EVEN, BalanceConfig
from dentalx.jsonable import from_json as from_json
from dentalx.jsonable import to_json as to_json
from dentalx.loss_terms import loss_terms, moving
from dentalx.recipe import OFF, EnhanceConfig

Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
GreyRule = Literal["voi", "percentile", "full"]
PhantomVariety = Literal["standard", "realistic", "wide"]
MaskEncoding = Literal["auto", "binary", "index", "palette", "colour", "alpha", "picture-times-mask"]
Optimizer = Literal["adam", "adamw", "rmsprop", "sgd"]
ToothNumbers = Literal["auto", "fdi", "universal", "palmer"]
Boxes = Literal["draw", "leave-out"]

Architecture = Literal["unet", "unet++", "attention_unet", "fpn", "linknet", "pspnet", "mask_rcnn"]

# All that segmentation_models offers, without the three DenseNets: their layers' names hold slashes, which Keras 3
# refuses.
BACKBONES = (
    *("vgg16", "vgg19"),
    *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152)),
    *(f"seresnet{depth}" for depth in (18, 34, 50, 101, 152)),
    *("resnext50", "resnext101", "seresnext50", "seresnext101", "senet154"),
    *("inceptionv3", "inceptionresnetv2", "mobilenet", "mobilenetv2"),
    *(f"efficientnetb{size}" for size in range(8)),
)
PLAIN = "plain"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True)
class DataConfig:
    """Which pictures, which classes, how they are split.

    Attributes:
        data: a folder that holds images and masks; None together with `images` means phantoms.
        images, masks: the two folders of a paired data set.
        classes: names of the K classes; what they select depends on the source.
        phantoms: how many phantoms are drawn when there is no data.
        phantom_variety: how far they differ, a name out of `dentalx.phantom.PRESETS`.
        fractions: shares of training, validation and test; they sum to 1.
        seed: of the split and of the phantoms.
        patient_pattern: regular expression whose first group, in a file's stem, names the patient.
        splits: a splits.csv to follow instead of drawing one.
        folds, fold: the `fold`th, from 1, of so many ways to hold patients out; 0 folds: one split by `fractions`.
        allow_leaks: whether splits may have patients or radiographs in common.
        salt: a file with the salt of the patients' codes; None means the user's own.
        grey: what spreads DICOM's stored values over black to white; see `dentalx.datasets.dicom_grey.render`.
        colour: pictures are photographs, whose colours are kept; objects one by one alone.
        overlapping: a pixel may be of several classes; else the class named last is on top.
        mask_encoding: how mask files write classes: "auto" or a value of `dentalx.datasets.mask_codes.Encoding`.
        class_map: which level or colour of a mask is which class, "NAME=7" or "NAME=#RRGGBB" each.
        part: which masks, where a data set has several of each picture.
        layout: format of `data`, a name out of `dentalx.datasets.readers.NAMES`.
        aliases: other names for classes of annotated data, "OLD=NEW" each; several OLD for one NEW merge them.
        tooth_numbers: what numbers as class names are: "auto", "fdi", "universal" or "palmer".
        boxes: whether objects of annotated data whose outline is a plain rectangle, as a box is, are drawn or left out.
    """

    data: Path | None = None
    images: Path | None = None
    masks: Path | None = None
    classes: tuple[str, ...] = ()
    phantoms: int = 160
    phantom_variety: PhantomVariety = "standard"
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    seed: int = 0
    patient_pattern: str | None = None
    splits: Path | None = None
    folds: int = 0
    fold: int = 1
    allow_leaks: bool = False
    layout: str = "auto"
    mask_encoding: MaskEncoding = "auto"
    class_map: tuple[str, ...] = ()
    part: str | None = None
    aliases: tuple[str, ...] = ()
    tooth_numbers: ToothNumbers = "auto"
    boxes: Boxes = "draw"
    salt: Path | None = None
    grey: GreyRule = "voi"
    colour: bool = False
    overlapping: bool = False

    def __post_init__(self) -> None:
        _require(abs(sum(self.fractions) - 1) < 1e-6, f"fractions must sum to 1, got {self.fractions}")
        _require(min(self.fractions) >= 0, f"fractions must not be negative, got {self.fractions}")
        _require(0 <= self.seed < 2**32, f"seed must lie in 0…{2**32 - 1}, got {self.seed}")
        _require(len(set(self.classes)) == len(self.classes), f"classes must differ, got {', '.join(self.classes)}")
        _require(self.grey in typing.get_args(GreyRule), f"grey must be voi, percentile or full, got {self.grey}")
        _require(self.phantoms >= 3, f"phantoms must be at least 3 (train, val, test), got {self.phantoms}")
        varieties = typing.get_args(PhantomVariety)
        known = typing.get_args(MaskEncoding)
        _require(
            self.phantom_variety in varieties,
            f"phantom_variety must be {', '.join(varieties)}, got {self.phantom_variety}",
        )
        _require(self.mask_encoding in known, f"mask_encoding must be {', '.join(known)}, got {self.mask_encoding}")
        _require(self.folds == 0 or self.folds >= 2, f"folds must be 0 or at least 2, got {self.folds}")
        most = self.folds or 1
        _require(1 <= self.fold <= most, f"fold must lie in 1…{most} (the number of folds), got {self.fold}")
        _require(not (self.folds and self.splits), "folds and splits were both given; give one of them")
        _require(not (self.folds and self.allow_leaks), "folds leave no leaks to allow; leave allow_leaks out")
        for alias in self.aliases:
            _require(all(alias.partition("=")), f"an alias must be OLD=NEW, got {alias!r}")
        _require(self.boxes in typing.get_args(Boxes), f"boxes must be draw or leave-out, got {self.boxes!r}")
        systems = typing.get_args(ToothNumbers)
        _require(
            self.tooth_numbers in systems,
            f"tooth_numbers must be {', '.join(systems)}, got {self.tooth_numbers!r}",
        )


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to training pictures, at the network's size; the VGG16 lineage's published recipe.

    Each `*_p` is the probability that the change is made.
    """

    flip_p: float = 0.7
    rotate_p: float = 0.7
    rotate_degrees: float = 5.0
    brightness_p: float = 0.3
    brightness: float = 0.1
    contrast: float = 0.1
    affine_p: float = 0.5
    shift: float = 0.1
    scale: float = 0.1
    affine_degrees: float = 10.0

    def __post_init__(self) -> None:
        for name in ("flip_p", "rotate_p", "brightness_p", "affine_p"):
            _require(0 <= getattr(self, name) <= 1, f"{name} must lie in [0, 1], got {getattr(self, name)}")
        for name in ("brightness", "contrast", "shift", "scale"):
            _require(0 <= getattr(self, name) < 1, f"{name} must lie in [0, 1), got {getattr(self, name)}")
        for name in ("rotate_degrees", "affine_degrees"):
            _require(0 <= getattr(self, name) <= 180, f"{name} must lie in 0…180, got {getattr(self, name)}")


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Attributes:
        architecture: "mask_rcnn" finds objects one by one; the others give every pixel a class.
        backbone: one of `BACKBONES`, or `PLAIN`, the U-Net whose encoder has no name; of a Mask R-CNN, one of
            `dentalx.models.maskrcnn.build.BACKBONES`.
        encoder_weights: "auto", "imagenet", "none", a weights file, or another run's folder.
        image_size: (height, width) in pixels that every picture is letterboxed to.
    """

    architecture: Architecture = "unet"
    backbone: str = "vgg16"
    encoder_weights: str = "auto"
    image_size: tuple[int, int] = (256, 512)

    def __post_init__(self) -> None:
        known = typing.get_args(Architecture)
        _require(self.architecture in known, f"model must be one of {', '.join(known)}, got {self.architecture}")
        names = (*BACKBONES, PLAIN)
        _require(self.backbone in names, f"backbone must be one of {', '.join(names)}, got {self.backbone}")
        _require(
            self.backbone != PLAIN or self.architecture == "unet",
            f"backbone {PLAIN} is for the model unet, got {self.architecture}",
        )
        h, w = self.image_size
        _require(min(h, w) >= 32 and max(h, w) <= 8192, f"image_size sides must lie in 32…8192, got {h}×{w}")


@dataclass(frozen=True)
class InstanceConfig:
    """What a network that finds objects one by one adds.

    Attributes:
        norm: of the backbone: "group" from scratch, "batch", or "frozen" with trained weights; "auto" takes the last
            where there are torchvision's weights, else the first.
        init: weights to start from, "torchvision:FILE" or the folder of a run; None starts from random ones.
        channels: of the feature pyramid.
        hidden: of the box head's layers.
        proposals: a picture, after suppression; of each level four times as many anchors are looked at.
        regions: a picture and step that the heads learn from.
        detections: most a picture.
        recompute: the trunk's activations are computed again in the backward pass, not kept.
    """

    norm: Literal["auto", "frozen", "batch", "group"] = "auto"
    init: str | None = None
    channels: int = 128
    hidden: int = 512
    proposals: int = 300
    regions: int = 128
    detections: int = 100
    recompute: bool = False

    def __post_init__(self) -> None:
        known = ("auto", "frozen", "batch", "group")
        _require(self.norm in known, f"norm must be {', '.join(known)}, got {self.norm!r}")
        least = {"channels": 8, "hidden": 8, "proposals": 8, "regions": 8, "detections": 1}
        for name, value in least.items():
            _require(getattr(self, name) >= value, f"{name} must be at least {value}, got {getattr(self, name)}")
        _require(self.init not in ("", "torchvision:"), f"init must be torchvision:FILE or a run, got {self.init!r}")


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    Attributes:
        task: "semantic", masks of classes, or "instance", objects one by one.
        instances: for the second task alone.
        epochs: the most epochs.
        accumulate: steps whose gradients make one change of the weights.
        xla: the training step is compiled by XLA.
        patience: epochs without a better validation Dice before stopping early; 0 never stops early.
        schedule: "cosine" (to zero over all steps, after a short warm-up), "plateau" (×`plateau_factor`
            after `plateau_patience` epochs without a better validation loss) or "constant".
        loss: a sum as `dentalx.loss_terms` reads it.
        balance: what is done for rare classes.
        enhance: what is done to a picture before the network sees it, in training and ever after.
        preset: name of the recipe that gave the values.
        planned: settings still to be chosen by the data and the machine; none once a run has begun.
        reasons: why those that were chosen so are what they are, a sentence each.
    """

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    augment: AugmentConfig = AugmentConfig()
    enhance: EnhanceConfig = OFF
    epochs: int = 40
    batch_size: int = 4
    accumulate: int = 1
    xla: bool = False
    optimizer: Optimizer = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    plateau_factor: float = 0.5
    plateau_patience: int = 5
    patience: int = 0
    loss: str = "bce_dice"
    balance: BalanceConfig = EVEN
    precision: Precision = "float32"
    seed: int = 0
    preset: str = "none"
    planned: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    task: Literal["semantic", "instance"] = "semantic"
    instances: InstanceConfig = InstanceConfig()

    def __post_init__(self) -> None:
        _require(self.task in ("semantic", "instance"), f"task must be semantic or instance, got {self.task!r}")
        _require(
            not self.data.colour or self.task == "instance",
            "colour is for task instance; masks of classes are learnt from grey",
        )
        _require(not (self.data.colour and self.enhance), "enhance is for grey pictures; leave it or colour out")
        _require(
            not self.data.overlapping or self.task == "semantic",
            "overlapping is for task semantic; objects one by one may overlap anyway",
        )
        drawn = self.data.data is None and self.data.images is None
        _require(not (self.data.colour and drawn), "colour needs data; phantoms are grey")
        _require(
            (self.task == "instance") == (self.model.architecture == "mask_rcnn"),
            f"task {self.task} cannot have the architecture {self.model.architecture}",
        )
        for name in ("epochs", "batch_size", "accumulate"):
            _require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        _require(self.learning_rate > 0, f"learning_rate must be positive, got {self.learning_rate}")
        _require(self.weight_decay >= 0, f"weight_decay must not be negative, got {self.weight_decay}")
        _require(0 <= self.seed < 2**32, f"seed must lie in 0…{2**32 - 1}, got {self.seed}")
        _require(self.patience >= 0, f"patience must not be negative, got {self.patience}")
        _require(
            self.schedule != "plateau" or not moving(self.loss),
            f"schedule plateau watches the validation loss, which the moving weights of {self.loss} change; use cosine",
        )
        size = None if "image_size" in self.planned else self.model.image_size
        self.balance.check(self.task, size, [*loss_terms(self.loss)])
