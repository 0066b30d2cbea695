"""Groups of pictures, and two raters."""

import json

import numpy as np
import pytest

from dentalx.evaluation import (
    AGREEMENT,
    ImageScore,
    agreement,
    agreement_of,
    by_quantiles,
    compare_results,
    evaluate,
    image_values,
    prevalence,
    strata,
)
from dentalx.evaluation.semantic import score_image


def row(*values: int) -> np.ndarray:
    return np.array([values], np.uint8)


ITEMS = [
    ("a", "p", row(1, 1, 0, 0), row(1, 0, 0, 0)),
    ("b", "p", row(1, 0, 0, 0), row(1, 0, 0, 0)),
    ("c", "q", row(1, 1, 1, 0), row(1, 1, 1, 1)),
    ("d", "r", row(0, 0, 0, 0), row(0, 0, 0, 0)),
]


def test_strata_by_hand():
    found = strata(evaluate(ITEMS, ("x",)), {"a": "film", "b": "film", "c": "digital"}, ("dice", "hd95"))
    assert list(found) == ["digital", "film", "unknown"]
    assert found["film"]["dice"]["mean"] == pytest.approx((2 / 3 + 1) / 2)
    assert (found["film"]["n_images"], found["film"]["n_patients"]) == (2, 1)
    assert found["film"]["dice"]["ci95"] is None
    assert found["unknown"]["dice"]["n_undefined"] == 1
    assert found["digital"]["hd95"]["mean"] == 1
    assert json.dumps(found, allow_nan=False)


def test_strata_add_up():
    result = evaluate(ITEMS, ("x",))
    found = strata(result, {"a": "1", "b": "2", "c": "1"})
    assert sum(group["n_images"] for group in found.values()) == 4
    total = sum(group["dice"]["mean"] * group["dice"]["n"] for group in found.values() if group["dice"]["n"])
    assert total / 3 == pytest.approx(result.metrics["dice"]["mean"])


def test_quantiles_by_hand():
    groups = by_quantiles(list("abcdef"), [10, 30, 20, np.nan, 50, 60], 2)
    assert groups == {
        "a": "1: 10 to 30",
        "b": "1: 10 to 30",
        "c": "1: 10 to 30",
        "e": "2: 50 to 60",
        "f": "2: 50 to 60",
    }
    assert set(by_quantiles(list("abc"), [7, 7, 7], 3).values()) == {"1: 7 to 7"}
    assert by_quantiles(["a"], [np.nan]) == {}
    with pytest.raises(ValueError, match="2 ids need as many values"):
        by_quantiles(["a", "b"], [1.0])


def test_prevalence_by_hand():
    assert prevalence(score_image("a", "a", row(1, 2, 0, 255), row(0, 0, 0, 0), 2)) == pytest.approx(2 / 3)
    assert np.isnan(prevalence(score_image("a", "a", row(255), row(0), 1)))


def test_image_values():
    scores = evaluate(ITEMS, ("x",)).scores
    np.testing.assert_allclose(image_values(scores, "dice"), [2 / 3, 1, 6 / 7, np.nan])
    np.testing.assert_allclose(image_values(scores, "hd95", 0), [1, 0, 1, np.nan])
    assert image_values((), "dice").tolist() == []
    with pytest.raises(ValueError, match="score must be one of dice, iou"):
        image_values(scores, "beauty")
    bare = score_image("a", "a", row(1), row(1), 1)
    assert isinstance(bare, ImageScore)
    with pytest.raises(ValueError, match="nsd was not measured in every picture"):
        image_values([bare], "nsd")


def test_agreement_is_the_same_both_ways():
    there = agreement(ITEMS, ("x",))
    back = agreement([(i, p, two, one) for i, p, one, two in ITEMS], ("x",))
    for name in AGREEMENT:
        assert there[name]["mean"] == pytest.approx(back[name]["mean"])
        assert there[name]["ci95"] == pytest.approx(back[name]["ci95"])
    assert there["dice"]["mean"] == pytest.approx((2 / 3 + 1 + 6 / 7) / 3)
    assert there["classes"]["x"]["dice"] == there["dice"]
    assert (there["n_images"], there["n_patients"]) == (4, 3)


def test_what_either_rater_does_not_know_does_not_count():
    one, two = row(1, 1, 255, 0), row(1, 255, 0, 0)
    found = agreement([("a", "a", one, two)], ("x",))
    assert found["dice"]["mean"] == 1
    assert agreement([("a", "a", two, one)], ("x",)) == found
    assert one.tolist() == [[1, 1, 255, 0]]  # nobody's mask was changed
    assert agreement_of((), ("x",))["n_images"] == 0


def test_a_result_does_not_differ_from_itself():
    result = evaluate(ITEMS, ("x",))
    found = compare_results(result, result)
    assert found["scores"]["nsd"]["difference"] == 0
    assert found["scores"]["hd95"]["superiority"] == 0.5
