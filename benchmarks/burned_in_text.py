"""How much burned-in text is found, and how often text is seen where there is none.

    python benchmarks/burned_in_text.py IMAGES [--every N] [--phantoms N]

IMAGES holds radiographs without text (side marks are no text); phantoms are drawn besides. Lines of invented names and
dates are drawn into every N-th of them at a random place along the upper or lower edge, in several sizes, in white, in
black and in grey, and sorted by their contrast with what is behind them. *touched*: some of the line is in a box;
*covered*: at least 95 % of its letters' pixels are. A false alarm is a box in a picture as it is. JSON on stdout.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dentalx.datasets.images import list_images, read_grey
from dentalx.datasets.phantoms import PhantomSource
from dentalx.preprocess import to_uint8
from dentalx.text import find_text

SIZES_PX = (8, 10, 14, 22, 36)
LEVELS = ("white", "black", "grey")
LINES = ("SMITH, JOHN 12.03.1971", "Doe Jane", "Patient ID: 44-1021", "Dr. Meier 2019-05-01", "MUSTER MAX")
CONTRASTS = ((0, 36), (36, 60), (60, 256))


def drawn(plane: NDArray[np.uint8], size: int, level: str, rng: np.random.Generator) -> Any:
    """The plane with a line of text, where its letters are, and their contrast in levels of 255."""
    text, font = LINES[rng.integers(len(LINES))], ImageFont.load_default(size)
    x1, y1, x2, y2 = (round(side) for side in font.getbbox(text))
    height, width = plane.shape
    if x2 + 4 >= width or y2 + 4 >= height:
        return None
    y = int(rng.choice([3, height - y2 - 3]))
    x = int(rng.integers(2, width - x2 - 1))
    behind = float(np.median(plane[y + y1 : y + y2, x + x1 : x + x2]))
    fill = {"white": 255, "black": 0, "grey": int(min(255, behind + 70))}[level]
    letters = Image.new("L", (width, height))
    ImageDraw.Draw(letters).text((x, y), text, fill=255, font=font)
    weight = np.asarray(letters, np.float32) / 255
    mixed = plane * (1 - weight) + fill * weight
    return (mixed / 255).astype(np.float32), weight > 0.3, abs(fill - behind)


def measure(planes: list[NDArray[np.uint8]], every: int) -> dict[str, Any]:
    """False alarms on the planes as they are, and what is found of text in every N-th of them."""
    rng = np.random.default_rng(0)
    started = time.process_time()
    alarms = [find_text(plane.astype(np.float32) / 255) for plane in planes]
    seconds = (time.process_time() - started) / len(planes)
    area = sum((b[2] - b[0]) * (b[3] - b[1]) for boxes in alarms for b in boxes) / sum(plane.size for plane in planes)
    found: dict[str, list[float]] = defaultdict(list)
    for plane in planes[::every]:
        for size in SIZES_PX:
            for level in LEVELS:
                made = drawn(plane, size, level, rng)
                if made is None:
                    continue
                image, letters, contrast = made
                seen = np.zeros(letters.shape, bool)
                for y1, x1, y2, x2 in find_text(image):
                    seen[y1:y2, x1:x2] = True
                low, high = next(pair for pair in CONTRASTS if pair[0] <= contrast < pair[1])
                found[f"{size} px, contrast {low}-{high - 1}"].append(float((letters & seen).sum() / letters.sum()))
    return {
        "pictures": len(planes),
        "with_false_alarm": sum(map(bool, alarms)),
        "falsely_covered_area": round(area, 5),
        "cpu_seconds_a_picture": round(seconds, 3),
        "lines": {
            name: {
                "lines": len(shares),
                "touched": round(float(np.mean([share > 0 for share in shares])), 3),
                "covered": round(float(np.mean([share >= 0.95 for share in shares])), 3),
            }
            for name, shares in sorted(
                found.items(), key=lambda item: (item[0].split("contrast")[1], int(item[0].split()[0]))
            )
        },
    }


def _by_contrast(item: tuple[str, list[float]]) -> tuple[str, int]:
    return item[0].split("contrast")[1], int(item[0].split()[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--phantoms", type=int, default=40)
    options = parser.parse_args()
    source = PhantomSource(max(3, options.phantoms), 0, (512, 1024), ())
    figures = {
        "real": measure([to_uint8(read_grey(path)) for path in list_images(options.images)], options.every),
        "phantoms": measure([to_uint8(source.load(record).image) for record in source.records], options.every),
    }
    print(json.dumps({"benchmark": "burned_in_text", "figures": figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
