"""How far two dentists agree on the mandible, with intervals: the height up to which a model can be measured.

    python benchmarks/raters.py DIR > raters.json

DIR holds `mandible` and `mandible_rater2`, masks of the same names (PNG, white is the mandible). A mask that is white
everywhere in both is a fault of the files, not an opinion: figures are given with and without these pictures.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from _machine import describe
from PIL import Image

from dentalx.evaluation import agreement

FOLDERS = ("mandible", "mandible_rater2")


def read(path: Path) -> np.ndarray:
    """(H, W) uint8, 1 where the file is white."""
    return (np.asarray(Image.open(path).convert("L")) > 127).astype(np.uint8)


def main() -> None:
    """Score, print JSON."""
    folder = Path(sys.argv[1])
    names = sorted({path.stem for path in (folder / FOLDERS[0]).glob("*.png")})
    masks = {name: [read(folder / side / f"{name}.png") for side in FOLDERS] for name in names}
    white = [name for name, both in masks.items() if all(mask.all() for mask in both)]
    figures = {}
    for what, chosen in (("all", names), ("plausible", [name for name in names if name not in white])):
        found = agreement(((name, name, *masks[name]) for name in chosen), ("mandible",))
        figures[what] = {key: value for key, value in found.items() if key != "classes"}
    print(json.dumps({"benchmark": "raters", "white": white, "figures": figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
