"""How often the quality gate is right: pictures as they are, and spoilt in known ways.

    python benchmarks/quality.py --images DIR/images [DIR2/images …] [--most 25] [--run RUN] > quality.json

Every set is cut into five parts by chance; the pictures of each part are judged beside the statistics of the other
four, so that no picture is judged beside itself. Each picture is judged as it is (false alarms), and the first --most
are spoilt in every way (detections), with and without statistics. Without --images phantoms are taken. "warned": any
warning; "refused": a grave one, for which --strict refuses; "told": the warnings and how many pictures have each.

With --run its test pictures are predicted too, as they are and spoilt, and the masks are judged beside the run's
seen.json: "mask_warned". They are looked for by name in the first folder.

The photographs are the two that scikit-learn brings; all others are made here.
"""

import argparse
import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _screens
import cv2
import numpy as np
from _machine import describe

from dentalx.datasets.images import list_images, read_grey
from dentalx.phantom import draw
from dentalx.quality import Seen, gather, grave, judge_picture, look
from dentalx.runs import Run
from dentalx.samples import Grey

FOLDS, PHANTOMS, SIZE = 5, 120, (256, 512)
Spoiling = Callable[[Grey, np.random.Generator], Grey]


def blurred(sigma: float) -> Spoiling:
    """A Gaussian of `sigma` pixels' standard deviation in a picture 1024 pixels wide."""
    return lambda plane, rng: np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma * plane.shape[1] / 1024), np.float32)


def noisy(plane: Grey, rng: np.random.Generator) -> Grey:
    """Gaussian noise, standard deviation a tenth of black to white."""
    return plane + rng.normal(0, 0.1, plane.shape).astype(np.float32)


