"""Our scores against those of five libraries, and how long boundary scores take.

    PEERS/bin/python benchmarks/metric_twins.py [pairs of masks] > metric_twins.json

It needs torch, so it runs in an environment of its own, with: monai torchmetrics surface-distance pycocotools
scikit-learn opencv-python-headless scipy. Of this package the scores and the calibration are used. What is missing is
left out and said.

Masks are noise, blobs, lines and single pixels, empty, full and at the edge, 1 to 40 pixels a side, pixels of any
shape; every pair is scored by everybody. `agree` are definitions that are the same: the largest difference must be
rounding (torch's is that of float32). `differ` are those that are not the same.

Speed: one pair of 1024×2048, Hausdorff's 95th percentile, mean distance and NSD, in turns, milliseconds of processor
time on one thread.
"""

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe

from dentalx import metrics as ours

warnings.filterwarnings("ignore")
SEED, TURNS = 0, 5
ROUNDING = 2e-6
Pair = tuple[np.ndarray, np.ndarray, tuple[float, float]]
Scored = tuple[str, float, float]  # what, our value, theirs


def drawn(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """One mask (H, W) bool of a random kind."""
    kind = rng.integers(0, 8)
    noise = rng.random(size)
    if kind == 0:
        return np.zeros(size, bool)
    if kind == 1:
        return np.ones(size, bool)
    if kind == 2:
        return noise == noise.max()  # one pixel
    if kind == 3:
        mask = np.zeros(size, bool)
        mask[int(rng.integers(size[0]))] = True  # a line from edge to edge
        return mask
    if kind == 4:
        return noise < rng.random()
    return cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(0.5, 4))) > rng.uniform(0.45, 0.55)


def pairs(n: int) -> Iterator[Pair]:
    """Pairs of masks and the size of a pixel."""
    rng = np.random.default_rng(SEED)
    for _ in range(n):
        size = int(rng.integers(1, 41)), int(rng.integers(1, 41))
        truth, other = drawn(rng, size), drawn(rng, size)
        prediction = np.roll(truth, rng.integers(-3, 4, 2), (0, 1)) if rng.random() < 0.3 else other
        yield truth, prediction, (1.0, 1.0) if rng.random() < 0.5 else tuple(rng.uniform(0.2, 3, 2))


def surface_distance_scores(pair: Pair) -> Iterator[Scored]:
    """DeepMind's surface-distance: everything where both masks hold something."""
    import surface_distance as peer

    truth, prediction, spacing = pair
    if not (truth.any() and prediction.any()):
        return
    theirs = peer.compute_surface_distances(truth, prediction, spacing)
    distances = ours.outline_distances(truth, prediction, spacing)
    for tolerance in (0.5, 1.0, 2.7):
        yield "NSD", ours.nsd(distances, tolerance), peer.compute_surface_dice_at_tolerance(theirs, tolerance)
    yield "HD", ours.hausdorff(distances), peer.compute_robust_hausdorff(theirs, 100)
    yield "HD95", ours.hd95(distances), peer.compute_robust_hausdorff(theirs, 95)
    yield "MASD", ours.masd(distances), float(np.mean(peer.compute_average_surface_distance(theirs)))


def monai_scores(pair: Pair) -> Iterator[Scored]:
    """MONAI: overlap, and NSD with its `use_subvoxels`."""
    import torch
    from monai.metrics import compute_dice, compute_iou, compute_surface_dice

    truth, prediction, spacing = pair
    one, two = (torch.from_numpy(np.ascontiguousarray(m))[None, None].float() for m in (prediction, truth))
    counts = ours.count(truth.astype(np.uint8), prediction.astype(np.uint8), 1)
    if truth.any():
        yield "Dice", float(ours.dice(counts)[0]), float(compute_dice(one, two))
        yield "IoU", float(ours.iou(counts)[0]), float(compute_iou(one, two))
    if truth.any() and prediction.any() and min(truth.shape) > 1:
        theirs = compute_surface_dice(
            one, two, [1.0], include_background=True, spacing=list(spacing), use_subvoxels=True
        )
        yield "NSD, subvoxels", ours.nsd(ours.outline_distances(truth, prediction, spacing), 1.0), float(theirs)


