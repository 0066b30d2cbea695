"""Free-response curves: by hand, with pictures without objects, crowds and equal scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.evaluation.average_precision import Scored, score_picture
from dentalx.evaluation.free_response import free_response


def scored(scores: list[float], hit: list[bool], objects: int, ignored: list[bool] | None = None) -> Scored:
    crowds = np.array([ignored or [False] * len(scores)], np.bool_)
    return Scored(np.array(scores, np.float64), np.array([hit], np.bool_), crowds, objects)


def curve(*pictures: Scored) -> list[list[float]]:
    return [values.tolist() for values in free_response(pictures)]


def test_by_hand() -> None:
    """Best first: found (0.9), wrong (0.8), found (0.7), of three objects in two pictures."""
    false, found = curve(scored([0.9, 0.8], [True, False], 1), scored([0.7], [True], 2))
    assert false == [0, 0, 0.5, 0.5]
    assert found == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])


def test_alarms_in_a_picture_without_objects_count() -> None:
    healthy = scored([0.95, 0.6], [False, False], 0)
    assert curve(scored([0.9], [True], 1), healthy) == [[0, 0.5, 0.5, 1], [0, 0, 1, 1]]


def test_a_picture_where_nothing_is_and_nothing_was_found_makes_alarms_rarer() -> None:
    one, nothing = scored([0.9, 0.8], [False, True], 1), scored([], [], 0)
    assert curve(one)[0] == [0, 1, 1]
    assert curve(one, nothing)[0] == [0, 0.5, 0.5]
    assert curve(one)[1] == curve(one, nothing)[1]


def test_equal_scores_are_one_point() -> None:
    assert curve(scored([0.5, 0.5], [True, False], 2)) == [[0, 1], [0, 0.5]]
    assert curve(scored([0.5], [False], 0), scored([0.5], [True], 2)) == [[0, 0.5], [0, 0.5]]


def test_what_fell_on_a_crowd_is_left_out() -> None:
    one = scored([0.9, 0.8], [False, True], 1, ignored=[True, False])
    assert curve(one) == [[0, 0], [0, 1]]


def test_nothing_found_is_the_origin_alone() -> None:
    assert curve(scored([], [], 3)) == [[0], [0]]


def test_without_an_object_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="at least one true object"):
        free_response([scored([0.5], [False], 0)])


def test_another_overlap() -> None:
    picture = score_picture(np.array([[0.6]]), np.array([0.9]), np.zeros(1, np.bool_))
    assert [values.tolist() for values in free_response([picture], overlap=0)] == [[0, 0], [0, 1]]
    assert [values.tolist() for values in free_response([picture], overlap=5)] == [[0, 1], [0, 0]]


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12), st.integers(0, 3))
def test_a_curve_only_rises_and_ends_at_all_that_there_is(found: list[tuple[int, bool]], more: int) -> None:
    found = sorted(found, reverse=True)
    hits = [hit for _, hit in found]
    objects = max(1, sum(hits) + more)
    false, share = free_response([scored([score / 5 for score, _ in found], hits, objects), scored([], [], 0)])
    assert (np.diff(false) >= 0).all() and (np.diff(share) >= 0).all()
    assert len(false) == len(share) == len({score for score, _ in found}) + 1
    assert false[-1] == (len(hits) - sum(hits)) / 2 and share[-1] == pytest.approx(sum(hits) / objects)
