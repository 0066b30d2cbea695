"""The single number of the field: by hand, and blind to what it is blind to."""

import numpy as np
import pytest

from dentalx.evaluation.instances import SCORES, InstanceEvaluation, Predicted, Truth
from dentalx.evaluation.pooled_iou import pixels_at, pooled_iou
from dentalx.samples import Instances


def row(*found: tuple[int, int, int, float]) -> Instances:
    """(label, first column, end, score) of masks one pixel high in a picture 20 wide."""
    masks = np.zeros((len(found), 1, 20), np.bool_)
    for mask, (_, start, end, _) in zip(masks, found, strict=True):
        mask[0, start:end] = True
    labels = np.array([each[0] for each in found], np.int32)
    return Instances(masks, labels, np.array([each[3] for each in found], np.float32))


def value(truth: Instances, found: Instances, score: float = 0.5, crowd: np.ndarray | None = None) -> float | None:
    evaluation = InstanceEvaluation(("tooth", "caries"))
    none = np.zeros(len(truth), np.bool_)
    evaluation.add(Truth(truth, none if crowd is None else crowd), Predicted(found))
    result = evaluation.metrics(score)["pooled_iou"]["value"]
    assert result is None or isinstance(result, float)
    return result


def test_by_hand() -> None:
    """There: columns 0 to 7 and 4 to 9, so 10 pixels; found from 0.5 on: 5 to 11, 7 pixels; 5 are both, 12 are any."""
    truth, found = row((1, 0, 8, 1), (2, 4, 10, 1)), row((1, 5, 12, 0.6), (1, 12, 19, 0.3))
    assert value(truth, found) == pytest.approx(5 / 12)
    assert value(truth, found, 0.3) == pytest.approx(5 / 19)
    assert value(truth, found, 0.9) == 0


def test_pixels_count_once_where_masks_lie_on_each_other() -> None:
    found = pixels_at(row((1, 0, 4, 1)), np.zeros(1, np.bool_), row((1, 0, 3, 0.2), (2, 2, 6, 0.7)), np.array([0.5]))
    # there and under none of 0.5: 0, 1; there and found: 2, 3; not there and found: 4, 5
    assert found.tolist() == [[14, 2], [2, 2]]
    assert pooled_iou(found, 0) == pytest.approx(2 / 6)


def test_joined_teeth_and_wrong_classes_do_not_change_it() -> None:
    truth = row((1, 0, 5, 1), (2, 5, 10, 1))
    assert value(truth, row((2, 0, 10, 0.9))) == 1


def test_pictures_are_one_area() -> None:
    evaluation = InstanceEvaluation(("tooth",))
    for truth, found in ((row((1, 0, 10, 1)), row((1, 0, 10, 0.9))), (row((1, 0, 2, 1)), row()), (row(), row())):
        evaluation.add(Truth(truth, np.zeros(len(truth), np.bool_)), Predicted(found))
    assert evaluation.metrics(0.5)["pooled_iou"]["value"] == pytest.approx(10 / 12)


def test_nothing_at_all_has_none() -> None:
    assert value(row(), row()) is None
    assert value(row(), row((1, 0, 4, 0.9))) == 0


def test_a_crowd_counts_neither_way() -> None:
    truth, found = row((1, 0, 4, 1), (1, 3, 12, 1)), row((1, 0, 4, 0.9), (1, 6, 10, 0.9), (1, 12, 14, 0.9))
    assert value(truth, found, crowd=np.array([False, True])) == pytest.approx(4 / 6)


def test_a_score_is_reached_by_what_equals_it() -> None:
    for score in (0.25, 0.5, 0.75):
        place = int(np.abs(SCORES - score).argmin())
        pixels = pixels_at(row((1, 0, 4, 1)), np.zeros(1, np.bool_), row((1, 0, 4, score)), SCORES)
        assert pooled_iou(pixels, place) == 1
        assert pooled_iou(pixels, place + 1) == 0
