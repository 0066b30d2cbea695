"""Five folds of a network beside segmentation_models_pytorch's U-Net on ResNet34, on the same pictures.

    python benchmarks/folds.py IMAGES MASKS PYTHON_WITH_PEERS --work DIR [--model unet --backbone resnet34] > folds.json

Ours is `dentalx cross-validate`. The peer learns, fold by fold, from the very batches that ours learns from: the same
pictures at the same size, augmented alike, in the same order, with the same loss, optimiser, rate and epochs, from
scratch; it keeps its best epoch on the same validation pictures. Its threshold is chosen, and its masks are scored, by
the same code. What is finished in DIR is not done again.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from _machine import describe
from architectures import shown
from PIL import Image

HERE = Path(__file__).resolve().parent


def cross_validate(options: argparse.Namespace) -> Path:
    """Ours: the folder of the cross-validation."""
    from dentalx.cli import run as command

    root = Path(options.work) / f"{options.model}-{options.backbone}"
    if not (root / "evaluation" / "metrics.json").is_file():
        flags = [
            *("--images", options.images, "--masks", options.masks, "--model", options.model),
            *("--backbone", options.backbone, "--encoder-weights", "none", "--image-size", *options.size),
            *("--epochs", options.epochs, "--batch-size", options.batch, "--precision", options.precision),
            *("--folds", options.folds, "--output", root),
        ]
        going_on = ["--resume"] if (root / "fold1" / "config.json").is_file() else []
        with contextlib.redirect_stdout(sys.stderr):
            code = command("cross-validate", [*(str(flag) for flag in flags), *going_on])
        if code:
            raise SystemExit("cross-validate did not end well")
    return root


def write_lessons(run: Any, folder: Path) -> tuple[Any, dict[str, Any]]:
    """What a fold learns from and is judged by, as arrays for the peer; the source and its parts."""
    from dentalx import runs
    from dentalx.datasets import open_source
    from dentalx.datasets.pipeline import Loader, training_dataset
    from dentalx.datasets.splits import read_divided_splits

    config = runs.describe(run).train
    source = open_source(config.data, config.model.image_size)
    parts = read_divided_splits(run.splits, source.records)
    loaders = {name: Loader(source, parts[name], config.model.image_size) for name in ("train", "val", "test")}
    batches, steps = training_dataset(
        loaders["train"],
        batch_size=config.batch_size,
        augment=config.augment,
        seed=config.seed,
        start_epoch=0,
        epochs=config.epochs,
    )
    folder.mkdir(parents=True, exist_ok=True)
    images, masks = zip(*((image.numpy(), mask.numpy()) for image, mask in batches), strict=True)
    np.savez(folder / "lessons.npz", images=np.stack(images), masks=np.stack(masks))
    for name in ("val", "test"):
        pairs = [loaders[name][index] for index in range(len(loaders[name]))]
        np.savez(folder / f"{name}.npz", images=[pair[0] for pair in pairs], masks=[pair[1] for pair in pairs])
    wishes = {
        "steps": steps,
        "epochs": config.epochs,
        "learning_rate": config.learning_rate,
        "weight_decay": config.weight_decay,
    }
    (folder / "wishes.json").write_text(json.dumps(wishes), "utf-8")
    return source, parts


def peer_fold(run: Any, python: str, folder: Path, masks: Path) -> dict[str, Any]:
    """Train the peer on a fold, choose its threshold, write its masks of the pictures held out."""
    from dentalx.evaluation.threshold import ThresholdSweep
    from dentalx.preprocess import Letterbox

    kept = folder / "done.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text("utf-8")))
    source, parts = write_lessons(run, folder)
    began = time.perf_counter()
    subprocess.run([python, str(HERE / "folds_peer.py"), str(folder)], check=True, stdout=sys.stderr)
    took = time.perf_counter() - began
    sweep, threshold = ThresholdSweep(), 0.5
    for name in ("val", "test"):
        found = np.load(folder / f"{name}_found.npy", allow_pickle=False)
        for record, probability in zip(parts[name], found, strict=True):
            sample = source.load(record)
            whole = Letterbox(sample.image.shape, probability.shape).undo(probability[..., None])[..., 0]
            if name == "val":
                sweep.add(sample.mask, whole)
            else:
                Image.fromarray((whole >= threshold).astype(np.uint8) * np.uint8(255)).save(
                    masks / f"{record.image_id}.png"
                )
        threshold = sweep.best().value
    (folder / "lessons.npz").unlink()
    kept.write_text(json.dumps({"threshold": threshold, "minutes": round(took / 60, 2)}), "utf-8")
    return dict(json.loads(kept.read_text("utf-8")))


def main() -> int:
    """Print both sides' scores and their paired difference as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("images", "masks"):
        parser.add_argument(name, type=Path)
    parser.add_argument("python")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", default="unet")
    parser.add_argument("--backbone", default="resnet34")
    parser.add_argument("--size", type=int, nargs=2, default=(64, 128))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="mixed_bfloat16")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    from dentalx.evaluation.paired import compare_results
    from dentalx.runs import Run
    from dentalx.runs import describe as described
    from dentalx.scoring import score_predictions

    root = cross_validate(options)
    ours = json.loads((root / "evaluation" / "metrics.json").read_text("utf-8"))
    masks, each = options.work / "peer" / "masks", []
    masks.mkdir(parents=True, exist_ok=True)
    for number in range(1, options.folds + 1):
        run = Run(root / f"fold{number}")
        each.append(peer_fold(run, options.python, options.work / "peer" / f"fold{number}", masks))
    data = described(Run(root / "fold1")).train.data
    peers, own = (score_predictions(folder, data, None).result for folder in (masks, root / "masks"))
    settings = {name: getattr(options, name) for name in ("model", "backbone", "size", "epochs", "batch", "precision")}
    sides = {
        "ours": {"scores": shown(ours), "n": ours["n_images"], "folds": ours["cross_validation"]},
        "peer": {"scores": shown(peers.metrics), "n": peers.metrics["n_images"], "folds": each},
        "ours_minus_peer": compare_results(peers, own, ("dice", "iou", "nsd"))["scores"],
    }
    print(json.dumps({"machine": describe(), **settings, **sides}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
