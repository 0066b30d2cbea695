"""Every export of a run beside the run itself: difference, masks, Dice to the truth, size, and time as a ratio.

    python benchmarks/exports.py runs/teeth runs/mandible > exports.json
    python benchmarks/exports.py runs/objects --pictures 4 > exports_instance.json

Each run is exported into a temporary folder in every format and precision that it can be had in. int8 takes its ranges
from the run's training pictures; all are compared on other pictures, those of --split. Times are of the network alone,
the export's over the run's, asked in turn on the same pictures; where other work runs they are ratios and no more.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe

from dentalx import runs
from dentalx.datasets import open_source
from dentalx.datasets.splits import read_divided_splits
from dentalx.errors import InputError
from dentalx.export import Wishes, check, export_network, export_saved_model
from dentalx.export.convert import CONVERTERS
from dentalx.export.pictures import Pictures, spread
from dentalx.models import load_parts
from dentalx.models.segmenter import activated
from dentalx.runs import Run
from dentalx.runtimes import Digits, Kind, network
from dentalx.runtimes.tensorflow import FunctionNetwork

ASKED: dict[str, tuple[Kind, Digits]] = {
    "saved_model-fp32": ("saved_model", "fp32"),
    **{f"{kind}-{digits}": (kind, digits) for kind in CONVERTERS for digits in get_args(Digits)},
}


def of_masks(run: Run, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All that a run of --task semantic can be exported as."""
    description = runs.describe(run)
    size = description.train.model.image_size
    ((model, _),) = load_parts(run)
    before = FunctionNetwork(lambda image: activated(model(image, training=False)), size)
    source = open_source(description.train.data, size)
    records = spread(read_divided_splits(run.splits, source.records)[options.split], options.pictures)
    pictures = Pictures(f"{len(records)} {options.split} pictures", True, source, records)
    found: dict[str, Any] = {"compared_on": pictures.what}
    for name in options.only:
        kind, precision = ASKED[name]
        started = time.perf_counter()
        try:
            written = export_network(run, Wishes(kind, precision), folder / kind / precision)
        except InputError as error:
            found[name] = {"refused": str(error)}
            sys.stderr.write(f"{run.folder.name} {name}: {error}\n")
            continue
        seconds = time.perf_counter() - started
        exported = written.exported
        result = check.compare(before, network(exported), pictures, check.asked_of(exported))
        found[name] = {
            **result.as_json(),
            "mebibytes": round(written.size / 2**20, 1),
            "time_over_run": round(result.seconds[1] / result.seconds[0], 3),
            "seconds_to_export": round(seconds, 1),
            "warnings": written.warnings,
        }
        sys.stderr.write(f"{run.folder.name} {name}: {json.dumps(found[name])}\n")
    return found


def of_objects(run: Run, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """A Mask R-CNN's SavedModel beside the run, and what is said to the other formats."""
    import numpy as np
    import tensorflow as tf

    from dentalx.models.maskrcnn.detector import Detector
    from dentalx.models.maskrcnn.run import load_instance_network
    from dentalx.preprocess import to_uint8

    description = runs.describe(run)
    detector = Detector(load_instance_network(run))
    output = export_saved_model(run, folder / "saved_model")
    model = tf.saved_model.load(str(output))
    from dentalx.datasets.images import find_pictures, read_grey

    largest: dict[str, float] = {}
    counts, times = [], []
    for turn, path in enumerate(spread(find_pictures(options.images), options.pictures)):
        pixels = tf.constant(to_uint8(read_grey(path))[None, ..., None])
        if turn == 0:
            detector.from_pixels(pixels), model.signatures["serving_default"](pixels)
        started = time.perf_counter()
        first = {key: np.asarray(value) for key, value in detector.from_pixels(pixels).items()}
        middle = time.perf_counter()
        second = {key: np.asarray(value) for key, value in model.signatures["serving_default"](pixels).items()}
        times.append((time.perf_counter() - middle) / (middle - started))
        counts.append(int(first["count"][0]))
        for key, value in first.items():
            gap = float(np.abs(value.astype(np.float64) - second[key].astype(np.float64)).max()) if value.size else 0.0
            largest[key] = max(largest.get(key, 0.0), gap)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    refused = {}
    for kind in ("onnx", "openvino", "litert"):
        try:
            export_network(run, Wishes(kind), folder / kind)
        except InputError as error:
            refused[kind] = str(error)
    return {
        "classes": len(description.classes),
        "objects": counts,
        "largest_difference": largest,
        "mebibytes": round(size / 2**20, 1),
        "time_over_run": round(statistics.median(times), 3),
        "refused": refused,
    }


def main() -> None:
    """Export, compare and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--split", default="test", choices=["val", "test"])
    parser.add_argument("--pictures", type=int, default=24, help="at most, evenly spread over the split")
    parser.add_argument("--only", nargs="+", default=list(ASKED), choices=list(ASKED))
    parser.add_argument("--images", type=Path, help="folder of pictures for runs of --task instance")
    options = parser.parse_args()
    results = {}
    for path in options.runs:
        run = Run(path)
        instance = runs.describe(run).train.task == "instance"
        with tempfile.TemporaryDirectory() as folder:
            results[path.name] = (of_objects if instance else of_masks)(run, options, Path(folder))
    print(json.dumps({"split": options.split, "results": results, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
