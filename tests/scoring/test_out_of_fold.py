"""What the folds of a cross-validation say together."""

import numpy as np
import pytest
from scipy import stats

from dentalx.errors import InputError
from dentalx.evaluation.scores import ImageScore
from dentalx.metrics.counts import Counts
from dentalx.runs import Run
from dentalx.scoring.options import Options
from dentalx.scoring.out_of_fold import mean_and_interval, over_folds, score_out_of_fold

NOTHING = Counts(*(np.zeros(1, np.int64) for _ in range(4)))


def scored(image_id: str, dice: float) -> ImageScore:
    return ImageScore(image_id, image_id, NOTHING, 0, dice)


def test_the_mean_is_of_folds_not_of_pictures() -> None:
    scores = [scored("a", 0.8), scored("b", 0.6), scored("c", 0.9), scored("d", float("nan"))]
    found = over_folds(scores, {"a": "1", "b": "1", "c": "2", "d": "2"})
    assert found["folds"] == 2 and found["dice"] == pytest.approx({"1": 0.7, "2": 0.9})
    assert found["mean"] == pytest.approx(0.8)


def test_folds_are_in_the_order_of_their_numbers() -> None:
    ids = [str(number) for number in range(1, 12)]
    found = over_folds([scored(name, 0.5) for name in ids], dict(zip(ids, ids, strict=True)))
    assert list(found["dice"]) == ids and found["sd"] == 0


def test_the_interval_is_that_of_a_t_test() -> None:
    values = [0.91, 0.93, 0.90, 0.95, 0.92]
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_and_interval(values)["ci95"] == pytest.approx([low, high])
    assert mean_and_interval([]) == {"mean": None, "sd": None, "ci95": None}


def test_one_run_is_no_cross_validation(tmp_path) -> None:
    with pytest.raises(InputError, match="at least two runs, got 1"):
        score_out_of_fold([Run(tmp_path)], Options())
