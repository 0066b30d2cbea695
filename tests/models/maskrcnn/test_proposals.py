"""Proposals and detections against suppression written out in loops."""

import numpy as np
import pytest
import tensorflow as tf

from dentalx.models.maskrcnn.proposals import Proposals, propose
from dentalx.models.maskrcnn.regions import Truth, detect, training_regions
from dentalx.models.maskrcnn.settings import ProposalSettings, RegionSettings


def suppressed(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """Greedy non-maximum suppression, brute force."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        for j in kept:
            side = np.minimum(boxes[i, 2:], boxes[j, 2:]) - np.maximum(boxes[i, :2], boxes[j, :2])
            common = max(side[0], 0) * max(side[1], 0)
            areas = [(boxes[k, 2] - boxes[k, 0]) * (boxes[k, 3] - boxes[k, 1]) for k in (i, j)]
            if common / (sum(areas) - common) > overlap:
                break
        else:
            kept.append(int(i))
    return kept


def random_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    corner = rng.uniform(0, 60, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(5, 40, (count, 2))], 1).astype(np.float32)


@pytest.mark.parametrize("compiled", [False, True], ids=["TensorFlow", "XLA"])
def test_proposals_are_the_best_that_do_not_overlap(compiled: bool) -> None:
    rng = np.random.default_rng(0)
    anchors = [random_boxes(rng, 50), random_boxes(rng, 20)]
    logits = [rng.normal(size=(1, len(level))).astype(np.float32) for level in anchors]
    deltas = [tf.zeros((1, len(level), 4)) for level in anchors]
    settings = ProposalSettings(before=(40, 40), after=(12, 12))
    found = propose([tf.constant(x) for x in logits], deltas, anchors, (100, 100), (settings, False, compiled))
    best = []
    for level, scores in zip(anchors, logits, strict=True):
        top = np.argsort(-scores[0])[:40]
        best += [(float(scores[0, top][k]), level[top][k]) for k in suppressed(level[top], scores[0, top], 0.7)]
    best.sort(key=lambda pair: -pair[0])
    assert found.valid.numpy().all()
    assert np.allclose(found.boxes.numpy()[0], np.stack([box for _, box in best[:12]]), atol=1e-4)


def test_detections_are_suppressed_class_by_class() -> None:
    box = np.float32([10, 10, 40, 40])
    proposals = Proposals(tf.constant([[box, box, box + 1, [0, 0, 0, 0]]]), tf.constant([[True, True, True, False]]))
    logits = np.log(np.float32([[[0.1, 0.8, 0.1], [0.2, 0.1, 0.7], [0.3, 0.6, 0.1], [0.0001, 0.9998, 0.0001]]]))
    found = detect(tf.constant(logits), tf.zeros((1, 4, 3, 4)), proposals, (64, 64), RegionSettings(detections=5))
    assert int(found.count[0]) == 2  # the same box as two classes; the third is suppressed, the fourth does not exist
    assert found.labels.numpy()[0].tolist() == [1, 2, 0, 0, 0]
    assert found.scores.numpy()[0, :2] == pytest.approx([0.8, 0.7])
    assert np.allclose(found.boxes.numpy()[0, 0], box)


def test_training_regions_hold_the_truth_and_put_positives_first() -> None:
    truth = Truth(tf.constant([[[10.0, 10, 30, 30], [0, 0, 0, 0]]]), tf.constant([[2, 0]]), tf.zeros((1, 2, 64, 64)))
    proposals = Proposals(tf.constant([[[40.0, 40, 60, 60], [11.0, 10, 31, 30]]]), tf.constant([[True, True]]))
    found = training_regions(proposals, truth, RegionSettings(drawn=4, positive_share=0.5), [0, 0])
    assert found.positive.numpy().tolist() == [[1, 1, 0, 0]]
    assert found.labels.numpy().tolist() == [[2, 2, 0, 0]]
    assert found.drawn.numpy().tolist() == [[1, 1, 1, 0]]  # the object that is not there is not drawn
    assert sorted(box[0] for box in found.boxes.numpy()[0, :2].tolist()) == [10, 11]
