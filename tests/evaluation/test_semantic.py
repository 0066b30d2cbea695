"""From pairs of masks to metrics.json."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx import DISCLAIMER
from dentalx.evaluation import About, MeanShape, Resampling, SemanticEvaluation, evaluate
from dentalx.metrics import SCORES

FEW = Resampling(resamples=100)


def row(*values: int) -> np.ndarray:
    return np.array([values], np.uint8)


def three():
    """Two pictures of patient p, one of q, in which nothing is and nothing is said."""
    return [
        ("a", "p", row(1, 1, 0, 0), row(1, 0, 0, 0)),
        ("b", "p", row(1, 0, 0, 255), row(1, 1, 0, 1)),
        ("c", "q", row(0, 0), row(0, 0)),
    ]


def random_items(seed: int, n: int = 6, classes: int = 2):
    rng = np.random.default_rng(seed)
    values = np.array([*range(classes + 1), 255], np.uint8)
    return [
        (f"i{i}", f"p{i // 2}", rng.choice(values, (5, 6)), rng.integers(0, classes + 1, (5, 6)).astype(np.uint8))
        for i in range(n)
    ]


def test_by_hand():
    metrics = evaluate(three(), ("teeth",)).metrics
    assert metrics["dice"]["mean"] == pytest.approx(2 / 3)
    assert metrics["dice"]["median"] == pytest.approx(2 / 3)
    assert metrics["dice"]["pooled"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert (metrics["dice"]["n"], metrics["dice"]["n_undefined"]) == (2, 1)
    assert metrics["iou"]["mean"] == pytest.approx(1 / 2)
    assert metrics["precision"]["mean"] == pytest.approx((1 + 1 / 2) / 2)
    assert metrics["recall"]["mean"] == pytest.approx((1 / 2 + 1) / 2)
    assert metrics["specificity"]["mean"] == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert metrics["pixel_accuracy"]["mean"] == pytest.approx((3 / 4 + 2 / 3 + 1) / 3)
    assert metrics["pixel_accuracy"]["pooled"] == pytest.approx(7 / 9)
    assert metrics["counts"] == {"teeth": {"tp": 2, "fp": 1, "fn": 1, "tn": 5}}
    assert (metrics["n_images"], metrics["n_patients"]) == (3, 2)


def test_one_class_says_the_same_twice():
    metrics = evaluate(random_items(0, classes=1), ("teeth",)).metrics
    for name in SCORES:
        of_class, over_all = metrics["classes"]["teeth"][name], metrics[name]
        assert of_class.keys() == over_all.keys()
        for key, value in over_all.items():
            assert of_class[key] == pytest.approx(value)


def test_several_classes_by_hand():
    truth, prediction = row(1, 1, 2, 0, 0, 0), row(1, 2, 2, 0, 1, 0)
    metrics = evaluate([("a", "a", truth, prediction)], ("jaw", "teeth", "caries")).metrics
    assert metrics["classes"]["jaw"]["dice"]["mean"] == pytest.approx(1 / 2)
    assert metrics["classes"]["teeth"]["dice"]["mean"] == pytest.approx(2 / 3)
    assert metrics["classes"]["caries"]["dice"]["mean"] is None
    assert metrics["dice"]["mean"] == pytest.approx((1 / 2 + 2 / 3) / 2)  # caries is neither there nor predicted
    assert metrics["pixel_accuracy"]["mean"] == pytest.approx(4 / 6)  # with background, each pixel its own class
    assert metrics["classes"]["jaw"]["pixel_accuracy"]["mean"] == pytest.approx(4 / 6)


def test_false_alarms_and_misses_are_counted():
    items = [
        ("found", "1", row(1, 0), row(1, 0)),
        ("found too", "6", row(1, 0), row(1, 0)),
        ("and this", "7", row(1, 0), row(1, 0)),
        ("missed", "2", row(1, 0), row(0, 0)),
        ("alarm", "3", row(0, 0), row(1, 0)),
        ("silent", "4", row(0, 0), row(0, 0)),
        ("silent too", "5", row(0, 0), row(0, 0)),
    ]
    metrics = evaluate(items, ("caries",)).metrics
    assert metrics["image_level"] == {
        "sensitivity": 3 / 4,
        "specificity": 2 / 3,
        "true_positive_images": 3,
        "missed_images": 1,
        "false_alarm_images": 1,
        "true_negative_images": 2,
    }
    assert metrics["dice"]["mean"] == pytest.approx(3 / 5)
    assert metrics["dice"]["n_undefined"] == 2
    assert metrics["recall"]["n_undefined"] == 3


def test_baselines_by_hand():
    shape = MeanShape(1, (1, 4))
    shape.add(row(1, 1, 0, 0))
    items = [("a", "a", row(1, 0, 0, 0), row(1, 0, 0, 0)), ("b", "b", row(0, 0, 1, 255), row(0, 0, 1, 0))]
    baselines = evaluate(items, ("teeth",), mean_shape=shape.mask()).metrics["baselines"]
    assert baselines["all_background"]["dice"]["mean"] == 0
    assert baselines["all_background"]["pixel_accuracy"]["mean"] == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert baselines["all_foreground"]["dice"]["mean"] == pytest.approx((2 / 5 + 2 / 4) / 2)
    assert baselines["all_foreground"]["recall"]["pooled"] == 1
    assert baselines["mean_shape"]["dice"]["mean"] == pytest.approx((2 / 3 + 0) / 2)
    assert "mean_shape" not in evaluate(items, ("teeth",)).metrics["baselines"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_baselines_are_what_their_masks_would_score(seed):
    """The shortcut from truth's counts equals really evaluating the constant masks."""
    items = random_items(seed)
    metrics = evaluate(items, ("jaw", "teeth")).metrics
    totals = [sum((truth == k).sum() for _, _, truth, _ in items) for k in (1, 2)]
    for name, value in (("all_background", 0), ("all_foreground", 1 + int(np.argmax(totals)))):
        really = evaluate([(i, p, truth, np.full_like(truth, value)) for i, p, truth, _ in items], ("jaw", "teeth"))
        for score in SCORES:
            assert metrics["baselines"][name][score] == pytest.approx(
                {key: really.metrics[score][key] for key in ("mean", "pooled")}
            )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms())
