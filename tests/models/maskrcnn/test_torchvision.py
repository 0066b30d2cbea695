"""torchvision's names and axes: a state dict made of a model's own weights comes back to the same detections."""

import numpy as np
import pytest

from dentalx.errors import InputError
from dentalx.models.maskrcnn import (
    Anchors,
    MaskRCNN,
    ProposalSettings,
    RegionSettings,
    TrunkSettings,
    build_mask_rcnn,
)
from dentalx.models.maskrcnn.torchvision import load_tensors, named_layers


def small(classes: int = 2) -> MaskRCNN:
    settings = ProposalSettings(before=(50, 50), after=(20, 20)), RegionSettings(drawn=8, detections=5, least_score=0.0)
    return build_mask_rcnn(classes, TrunkSettings((64, 64), 3, "resnet18", "frozen", 16, 32), Anchors(), settings)


def as_torchvision_has_them(model: MaskRCNN) -> dict[str, np.ndarray]:
    """The inverse of what is tested, written once more from torchvision's side."""
    state = {}
    for name, layer in named_layers(model):
        parts = (
            ("weight", "bias", "running_mean", "running_var")
            if ".bn" in name or "downsample.1" in name
            else ("weight", "bias")
        )
        for part, value in zip(parts, layer.get_weights(), strict=False):
            turned = value
            if value.ndim == 4:
                turned = np.transpose(value, (3, 2, 0, 1))
            elif value.ndim == 2:
                turned = value.T
            if name.endswith("fc6") and part == "weight":
                turned = turned.reshape(len(turned), 7, 7, -1).transpose(0, 3, 1, 2).reshape(len(turned), -1)
            if name.endswith("bbox_pred"):
                turned = turned.reshape(-1, 4, *turned.shape[1:])[:, [1, 0, 3, 2]].reshape(turned.shape)
            state[f"{name}.{part}"] = turned
    return state


def test_the_same_detections() -> None:
    giver, taker = small(), small()
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    transfer = load_tensors(taker, as_torchvision_has_them(giver) | {"extra.weight": np.zeros(3)})
    assert not transfer.missing and not transfer.unfitting and transfer.unused == ("extra.weight",)
    mine, theirs = giver.detect(picture), taker.detect(picture)
    for name in mine:
        assert np.allclose(mine[name], theirs[name], atol=1e-6), name


def test_other_classes_keep_their_random_heads_and_are_listed() -> None:
    transfer = load_tensors(small(5), as_torchvision_has_them(small(2)))
    assert {name.rsplit(".", 1)[1] for name in transfer.unfitting} == {"cls_score", "bbox_pred", "mask_fcn_logits"}


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(InputError, match=r"not of torchvision's Mask R-CNN.*but encoder.weight"):
        load_tensors(small(), {"encoder.weight": np.zeros(3)})
