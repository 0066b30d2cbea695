"""Intervals of the scores of objects: by hand, and equal to drawing whole pictures again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.evaluation.average_precision import average_precision, score_picture, summary
from dentalx.evaluation.bootstrap import Interval, Resampling, draws
from dentalx.evaluation.object_intervals import (
    AVERAGED,
    COUNTED,
    LEAST,
    MOST,
    affordable,
    as_json,
    averaged_intervals,
    counted_intervals,
    rates,
)
from dentalx.metrics.objects import ObjectCounts

FEW = Resampling(resamples=100)
SMALL = st.integers(0, 5)
TOO_FEW = Interval(None, None, "fewer than 2 patients have a defined value")


def picture(rng: np.random.Generator, objects: int, found: int):
    """Detections whose scores other pictures have too, some on crowds."""
    ious = rng.random((found, objects)) ** 0.5
    return score_picture(ious, rng.permutation(7)[:found] / 7, rng.random(objects) < 0.2)


def drawn_again(pictures, rows, weights):
    """Each picture as often as its patient was drawn."""
    return [each for each, row in zip(pictures, rows, strict=True) for _ in range(int(weights[row]))]


@given(SMALL, SMALL, SMALL, st.floats(0, 1))
def test_rates_are_those_of_object_counts(matched: int, missed: int, spurious: int, quality: float) -> None:
    one = ObjectCounts(matched, missed, spurious, matched * quality)
    expected = (one.precision, one.recall, one.recognition_quality, one.panoptic_quality)
    found = rates(np.array([[matched, missed, spurious, matched * quality]], np.float64))
    assert [found[name][0] for name in COUNTED] == pytest.approx(expected, nan_ok=True)


def test_two_patients_by_hand() -> None:
    """One all found, one all missed: a resample is 0, ½ or 1 with chances ¼, ½, ¼, so the 95 % limits are 0 and 1."""
    counts = np.array([[[2, 0, 0, 1.6]], [[0, 2, 0, 0]]])
    found = counted_intervals(counts, ["a", "b"], Resampling())
    assert found[0]["recall"] == found[None]["recall"] == Interval(0, 1)
    assert found[0]["f1"] == Interval(0, 1)
    assert (found[0]["pq"].low, found[0]["pq"].high) == pytest.approx((0, 0.8))


def test_one_patient_has_no_interval_and_its_reason(rng: np.random.Generator) -> None:
    counts = np.ones((3, 2, 4))
    assert counted_intervals(counts, ["a"] * 3, FEW)[None] == dict.fromkeys(COUNTED, TOO_FEW)
    pictures = [picture(rng, 2, 3) for _ in range(3)]
    found = averaged_intervals([pictures], ["a"] * 3, FEW)
    assert found == {place: dict.fromkeys(AVERAGED, TOO_FEW) for place in (None, 0)}
    told = as_json(found)[0]
    assert told == {
        "ci95": {"AP": None, "AP50": None},
        "ci95_reason": dict.fromkeys(AVERAGED, TOO_FEW.reason),
    }


def test_a_class_that_one_patient_has_gets_no_interval_and_all_of_them_do(rng: np.random.Generator) -> None:
    common = [picture(rng, 2, 3) for _ in range(3)]
    rare = [score_picture(np.ones((n, n)), np.ones(n), np.zeros(n, np.bool_)) for n in (1, 0, 0)]
    found = averaged_intervals([common, rare], list("abc"), FEW)
    assert found[1]["AP"] == TOO_FEW
    assert found[0]["AP"].reason is None and found[None]["AP"].reason is None


def test_no_picture_at_all() -> None:
    assert counted_intervals(np.zeros((0, 1, 4)), [], FEW)[None]["pq"] == TOO_FEW
    assert averaged_intervals([[]], [], FEW)[0]["AP"] == TOO_FEW
    assert affordable([[]], FEW).resamples == LEAST


def test_pictures_all_alike_make_the_interval_a_point(rng: np.random.Generator) -> None:
    one = picture(rng, 4, 6)
    found = averaged_intervals([[one] * 5], list("abcde"), FEW)[0]
    expected = summary([average_precision([one])])
    for name in AVERAGED:
        assert (found[name].low, found[name].high) == pytest.approx((expected[name],) * 2)
    counts = np.tile(np.array([[[3.0, 1, 1, 2.4]]]), (5, 1, 1))
    quality = counted_intervals(counts, list("abcde"), FEW)[0]["pq"]
    assert (quality.low, quality.high) == pytest.approx((0.6, 0.6))


@pytest.mark.parametrize("seed", range(4))
def test_weights_are_pictures_drawn_again(seed: int) -> None:
    """AP and counts of two classes, by the slow way: the pictures of each resample in a row."""
    rng, names = np.random.default_rng(seed), ["a", "b", "a", "c", "d", "c"]
    rows = [sorted(set(names)).index(name) for name in names]
    classes = [[picture(rng, *rng.integers(0, 4, 2).tolist()) for _ in names] for _ in range(2)]
    slow = []
    for block in draws(4, FEW):
        for weights in block:
            again = [average_precision(drawn_again(pictures, rows, weights)) for pictures in classes]
            slow.append([summary(again), *(summary([each]) for each in again)])
    found = averaged_intervals(classes, names, FEW)
    for place, name in ((place, name) for place in (None, 0, 1) for name in AVERAGED):
        values = [each[0 if place is None else place + 1][name] for each in slow]
        interval = found[place][name]
        assert (interval.low, interval.high) == pytest.approx(tuple(np.nanquantile(values, (0.025, 0.975))))


def test_equal_seeds_give_equal_intervals(rng: np.random.Generator) -> None:
    pictures, names = [[picture(rng, 3, 5) for _ in range(12)]], [str(i) for i in range(12)]
    first = averaged_intervals(pictures, names, FEW)
    assert first == averaged_intervals(pictures, names, FEW)
    assert first != averaged_intervals(pictures, names, Resampling(resamples=100, seed=1))


def test_the_pictures_of_one_patient_are_drawn_together() -> None:
    """Ten equal pictures of each of four patients are no more certain than one of each."""
    counts = np.array([[[i, 4.0 - i, 0, i * 0.8]] for i in range(4)])
    alone = counted_intervals(counts, list("abcd"), FEW)[0]["recall"]
    together = counted_intervals(np.repeat(counts, 10, 0), list(np.repeat(list("abcd"), 10)), FEW)[0]["recall"]
    assert (alone.low, alone.high) == pytest.approx((together.low, together.high))


def test_the_number_of_resamples_is_bounded_and_of_the_data_alone(rng: np.random.Generator) -> None:
    one = picture(rng, 3, 5)
    assert affordable([[one]], Resampling()).resamples == MOST
    assert affordable([[one] * 100_000] * 4, Resampling(seed=3)) == Resampling(resamples=LEAST, seed=3)
    between = affordable([[one] * 10_000], Resampling()).resamples
    assert LEAST < between < MOST
    assert affordable([[one]], FEW).resamples == FEW.resamples