def test_order_does_not_matter(seed, random):
    items = random_items(seed)
    shuffled = random.sample(items, len(items))
    one, two = (evaluate(i, ("jaw", "teeth")).metrics for i in (items, shuffled))
    for score in SCORES:
        assert one[score]["mean"] == pytest.approx(two[score]["mean"])
        assert one[score]["ci95"] == pytest.approx(two[score]["ci95"])
        assert one[score]["pooled"] == pytest.approx(two[score]["pooled"])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_numbers_lie_where_they_must(seed):
    metrics = evaluate(random_items(seed), ("jaw", "teeth")).metrics
    for block in (metrics, *metrics["classes"].values()):
        for score in SCORES:
            entry = block[score]
            assert entry["n"] + entry["n_undefined"] == metrics["n_images"]
            least = -1 if score in ("kappa", "mcc") else 0
            assert least <= entry["ci95"][0] <= entry["mean"] <= entry["ci95"][1] <= 1
            assert entry["quartiles"][0] <= entry["median"] <= entry["quartiles"][1]


def test_a_perfect_prediction_scores_one():
    items = [(i, p, np.where(t == 255, 0, t).astype(np.uint8), np.where(t == 255, 0, t).astype(np.uint8))
             for i, p, t, _ in random_items(3)]  # fmt: skip
    metrics = evaluate(items, ("jaw", "teeth")).metrics
    for score in SCORES:
        assert (metrics[score]["mean"], metrics[score]["ci95"], metrics[score]["pooled"]) == (1, [1, 1], 1)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [("a", "a", row(1, 0), row(1, 0))],
        [("a", "a", row(0, 0), row(0, 0)), ("b", "b", row(0), row(0))],
        [("a", "a", row(255, 255), row(0, 1))],
        [("a", "p", row(1, 0), row(1, 0)), ("b", "p", row(1, 0), row(1, 1))],
    ],
    ids=["none", "one", "all empty", "all unlabelled", "one patient"],
)
def test_degenerate_sets_are_valid_json(items):
    result = evaluate(items, ("teeth",), mean_shape=row(1))
    again = json.loads(json.dumps(result.metrics, allow_nan=False))
    assert again["n_images"] == len(items)
    assert again["dice"]["ci95"] is None
    assert again["dice"]["ci95_reason"] == "fewer than 2 patients have a defined value"