def torchmetrics_scores(pair: Pair) -> Iterator[Scored]:
    """torchmetrics: overlap, agreement, calibration, panoptic quality of pieces."""
    import torch
    from torchmetrics.functional.classification import binary_calibration_error, binary_cohen_kappa
    from torchmetrics.functional.detection import panoptic_quality
    from torchmetrics.functional.segmentation import dice_score, mean_iou

    truth, prediction, _ = pair
    one, two = (torch.from_numpy(np.ascontiguousarray(m))[None, None].long() for m in (prediction, truth))
    counts = ours.count(truth.astype(np.uint8), prediction.astype(np.uint8), 1)
    yield "Dice", float(ours.dice(counts)[0]), float(dice_score(one, two, 1, input_format="one-hot", average="none"))
    if truth.any() or prediction.any():
        yield "IoU", float(ours.iou(counts)[0]), float(mean_iou(one, two, 1, input_format="one-hot", per_class=True))
    if 0 < truth.mean() < 1 or 0 < prediction.mean() < 1:
        yield "kappa", float(ours.kappa(counts)[0]), float(binary_cohen_kappa(one.flatten(), two.flatten()))
    maps = [cv2.connectedComponents(m.astype(np.uint8), connectivity=8)[1] for m in (truth, prediction)]
    if maps[0].any() or maps[1].any():
        found = ours.label_overlaps(*maps)
        theirs = panoptic_quality(*(_categories(m) for m in maps[::-1]), things={1}, stuffs={0}, return_per_class=True)
        quality = ours.object_counts(ours.match(found.iou)).panoptic_quality
        yield "PQ", quality, float(theirs[0][0])
    probability = np.random.default_rng(truth.size).random(truth.shape)
    theirs = binary_calibration_error(torch.from_numpy(probability).flatten(), two.flatten(), n_bins=15)
    from dentalx.evaluation.calibration import CalibrationCounts

    calibration = CalibrationCounts(15)
    calibration.add(truth.astype(np.uint8), probability)
    yield "ECE", float(calibration.result().ece or 0), float(theirs)


def _categories(numbers: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.stack([(numbers > 0).astype(np.int64), numbers.astype(np.int64)], -1))[None]


def pycocotools_scores(pair: Pair) -> Iterator[Scored]:
    """pycocotools: IoU of masks."""
    from pycocotools import mask as peer

    truth, prediction, _ = pair
    codes = [peer.encode(np.asfortranarray(m.astype(np.uint8))) for m in (truth, prediction)]
    theirs = peer.iou([codes[1]], [codes[0]], [False])
    yield "mask IoU", float(ours.overlaps(truth[None], prediction[None]).iou[0, 0]), float(theirs[0, 0])


def sklearn_scores(pair: Pair) -> Iterator[Scored]:
    """scikit-learn: everything that comes from counts."""
    from sklearn import metrics as peer

    truth, prediction, _ = pair
    a, b, nan = truth.ravel(), prediction.ravel(), float("nan")
    counts = ours.count(truth.astype(np.uint8), prediction.astype(np.uint8), 1)
    yield "Dice", float(ours.dice(counts)[0]), float(peer.f1_score(a, b, zero_division=nan))
    yield "recall", float(ours.recall(counts)[0]), float(peer.recall_score(a, b, zero_division=nan))
    if a.any() or b.any():
        yield "IoU", float(ours.iou(counts)[0]), float(peer.jaccard_score(a, b, zero_division=0))
        yield "precision", float(ours.precision(counts)[0]), float(peer.precision_score(a, b, zero_division=0))
    if not (a.all() and b.all()) and (a.any() or b.any()):
        yield "kappa", float(ours.kappa(counts)[0]), float(peer.cohen_kappa_score(a, b, labels=[0, 1]))
        yield "MCC", float(ours.mcc(counts)[0]), float(peer.matthews_corrcoef(a, b))
    if a.any() and not a.all():
        mine = float(ours.balanced_accuracy(counts)[0])
        yield "balanced accuracy", mine, float(peer.balanced_accuracy_score(a, b))


