"""Two sets of predictions on the same pictures."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dentalx.evaluation import Resampling, compare, compare_results, evaluate
from dentalx.evaluation import paired as module

FEW = Resampling(resamples=200)


def names(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def test_by_hand():
    """Differences 0.1, 0.2, -0.1, 0, the last of a picture that is not compared: ranks 1½ 3 1½."""
    first, second = [0.5, 0.5, 0.5, 0.5, 0.3], [0.6, 0.7, 0.4, 0.5, np.nan]
    found = compare(first, second, names(5))
    assert (found.n, found.patients, found.n_undefined) == (4, 4, 1)
    assert (found.first, found.second) == (0.5, pytest.approx(0.55))
    assert found.difference == pytest.approx(0.05)
    assert found.cohens_dz == pytest.approx(0.05 / np.std([0.1, 0.2, -0.1, 0], ddof=1))
    assert found.rank_biserial == pytest.approx((4.5 - 1.5) / 6)
    assert found.superiority == pytest.approx((2 + 0.5) / 4)
    totals = [abs(a * 0.1 + b * 0.2 - c * 0.1) for a, b, c in itertools.product((-1, 1), repeat=3)]
    assert found.permutation_p == pytest.approx(np.mean([t >= 0.2 - 1e-9 for t in totals]))


def test_wilcoxon_is_scipys(rng):
    first = rng.random(30)
    second = first + rng.normal(0.05, 0.1, 30)
    found = compare(first, second, names(30))
    assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(second - first, zero_method="pratt").pvalue)


def test_tests_go_by_patient(rng):
    """Ten copies of each patient's picture are no more evidence than one."""
    first = rng.random(12)
    second = first + rng.normal(0.05, 0.1, 12)
    one = compare(first, second, names(12))
    ten = compare(np.repeat(first, 10), np.repeat(second, 10), [p for p in names(12) for _ in range(10)])
    assert (ten.n, ten.patients) == (120, 12)
    for name in ("difference", "wilcoxon_p", "permutation_p", "cohens_dz", "rank_biserial", "superiority"):
        assert getattr(ten, name) == pytest.approx(getattr(one, name)), name
    assert ten.ci95 == pytest.approx(one.ci95)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 20))
def test_exchanging_the_two_changes_signs(seed, n):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 5, (2, n)) / 4
    patients = [str(i // 2) for i in range(n)]
    there, back = compare(first, second, patients, FEW), compare(second, first, patients, FEW)
    assert there.difference == pytest.approx(-back.difference)
    for name in ("wilcoxon_p", "permutation_p"):
        assert getattr(there, name) == pytest.approx(getattr(back, name)), name
        assert getattr(there, name) is None or 0 < getattr(there, name) <= 1 + 1e-12
    assert there.superiority == pytest.approx(1 - back.superiority)
    if there.rank_biserial is not None:
        assert there.rank_biserial == pytest.approx(-back.rank_biserial)
    if there.ci95 is not None:
        assert there.ci95[0] - 1e-12 <= there.difference <= there.ci95[1] + 1e-12


def test_drawn_signs_agree_with_all_of_them(rng, monkeypatch):
    first = rng.random(10)
    second = first + rng.normal(0.05, 0.1, 10)
    exact = compare(first, second, names(10)).permutation_p
    monkeypatch.setattr(module, "_EXACT", 0)
    assert compare(first, second, names(10)).permutation_p == pytest.approx(exact, abs=0.02)


def test_chance_is_called_so_as_often_as_it_should(rng):
    """Without a difference, p < 0.1 comes in about a tenth of trials, for both tests."""
    wrong = np.zeros(2)
    for _ in range(200):
        first, second = rng.normal(0, 1, (2, 12))
        found = compare(first, second, names(12), Resampling(resamples=100))
        wrong += [found.wilcoxon_p < 0.1, found.permutation_p < 0.1]
    assert ((wrong > 6) & (wrong < 38)).all()


@pytest.mark.parametrize(
    ("first", "second", "patients"),
    [([], [], []), ([np.nan], [1.0], ["a"]), ([0.5], [0.6], ["a"]), ([0.5, 0.5], [0.5, 0.5], ["a", "b"])],
    ids=["none", "undefined", "one", "equal"],
)
def test_degenerate_comparisons_are_json(first, second, patients):
    found = json.loads(json.dumps(compare(first, second, patients).as_json(), allow_nan=False))
    assert found["wilcoxon_p"] is None
    assert found["rank_biserial"] is None or len(patients) == 1


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="must be as many, got 1, 2 and 1"):
        compare([1.0], [1.0, 2.0], ["a"])


def result(values, name="a", truth=(1, 1, 0, 0)):
    masks = [(f"i{i}", f"p{i}", np.array([truth], np.uint8), np.array([v], np.uint8)) for i, v in values.items()]
    return evaluate(masks, (name,))


def test_results_are_compared_where_they_meet():
    one = result({0: (1, 0, 0, 0), 1: (1, 1, 0, 0), 2: (0, 1, 0, 0)})
    two = result({1: (1, 1, 1, 0), 0: (1, 1, 0, 0), 3: (1, 1, 1, 1)})
    found = compare_results(one, two, how=FEW)
    assert (found["n_common"], found["n_only_first"], found["n_only_second"]) == (2, 1, 1)
    dice = found["scores"]["dice"]
    assert dice["first"] == pytest.approx((2 / 3 + 1) / 2)
    assert dice["second"] == pytest.approx((1 + 0.8) / 2)
    assert found["classes"]["a"]["dice"] == dice
    assert json.dumps(found, allow_nan=False)


def test_results_must_speak_of_the_same():
    one = result({0: (1, 0, 0, 0)})
    with pytest.raises(ValueError, match="both must have the same classes"):
        compare_results(one, result({0: (1, 0, 0, 0)}, "b"))
    with pytest.raises(ValueError, match="the truth of a picture differs"):
        compare_results(one, result({0: (1, 0, 0, 0)}, truth=(1, 0, 0, 0)))
