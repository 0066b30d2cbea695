"""A torchvision Mask R-CNN trained for so many processor minutes, as `torchvision_budget.py` says. Needs PyTorch alone.

    python torchvision_training.py FOLDER MINUTES         trains; after each epoch weights-EE.pth and val-EE.npz
    python torchvision_training.py FOLDER EPOCH PART      detections of the part (val, test) with that epoch's weights

FOLDER holds settings.json, train/EE-SSSS.npz (batches), val.npz and test.npz, from `torchvision_budget.py`.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _rate import rate
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

CLIP_NORM = 1.0


def build(settings: dict[str, Any]) -> MaskRCNN:
    """torchvision's network: its own pyramid and heads; backbone, anchors and numbers of regions as in ours."""
    norm = partial(torch.nn.GroupNorm, 32)
    backbone = resnet_fpn_backbone(
        backbone_name=settings["backbone"], weights=None, norm_layer=norm, trainable_layers=5
    )
    anchors = settings["anchors"]
    sizes = tuple(tuple(size * scale for scale in anchors["scales"]) for size in anchors["sizes"])
    before, after = 4 * settings["proposals"], settings["proposals"]
    return MaskRCNN(
        backbone,
        num_classes=settings["classes"] + 1,
        min_size=min(settings["size"]),
        max_size=max(settings["size"]),
        rpn_anchor_generator=AnchorGenerator(sizes, (tuple(anchors["ratios"]),) * len(sizes)),
        rpn_pre_nms_top_n_train=before,
        rpn_pre_nms_top_n_test=before,
        rpn_post_nms_top_n_train=after,
        rpn_post_nms_top_n_test=after,
        box_batch_size_per_image=settings["regions"],
        box_detections_per_img=settings["detections"],
    )


def pictures(path: Path) -> list[torch.Tensor]:
    """(3, H, W) in [0, 1], all of a file."""
    return [picture(grey) for grey in np.load(path)["image"]]


def picture(grey: np.ndarray) -> torch.Tensor:
    """Grey given to the three channels alike."""
    return torch.from_numpy(grey.astype(np.float32) / 255).expand(3, -1, -1).contiguous()


def batch(path: Path) -> tuple[list[torch.Tensor], list[dict[str, torch.Tensor]]]:
    """Pictures and targets of a file of `torchvision_budget.write_batch`."""
    file = np.load(path)
    images, rows = file["image"], file["picture"]
    masks = np.unpackbits(file["masks"], axis=2, count=images.shape[2])
    targets = []
    for index in range(len(images)):
        mine = rows == index
        boxes = torch.from_numpy(file["boxes"][mine][:, [1, 0, 3, 2]].reshape(-1, 4))
        labels = torch.from_numpy(file["labels"][mine]).long()
        targets.append({"boxes": boxes, "labels": labels, "masks": torch.from_numpy(masks[mine])})
    return [picture(grey) for grey in images], targets


def detect(model: MaskRCNN, images: list[torch.Tensor], path: Path, half: bool) -> None:
    """Write boxes, labels, scores and masks inside their boxes, before they are pasted."""
    model.eval()
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("picture", "boxes", "labels", "scores", "masks")}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        for index, image in enumerate(images):
            seen, _ = model.transform([image])
            features = model.backbone(seen.tensors)
            proposals, _ = model.rpn(seen, features)
            one = {
                name: value.float().numpy()
                for name, value in model.roi_heads(features, proposals, seen.image_sizes)[0][0].items()
            }
            found["picture"].append(np.full(len(one["scores"]), index))
            found["boxes"].append(one["boxes"][:, [1, 0, 3, 2]])
            found["masks"].append(one["masks"][:, 0].astype(np.float16))
            for name in ("labels", "scores"):
                found[name].append(one[name])
    np.savez(path, **{name: np.concatenate(parts) for name, parts in found.items()})


def optimiser_of(model: MaskRCNN, settings: dict[str, Any]) -> torch.optim.Optimizer:
    """AdamW; biases and normalisation do not decay."""
    known = [weight for weight in model.parameters() if weight.requires_grad]
    groups = [
        {"params": [w for w in known if w.ndim > 1], "weight_decay": settings["weight_decay"]},
        {"params": [w for w in known if w.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, settings["learning_rate"])


def train(folder: Path, minutes: float) -> None:
    """Epoch after epoch until the processor minutes are used."""
    settings = json.loads((folder / "settings.json").read_text())
    half = settings["bfloat16"]
    torch.manual_seed(0)
    model = build(settings)
    optimiser = optimiser_of(model, settings)
    files = sorted((folder / "train").glob("*.npz"))
    passes, validation = (
        [files[i : i + settings["steps"]] for i in range(0, len(files), settings["steps"])],
        pictures(folder / "val.npz"),
    )
    epoch, steps = 0, 0
    while time.process_time() < 60 * minutes:
        losses = []
        for path in passes[epoch % len(passes)]:
            losses.append(
                step(
                    model,
                    optimiser,
                    batch(path),
                    (half, rate(time.process_time() / 60 / minutes, settings["learning_rate"])),
                )
            )
            if time.process_time() >= 60 * minutes:
                break
        epoch, steps = epoch + 1, steps + len(losses)
        torch.save(model.state_dict(), folder / f"weights-{epoch:02d}.pth")
        detect(model, validation, folder / f"val-{epoch:02d}.npz", half)
        print(
            json.dumps(
                {"epoch": epoch, "steps": steps, "loss": float(np.mean(losses)), "minutes": time.process_time() / 60}
            ),
            flush=True,
        )


def step(model: MaskRCNN, optimiser: torch.optim.Optimizer, data: Any, how: tuple[bool, float]) -> float:
    """The loss of one change of the weights."""
    half, learning_rate = how
    for group in optimiser.param_groups:
        group["lr"] = learning_rate
    model.train()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        loss = sum(model(*data).values())
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
    optimiser.step()
    return float(loss.detach())


def again(folder: Path, epoch: int, part: str) -> None:
    """Detections in float32 with the weights of an epoch."""
    model = build(json.loads((folder / "settings.json").read_text()))
    model.load_state_dict(torch.load(folder / f"weights-{epoch:02d}.pth", weights_only=True))
    detect(model, pictures(folder / f"{part}.npz"), folder / f"found-{part}.npz", half=False)


if __name__ == "__main__":
    torch.set_num_threads(1)
    if len(sys.argv) == 3:
        train(Path(sys.argv[1]), float(sys.argv[2]))
    else:
        again(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
