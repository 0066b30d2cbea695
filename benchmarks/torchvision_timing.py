"""torchvision's maskrcnn_resnet50_fpn, a step at a time, as `torchvision_speed.py` says. Needs PyTorch, not dentalx.

Reads a line a time: "train" and "infer" do one step and print its seconds, "end" prints the peak memory in MiB.
"""

import json
import resource
import sys
import time

import numpy as np
import torch
from torchvision.models.detection import maskrcnn_resnet50_fpn


def main(side: int, batch: int, objects: int, precision: str, threads: int) -> None:
    """Build the network and obey."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    classes = 4
    model = maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=classes + 1, min_size=side, max_size=side
    )
    optimiser = torch.optim.SGD(model.parameters(), 1e-4, momentum=0.9)
    scene = np.load(sys.stdin.readline().strip())
    image = torch.from_numpy(np.repeat(scene["image"][None], 3, 0).astype(np.float32) / 255)
    masks, boxes = torch.from_numpy(scene["masks"]), torch.from_numpy(scene["boxes"][:, [1, 0, 3, 2]].copy())
    target = {"boxes": boxes, "labels": torch.from_numpy(scene["labels"]).long(), "masks": masks}
    half = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def train() -> None:
        model.train()
        with half:
            losses = model([image] * batch, [target] * batch)
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()

    def infer() -> None:
        model.eval()
        with torch.no_grad(), half:
            found = model([image] * batch)
        _ = [each["masks"][:, 0].float().numpy() >= 0.5 for each in found]

    steps = {"train": train, "infer": infer}
    for line in sys.stdin:
        if line.strip() == "end":
            print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), flush=True)
            return
        start = time.perf_counter()
        steps[line.strip()]()
        print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:4]], sys.argv[4], int(sys.argv[5]))
