"""Scores of the two runs that `torchvision_budget.py` trains: by dentalx's evaluation, and by pycocotools."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.datasets import open_source
from dentalx.datasets.instances import InstanceSample, load_instances
from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.inference.instances import Found, load_instance_predictor, to_picture
from dentalx.preprocess import Letterbox
from dentalx.runs import Run
from dentalx.samples import Instances
from dentalx.training.reporter import Reporter
from dentalx.training.splitting import new_splits

THEIRS = Path(__file__).resolve().parent / "torchvision_training.py"
Finder = Any  # of (number of the picture, its sample) the objects found there


def score_both(config: Any, work: Path, python: str) -> dict[str, Any]:
    """Scores of the test pictures, at the score that is best on validation, of ours and of torchvision's."""
    source = open_source(config.data, config.model.image_size)
    splits = new_splits(config.data, source, Reporter())[0]
    parts = {part: [load_instances(source, record) for record in splits[part]] for part in ("val", "test")}
    patients = [record.patient_id or record.image_id for record in splits["test"]]
    epochs = epoch_scores(parts["val"], work, config.model.image_size, source.classes)
    best = max(epochs, key=lambda epoch: epochs[epoch])
    for part in parts:
        if (work / f"found-{part}.npz").is_file():
            continue  # scored before
        subprocess.run([python, str(THEIRS), str(work), str(best), part], check=True, stdout=sys.stderr)
    predictor = load_instance_predictor(Run(work / "ours"), min_score=0.0)
    size, found = config.model.image_size, {}
    for who in ("ours", "torchvision"):
        finders = {part: _finder(who, predictor, work / f"found-{part}.npz", size) for part in parts}
        found[who] = scores(parts, finders, source.classes, patients)
    found["ours"]["epochs"] = our_epochs(work / "ours")
    found["torchvision"]["epochs"] = epochs
    return found


def our_epochs(run: Path) -> dict[int, float]:
    """Validation AP50 after each epoch, from the run's log."""
    head, *rows = [line.split(",") for line in (run / "log.csv").read_text().split()]
    return {int(row[0]): float(row[head.index("val_ap50")]) for row in rows}


def epoch_scores(samples: list[InstanceSample], work: Path, size: tuple[int, int], classes: Any) -> dict[int, float]:
    """The same of torchvision's, at the pictures' own size."""
    found = {}
    for path in sorted(work.glob("val-??.npz")):
        evaluation = InstanceEvaluation(classes)
        finder = _finder("torchvision", None, path, size)
        for index, sample in enumerate(samples):
            _add(evaluation, sample, finder(index, sample))
        found[int(path.stem[-2:])] = evaluation.metrics(0.5)["segm"]["AP50"] or 0.0
    return found


def _finder(who: str, predictor: Any, path: Path, size: tuple[int, int]) -> Finder:
    """Ours from the network, torchvision's from the file of its worker; one code pastes the masks of both."""
    if who == "ours":
        return lambda index, sample: predictor(sample.image)
    file = np.load(path)
    every = {name: file[name] for name in ("picture", "boxes", "labels", "scores", "masks")}

    def find(index: int, sample: InstanceSample) -> Found:
        mine = every["picture"] == index
        raw = {name: values[mine].astype(np.float32) for name, values in every.items()}
        raw["count"] = np.array(mine.sum())
        return to_picture(raw, Letterbox(sample.image.shape, size), 0.0)

    return find


def _add(evaluation: InstanceEvaluation, sample: InstanceSample, found: Found, patient: str | None = None) -> None:
    evaluation.add(Truth(sample.instances, sample.crowd), Predicted(found.instances, found.boxes), patient)


def scores(parts: Any, finders: Any, classes: Any, patients: list[str]) -> dict[str, Any]:
    """AP50, AP and PQ of masks with their intervals, AP of boxes, and what pycocotools says."""
    chosen = InstanceEvaluation(classes)
    for index, sample in enumerate(parts["val"]):
        _add(chosen, sample, finders["val"](index, sample))
    evaluation, seen = InstanceEvaluation(classes), []
    for index, (sample, patient) in enumerate(zip(parts["test"], patients, strict=True)):
        found = finders["test"](index, sample)
        _add(evaluation, sample, found, patient)
        seen.append((encoded(sample.instances), encoded(found.instances)))
    whole = evaluation.metrics(chosen.best_score(), Resampling())
    told = ("score", "precision", "recall", "f1", "pq", "ci95", "pooled_iou", "interval")
    kinds = {kind: {name: whole[kind][name] for name in ("AP50", "AP", "AP75")} for kind in ("segm", "bbox")}
    return {**kinds, **{name: whole[name] for name in told}, "pycocotools": reference(seen, classes)}


def encoded(instances: Instances) -> list[dict[str, Any]]:
    """Objects as COCO has them: compressed run lengths, `category_id`, `score`."""
    from pycocotools import mask

    rows = zip(instances.masks, instances.labels.tolist(), instances.scores.tolist(), strict=True)
    return [
        {"segmentation": mask.encode(np.asfortranarray(plane.astype(np.uint8))), "category_id": label, "score": score}
        for plane, label, score in rows
    ]


def reference(seen: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]], classes: Any) -> dict[str, float]:
    """pycocotools' AP and AP50 of masks of pictures' (true, found) objects."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(sys.stderr):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": index + 1, **_size(pair[0])} for index, pair in enumerate(seen)],
            "categories": [{"id": k + 1, "name": name} for k, name in enumerate(classes)],
            "annotations": list(_numbered(seen, 0)),
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(list(_numbered(seen, 1))), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {"AP": float(evaluation.stats[0]), "AP50": float(evaluation.stats[1])}


def _size(objects: list[dict[str, Any]]) -> dict[str, int]:
    height, width = objects[0]["segmentation"]["size"] if objects else (1, 1)
    return {"height": height, "width": width}


def _numbered(seen: list[Any], side: int) -> Iterator[dict[str, Any]]:
    from pycocotools import mask

    number = 0
    for index, pair in enumerate(seen):
        for each in pair[side]:
            number += 1
            area = float(mask.area(each["segmentation"]))
            box = mask.toBbox(each["segmentation"]).tolist()
            yield {**each, "id": number, "image_id": index + 1, "area": area, "bbox": box, "iscrowd": 0}
