"""Ours with a torchvision Mask R-CNN's parameters: how far the detections differ. Needs a Python that has torchvision.

python benchmarks/torchvision_parity.py PYTHON_WITH_TORCHVISION [--work DIR]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from _machine import describe

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))


def main() -> int:
    """Print the largest differences as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="a Python with PyTorch and torchvision")
    parser.add_argument("--work", type=Path, default=None)
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp())
    subprocess.run([arguments.python, str(HERE / "torchvision_reference.py"), str(work)], check=True, stdout=sys.stderr)
    print(json.dumps({"machine": describe(), **compare(work)}, indent=1))
    return 0


def compare(work: Path) -> dict[str, object]:
    """Largest differences between our detections and the reference's."""
    from dentalx.models.maskrcnn import TrunkSettings, build_mask_rcnn
    from dentalx.models.maskrcnn.checkpoint import read_checkpoint
    from dentalx.models.maskrcnn.torchvision import load_tensors

    picture = cv2.imread(str(work / "picture.png"))[..., ::-1]
    reference = np.load(work / "reference.npz")
    model = build_mask_rcnn(4, TrunkSettings(picture.shape[:2], 3, "resnet50", "frozen"))
    transfer = load_tensors(model, read_checkpoint(work / "weights.pth"))
    found = {name: np.asarray(value)[0] for name, value in model.detect(picture[None]).items()}
    count = int(found["count"])
    theirs = len(reference["boxes"])
    both = min(count, theirs)
    boxes = reference["boxes"][:both, [1, 0, 3, 2]]
    return {
        "layers_taken": len(transfer.taken),
        "layers_missing": len(transfer.missing) + len(transfer.unfitting),
        "detections": [count, theirs],
        "labels_equal": bool((found["labels"][:both] == reference["labels"][:both]).all()),
        "boxes_px": float(np.abs(found["boxes"][:both] - boxes).max()),
        "scores": float(np.abs(found["scores"][:both] - reference["scores"][:both]).max()),
        "masks": float(np.abs(found["masks"][:both] - reference["raw"][:both]).max()),
    }


if __name__ == "__main__":
    sys.exit(main())
