"""Ours and torchvision's Mask R-CNN, both from scratch, given the same processor minutes and data: who finds more.

python benchmarks/torchvision_budget.py PYTHON_WITH_TORCHVISION --data DIR --format coco --work DIR
       [--size 256 256] [--epochs 14] [--minutes 40] [--rate 0.001] [--only-score]

Ours is `train.py --task instance --epochs N`; how many minutes it used is measured. torchvision's, in a process of its
own at the same time, on as many threads (one), gets `--minutes`, its cosine following the share of them that is used:
choose N so that both come out alike. The same pictures at the same size, changed in the same way (flips exchange the
sides of numbered teeth), in the same order, ready-made for torchvision; the same anchors, regions, optimiser and
clipping. The best epoch is the best AP50 of the validation masks, the score the best F1 there, on both sides.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
THEIRS = HERE / "torchvision_training.py"
PASSES = 16  # epochs of changed pictures that are made ready; then the first again
QUIET = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def main() -> int:
    """Train both where not done yet, score both, print JSON."""
    arguments = _parse()
    work: Path = arguments.work
    if not (work / "settings.json").is_file():
        prepare_work(arguments)
    if not arguments.only_score:
        for stale in (*work.glob("found-*.npz"), *work.glob("val-*.npz")):
            stale.unlink()
        minutes = train_both(arguments)
        (work / "minutes.json").write_text(json.dumps(minutes))
    from budget_scores import score_both

    minutes = json.loads((work / "minutes.json").read_text())
    found = score_both(config_of(arguments), work, arguments.python)
    print(json.dumps({"machine": describe(), "minutes": minutes, **found}, indent=1))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="a Python with PyTorch and torchvision")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--format", default="auto")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything; ours is the run WORK/ours")
    parser.add_argument("--size", type=int, nargs=2, default=(256, 256))
    parser.add_argument("--epochs", type=int, default=14, help="of ours")
    parser.add_argument("--minutes", type=float, default=40, help="processor minutes of torchvision's")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate of torchvision's")
    parser.add_argument("--only-score", action="store_true", help="both are trained; score them again")
    return parser.parse_args()


def flags(arguments: argparse.Namespace) -> list[str]:
    """Of our `train.py`."""
    size = [str(side) for side in arguments.size]
    data = ["--task", "instance", "--data", str(arguments.data), "--format", arguments.format]
    how = ["--image-size", *size, "--epochs", str(arguments.epochs), "--batch-size", "4"]
    return [*data, *how, "--precision", "mixed_bfloat16", "--output", str(arguments.work / "ours")]


def config_of(arguments: argparse.Namespace) -> Any:
    """What these flags mean."""
    import tyro

    from dentalx.cli.train_command import Train

    return tyro.cli(Train, args=flags(arguments)).config()


def prepare_work(arguments: argparse.Namespace) -> None:
    """Write settings.json, train/, val.npz and test.npz, from the splits that train.py will draw."""
    from dentalx.config import to_json
    from dentalx.datasets import open_source
    from dentalx.datasets.instance_pipeline import Feed, InstanceLoader
    from dentalx.datasets.instances import mirrored_labels
    from dentalx.training.instances import prepare
    from dentalx.training.reporter import Reporter
    from dentalx.training.splitting import new_splits

    config, work = config_of(arguments), arguments.work
    source = open_source(config.data, config.model.image_size)
    splits = new_splits(config.data, source, Reporter())[0]
    prepared = prepare(config, source, splits, Reporter())
    loaders = {**prepared.loaders, "test": InstanceLoader(source, splits["test"], config.model.image_size)}
    (work / "train").mkdir(parents=True, exist_ok=True)
    for part in ("val", "test"):
        np.savez_compressed(work / f"{part}.npz", image=np.stack([scene.image for scene in _all(loaders[part])]))
    feed = Feed(config.batch_size, prepared.most, config.augment, mirrored_labels(prepared.classes), config.seed)
    for epoch in range(PASSES):
        write_epoch(work / "train", loaders["train"], feed, epoch)
    told = {"size": config.model.image_size, "classes": len(prepared.classes), "anchors": to_json(prepared.anchors)}
    numbers = {name: getattr(config.instances, name) for name in ("proposals", "regions", "detections")}
    steps, rates = len(loaders["train"]) // config.batch_size, (arguments.rate, config.weight_decay)
    how = {"learning_rate": rates[0], "weight_decay": rates[1], "steps": steps, "bfloat16": True}
    settings = {"backbone": config.model.backbone, **told, **numbers, **how}
    (work / "settings.json").write_text(json.dumps(settings, indent=1))


def _all(loader: Any) -> list[Any]:
    return [loader[index] for index in range(len(loader))]


def write_epoch(folder: Path, loader: Any, feed: Any, epoch: int) -> None:
    """The batches of an epoch as `instance_pipeline` makes them for ours."""
    from dentalx.datasets.augment import augment_seed
    from dentalx.datasets.instance_pipeline import changed
    from dentalx.datasets.pipeline import batch_indices

    for step in range(len(loader) // feed.batch_size):
        scenes = []
        for index in batch_indices(feed.seed, epoch, step, len(loader), feed.batch_size):
            seed = augment_seed(feed.seed, epoch, index)
            scenes.append(changed(loader[index], feed.augment, feed.flips, seed))
        write_batch(folder / f"{epoch:02d}-{step:04d}.npz", scenes)


def write_batch(path: Path, scenes: list[Any]) -> None:
    """`image` (B, H, W); of all objects their `picture`, `labels`, `boxes` (y1, x1, y2, x2) and packed `masks`."""
    from dentalx.geometry import mask_box

    masks = np.concatenate([scene.masks for scene in scenes])
    np.savez_compressed(
        path,
        image=np.stack([scene.image for scene in scenes]),
        picture=np.repeat(np.arange(len(scenes)), [len(scene.labels) for scene in scenes]),
        labels=np.concatenate([scene.labels for scene in scenes]),
        boxes=np.array([mask_box(mask > 0) for mask in masks], np.float32).reshape(-1, 4),
        masks=np.packbits(masks, axis=2),
    )


def train_both(arguments: argparse.Namespace) -> dict[str, float]:
    """Processor minutes of each, children included, from its start to its end."""
    theirs = [arguments.python, str(THEIRS), str(arguments.work), str(arguments.minutes)]
    commands = {"ours": [sys.executable, str(HERE.parent / "train.py"), *flags(arguments)], "torchvision": theirs}
    names = {}
    for who, words in commands.items():
        log = (arguments.work / f"{who}.log").open("wb")
        environment = {**os.environ, **QUIET}
        process = subprocess.Popen(words, stdout=log, stderr=log, env=environment, start_new_session=True)
        names[process.pid] = who
    minutes = {}
    while names:
        pid, status, used = os.wait4(-1, 0)
        who = names.pop(pid)
        minutes[who] = round((used.ru_utime + used.ru_stime) / 60, 2)
        if status:
            raise SystemExit(f"{who} ended with {os.waitstatus_to_exitcode(status)}; see {arguments.work / who}.log")
    return minutes


if __name__ == "__main__":
    sys.exit(main())
