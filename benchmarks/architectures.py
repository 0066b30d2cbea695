"""Networks beside each other at one budget: every architecture on every encoder, for teeth, mandible, and both at once.

    python benchmarks/architectures.py IMAGES TEETH MANDIBLE --work DIR [--size 64 128] [--epochs 20] > table.json

The mandible masks that are white everywhere are left out (`plausible_masks.py`), so mandible and both have fewer
pictures. Both at once are three exclusive classes, background, mandible and teeth; teeth lie over the mandible.
From scratch, one split by patient, the same for all networks of a task; scored on the test pictures at their own size.
Every network is trained in a process of its own; what is finished in DIR is not done again.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe
from plausible_masks import plausible

MODELS = ("unet", "unet++", "fpn", "linknet")
BACKBONES = ("vgg16", "resnet34", "efficientnetb0")
TASKS = ("teeth", "both", "mandible")
SHOWN = ("dice", "iou", "nsd")


def make_data(images: Path, teeth: Path, mandible: Path, work: Path) -> dict[str, Path]:
    """A folder of each task: the pictures, masks beside them."""
    import cv2
    import numpy as np

    folders = {task: work / "data" / task for task in TASKS}
    if (work / "data").is_dir():
        return folders
    for task in TASKS:
        for name in ("images", task):
            (folders[task] / name).mkdir(parents=True)
    for picture in sorted(images.iterdir()):
        shutil.copy(picture, folders["teeth"] / "images")
        shutil.copy(teeth / picture.name, folders["teeth"] / "teeth")
        bone = cv2.imread(str(mandible / picture.name), cv2.IMREAD_GRAYSCALE)
        if not plausible(bone > 127):
            continue
        tooth = cv2.imread(str(teeth / picture.name), cv2.IMREAD_GRAYSCALE)
        index = np.where(tooth > 127, 2, bone > 127).astype(np.uint8)
        for task, mask in (("mandible", bone), ("both", index)):
            shutil.copy(picture, folders[task] / "images")
            cv2.imwrite(str(folders[task] / task / picture.name), mask)
    (folders["both"] / "both" / "classes.json").write_text('["background", "mandible", "teeth"]\n', "utf-8")
    return folders


def work_on(asked: dict[str, Any]) -> dict[str, Any]:
    """Train a network and score it: scores of each class, minutes, parameters."""
    from dentalx.config import DataConfig, ModelConfig, TrainConfig
    from dentalx.runs import Run
    from dentalx.scoring import Options, score
    from dentalx.training import Reporter, train

    model = ModelConfig(asked["model"], asked["backbone"], "none", tuple(asked["size"]))
    images, masks = Path(asked["data"]) / "images", Path(asked["data"]) / asked["task"]
    data = DataConfig(images=images, masks=masks)
    config = TrainConfig(
        data=data, model=model, epochs=asked["epochs"], batch_size=asked["batch"], precision=asked["precision"]
    )
    run = Run(Path(asked["run"]))
    run.folder.mkdir(parents=True, exist_ok=True)
    began, used = time.perf_counter(), time.process_time()
    state = train(config, run, Reporter(warn=lambda text: print(text, file=sys.stderr)))
    minutes, processor = (time.perf_counter() - began) / 60, (time.process_time() - used) / 60
    metrics = score(run, None, "test", Options(calibrate=False)).result.metrics
    parameters = json.loads(run.config.read_text("utf-8"))["parameters"]
    step = sorted(row["seconds"] for row in state.rows)[len(state.rows) // 2]
    took = {"minutes": round(minutes, 2), "processor_minutes": round(processor, 2), "epoch_seconds_median": step}
    return {"classes": shown(metrics), "n": metrics["n_images"], "parameters": parameters, **took}


def shown(metrics: dict[str, Any]) -> dict[str, Any]:
    """The scores of each class that are compared."""
    return {
        name: {what: {key: found[what][key] for key in ("mean", "ci95", "median")} for what in SHOWN}
        for name, found in metrics["classes"].items()
    }


def main() -> int:
    """Print every network's scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("images", "teeth", "mandible"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", type=int, nargs=2, default=(64, 128))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="mixed_bfloat16")
    for name, every in (("tasks", TASKS), ("models", MODELS), ("backbones", BACKBONES)):
        parser.add_argument(f"--{name}", nargs="+", choices=every, default=every)
    options = parser.parse_args()
    folders = make_data(options.images, options.teeth, options.mandible, options.work)
    common = {name: getattr(options, name) for name in ("size", "epochs", "batch", "precision")}
    found: dict[str, Any] = {}
    for task in options.tasks:
        for model in options.models:
            for backbone in options.backbones:
                name = f"{task}-{model}-{backbone}"
                asked = {**common, "task": task, "model": model, "backbone": backbone, "data": str(folders[task])}
                found[name] = finished(options.work, name, asked)
    print(json.dumps({"machine": describe(), **common, "networks": found}, indent=1))
    return 0


def finished(work: Path, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What a network reached, from its file or by training it now."""
    kept = work / f"{name}.json"
    if not kept.is_file():
        run = {**asked, "run": str(work / "runs" / name)}
        command = [sys.executable, __file__, "--worker", json.dumps(run)]
        sys.stderr.write(f"{name}\n")
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env=quiet)
        if done.returncode:
            return {"failed": done.returncode}
        kept.write_text(done.stdout.splitlines()[-1], "utf-8")
    return dict(json.loads(kept.read_text("utf-8")))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        print(json.dumps(work_on(json.loads(sys.argv[2]))))
        sys.exit()
    sys.exit(main())
