"""The threshold chosen on validation."""

import numpy as np
import pytest

from dentalx.evaluation.threshold import LEVELS, ThresholdSweep, best_threshold
from dentalx.metrics import count, dice


def test_by_hand():
    truth = np.array([[1, 1, 0, 0]], np.uint8)
    probability = np.array([[0.9, 0.4, 0.3, 0.1]], np.float32)
    best = best_threshold([(truth, probability)])
    assert 0.3 < best.value <= 0.4
    assert best.value == 102 / 256  # of 77…102, the one nearest 128
    assert best.dice == 1
    assert best.dice_at_half == pytest.approx(2 / 3)
    assert best.n == 1


def test_twin_of_counting_at_every_threshold(rng):
    pairs = []
    for _ in range(5):
        truth = rng.choice(np.array([0, 0, 1, 255], np.uint8), (15, 17))
        pairs.append((truth, np.clip(rng.normal(0.4 + 0.2 * (truth == 1), 0.2), 0, 1).astype(np.float32)))
    pairs[0][0][:] = 0
    best = best_threshold(pairs)
    for k in range(1, LEVELS):
        scores = [dice(count(t, (p >= k / LEVELS).astype(np.uint8), 1))[0] for t, p in pairs]
        assert best.curve[k - 1] == pytest.approx(np.nanmean(scores))
    assert best.dice == max(best.curve)
    assert best.curve[round(best.value * LEVELS) - 1] == best.dice


def test_other_classes_are_background_and_255_does_not_count():
    truth = np.array([[1, 2, 255]], np.uint8)
    probability = np.array([[0.6, 0.7, 0.9]], np.float32)
    assert best_threshold([(truth, probability)]).dice == pytest.approx(2 / 3)


def test_probability_may_have_a_channel_and_any_float(rng):
    truth, probability = (rng.random((4, 5)) > 0.5).astype(np.uint8), rng.random((4, 5))
    plain = best_threshold([(truth, probability)])
    assert best_threshold([(truth, probability[..., None])]) == plain


def test_certain_pixels_are_foreground():
    truth, probability = np.ones((2, 2), np.uint8), np.ones((2, 2), np.float32)
    assert best_threshold([(truth, probability)]).dice == 1


@pytest.mark.parametrize("pairs", [[], [(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.float32))]])
def test_nothing_to_learn_from(pairs):
    best = best_threshold(pairs)
    assert (best.value, best.dice, best.n) == (0.5, None, len(pairs))


def test_order_does_not_matter(rng):
    pairs = [((rng.random((6, 6)) > 0.6).astype(np.uint8), rng.random((6, 6))) for _ in range(6)]
    assert best_threshold(pairs).value == best_threshold(pairs[::-1]).value


def test_json_has_no_nan():
    import json

    best = best_threshold([(np.zeros((1, 2), np.uint8), np.array([[0.2, 0.4]], np.float32))])
    text = json.dumps(best.as_json(), allow_nan=False)
    assert json.loads(text)["value"] == best.value
    assert None in best.curve


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_a_probability_outside_the_unit_interval_is_named(bad):
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\]"):
        ThresholdSweep().add(np.zeros((1, 1), np.uint8), np.array([[bad]]))


def test_sizes_must_agree():
    with pytest.raises(ValueError, match=r"truth is \(1, 2\) but the probability is \(2, 1\)"):
        ThresholdSweep().add(np.zeros((1, 2), np.uint8), np.zeros((2, 1)))
