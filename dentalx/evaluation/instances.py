"""Objects against objects, picture by picture; only numbers are kept.

evaluation = InstanceEvaluation(("teeth", "caries"))
for …: evaluation.add(truth, predicted)
metrics = evaluation.metrics(score=0.5)
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation import object_intervals
from dentalx.evaluation.aggregate import number
from dentalx.evaluation.average_precision import OVERLAPS, RECALLS, Scored, average_precision, score_picture, summary
from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.free_response import free_response
from dentalx.evaluation.pooled_iou import WHY, pixels_at, pooled_iou
from dentalx.geometry import mask_box
from dentalx.metrics.objects import ObjectCounts, match, object_counts, overlaps
from dentalx.samples import Instances

SCORES = np.round(np.arange(0.05, 1.0, 0.05), 2)  # at which objects are counted
IN_A_CROWD = 0.5  # of a found object's area, from which it counts neither for nor against
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
        self._counts: list[list[list[ObjectCounts]]] = []  # of each picture, each class, at each of `SCORES`
        self._pixels = np.zeros((2, len(SCORES) + 1), np.int64)  # as `pooled_iou.pixels_at`
        self._patients: list[str | None] = []

    def add(self, truth: Truth, predicted: Predicted, patient_id: str | None = None) -> list[list[ObjectCounts]]:
        """Compare the objects of one picture; truth and prediction have one size.

        Args:
            truth: what is there.
            predicted: what was found.
            patient_id: whose picture it is; intervals need it of every picture.

        Returns:
            of each of the K classes, at each of `SCORES`, the picture's objects counted.
        """
        counts = []
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
            counts.append(_at_scores(mask_ious[np.ix_(mine, theirs)], scores, crowd))
        self._counts.append(counts)
        self._pixels += pixels_at(there, truth.crowd, found, SCORES)
        self._patients.append(patient_id)
        return counts

    def best_score(self) -> float:
        """The score at which the objects' F1 over all classes is largest, the middle of equals; only for validation."""
        every = range(len(self.classes))
        totals = [self._total(s, every).recognition_quality for s in range(len(SCORES))]
        values = np.nan_to_num(np.array(totals), nan=-1.0)
        best = np.flatnonzero(values == values.max())
        return float(SCORES[best[len(best) // 2]])

    def metrics(self, score: float, resampling: Resampling | None = None) -> dict[str, Any]:
        """Everything as JSON values, null where undefined.

        Args:
            score: at which precision, recall, F1, PQ and the pooled IoU are taken; the nearest of `SCORES`.
            resampling: how intervals are made; None makes none.

        Raises:
            ValueError: intervals are asked for, and a picture was added without its patient.
        """
        s = nearest_score(score)
        intervals, how = self._intervals(s, resampling) if resampling else ({}, {})
        per_kind = {kind: [average_precision(pictures) for pictures in self._scored[kind]] for kind in KINDS}
        classes = {}
        for k, name in enumerate(self.classes):
            kinds = {kind: _numbers(summary([per_kind[kind][k]])) for kind in KINDS}
            more = {"count_error": self._count_error(s, (k,)), "objects": per_kind["segm"][k].objects}
            classes[name] = {**kinds, **_counted(self._total(s, (k,))), **more, **intervals.get(k, {})}
        every = range(len(self.classes))
        return {
            **{kind: _numbers(summary(per_kind[kind])) for kind in KINDS},
            **_counted(self._total(s, every)),
            "score": float(SCORES[s]),
            "count_error": self._count_error(s, every),
            "pooled_iou": {"value": number(pooled_iou(self._pixels, s)), "what": WHY},
            "n_images": len(self._counts),
            **intervals.get(None, {}),
            **how,
            "classes": classes,
            "overlaps": OVERLAPS.round(2).tolist(),
        }

    def curves(self) -> dict[str, dict[str, Any]]:
        """Of each class in the truth: precision at `RECALLS`, and its free-response curve, of masks at an IoU of 0.5.

        Returns:
            class to `recall`, `precision`, and `false_per_image`, `found`, lists of one length each.
        """
        curves = {}
        for name, pictures in zip(self.classes, self._scored["segm"], strict=True):
            whole = average_precision(pictures)
            if whole.objects:
                false, found = free_response(pictures)
                curves[name] = {
                    "recall": RECALLS.tolist(),
                    "precision": whole.curve[0].tolist(),
                    "false_per_image": false.tolist(),
                    "found": found.tolist(),
                }
        return curves

    def _intervals(self, s: int, how: Resampling) -> tuple[dict[int | None, dict[str, Any]], dict[str, Any]]:
        """Of each class's place, and of None for all, its intervals; and how they were made."""
        patients = [patient for patient in self._patients if patient is not None]
        if len(patients) < len(self._patients):
            raise ValueError("intervals need the patient of every picture; give patient_id to add")
        rows = [[astuple(counts[k][s]) for k in range(len(self.classes))] for counts in self._counts]
        counts = np.array(rows, np.float64).reshape(len(rows), len(self.classes), 4)
        fewer = object_intervals.affordable(self._scored["segm"], how)
        counted = object_intervals.counted_intervals(counts, patients, how)
        averaged = object_intervals.averaged_intervals(self._scored["segm"], patients, fewer)
        both = object_intervals.as_json({place: averaged[place] | named for place, named in counted.items()})
        return both, {"interval": object_intervals.settings(how, fewer)}

    def _total(self, s: int, classes: Iterable[int]) -> ObjectCounts:
        return sum((counts[k][s] for counts in self._counts for k in classes), ObjectCounts(0, 0, 0, 0.0))

    def _count_error(self, s: int, classes: Iterable[int]) -> float | None:
        """How many objects too many or too few a picture has, in the mean."""
        if not self._counts:
            return None
        chosen = list(classes)
        errors = [abs(sum(counts[k][s].spurious - counts[k][s].missed for k in chosen)) for counts in self._counts]
        return float(np.mean(errors))


def nearest_score(score: float) -> int:
    """The place in `SCORES` that is nearest to a score.

    >>> nearest_score(0.51), SCORES[nearest_score(0.51)].item()
    (9, 0.5)
    """
    return int(np.abs(SCORES - score).argmin())


def _at_scores(ious: Floats, scores: Floats, crowd: NDArray[np.bool_]) -> list[ObjectCounts]:
    """One class of one picture counted at each of `SCORES`; (M, N) overlaps, with a crowd over the found area."""
    inside = ious[:, crowd].max(1, initial=0.0) >= IN_A_CROWD
    counts = []
    for least in SCORES:
        kept = scores >= least
        pairs = match(ious[kept][:, ~crowd].T)
        counted = object_counts(pairs)
        ignored = int(inside[kept][pairs.spurious].sum())
        counts.append(replace(counted, spurious=counted.spurious - ignored))
    return counts


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
