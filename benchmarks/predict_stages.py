"""What predicting a picture costs, stage by stage: milliseconds of the processor, and of the clock for the whole job.

    python benchmarks/predict_stages.py runs/teeth/exports/openvino-fp32 --precision mixed_bfloat16 > stages.json

JPEG panoramics of 2400 × 1200, as in `predict_speed.py`, through an export, no overlays. Each stage is asked alone
on one picture, median of the rounds; the whole job overlaps them.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe
from predict_speed import draw

from dentalx.datasets.images import find_pictures, read_grey
from dentalx.datasets.overlapping import write_masks
from dentalx.inference import Place, Predictor, load_exported, predict_folder
from dentalx.inference.rows import summarise
from dentalx.predict_config import PredictConfig
from dentalx.preprocess import Letterbox, to_uint8
from dentalx.quality import judge_picture
from dentalx.runtimes import read
from dentalx.samples import Prediction


def stages(predictor: Predictor, picture: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    """What is done with a picture, by name."""
    ((network, size),) = predictor.networks.parts
    image = read_grey(picture)
    levels = to_uint8(image)
    frame = Letterbox(image.shape, size)
    small = frame.apply_levels(levels)[None, ..., None]
    found = network(small)[0]
    probability = frame.undo(found)
    thresholds = predictor.thresholds or (predictor.threshold,)
    mask = predictor.labelling.classify(probability, thresholds)
    prediction = Prediction("picture", probability, mask, (), predictor.labelling)
    return {
        "reading": lambda: read_grey(picture),
        "to bytes": lambda: to_uint8(image),
        "letterbox": lambda: frame.apply_levels(levels),
        "network": lambda: network(small),
        "its undoing": lambda: frame.undo(found),
        "threshold": lambda: predictor.labelling.classify(probability, thresholds),
        "judging": lambda: judge_picture(image, predictor.enhance, predictor.seen),
        "counting": lambda: summarise(picture, prediction, len(predictor.classes)),
        "mask's PNG": lambda: write_masks(folder, "picture", mask, predictor.classes, predictor.labelling),
    }


def milliseconds(action: Callable[[], Any], rounds: int) -> float:
    """Of the processor, all threads together."""
    taken = []
    for _ in range(rounds + 1):
        started = time.process_time()
        action()
        taken.append(1e3 * (time.process_time() - started))
    return round(statistics.median(taken[1:]), 2)


def main() -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("--precision", default="float32", choices=("float32", "mixed_bfloat16"))
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    predictor, wishes = load_exported(read(options.export), options.precision), PredictConfig(overlays=False)
    with tempfile.TemporaryDirectory() as folder:
        pictures = find_pictures(draw(Path(folder), options.pictures))
        each = stages(predictor, pictures[0], Path(folder) / "masks")
        alone = {name: milliseconds(action, options.rounds) for name, action in each.items()}
        clock, processor = time.perf_counter(), time.process_time()
        predict_folder(predictor, pictures, Place(Path(folder) / "out"), wishes)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
    whole = {"clock": round(1e3 * clock / len(pictures), 1), "processor": round(1e3 * processor / len(pictures), 1)}
    print(json.dumps({"machine": describe(), "stages": alone, "whole job": whole}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
