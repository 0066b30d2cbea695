"""Random changes to training pictures; the one importer of Albumentations."""

import os
import threading
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.config import AugmentConfig
from dentalx.labelling import relabelled
from dentalx.samples import UNLABELLED, Mask

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # or the import asks the network for a newer version
import albumentations as A  # noqa: N812

_of_this_thread = threading.local()


def augment(
    image: NDArray[np.uint8],
    mask: Mask,
    config: AugmentConfig,
    rng_seed: int,
    flips: tuple[int, ...] | None = (),
) -> tuple[NDArray[np.uint8], Mask]:
    """Change a picture and its mask together, as `config` allows and `rng_seed` decides.

    The same arguments give the same bytes in every thread and whatever was augmented before. What comes in
    from outside the frame is black in the picture and unlabelled in the mask.

    Args:
        image: (H, W) uint8.
        mask: (H, W) uint8 or int32 of classes.
        config: what may happen.
        rng_seed: 0…2³²-1.
        flips: what each class becomes when the picture is flipped, `mirrored` of `sides.mirrored_labels`; () where no
            class has a side; None never flips.

    Returns:
        the two, of the same size; the mask has no values but its own, their mirrored ones, and 255.
    """
    if flips is None or any(across != label for label, across in enumerate(flips)):
        if flips is not None and np.random.default_rng((rng_seed, 1)).random() < config.flip_p:
            image, mask = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(relabelled(mask, flips)[:, ::-1])
        config = replace(config, flip_p=0.0)
    recipe = _recipe(config)
    recipe.set_random_seed(rng_seed)
    changed = recipe(image=image, mask=mask)
    return changed["image"], changed["mask"]


def augment_together(
    image: NDArray[np.uint8], masks: NDArray[np.uint8], config: AugmentConfig, rng_seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Change a picture and the masks of its objects together, as `augment` does; what comes in from outside is empty.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        masks: (N, H, W) uint8, 0 or 1; N may be 0.
        config: what may happen.
        rng_seed: 0…2³²-1.

    Returns:
        the two, of the same shapes.
    """
    recipe = _recipe(config)
    recipe.set_random_seed(rng_seed)
    if not len(masks):
        return recipe(image=image)["image"], masks
    changed = recipe(image=image, masks=masks)
    return changed["image"], (changed["masks"] == 1).astype(np.uint8)


def _recipe(config: AugmentConfig) -> Any:
    """This thread's own Compose: one that threads share is not reproducible."""
    kept: dict[AugmentConfig, Any] = _of_this_thread.__dict__.setdefault("recipes", {})
    if config not in kept:
        kept[config] = _compose(config)
    return kept[config]


def _compose(config: AugmentConfig) -> Any:
    outside = {
        "border_mode": cv2.BORDER_CONSTANT,
        "fill": 0,
        "fill_mask": UNLABELLED,
        "mask_interpolation": cv2.INTER_NEAREST,
    }
    return A.Compose(
        [
            A.HorizontalFlip(p=config.flip_p),
            A.Rotate(limit=config.rotate_degrees, p=config.rotate_p, **outside),
            A.RandomBrightnessContrast(
                brightness_limit=config.brightness, contrast_limit=config.contrast, p=config.brightness_p
            ),
            A.Affine(
                translate_percent=(-config.shift, config.shift),
                scale=(1 - config.scale, 1 + config.scale),
                keep_ratio=True,
                rotate=(-config.affine_degrees, config.affine_degrees),
                p=config.affine_p,
                **outside,
            ),
        ]
    )


def augment_seed(seed: int, epoch: int, index: int) -> int:
    """The seed of one picture in one epoch, 0…2³²-1: a hash, so that neighbours have nothing in common."""
    return int(np.random.SeedSequence((seed, epoch, index)).generate_state(1)[0])
