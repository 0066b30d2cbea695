"""Reading pictures against cv2 alone, and opening a COCO data set of 20,000 pictures.

    python benchmarks/reading.py [turns] [pictures of the COCO data set]

**Decoding.** A phantom with noise is written as each kind of file, at 1200×2400 and 440×1024. `read_grey` (size judged
before decoding, truncated files refused, exact luma) and cv2 alone (`numpy.fromfile`, `cv2.imdecode`, grey, float32 in
[0, 1]) read it in turns, each turn in another order, one thread each. `cv2` decodes unchanged and mixes colours by
`cvtColor`, as keeps 16 bits; `cv2_grey` lets it decode to 8 bit grey. Times are of the processor (`time.thread_time`),
which other work disturbs least; `over_` are ratios of the least times, which it disturbs least of all, and
`median_over_` of the medians.

**Indexing.** Small pictures, half PNG and half JPEG, each with eight outlines of 20 points, in one COCO file. A fresh
process opens the data set as training does, once with the files in the system's cache; that no picture is decoded is
seen by making decoding impossible.

JSON on stdout.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from _machine import describe
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dentalx.datasets.images import read_grey
from dentalx.datasets.phantoms import PhantomSource

SIZES = ((1200, 2400), (440, 1024))
TURNS, PICTURES, OBJECTS, CORNERS = 60, 20_000, 8, 20
OPEN = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from PIL import Image, ImageFile
def forbidden(*_):
    raise AssertionError("a picture is decoded")
ImageFile.ImageFile.load = forbidden
from dentalx.config import DataConfig
from dentalx.datasets import open_source
wall, cpu = time.perf_counter(), time.process_time()
source = open_source(DataConfig(data=Path(sys.argv[2])), (256, 512))
print(json.dumps({
    "pictures": len(source.records),
    "seconds": round(time.perf_counter() - wall, 2),
    "processor_seconds": round(time.process_time() - cpu, 2),
    "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
}))
"""


def write_kinds(folder: Path, size: tuple[int, int]) -> dict[str, Path]:
    """One picture as every kind of file."""
    source = PhantomSource(1, 0, size, ("teeth",))
    plane = source.load(source.records[0]).image
    noise = np.random.default_rng(0).normal(0, 3, size)
    grey = np.clip(plane * 255 + noise, 0, 255).astype(np.uint8)
    deep = np.clip(plane * 4095 + 8 * noise, 0, 4095).astype(np.uint16)
    colour = np.stack([grey, np.clip(grey.astype(int) + 3, 0, 255).astype(np.uint8), grey], 2)
    kinds: dict[str, tuple[Image.Image, str, dict[str, object]]] = {
        "PNG grey 8 bit": (Image.fromarray(grey), "png", {}),
        "PNG grey 16 bit": (Image.fromarray(deep), "png", {}),
        "PNG colour": (Image.fromarray(colour), "png", {}),
        "PNG palette": (Image.fromarray(grey).quantize(64), "png", {}),
        "JPEG grey": (Image.fromarray(grey), "jpg", {"quality": 92}),
        "JPEG colour": (Image.fromarray(colour), "jpg", {"quality": 92}),
        "TIFF grey 8 bit": (Image.fromarray(grey), "tif", {}),
        "TIFF grey 8 bit LZW": (Image.fromarray(grey), "tif", {"compression": "tiff_lzw"}),
        "TIFF grey 16 bit": (Image.fromarray(deep), "tif", {}),
        "TIFF colour": (Image.fromarray(colour), "tif", {}),
        "BMP grey": (Image.fromarray(grey), "bmp", {}),
    }
    found = {}
    for name, (image, suffix, options) in kinds.items():
        found[name] = folder / f"{name} {size[0]}x{size[1]}.{suffix}"
        image.save(found[name], **options)
    return found


def bare(path: Path, flag: int) -> np.ndarray:
    """What a script without dentalx does."""
    plane = cv2.imdecode(np.fromfile(path, np.uint8), flag)
    if plane.ndim == 3:
        plane = cv2.cvtColor(plane, cv2.COLOR_BGR2GRAY)
    return plane.astype(np.float32) / np.float32(np.iinfo(plane.dtype).max)


def processor_ms(work: Callable[[], object]) -> float:
    """Milliseconds of the processor."""
    start = time.thread_time()
    work()
    return 1000 * (time.thread_time() - start)


def decoding(folder: Path, turns: int) -> list[dict[str, object]]:
    """Medians of every kind and size."""
    rows: list[dict[str, object]] = []
    for size in SIZES:
        for name, path in write_kinds(folder, size).items():
            ways: dict[str, Callable[[], object]] = {
                "dentalx": lambda path=path: read_grey(path),
                "cv2": lambda path=path: bare(path, cv2.IMREAD_UNCHANGED),
            }
            if "16" not in name:
                ways["cv2_grey"] = lambda path=path: bare(path, cv2.IMREAD_GRAYSCALE)
            times: dict[str, list[float]] = {way: [] for way in ways}
            order = list(ways)
            for _ in range(turns):
                order = [*order[1:], order[0]]
                for way in order:
                    times[way].append(processor_ms(ways[way]))
            least = {way: min(values) for way, values in times.items()}
            middle = {way: statistics.median(values) for way, values in times.items()}
            others = [way for way in ways if way != "dentalx"]
            ratios = {f"over_{way}": round(least["dentalx"] / least[way], 2) for way in others}
            ratios |= {f"median_over_{way}": round(middle["dentalx"] / middle[way], 2) for way in others}
            figures = {f"{way}_ms": round(value, 3) for way, value in least.items()}
            rows.append({"kind": name, "size": f"{size[0]}×{size[1]}", **figures, **ratios})
    return rows


def write_coco(folder: Path, count: int) -> None:
    """`count` small pictures, each other than the rest, and one COCO file."""
    (folder / "images").mkdir(parents=True)
    level = np.random.default_rng(0).integers(0, 200, (60, 120)).astype(np.uint8)
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    images, annotations = [], []
    for number in range(count):
        picture = level.copy()
        picture[0, :8] = np.frombuffer(number.to_bytes(8, "little"), np.uint8)
        name = f"p{number:05}.{'png' if number % 2 else 'jpg'}"
        Image.fromarray(picture).save(folder / "images" / name)
        images.append({"id": number, "file_name": name, "height": 60, "width": 120})
        for tooth in range(OBJECTS):
            corners = np.stack([10 * tooth + 10 + 4 * np.cos(angles), 28 + 9 * np.sin(angles)], 1).round(2)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": 1 + tooth % 4, "iscrowd": 0}
                | {"segmentation": [corners.ravel().tolist()], "area": 113.0}
            )
    categories = [{"id": number, "name": f"kind {number}"} for number in range(1, 5)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(content), "utf-8")


def indexing(folder: Path, count: int) -> list[dict[str, object]]:
    """Three openings, each in its own process."""
    write_coco(folder, count)
    root = str(Path(__file__).resolve().parents[1])
    words = [sys.executable, "-c", OPEN, root, str(folder)]
    ended = [subprocess.run(words, capture_output=True, text=True, check=True) for _ in range(3)]
    return [json.loads(each.stdout) for each in ended]


def main() -> None:
    """Measure and print."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    count = int(sys.argv[2]) if len(sys.argv) > 2 else PICTURES
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        figures = {"decoding": decoding(Path(name), turns), "indexing": indexing(Path(name) / "coco", count)}
    print(json.dumps({"benchmark": "reading", "turns": turns, **figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
