"""Who answers for what, and who is drawn."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.models.maskrcnn.assignment import match, sample


def test_matching_by_hand() -> None:
    iou = tf.constant([[[0.8, 0.1], [0.5, 0.2], [0.1, 0.25], [0.0, 0.0]]])
    found = match(iou, tf.constant([[True, True]]), 0.7, 0.3, rescue=False)
    assert found.state.numpy().tolist() == [[1, -1, 0, 0]]
    rescued = match(iou, tf.constant([[True, True]]), 0.7, 0.3, rescue=True)
    assert rescued.state.numpy().tolist() == [[1, -1, 1, 0]]  # the second object takes its best candidate
    assert rescued.index.numpy()[0, [0, 2]].tolist() == [0, 1]


def test_objects_that_are_not_there_take_nothing() -> None:
    iou = tf.constant([[[0.9], [0.0]]])
    assert match(iou, tf.constant([[False]]), 0.7, 0.3, rescue=True).state.numpy().tolist() == [[0, 0]]


def test_an_object_nothing_touches_rescues_nobody() -> None:
    assert match(tf.zeros((1, 3, 1)), tf.constant([[True]]), 0.7, 0.3, rescue=True).state.numpy().tolist() == [
        [0, 0, 0]
    ]


states = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(states, st.integers(2, 20), st.integers(0, 99))
def test_what_is_drawn(state: list[int], count: int, seed: int) -> None:
    keys = sample(tf.constant([state]), count, 0.5, [seed, 0]).numpy()[0]
    positive, negative = keys > 2, (keys > 1) & (keys <= 2)
    of_state = np.array(state)
    assert (of_state[positive] == 1).all() and (of_state[negative] == 0).all()
    assert positive.sum() == min((of_state == 1).sum(), count // 2)
    assert negative.sum() == min((of_state == 0).sum(), count - positive.sum())
    again = sample(tf.constant([state]), count, 0.5, [seed, 0]).numpy()[0]
    assert (keys == again).all()


def test_draws_differ_by_seed_and_are_fair() -> None:
    state = tf.zeros((1, 10), tf.int32)
    times = np.zeros(10)
    for seed in range(200):
        times += sample(state, 4, 0.5, [seed, 1]).numpy()[0] > 0
    assert times.sum() == 800
    assert (np.abs(times - 80) < 30).all()
