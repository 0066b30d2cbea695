"""How well touching teeth are told apart: outlined teeth laid together into one mask, and split again.

    python benchmarks/split_teeth.py LABELMAPS > split_teeth.json

LABELMAPS is a folder of label maps, a PNG a radiograph, each tooth its own number. A part counts as the tooth with
which its intersection over union is 0.5 or more; parts of fewer than 100 pixels are left out of the counts.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe
from numpy.typing import NDArray
from PIL import Image

from dentalx.postprocess import split

NECKS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
LEAST_PX, ENOUGH = 100, 0.5


def hits(parts: NDArray[np.int32], teeth: NDArray[np.integer]) -> int:
    """Teeth that one part covers well enough."""
    found = 0
    sizes = np.bincount(parts.ravel())
    for tooth in np.unique(teeth[teeth > 0]):
        own = teeth == tooth
        inside = np.bincount(parts[own], minlength=len(sizes))
        inside[0] = 0
        best = int(inside.argmax())
        found += int(inside[best] / (own.sum() + sizes[best] - inside[best]) >= ENOUGH)
    return found


def measure(maps: list[NDArray[np.integer]], neck: float) -> dict[str, float]:
    """Counts and hits over all maps; a neck of 0 stands for connected pieces."""
    off, found, teeth, parts = list[int](), 0, 0, 0
    for numbers in maps:
        mask = numbers > 0
        pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1] if neck == 0 else split(mask, neck)
        count = int((np.bincount(pieces.ravel())[1:] >= LEAST_PX).sum())
        there = len(np.unique(numbers[mask]))
        off.append(count - there)
        found, teeth, parts = found + hits(pieces, numbers), teeth + there, parts + count
    return {
        "mean_error": round(float(np.mean(off)), 2),
        "mean_absolute_error": round(float(np.abs(off).mean()), 2),
        "recall": round(found / teeth, 3),
        "precision": round(found / parts, 3),
    }


def main() -> None:
    """Split, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelmaps", type=Path)
    parser.add_argument("--every", type=int, default=12, help="take one of so many")
    parser.add_argument("--most", type=int, default=30, help="maps at most")
    options = parser.parse_args()
    files = sorted(options.labelmaps.glob("*.png"))[:: options.every][: options.most]
    maps = [np.asarray(Image.open(file)) for file in files]
    maps = [each if each.ndim == 2 else each[..., 0] for each in maps]
    rows = {neck or "pieces": measure(maps, neck) for neck in (0, *NECKS)}
    print(json.dumps({"maps": len(maps), "neck": rows, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