def differing_scores(pair: Pair) -> Iterator[Scored]:
    """Definitions that are not ours, each under the name of what it does."""
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance, compute_surface_dice

    truth, prediction, spacing = pair
    if not (truth.any() and prediction.any()):
        return
    one, two = (torch.from_numpy(np.ascontiguousarray(m))[None, None].float() for m in (prediction, truth))
    how = {"include_background": True, "spacing": list(spacing)}
    distances = ours.outline_distances(truth, prediction, spacing)
    theirs = compute_hausdorff_distance(one, two, percentile=95, **how)
    yield "MONAI HD95: centres of edge pixels, unweighted", ours.hd95(distances), float(theirs)
    theirs = compute_average_surface_distance(one, two, symmetric=True, **how)
    yield "MONAI ASSD: centres of edge pixels, unweighted", ours.assd(distances), float(theirs)
    theirs = compute_surface_dice(one, two, [1.0], **how)
    yield "MONAI NSD: centres of edge pixels, unweighted", ours.nsd(distances, 1.0), float(theirs)


def compared(scores: Callable[[Pair], Iterator[Scored]], all_pairs: list[Pair]) -> dict[str, Any]:
    """For each score: pairs compared, how many differ by more than rounding, and the largest difference."""
    table: dict[str, list[float]] = {}
    for pair in all_pairs:
        for name, mine, theirs in scores(pair):
            both_undefined = np.isnan(mine) and np.isnan(theirs)
            table.setdefault(name, []).append(0.0 if both_undefined else abs(mine - theirs))
    return {
        name: {
            "compared": len(apart),
            "different": int(sum(not value <= ROUNDING for value in apart)),
            "largest": float(np.max(apart)),
            "mean": float(np.mean(apart)),
        }
        for name, apart in table.items()
    }


def jaw(shift: int) -> np.ndarray:
    """A mask (1024, 2048) bool like a mandible's."""
    mask = np.zeros((1024, 2048), np.uint8)
    cv2.ellipse(mask, (1024 + shift, 400), (800, 450 + shift), 0, 0, 180, 1, 150)
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 5) > 0.5


def timed() -> dict[str, Any]:
    """Milliseconds of processor time for HD95, a mean distance and NSD of one pair, the median of turns."""
    import surface_distance
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance, compute_surface_dice

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    truth, prediction = jaw(0), jaw(6)
    one, two = (torch.from_numpy(m)[None, None].float() for m in (prediction, truth))

    def dentalx() -> None:
        distances = ours.outline_distances(truth, prediction)
        ours.hd95(distances), ours.assd(distances), ours.nsd(distances, 4.0)

    def deepmind() -> None:
        distances = surface_distance.compute_surface_distances(truth, prediction, (1.0, 1.0))
        surface_distance.compute_robust_hausdorff(distances, 95)
        surface_distance.compute_average_surface_distance(distances)
        surface_distance.compute_surface_dice_at_tolerance(distances, 4.0)

    def monai() -> None:
        compute_hausdorff_distance(one, two, include_background=True, percentile=95)
        compute_average_surface_distance(one, two, include_background=True, symmetric=True)
        compute_surface_dice(one, two, [4.0], include_background=True)

    ways = {"dentalx": dentalx, "surface-distance": deepmind, "MONAI": monai}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(TURNS):
        for name, way in ways.items():
            start = time.process_time()
            way()
            taken[name].append(1000 * (time.process_time() - start))
    middle = {name: statistics.median(values) for name, values in taken.items()}
    return {
        "milliseconds": {name: round(value, 1) for name, value in middle.items()},
        "times_as_long_as_dentalx": {name: round(value / middle["dentalx"], 1) for name, value in middle.items()},
    }


AGREE = {
    "surface-distance": surface_distance_scores,
    "MONAI": monai_scores,
    "torchmetrics": torchmetrics_scores,
    "pycocotools": pycocotools_scores,
    "scikit-learn": sklearn_scores,
}


def main() -> None:
    """Compare, time, print JSON."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    all_pairs = list(pairs(n))
    agree: dict[str, Any] = {}
    for name, scores in AGREE.items():
        try:
            agree[name] = compared(scores, all_pairs)
        except ImportError as error:
            agree[name] = f"not installed: {error}"
    figures = {"agree": agree, "differ": compared(differing_scores, all_pairs), "speed": timed()}
    print(json.dumps({"benchmark": "metric_twins", "pairs": n, **figures, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
