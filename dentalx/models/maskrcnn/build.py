"""A Mask R-CNN put together from its parts."""

from dataclasses import dataclass

import keras

from dentalx.config import Precision
from dentalx.models.maskrcnn.anchors import STRIDES, Anchors
from dentalx.models.maskrcnn.heads import HIDDEN, box_head, mask_head, proposal_head
from dentalx.models.maskrcnn.network import MaskRCNN
from dentalx.models.maskrcnn.pyramid import CHANNELS, feature_pyramid
from dentalx.models.maskrcnn.resnet import DEPTHS, DEVIATION, MEAN, NORMS, Norm, resnet_stages
from dentalx.models.maskrcnn.settings import ProposalSettings, RegionSettings
from dentalx.models.maskrcnn.vgg import VGG16, vgg_stages

BACKBONES = (*DEPTHS, VGG16)


@dataclass(frozen=True)
class TrunkSettings:
    """Backbone and pyramid, and how wide the heads are.

    Attributes:
        image_size: (H, W) of the network's picture, multiples of 32.
        image_channels: 1 for grey, 3 for colour.
        backbone: one of `BACKBONES`; "vgg16" has no normalisation and takes grey pictures.
        norm: "frozen" for trained weights and small batches, "batch", or "group" from scratch.
        channels: of every pyramid level.
        hidden: of the box head's two layers.
    """

    image_size: tuple[int, int] = (512, 1024)
    image_channels: int = 1
    backbone: str = "resnet50"
    norm: Norm = "group"
    channels: int = CHANNELS
    hidden: int = HIDDEN

    def __post_init__(self) -> None:
        if any(side % 32 or side < 64 for side in self.image_size):
            raise ValueError(
                f"image_size must be multiples of 32 from 64 on, got {'×'.join(map(str, self.image_size))}"
            )
        if self.image_channels not in (1, 3):
            raise ValueError(f"image_channels must be 1 or 3, got {self.image_channels}")
        if self.backbone not in BACKBONES:
            raise ValueError(f"unknown backbone {self.backbone!r}; choose one of {', '.join(BACKBONES)}")
        if self.backbone == VGG16 and self.image_channels != 1:
            raise ValueError("vgg16 takes grey pictures, of one channel")
        if self.norm not in NORMS:
            raise ValueError(f"unknown norm {self.norm!r}; choose one of {', '.join(NORMS)}")


def build_mask_rcnn(
    classes: int,
    trunk: TrunkSettings,
    anchors: Anchors | None = None,
    settings: tuple[ProposalSettings, RegionSettings] | None = None,
    precision: Precision = "float32",
) -> MaskRCNN:
    """Build the network with random weights.

    Args:
        classes: K, without background.
        trunk: backbone, pyramid, widths.
        anchors: `fit_anchors` of the data, or the reference's.
        settings: of proposals and regions; the reference's where None.
        precision: of the computation; variables, logits and losses are float32 under each.
    """
    anchors = anchors or Anchors()
    settings = settings or (ProposalSettings(), RegionSettings())
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        heads = (
            proposal_head(trunk.channels, anchors.per_cell),
            box_head(trunk.channels, classes, settings[1].box_size, trunk.hidden),
            mask_head(trunk.channels, classes, settings[1].mask_size),
        )
        return MaskRCNN(build_trunk(trunk), heads, anchors, settings)
    finally:
        keras.config.set_dtype_policy(before)


def build_trunk(settings: TrunkSettings) -> keras.Model:
    """uint8 (B, H, W, C) to P2 … P6; grey is given to the three channels alike."""
    image = keras.Input((*settings.image_size, settings.image_channels), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1.0 if settings.backbone == VGG16 else 1 / 255, dtype="float32", name="unit")(image)
    if settings.image_channels == 1:
        x = keras.layers.Concatenate(name="channels", dtype="float32")([x, x, x])
    if settings.backbone == VGG16:
        stages = vgg_stages(x)
    else:
        variance = [deviation**2 for deviation in DEVIATION]
        x = keras.layers.Normalization(mean=MEAN, variance=variance, name="normalise", dtype="float32")(x)
        stages = resnet_stages(x, DEPTHS[settings.backbone], settings.norm)
    levels = feature_pyramid(stages, settings.channels)
    assert len(levels) == len(STRIDES)
    return keras.Model(image, levels, name="trunk")
