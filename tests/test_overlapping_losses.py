"""Overlapping classes in losses and scores: each is a single class of its own."""

import numpy as np
import pytest

from dentalx.balance import class_weights, pairs_of_weights
from dentalx.evaluation.semantic import score_image
from dentalx.labelling import OVERLAPPING
from dentalx.loss_terms import TERMS
from dentalx.losses import WeightedSum
from dentalx.metrics.streaming import MeanDice, batch_counts
from dentalx.models import output_bias

TRUTH = np.uint8([[[0, 1, 3, 255], [2, 3, 0, 0]]])
LOGITS = np.random.default_rng(1).normal(0, 2, (1, 2, 4, 2)).astype(np.float32)


def test_entropy_by_hand() -> None:
    truth = np.uint8([[[3, 255]]])
    logits = np.log(np.float32([0.8 / 0.2, 0.4 / 0.6])).reshape(1, 1, 1, 2).repeat(2, axis=2)
    loss = WeightedSum("bce", reduction="none", overlapping=True)
    assert loss(truth, logits).numpy() == pytest.approx([-(np.log(0.8) + np.log(0.4)) / 2], rel=1e-5)
    weighted = WeightedSum("bce", reduction="none", overlapping=True, class_weights=((1.0, 2.0), (1.0, 10.0)))
    assert weighted(truth, logits).numpy() == pytest.approx([-(2 * np.log(0.8) + 10 * np.log(0.4)) / 2], rel=1e-5)


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_the_mean_of_its_classes(term: str) -> None:
    alone = WeightedSum(term, reduction="none")
    each = [alone(OVERLAPPING.alone(TRUTH, k, 2), LOGITS[..., k - 1 : k]).numpy() for k in (1, 2)]
    together = WeightedSum(term, reduction="none", overlapping=True)(TRUTH, LOGITS).numpy()
    assert together == pytest.approx(np.mean(each, 0), rel=1e-5)


@pytest.mark.parametrize("term", ["bce", "dice"])
def test_thirty_classes_are_not_rounded(term: str) -> None:
    """Class 1 is bit 1 beside bit 30: more than a float32 holds, into which Keras turns truth."""
    planes = np.random.default_rng(2).random((1, 2, 4, 30)) < 0.5
    truth = OVERLAPPING.pack(planes)
    truth[0, 0, 0] = 255
    logits = np.random.default_rng(3).normal(0, 2, (1, 2, 4, 30)).astype(np.float32)
    alone = WeightedSum(term, reduction="none")
    each = [alone(OVERLAPPING.views(truth, 30)[k], logits[..., k : k + 1]).numpy() for k in range(30)]
    together = WeightedSum(term, reduction="none", overlapping=True)(truth, logits).numpy()
    assert together == pytest.approx(np.mean(each, 0), rel=1e-5)
    _, true, _ = batch_counts(truth, logits, overlapping=True)
    planes[0, 0, 0] = False
    assert true.numpy().tolist() == [planes.sum((0, 1, 2)).tolist()]


def test_a_loss_is_rebuilt_from_its_config() -> None:
    loss = WeightedSum("bce+dice", overlapping=True, class_weights=((1.0, 2.0), (1.0, 3.0)))
    again = WeightedSum.from_config(loss.get_config())
    assert float(again(TRUTH, LOGITS)) == float(loss(TRUTH, LOGITS))
    metric = MeanDice.from_config(MeanDice(overlapping=True).get_config())
    assert metric.overlapping


def test_streaming_counts_are_those_of_an_evaluation() -> None:
    mask = OVERLAPPING.classify(1 / (1 + np.exp(-LOGITS[0])), (0.5, 0.5))
    counts = score_image("a", "a", TRUTH[0], mask, 2, OVERLAPPING).counts
    both, true, said = batch_counts(TRUTH, LOGITS, overlapping=True)
    assert both.numpy().tolist() == [counts.tp.tolist()]
    assert true.numpy().tolist() == [counts.truth.tolist()] == [[3, 3]]
    assert said.numpy().tolist() == [counts.prediction.tolist()]


def test_a_score_by_hand() -> None:
    truth, said = np.uint8([[1, 3, 2, 255]]), np.uint8([[1, 1, 3, 3]])
    score = score_image("a", "a", truth, said, 2, OVERLAPPING).with_boundary(truth, said, labelling=OVERLAPPING)
    counts = score.counts
    assert [getattr(counts, name).tolist() for name in ("tp", "fp", "fn", "tn")] == [[2, 1], [1, 0], [0, 1], [0, 1]]
    assert score.agreed is None
    assert score.dice == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert score.boundary is not None and score.boundary.values["nsd"].shape == (2,)


def test_weights_are_of_each_class_by_itself() -> None:
    shares = np.array([0.25, 0.01])
    assert pairs_of_weights(("auto",), ("a", "b"), shares) == (
        class_weights(("auto",), ("a",), shares[:1]),
        class_weights(("auto",), ("b",), shares[1:]),
    )
    assert pairs_of_weights(("none",), ("a", "b"), shares) is None
    with pytest.raises(ValueError, match="none of background, a, b"):
        pairs_of_weights(("c=2",), ("a", "b"), shares)


def test_the_network_begins_with_each_class_share() -> None:
    bias = output_bias(np.array([0.2, 0.5]), 2)
    assert (1 / (1 + np.exp(-bias))).tolist() == pytest.approx([0.2, 0.5])