def test_outlines_by_hand():
    """Two pixels of three found: 1 px away at most. The second is a miss: its picture's diagonal."""
    items = [
        ("a", "a", row(0, 1, 1, 1, 0), row(0, 1, 1, 0, 0)),
        ("b", "b", row(1, 0, 0), row(0, 0, 0)),
        ("c", "c", row(0, 0), row(0, 0)),
    ]
    evaluation = SemanticEvaluation(("caries",), tolerance_px=0.5)
    for item in items:
        evaluation.add(*item)
    metrics = evaluation.result().metrics
    assert metrics["hd95"]["mean"] == pytest.approx((1 + math.sqrt(10)) / 2)
    piece = math.sqrt(2) / 2
    near = (2 * piece + 4) + (4 * piece + 2)  # of truth all but the two corners on the right; all that was said
    assert metrics["nsd"]["mean"] == pytest.approx(near / (near + 2 * piece) / 2)
    assert (metrics["nsd"]["n"], metrics["nsd"]["n_undefined"], metrics["nsd"]["n_one_empty"]) == (2, 1, 1)
    assert metrics["classes"]["caries"]["assd"] == metrics["assd"]
    assert metrics["boundary"]["tolerance_px"] == 0.5


def test_intervals_go_by_patient():
    said = {"a": row(1, 0, 0, 0), "b": row(1, 1, 0, 0), "c": row(1, 1, 1, 0), "d": row(1, 1, 1, 1)}
    items = [(f"{name}{i}", name, row(1, 1, 1, 1), prediction) for name, prediction in said.items() for i in range(8)]
    shared = evaluate(items, ("teeth",)).metrics
    alone = evaluate([(i, i, t, p) for i, _, t, p in items], ("teeth",)).metrics
    assert shared["dice"]["mean"] == alone["dice"]["mean"]
    low, high = shared["dice"]["ci95"]
    assert high - low > 2 * (alone["dice"]["ci95"][1] - alone["dice"]["ci95"][0])


def test_what_was_measured_goes_in():
    about = About("unet", "pano", "test", {"value": 0.4, "curve": [0.1]}, ("a note",))
    metrics = evaluate(three(), ("teeth",), about).metrics
    assert (metrics["model"], metrics["data"], metrics["split"]) == ("unet", "pano", "test")
    assert metrics["threshold"] == {"value": 0.4}  # the curve stays in thresholds.json
    assert metrics["notes"] == ["a note"]
    assert metrics["disclaimer"] == DISCLAIMER
    assert metrics["interval"] == {
        "method": "percentile cluster bootstrap by patient", "level": 0.95, "resamples": 2000, "seed": 0,
    }  # fmt: skip


def test_truth_that_fills_pictures_is_pointed_out():
    items = [("a", "a", row(1, 1), row(1, 0)), ("b", "b", row(1, 255), row(1, 0)), ("c", "c", row(1, 0), row(1, 0))]
    (note,) = evaluate(items, ("teeth",)).metrics["notes"]
    assert note.startswith("in 2 of 3 pictures the truth says teeth everywhere: look at these masks")


def test_worst_and_best_leave_out_the_undefined():
    result = evaluate(three(), ("teeth",))
    assert [score.image_id for score in result.worst(5)] == ["a", "b"]
    items = [(f"i{n}", f"i{n}", row(1, 1, 1), row(*([1] * n + [0] * (3 - n)))) for n in (2, 0, 3, 1)]
    result = evaluate(items, ("teeth",))
    assert [score.image_id for score in result.worst(2)] == ["i0", "i1"]
    assert [score.image_id for score in result.best(2)] == ["i3", "i2"]


def test_hashes_stand_for_names():
    scores = evaluate(three(), ("teeth",)).scores
    assert len({score.short_hash for score in scores}) == 3
    assert scores[0].short_hash == "ca9781"  # sha256 of "a"
    assert math.isnan(scores[2].dice)


def test_a_picture_comes_once():
    evaluation = SemanticEvaluation(("teeth",))
    evaluation.add("a", "p", row(1), row(1))
    with pytest.raises(ValueError, match="image_id must be unique in an evaluation, got 'a' twice"):
        evaluation.add("a", "p", row(1), row(1))


def test_a_bad_picture_leaves_no_trace():
    evaluation = SemanticEvaluation(("teeth",))
    with pytest.raises(ValueError, match="prediction must lie in 0…1"):
        evaluation.add("a", "p", row(1), row(2))
    evaluation.add("a", "p", row(1), row(1))
    assert evaluation.result(resampling=FEW).metrics["n_images"] == 1


def test_results_may_be_asked_again():
    evaluation = SemanticEvaluation(("teeth",))
    evaluation.add("a", "p", row(1), row(1))
    assert evaluation.result(resampling=FEW).metrics == evaluation.result(resampling=FEW).metrics
    evaluation.add("b", "q", row(1), row(0))
    assert evaluation.result(resampling=FEW).metrics["dice"]["mean"] == 0.5


def test_classes_are_needed():
    with pytest.raises(ValueError, match="at least one class"):
        SemanticEvaluation(())
