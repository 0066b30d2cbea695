"""Objects against objects."""

import numpy as np
import pytest

from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth, box_ious
from dentalx.samples import Instances


def objects(*found: tuple[int, tuple[int, int, int, int], float]) -> Instances:
    masks = np.zeros((len(found), 20, 30), np.bool_)
    for mask, (_, (y1, x1, y2, x2), _) in zip(masks, found, strict=True):
        mask[y1:y2, x1:x2] = True
    labels = np.array([label for label, _, _ in found], np.int32)
    return Instances(masks, labels, np.array([score for _, _, score in found], np.float32))


def truth(*found: tuple[int, tuple[int, int, int, int], float]) -> Truth:
    return Truth(objects(*found), np.zeros(len(found), np.bool_))


A, B = (2, 2, 8, 6), (2, 10, 8, 14)


def test_perfect_prediction() -> None:
    evaluation = InstanceEvaluation(("tooth", "caries"))
    evaluation.add(truth((1, A, 1), (2, B, 1)), Predicted(objects((1, A, 0.9), (2, B, 0.8))))
    found = evaluation.metrics(0.5)
    assert found["segm"] == {"AP": 1, "AP50": 1, "AP75": 1, "AR100": 1} == found["bbox"]
    assert (found["f1"], found["pq"], found["count_error"]) == (1, 1, 0)


def test_right_place_wrong_class_is_a_miss_and_an_alarm() -> None:
    evaluation = InstanceEvaluation(("tooth", "caries"))
    evaluation.add(truth((1, A, 1)), Predicted(objects((2, A, 0.9))))
    found = evaluation.metrics(0.5)
    assert (found["matched"], found["missed"], found["spurious"]) == (0, 1, 1)
    assert found["classes"]["tooth"]["segm"]["AP"] == 0
    assert found["classes"]["caries"]["segm"]["AP"] is None


def test_pictures_without_objects() -> None:
    evaluation = InstanceEvaluation(("tooth",))
    evaluation.add(truth(), Predicted(objects()))
    assert evaluation.metrics(0.5)["segm"]["AP"] is None
    evaluation.add(truth((1, A, 1)), Predicted(objects()))
    evaluation.add(truth(), Predicted(objects((1, B, 0.4))))
    assert evaluation.metrics(0.3)["spurious"] == 1
    assert evaluation.metrics(0.5)["spurious"] == 0


def test_the_score_is_where_objects_are_counted_best() -> None:
    evaluation = InstanceEvaluation(("tooth",))
    evaluation.add(truth((1, A, 1)), Predicted(objects((1, A, 0.8), (1, B, 0.4))))
    assert 0.4 < evaluation.best_score() <= 0.8
    assert evaluation.metrics(evaluation.best_score())["f1"] == 1


def test_boxes_by_hand() -> None:
    boxes, others = np.float32([[0, 0, 4, 4]]), np.float32([[0, 0, 4, 2], [2, 2, 6, 6]])
    assert box_ious(boxes, others, np.array([False, False]))[0] == pytest.approx([0.5, 4 / 28])
    assert box_ious(boxes, others, np.array([True, True]))[0] == pytest.approx([0.5, 0.25])


def test_objects_below_the_score_are_not_counted() -> None:
    evaluation = InstanceEvaluation(("tooth",))
    evaluation.add(truth((1, A, 1)), Predicted(objects((1, A, 0.75))))
    for score, expected in ((0.5, (1, 0, 1)), (0.75, (1, 0, 1)), (0.8, (0, 1, 0))):
        found = evaluation.metrics(score)
        assert (found["matched"], found["missed"], found["pooled_iou"]["value"]) == expected


def test_intervals_are_there_when_asked_for_and_need_patients() -> None:
    evaluation, few = InstanceEvaluation(("tooth",)), Resampling(resamples=100)
    for patient, found in (("a", objects((1, A, 0.9))), ("b", objects())):
        evaluation.add(truth((1, A, 1)), Predicted(found), patient)
    assert "ci95" not in evaluation.metrics(0.5)
    metrics = evaluation.metrics(0.5, few)
    assert metrics["ci95"] == metrics["classes"]["tooth"]["ci95"]
    assert metrics["ci95"]["recall"] == metrics["ci95"]["AP50"] == [0, 1]
    evaluation.add(truth(), Predicted(objects()))
    with pytest.raises(ValueError, match="need the patient of every picture"):
        evaluation.metrics(0.5, few)
