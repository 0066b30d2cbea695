"""What `--tiles` does to the scores of a network that was trained on whole pictures.

    python benchmarks/tiles.py RUN --images DIR/images --masks DIR/teeth > tiles.json

The run's own test pictures, of one class, as they are and enlarged (bicubic; the truth by linear interpolation, at a
half), each seen whole and in tiles of a share of its width and the network's aspect; and four of them at a time laid
into one sheet, which shows more than any training picture, whole and in tiles of one picture's size. Scores are of
masks at the run's threshold, at the size that was predicted; NSD at 2 pixels for each 1,000 of a single picture's
width. Intervals: 95 %, bootstrap over pictures.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe

from dentalx.datasets.images import read_grey
from dentalx.evaluation.bootstrap import cluster_intervals
from dentalx.inference import Predictor, load_predictor
from dentalx.inference.predictor import classify
from dentalx.inference.views import Tiled
from dentalx.metrics import boundary_scores, count, default_tolerance, dice, iou
from dentalx.preprocess import to_uint8
from dentalx.runs import Run
from dentalx.runs import describe as describe_run
from dentalx.samples import Grey, Mask

SHARES = {1: (3 / 4, 1 / 2), 3: (3 / 4, 1 / 2, 1 / 3, 1 / 6)}  # of the width, by how much pictures are enlarged
SHEET = 2  # pictures across and down
Case = tuple[Grey, Mask, int]  # a picture, its truth, and how wide a single radiograph is in it


def enlarged(plane: Grey, mask: Mask, factor: int) -> Case:
    """A picture and its truth with `factor` times the rows and columns."""
    size = (plane.shape[1] * factor, plane.shape[0] * factor)
    if factor == 1:
        return plane, mask, size[0]
    larger = np.clip(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    truth = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) >= 0.5
    return larger, truth.astype(np.uint8), size[0]


def sheets(pairs: Sequence[tuple[Grey, Mask]]) -> list[Case]:
    """Four pictures at a time, each in a field as large as the largest of them, black around it."""
    height, width = (max(plane.shape[axis] for plane, _ in pairs) for axis in (0, 1))
    found = []
    for start in range(0, len(pairs) - SHEET**2 + 1, SHEET**2):
        sheet = np.zeros((SHEET * height, SHEET * width), np.float32)
        truth = np.zeros(sheet.shape, np.uint8)
        for index, (plane, mask) in enumerate(pairs[start : start + SHEET**2]):
            y, x = height * (index // SHEET), width * (index % SHEET)
            sheet[y : y + plane.shape[0], x : x + plane.shape[1]] = plane
            truth[y : y + plane.shape[0], x : x + plane.shape[1]] = mask
        found.append((sheet, truth, width))
    return found


def scored(predictor: Predictor, cases: Sequence[Case], tile: tuple[float, float] | None) -> dict[str, Any]:
    """Means over all pictures.

    Args:
        predictor: of the run.
        cases: the pictures.
        tile: height as a share of the tile's width, and width as a share of a picture's; None for whole pictures.
    """
    values, started, first = [], time.perf_counter(), (0, 0)
    for plane, truth, single in cases:
        network = predictor.networks
        if tile is not None:
            width = round(tile[1] * plane.shape[1])
            first = first if any(first) else (round(tile[0] * width), width)
            network = Tiled(network, (round(tile[0] * width), width))
        mask = classify(network(to_uint8(plane)), predictor.threshold)
        counts = count(truth, mask, 1)
        nsd = boundary_scores(truth, mask, 1, default_tolerance(single)).values["nsd"]
        values.append([float(dice(counts)[0]), float(iou(counts)[0]), float(nsd[0])])
    table = np.array(values)
    limits = cluster_intervals(table, [str(i) for i in range(len(table))])
    names = ("dice", "iou", "nsd")
    found: dict[str, Any] = {
        name: {"mean": round(float(mean), 4), "ci95": [round(each.low or 0, 4), round(each.high or 0, 4)]}
        for name, mean, each in zip(names, table.mean(0), limits, strict=True)
    }
    seconds = (time.perf_counter() - started) / len(cases)
    return {**found, "tile_of_the_first": first, "pictures": len(cases), "seconds_a_picture": round(seconds, 2)}


def main() -> None:
    """Score, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--masks", type=Path, required=True)
    parser.add_argument("--most", type=int, default=1000, help="pictures at most")
    options = parser.parse_args()
    rows = [line.split(",") for line in Run(options.run).splits.read_text("utf-8").splitlines()[1:]]
    names = [row[0] for row in rows if row[2] == "test"][: options.most]
    pairs = [
        (read_grey(options.images / f"{n}.png"), (read_grey(options.masks / f"{n}.png") > 0.5).astype(np.uint8))
        for n in names
    ]
    predictor = load_predictor(Run(options.run))
    size = describe_run(Run(options.run)).train.model.image_size
    aspect = size[0] / size[1]
    found: dict[str, Any] = {}
    for factor, shares in SHARES.items():
        cases = [enlarged(plane, mask, factor) for plane, mask in pairs]
        for share in (None, *shares):
            label = "whole" if share is None else f"tiles of {share:.2f} of the width"
            found[f"{factor} times, {label}"] = scored(predictor, cases, None if share is None else (aspect, share))
            sys.stderr.write(f"{factor} times, {label}: {found[f'{factor} times, {label}']}\n")
    laid = sheets(pairs)
    heights = laid[0][0].shape[0] / laid[0][0].shape[1]
    found["sheets of four, whole"] = scored(predictor, laid, None)
    found["sheets of four, tiles of one picture"] = scored(predictor, laid, (heights, 1 / SHEET))
    print(json.dumps({"machine": describe(), "network": size, "scores": found}, indent=1))


if __name__ == "__main__":
    main()
