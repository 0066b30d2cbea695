"""The other side of training_speed.py: segmentation_models_pytorch's training step, and a DataLoader's batches.

Started by training_speed.py with a Python that has PyTorch, segmentation_models_pytorch, albumentations and OpenCV;
asked over standard input, answering in seconds.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _turns import answer


def step_of(asked: dict[str, Any]) -> Callable[[], None]:
    """Forward, BCE + Dice, backward, Adam: eager, channels_last, or bf16 (autocast, channels-last)."""
    import segmentation_models_pytorch as smp
    import torch

    torch.manual_seed(0)
    mode, batch, size = asked["engine"].removeprefix("torch-"), asked["batch"], asked["size"]
    layout = torch.contiguous_format if mode == "eager" else torch.channels_last
    model = smp.Unet(asked["encoder"], encoder_weights=None, in_channels=3, classes=1).train()
    model = model.to(memory_format=layout)
    images = torch.rand(batch, 3, *size).contiguous(memory_format=layout)
    masks = (torch.rand(batch, 1, *size) < 0.2).float()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-4)
    bce, dice = torch.nn.BCEWithLogitsLoss(), smp.losses.DiceLoss("binary", from_logits=True)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "bf16"):
            logits = model(images)
        loss = bce(logits.float(), masks) + dice(logits.float(), masks)
        loss.backward()
        optimiser.step()
        loss.item()

    return step


def epochs_of(asked: dict[str, Any]) -> Callable[[], None]:
    """One epoch of a DataLoader: read grey, resize, augment like ours, three channels."""
    import albumentations as A  # noqa: N812 (its users' name for it)
    import cv2
    import numpy as np
    import torch

    cv2.setNumThreads(0)
    folder, (height, width) = Path(asked["data"]), asked["size"]
    names = sorted(path.stem for path in (folder / "images").iterdir())
    recipe = A.Compose(
        [
            A.Resize(height, width),
            A.HorizontalFlip(p=0.7),
            A.Rotate(limit=5, p=0.7),
            A.RandomBrightnessContrast(0.1, 0.1, p=0.3),
            A.Affine(translate_percent=(-0.1, 0.1), scale=(0.9, 1.1), rotate=(-10, 10), p=0.5),
        ]
    )

    class Pictures(torch.utils.data.Dataset):  # type: ignore[misc,name-defined]
        def __len__(self) -> int:
            return len(names)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            image = cv2.imread(str(folder / "images" / f"{names[index]}.jpg"), cv2.IMREAD_GRAYSCALE)
            mask = cv2.imread(str(folder / "teeth" / f"{names[index]}.png"), cv2.IMREAD_GRAYSCALE)
            made = recipe(image=image, mask=mask)
            grey = torch.from_numpy(made["image"].astype(np.float32) / 255)
            return grey.expand(3, -1, -1).contiguous(), torch.from_numpy((made["mask"] > 0).astype(np.float32))[None]

    loader = torch.utils.data.DataLoader(
        Pictures(),
        asked["batch"],
        shuffle=True,
        num_workers=asked["workers"],
        persistent_workers=True,
        drop_last=True,
        multiprocessing_context="fork",
    )

    def epoch() -> None:
        for images, _ in loader:
            assert len(images) == asked["batch"]

    return epoch


def main() -> None:
    """Load, say so, then answer every line of standard input with the seconds one turn took."""
    asked = json.loads(sys.argv[1])
    if asked["engine"] == "torch-pipeline":
        action = epochs_of(asked)
    else:
        action = step_of(asked)
        action()
    answer({"turn": action})


if __name__ == "__main__":
    main()
