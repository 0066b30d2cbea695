"""Copy the pictures of a paired data set whose mask is not foreground everywhere, and name those left out.

    python benchmarks/plausible_masks.py IMAGES MASKS OUTPUT

writes OUTPUT/images and OUTPUT/NAME-OF-MASKS. A mask that is white to the last pixel is a fault of whoever made it
(holes filled until the frame was full); a network that learns from such masks, and a score that counts them, are both
wrong.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dentalx.datasets.folders import open_pair
from dentalx.samples import UNLABELLED


def plausible(foreground: Any) -> bool:
    """Whether the labelled pixels of a mask are not foreground everywhere."""
    return not (foreground > 0).all()


def main() -> None:
    """Copy, then print JSON: what was kept and what was not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("images", "masks", "output"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    source = open_pair(options.images, options.masks)
    kept, left_out = 0, []
    for record in source.records:
        mask = source.load(record).mask
        if not plausible(mask[mask != UNLABELLED]):
            left_out.append(record.image_id)
            continue
        kept += 1
        for path, folder in ((record.image, "images"), (record.mask, options.masks.name)):
            assert path is not None
            (options.output / folder).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, options.output / folder / path.name)
    print(json.dumps({"kept": kept, "left_out": left_out}))


if __name__ == "__main__":
    main()
