"""The other side of folds.py: segmentation_models_pytorch's U-Net on ResNet34 trained on one fold's batches.

    PYTHON_WITH_PEERS folds_peer.py FOLDER

Reads lessons.npz, val.npz, test.npz and wishes.json in FOLDER, writes val_found.npy and test_found.npy: probabilities
of the best epoch on the validation pictures. bfloat16 by autocast, channels-last.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import segmentation_models_pytorch as smp
import torch
from _rate import rate

CLIP_NORM = 1.0


def images_of(levels: Any) -> Any:
    """uint8 (B, H, W) or (B, H, W, 1) to standardised (B, 1, H, W)."""
    plane = torch.from_numpy(np.ascontiguousarray(levels)).float().reshape(len(levels), 1, *levels.shape[1:3]) / 255
    return ((plane - 0.449) / 0.226).contiguous(memory_format=torch.channels_last)


def bce_dice(logits: Any, mask: Any) -> Any:
    """Cross-entropy plus soft Dice of each picture's counted pixels, the mean over pictures."""
    known, target = (mask != 255).float(), (mask == 1).float()
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    entropy = (entropy * known).sum((1, 2)) / known.sum((1, 2)).clamp(min=1)
    probability = torch.sigmoid(logits) * known
    both, either = (probability * target).sum((1, 2)), probability.sum((1, 2)) + target.sum((1, 2))
    return (entropy + 1 - (2 * both + 1) / (either + 1)).mean()


def predicted(model: Any, images: Any) -> np.ndarray:
    """(N, H, W) float32 probabilities."""
    model.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(images), 8):
            found.append(torch.sigmoid(model(images_of(images[start : start + 8])).float())[:, 0].numpy())
    model.train()
    return np.concatenate(found)


def mean_dice(found: np.ndarray, masks: np.ndarray) -> float:
    """The mean over pictures at 0.5, pixels marked 255 left out."""
    answer, truth = (found >= 0.5) & (masks != 255), masks == 1
    sums = answer.sum((1, 2)) + truth.sum((1, 2))
    return float(np.mean(2 * (answer & truth).sum((1, 2))[sums > 0] / sums[sums > 0]))


def main() -> None:
    """Train, keep the best epoch, write what it says."""
    folder = Path(sys.argv[1])
    wishes = json.loads((folder / "wishes.json").read_text("utf-8"))
    lessons, val, test = (np.load(folder / f"{name}.npz", allow_pickle=False) for name in ("lessons", "val", "test"))
    batches, masks = lessons["images"], lessons["masks"]
    torch.manual_seed(0)
    model = smp.Unet("resnet34", encoder_weights=None, in_channels=1, classes=1)
    model = model.to(memory_format=torch.channels_last).train()
    decayed = [each for each in model.parameters() if each.ndim > 1]
    others = [each for each in model.parameters() if each.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": wishes["weight_decay"]}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=wishes["learning_rate"], eps=1e-7)
    best, kept, steps = -1.0, {}, len(batches)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate(step / steps, wishes["learning_rate"])
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(images_of(batches[step]))
        loss = bce_dice(logits.float()[:, 0], torch.from_numpy(masks[step]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimiser.step()
        if (step + 1) % wishes["steps"] == 0:
            dice = mean_dice(predicted(model, val["images"]), val["masks"])
            print(f"epoch {(step + 1) // wishes['steps']}  loss {loss.item():.4f}  val_dice {dice:.4f}", flush=True)
            if dice > best:
                best, kept = dice, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    for name, part in (("val", val), ("test", test)):
        np.save(folder / f"{name}_found.npy", predicted(model, part["images"]))


if __name__ == "__main__":
    main()
