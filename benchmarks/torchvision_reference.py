"""A torchvision Mask R-CNN of random weights: its state dict, a picture and its detections. Needs PyTorch, not dentalx.

    python torchvision_reference.py FOLDER    writes weights.pth, picture.png and reference.npz

Batch statistics are measured on the picture and class scores spread, so that an untrained network detects something.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn

HEIGHT, WIDTH, CLASSES = 256, 320, 5


def main(folder: Path) -> None:
    """Write the three files."""
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT // 16, WIDTH // 16, 3), dtype=np.uint8)
    picture = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "picture.png"), picture[..., ::-1])
    image = torch.from_numpy(picture.transpose(2, 0, 1).astype(np.float32) / 255)
    model = maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=CLASSES, min_size=HEIGHT, max_size=WIDTH
    )
    settle(model, image)
    model.eval()
    with torch.no_grad():
        found = model([image])[0]
        raw = raw_masks(model, image)
    torch.save(model.state_dict(), folder / "weights.pth")
    np.savez(folder / "reference.npz", raw=raw, **{name: value.numpy() for name, value in found.items()})
    print(f"{len(found['boxes'])} detections, best score {float(found['scores'].max()):.3f}")


def settle(model: torch.nn.Module, image: torch.Tensor) -> None:
    """Give an untrained network statistics that fit the picture, and opinions."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
            layer.reset_running_stats()
    for name, layer in model.named_modules():
        if name.endswith("bn3"):
            torch.nn.init.constant_(layer.weight, 0.2)  # the sums of sixteen blocks stay in range
    model.train()
    with torch.no_grad():
        model.backbone(model.transform([image])[0].tensors)
        model.roi_heads.box_predictor.cls_score.weight.mul_(8)
        model.roi_heads.box_predictor.bbox_pred.weight.mul_(2)


def raw_masks(model: torch.nn.Module, image: torch.Tensor) -> np.ndarray:
    """(N, 28, 28) masks inside their boxes, before they are pasted."""
    images, _ = model.transform([image])
    features = model.backbone(images.tensors)
    proposals, _ = model.rpn(images, features)
    found, _ = model.roi_heads(features, proposals, images.image_sizes)
    return np.asarray(found[0]["masks"][:, 0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
