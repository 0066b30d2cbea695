"""Scored pictures kept as JSON: what comes back is the same to the last bit."""

import json
import math

import numpy as np
import pytest

from dentalx.evaluation.calibration import CalibrationCounts
from dentalx.evaluation.curves import CurveCounts
from dentalx.evaluation.keeping import lesions_as_json, lesions_from_json, score_as_json, score_from_json
from dentalx.evaluation.levels import level_counts
from dentalx.evaluation.semantic import SemanticEvaluation, score_guess, score_image
from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.metrics.lesions import lesions


def pictures(count: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    made = []
    for i in range(count):
        probability = rng.random((9, 13)).astype(np.float32)
        truth = (rng.random((9, 13)) < 0.4 * (i > 0)).astype(np.uint8)
        made.append((truth, (probability >= (0.6 if i else 2)).astype(np.uint8), probability))
    return made


def there_and_back(value):
    return json.loads(json.dumps(value, allow_nan=False))


@pytest.mark.parametrize("outlines", [True, False])
def test_a_score_comes_back_as_it_was(outlines):
    for i, (truth, prediction, _) in enumerate(pictures(4)):
        score = score_image(f"i{i}", "p", truth, prediction, 2)
        score = score.with_boundary(truth, prediction) if outlines else score
        back = score_from_json(there_and_back(score_as_json(score)))
        assert (back.image_id, back.patient_id, back.agreed, back.problem) == (f"i{i}", "p", score.agreed, "")
        assert math.isnan(back.dice) if math.isnan(score.dice) else back.dice == score.dice
        assert (np.stack(list(vars(back.counts).values())) == np.stack(list(vars(score.counts).values()))).all()
        assert (back.boundary is None) == (not outlines)
        if back.boundary and score.boundary:
            for name, values in score.boundary.values.items():
                np.testing.assert_array_equal(back.boundary.values[name], values)
            assert back.boundary.one_empty.tolist() == score.boundary.one_empty.tolist()


def test_pieces_come_back_as_they_were():
    truth, prediction, probability = pictures(2)[1]
    found = lesions(truth, prediction, probability=probability.astype(np.float64))
    back = lesions_from_json(there_and_back(lesions_as_json(found)))
    for name, values in vars(found).items():
        np.testing.assert_array_equal(getattr(back, name), values)


def test_an_evaluation_of_kept_scores_is_the_same():
    shape = np.zeros((4, 4), np.uint8)
    shape[1:3] = 1
    at_once, kept = SemanticEvaluation(("a",), shape), SemanticEvaluation(("a",))
    for i, (truth, prediction, _) in enumerate(pictures(5)):
        score = at_once.add(f"i{i}", f"p{i // 2}", truth, prediction)
        kept.add_scored(score_from_json(there_and_back(score_as_json(score))), score_guess(score, truth, shape))
    assert kept.result().metrics == at_once.result().metrics
    with pytest.raises(ValueError, match="unique"):
        kept.add_scored(score)


def test_calibration_is_merged_in_order_to_the_last_bit():
    parts, merged = [], CalibrationCounts()
    for truth, _, probability in pictures(4):
        part = CalibrationCounts()
        part.add(truth, probability)
        parts.append(there_and_back(part.state()))
    at_once = CalibrationCounts()
    for truth, _, probability in pictures(4):
        at_once.add(truth, probability)
    for part in parts:
        merged.merge(part)
    assert merged.result() == at_once.result()
    with pytest.raises(ValueError, match="bins"):
        CalibrationCounts(3).merge(parts[0])


def test_curves_from_levels_are_those_from_probabilities():
    curves, again = CurveCounts(), CurveCounts()
    sweep, sweep_again = ThresholdSweep(), ThresholdSweep()
    for truth, _, probability in pictures(3):
        levels = level_counts(truth, probability)
        np.testing.assert_equal(curves.add(truth, probability), again.add_counts(*levels))
        sweep.add(truth, probability)
        sweep_again.add_counts(*levels)
    assert curves.result().as_json() == again.result().as_json()
    assert sweep.best() == sweep_again.best()
