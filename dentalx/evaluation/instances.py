"""Objects against objects, picture by picture; only numbers are kept.

evaluation = InstanceEvaluation(("teeth", "caries"))
for …: evaluation.add(record.image_id, record.patient_id, truth, predicted)
metrics = evaluation.metrics(score=0.5)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation.aggregate import number
from dentalx.evaluation.average_precision import OVERLAPS, Scored, average_precision, score_picture, summary
from dentalx.geometry import mask_box
from dentalx.metrics.objects import ObjectCounts, match, object_counts, overlaps
from dentalx.samples import Instances

SCORES = np.round(np.arange(0.05, 1.0, 0.05), 2)  # at which objects are counted
KINDS = ("bbox", "segm")

Boxes = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """The objects that are there.

    Attributes:
        instances: masks and labels.
        crowd: (N,) bool, as in `datasets.instances.InstanceSample`.
    """

    instances: Instances
    crowd: NDArray[np.bool_]


@dataclass(frozen=True)
class Predicted:
    """The objects that were found.

    Attributes:
        instances: masks, labels and scores.
        boxes: (M, 4) float32; None takes the masks' own.
    """

    instances: Instances
    boxes: Boxes | None = None


class InstanceEvaluation:
    """An evaluation under way.

    Args:
        classes: K names.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self._scored: dict[str, list[list[Scored]]] = {kind: [[] for _ in self.classes] for kind in KINDS}
        self._counts = [[ObjectCounts(0, 0, 0, 0.0) for _ in SCORES] for _ in self.classes]
        self._pictures = 0
        self._count_errors: list[list[int]] = [[] for _ in SCORES]

    def add(self, truth: Truth, predicted: Predicted) -> None:
        """Compare the objects of one picture; truth and prediction have one size."""
        self._pictures += 1
        found, there = predicted.instances, truth.instances
        common = overlaps(found.masks, there.masks)
        mask_ious = _with_crowds(common.both, common.truth, common.prediction, truth.crowd)
        own = np.array([mask_box(mask) for mask in found.masks], np.float32).reshape(-1, 4)
        boxes = own if predicted.boxes is None else predicted.boxes
        true_boxes = np.array([mask_box(mask) for mask in there.masks], np.float32).reshape(-1, 4)
        ious = {"segm": mask_ious, "bbox": box_ious(boxes, true_boxes, truth.crowd)}
        for k in range(len(self.classes)):
            mine, theirs = found.labels == k + 1, there.labels == k + 1
            scores, crowd = found.scores[mine].astype(np.float64), truth.crowd[theirs]
            for kind in KINDS:
                picture = score_picture(ious[kind][np.ix_(mine, theirs)], scores, crowd)
                self._scored[kind][k].append(picture)
            self._count(k, mask_ious[np.ix_(mine, theirs & ~truth.crowd)], scores)
        objects = int((~truth.crowd).sum())
        for errors, least in zip(self._count_errors, SCORES, strict=True):
            errors.append(int((found.scores >= least).sum()) - objects)

    def _count(self, k: int, ious: Floats, scores: Floats) -> None:
        for s, least in enumerate(SCORES):
            kept = ious[scores >= least]
            self._counts[k][s] += object_counts(match(kept.T))

    def best_score(self) -> float:
        """The score at which the objects' F1 over all classes is largest, the middle of equals; only for validation."""
        totals = [self._total(s).recognition_quality for s in range(len(SCORES))]
        values = np.nan_to_num(np.array(totals), nan=-1.0)
        best = np.flatnonzero(values == values.max())
        return float(SCORES[best[len(best) // 2]])

    def metrics(self, score: float) -> dict[str, Any]:
        """Everything as JSON values, null where undefined.

        Args:
            score: at which precision, recall, F1 and PQ are taken; the nearest of `SCORES`.
        """
        s = int(np.abs(SCORES - score).argmin())
        per_kind = {kind: [average_precision(pictures) for pictures in self._scored[kind]] for kind in KINDS}
        classes = {}
        for k, name in enumerate(self.classes):
            kinds = {kind: _numbers(summary([per_kind[kind][k]])) for kind in KINDS}
            classes[name] = {**kinds, **_counted(self._counts[k][s]), "objects": per_kind["segm"][k].objects}
        errors = np.abs(self._count_errors[s]) if self._pictures else np.zeros(0)
        return {
            **{kind: _numbers(summary(per_kind[kind])) for kind in KINDS},
            **_counted(self._total(s)),
            "score": float(SCORES[s]),
            "count_error": number(float(errors.mean())) if len(errors) else None,
            "n_images": self._pictures,
            "classes": classes,
            "overlaps": OVERLAPS.round(2).tolist(),
        }

    def _total(self, s: int) -> ObjectCounts:
        total = ObjectCounts(0, 0, 0, 0.0)
        for counts in self._counts:
            total = total + counts[s]
        return total


def box_ious(boxes: Boxes, truth: Boxes, crowd: NDArray[np.bool_]) -> Floats:
    """(M, N) intersection over union of boxes; with a crowd, over the predicted box's area.

    >>> box_ious(np.float32([[0, 0, 2, 2]]), np.float32([[0, 1, 2, 3]]), np.array([False])).round(3).tolist()
    [[0.333]]
    """
    sides = np.minimum(boxes[:, None, 2:], truth[None, :, 2:]) - np.maximum(boxes[:, None, :2], truth[None, :, :2])
    both = np.maximum(sides, 0).prod(2)
    areas = [(b[:, 2:] - b[:, :2]).prod(1) for b in (boxes, truth)]
    return _with_crowds(both, areas[0], areas[1], crowd)


def _with_crowds(both: Any, predicted: Any, truth: Any, crowd: NDArray[np.bool_]) -> Floats:
    union = predicted[:, None] + np.where(crowd, 0, truth - 0)[None] - np.where(crowd[None], 0, both)
    return np.asarray(np.divide(both, union, out=np.zeros(both.shape), where=union > 0), np.float64)


def _numbers(values: dict[str, float]) -> dict[str, float | None]:
    return {name: number(value) for name, value in values.items()}


def _counted(counts: ObjectCounts) -> dict[str, Any]:
    return {
        "precision": number(counts.precision),
        "recall": number(counts.recall),
        "f1": number(counts.recognition_quality),
        "pq": number(counts.panoptic_quality),
        "sq": number(counts.segmentation_quality),
        "matched": counts.matched,
        "missed": counts.missed,
        "spurious": counts.spurious,
    }
