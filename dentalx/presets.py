"""Whole recipes by one name, `train.py --preset NAME`: values of flags, which flags that are given override."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A recipe.

    Attributes:
        about: what it is, a sentence for the terminal and for config.json.
        values: fields of the command `train` and what stands in them where no flag does.
        planned: fields that are chosen by the data and the machine, where no flag says them.
    """

    about: str
    values: Mapping[str, Any]
    planned: tuple[str, ...] = ()


_VGG16 = {
    "model": "unet",
    "backbone": "vgg16",
    "image_size": (256, 256),
    "loss": "bce_dice",
    "optimizer": "adam",
    "learning_rate": 1e-4,
    "batch_size": 8,
}
_MANDIBLE = {
    "backbone": "resnet34",
    "classes": ("mandible",),
    "image_size": (384, 896),
    "loss": "dice",
    "optimizer": "rmsprop",
    "learning_rate": 1e-5,
    "schedule": "constant",
    "batch_size": 1,
}
_TUFTS = {
    "model": "unet",
    "backbone": "resnet34",
    "image_size": (256, 512),
    "optimizer": "adam",
    "schedule": "plateau",
    "patience": 20,
    "epochs": 200,
}

PRESETS: Mapping[str, Preset] = {
    "best": Preset(
        "our own: a U-Net on ResNet34, AdamW with cosine decay, configured from the data and the machine",
        {"model": "unet", "backbone": "resnet34", "optimizer": "adamw", "schedule": "cosine", "learning_rate": 1e-3},
        planned=("image_size", "batch_size", "epochs", "precision"),
    ),
    "vgg16-binary": Preset(
        "U-Net on VGG16 for one class at 256 × 256: BCE + Dice, Adam 1e-4, up to 50 epochs, early stop after 10",
        {**_VGG16, "epochs": 50, "patience": 10, "schedule": "constant"},
    ),
    "vgg16-8epochs": Preset(
        "U-Net on VGG16 for one class at 256 × 256: BCE + Dice, Adam 1e-4, 8 epochs",
        {**_VGG16, "epochs": 8, "schedule": "constant"},
    ),
    "mandible-unet": Preset(
        "the mandible by a U-Net on ResNet34 at 384 × 896: Dice, RMSprop 1e-5, batch 1",
        {**_MANDIBLE, "model": "unet"},
    ),
    "mandible-unetplusplus": Preset(
        "the mandible by a U-Net++ on ResNet34 at 384 × 896: Dice, RMSprop 1e-5, batch 1",
        {**_MANDIBLE, "model": "unet++"},
    ),
    "mandible-fpn": Preset(
        "the mandible by an FPN on ResNet34 at 384 × 896: Dice, RMSprop 1e-5, batch 1",
        {**_MANDIBLE, "model": "fpn"},
    ),
    "teeth-unet": Preset(
        "teeth by a plain U-Net of 64 to 512 filters from scratch at 160 × 240: BCE, Adam 1e-4, batch 16",
        {
            "model": "unet",
            "backbone": "plain",
            "encoder_weights": "none",
            "image_size": (160, 240),
            "loss": "bce",
            "optimizer": "adam",
            "learning_rate": 1e-4,
            "schedule": "constant",
            "batch_size": 16,
        },
    ),
    "tufts-resnet34-a": Preset(
        "U-Net on ResNet34 at 256 × 512: batch 32, Adam 1e-3, rate × 0.5 after 5 epochs, early stop after 20",
        {**_TUFTS, "batch_size": 32, "learning_rate": 1e-3, "plateau_factor": 0.5, "plateau_patience": 5},
    ),
    "tufts-resnet34-b": Preset(
        "U-Net on ResNet34 at 256 × 512: batch 64, Adam 5e-4, rate × 0.2 after 10 epochs, early stop after 20",
        {**_TUFTS, "batch_size": 64, "learning_rate": 5e-4, "plateau_factor": 0.2, "plateau_patience": 10},
    ),
    "maskrcnn-resnet50": Preset(
        "Mask R-CNN on ResNet50: Adam 1e-3, batch 2, up to 50 epochs, early stop after 5, rate × 0.1 after 3",
        {
            "task": "instance",
            "backbone": "resnet50",
            "optimizer": "adam",
            "learning_rate": 1e-3,
            "batch_size": 2,
            "epochs": 50,
            "patience": 5,
            "schedule": "plateau",
            "plateau_factor": 0.1,
            "plateau_patience": 3,
        },
    ),
}