def thumbnail(plane: Grey, rng: np.random.Generator) -> Grey:
    """A hundred pixels wide."""
    return np.asarray(cv2.resize(plane, (100, max(1, 100 * plane.shape[0] // plane.shape[1])), interpolation=3))


def half(plane: Grey, rng: np.random.Generator) -> Grey:
    """The left or the right half."""
    middle = plane.shape[1] // 2
    return plane[:, :middle] if rng.random() < 0.5 else plane[:, middle:]


def cropped(plane: Grey, rng: np.random.Generator) -> Grey:
    """Seven tenths of each side, from anywhere: the same aspect."""
    rows, columns = (int(0.7 * side) for side in plane.shape)
    y, x = int(rng.integers(plane.shape[0] - rows + 1)), int(rng.integers(plane.shape[1] - columns + 1))
    return plane[y : y + rows, x : x + columns]


def periapical(plane: Grey, rng: np.random.Generator) -> Grey:
    """A few teeth, upright, enlarged three times, as an intraoral picture shows them."""
    rows = int(0.45 * plane.shape[0])
    columns = rows * 3 // 4
    y = int(rng.uniform(0.25, 0.45) * plane.shape[0])
    x = int(rng.uniform(0.2, 0.8 - columns / plane.shape[1]) * plane.shape[1])
    part = plane[y : y + rows, x : x + columns]
    return np.asarray(cv2.resize(part, (3 * columns, 3 * rows), interpolation=cv2.INTER_CUBIC))


def screen(plane: Grey, rng: np.random.Generator) -> Grey:
    """A photograph of a screen: perspective, dark surroundings, stripes, darker corners, blur, noise, weak contrast."""
    rows, columns = 1080, 1440
    height, left = 1300 * plane.shape[0] / plane.shape[1], (columns - 1300) / 2
    height = min(height, 1000.0)
    top = (rows - height) / 2
    corners = np.float32([[left, top], [left + 1300, top], [left + 1300, top + height], [left, top + height]])
    moved = corners + rng.uniform(-0.04, 0.04, (4, 2)).astype(np.float32) * columns
    own = np.float32([[0, 0], [plane.shape[1], 0], plane.shape[::-1], [0, plane.shape[0]]])
    found = cv2.warpPerspective(plane, cv2.getPerspectiveTransform(own, moved), (columns, rows), borderValue=0.12)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    found *= 1 + 0.08 * np.sin(0.4 * x + 0.05 * y) * np.sin(0.36 * y - 0.04 * x)
    found *= 1 - 0.7 * ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2)
    found = cv2.GaussianBlur(found, (0, 0), 1) * 0.85 + 0.05
    return found + rng.normal(0, 0.015, found.shape).astype(np.float32)


def clouds(plane: Grey, rng: np.random.Generator) -> Grey:
    """Noise of all scales."""
    planes = [
        cv2.resize(rng.random((2**k, 2 ** (k + 1)), np.float32), plane.shape[::-1], interpolation=cv2.INTER_CUBIC)
        * 0.57**k
        for k in range(1, 9)
    ]
    found = np.sum(planes, axis=0)
    return np.asarray((found - found.min()) / np.ptp(found), np.float32)


def page(plane: Grey, rng: np.random.Generator) -> Grey:
    """Lines of letters, black on white."""
    found = np.full(plane.shape, 255, np.uint8)
    for y in range(20, plane.shape[0] - 5, 18):
        words = "".join(chr(c) for c in rng.integers(97, 123, 90))
        cv2.putText(found, words, (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
    return found.astype(np.float32) / 255


@lru_cache(maxsize=1)
def photographs() -> list[Grey]:
    """A temple and a flower, grey."""
    from sklearn.datasets import load_sample_images

    return [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 for image in load_sample_images().images]


def photograph(plane: Grey, rng: np.random.Generator) -> Grey:
    """A part of a photograph, of the picture's size."""
    whole = photographs()[int(rng.integers(2))]
    rows = int(rng.integers(150, 320))
    columns = min(rows * plane.shape[1] // plane.shape[0], whole.shape[1])
    y = int(rng.integers(whole.shape[0] - rows + 1))
    return np.asarray(cv2.resize(whole[y : y + rows, :columns], plane.shape[::-1], interpolation=cv2.INTER_CUBIC))


SPOILT: dict[str, Spoiling] = {
    "as it is": lambda plane, rng: plane,
    "negative": lambda plane, rng: 1 - plane,
    "blurred, 2 px of 1024": blurred(2),
    "blurred, 4 px of 1024": blurred(4),
    "noise of 0.1": noisy,
    "over-exposed 2.2 times": lambda plane, rng: plane * np.float32(2.2),
    "over-exposed 1.4 times": lambda plane, rng: plane * np.float32(1.4),
    "under-exposed to 0.2": lambda plane, rng: plane * np.float32(0.2),
    "under-exposed to 0.5": lambda plane, rng: plane * np.float32(0.5),
    "100 px wide": thumbnail,
    "half of it": half,
    "0.7 of each side": cropped,
    "a few teeth, enlarged": periapical,
    "photograph of a screen, drawn": screen,
    "photograph of a screen, by optics": _screens.grey,
    "mirrored": lambda plane, rng: plane[:, ::-1],
    "upside down": lambda plane, rng: plane[::-1],
    "cut off: a quarter of the width missing": lambda plane, rng: plane[:, : 3 * plane.shape[1] // 4],
    "turned by 90°": lambda plane, rng: np.rot90(plane),
    "photograph": photograph,
    "clouds of noise": clouds,
    "white noise": lambda plane, rng: rng.random(plane.shape, np.float32),
    "page of text": page,
    "blank": lambda plane, rng: 0.5 + rng.normal(0, 0.003, plane.shape).astype(np.float32),
}


def spoil(plane: Grey, how: str, index: int) -> Grey:
    """The same for the same picture, on 256 levels."""
    rng = np.random.default_rng(zlib.crc32(f"{how}/{index}".encode()))
    worse = np.clip(SPOILT[how](plane, rng), 0, 1)
    return np.ascontiguousarray(np.rint(worse * 255) / 255, np.float32)


def statistics(planes: Sequence[Grey]) -> list[Seen]:
    """Of all folds but the one, for each."""
    looks = [look(plane) for plane in planes]
    found = []
    for fold in range(FOLDS):
        rest = [each for i, each in enumerate(looks) if fold_of(len(planes))[i] != fold]
        seen = gather(rest, [()] * len(rest), ())
        assert seen is not None, "too few pictures"
        found.append(seen)
    return found


@lru_cache(maxsize=8)
def fold_of(count: int) -> tuple[int, ...]:
    """The part that each of so many pictures is in."""
    return tuple(int(i) for i in np.random.default_rng(0).permutation(count) % FOLDS)


def judged(planes: Sequence[Grey], how: str, seen: Sequence[Seen], count: int) -> dict[str, Any]:
    """How many of the first of `count` pictures are warned of and refused, with and without statistics."""
    alone, beside, seconds = [], [], 0.0
    for index, plane in enumerate(planes):
        worse = spoil(plane, how, index)
        alone.append(judge_picture(worse))
        started = time.process_time()
        beside.append(judge_picture(worse, seen=seen[fold_of(count)[index]]))
        seconds += time.process_time() - started
    return {
        "pictures": len(planes),
        "warned": sum(map(bool, beside)),
        "refused": sum(bool(grave(told)) for told in beside),
        "warned_without_statistics": sum(map(bool, alone)),
        "refused_without_statistics": sum(bool(grave(told)) for told in alone),
        "told": dict(Counter(text for told in beside for text in told).most_common()),
        "processor_ms_a_picture": round(1000 * seconds / len(planes), 2),
    }


def masks_judged(folder: Path, images: Path, most: int) -> dict[str, dict[str, Any]]:
    """How many of a run's masks are warned of, and what is told of them."""
    from dentalx.inference import load_predictor

    run = Run(folder)
    predictor = load_predictor(run)
    rows = [line.split(",") for line in run.splits.read_text("utf-8").splitlines()[1:]]
    planes = [read_grey(images / f"{row[0]}.png") for row in rows if row[2] == "test"][:most]
    found = {}
    for how in SPOILT:
        told = []
        for index, plane in enumerate(planes):
            worse = spoil(plane, how, index)
            before = set(judge_picture(worse, predictor.enhance, predictor.seen))
            told.append([text for text in predictor("", worse).warnings if text not in before])
        counts = dict(Counter(text for texts in told for text in texts).most_common())
        found[how] = {"pictures": len(planes), "mask_warned": sum(map(bool, told)), "told": counts}
    return found


def main() -> None:
    """Judge every set in every way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", nargs="*", type=Path, default=[])
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    found: dict[str, Any] = {"machine": describe(), "sets": {}}
    sets = {str(number): [read_grey(p) for p in list_images(folder)] for number, folder in enumerate(options.images)}
    sets = sets or {"phantoms": [draw(seed=1, index=i, size=SIZE).image for i in range(PHANTOMS)]}
    for name, planes in sets.items():
        seen = statistics(planes)
        for how in SPOILT:
            shown = planes if how == "as it is" else planes[: options.most]
            found["sets"].setdefault(name, {})[how] = judged(shown, how, seen, len(planes))
    if options.run is not None:
        found["masks"] = masks_judged(options.run, options.images[0], options.most)
    json.dump(found, sys.stdout, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
