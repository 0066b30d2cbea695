"""Signed distances and the loss made of them: by hand, against brute force, and weights that move."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dentalx.geometry import signed_distance
from dentalx.loss_terms import loss_terms
from dentalx.losses import WeightedSum, boundary, soft_dice
from dentalx.training.ramp import Ramp

MASKS = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.sampled_from([0, 1, 1, 2, 255]))


def logit(p):
    return np.log(p / (1 - np.asarray(p))).astype(np.float32)


def brute_force(inside, outside):
    """The nearest pixel of the other kind, looked for among all."""
    found = np.zeros(inside.shape)
    for here, there, sign in ((outside, inside, 1), (inside, outside, -1)):
        places = np.argwhere(there)
        for place in np.argwhere(here) if len(places) else ():
            found[tuple(place)] = sign * (np.sqrt(((places - place) ** 2).sum(1)).min() - 0.5)
    return found


@given(MASKS)
def test_distances_against_brute_force(mask):
    found = signed_distance(mask == 1, mask != 255)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, brute_force(mask == 1, (mask != 1) & (mask != 255)), atol=1e-5)


@given(MASKS)
def test_inside_and_outside_are_mirror_images(mask):
    counted = mask != 255
    np.testing.assert_array_equal(signed_distance(mask == 1, counted), -signed_distance(mask != 1, counted))


def test_one_class_by_hand():
    """Distances −1.5, −0.5 and 0.5; the pixel that does not count is not the end of the mask."""
    truth = np.array([[[1, 1, 0, 255]]], np.uint8)
    said = logit([0.8, 0.4, 0.3, 0.9]).reshape(1, 1, 4, 1)
    assert boundary(truth, said).numpy() == pytest.approx([(1.5 * 0.2 + 0.5 * 0.6 + 0.5 * 0.3) / 3], rel=1e-5)
    assert boundary(truth[..., ::-1], said[:, :, ::-1]).numpy() == pytest.approx([0.25], rel=1e-5)


def test_two_classes_by_hand():
    truth = np.array([[[1, 0, 2]]], np.uint8)
    first = 0.5 * (1 - 0.6) + 0.5 * 0.5 + 1.5 * 0.1
    second = 1.5 * 0.1 + 0.5 * 0.3 + 0.5 * (1 - 0.8)
    p = np.array([[0.3, 0.6, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])  # background first
    value = boundary(truth, np.log(p).astype(np.float32)[None, None])
    assert value.numpy() == pytest.approx([(first + second) / 2 / 3], rel=1e-5)


def test_the_gradient_is_the_distance_times_the_slope_of_the_probability(rng):
    truth = (rng.random((1, 6, 7)) < 0.4).astype(np.uint8)
    logits = tf.constant(rng.normal(0, 1, (1, 6, 7, 1)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = boundary(truth, logits)
    p = 1 / (1 + np.exp(-logits.numpy()[0, ..., 0]))
    expected = signed_distance(truth[0] == 1, truth[0] != 255) * p * (1 - p) / 42
    np.testing.assert_allclose(tape.gradient(value, logits)[0, ..., 0], expected, rtol=1e-4, atol=1e-8)


def test_the_further_off_the_dearer():
    """A square of 4 by 4, said 1, 2 and 3 columns aside: each missed and each made-up column weighs its distance."""
    truth = np.zeros((1, 12, 12), np.uint8)
    truth[0, 4:8, 4:8] = 1
    found = []
    for aside in range(4):
        said = np.where(np.roll(truth, aside, 2) == 1, 40.0, -40.0).astype(np.float32)[..., None]
        found.append(float(boundary(truth, said)[0]) * 144)
    assert found[0] == pytest.approx(0, abs=1e-5)
    assert found[1] == pytest.approx(4 * 0.5 + 4 * 0.5, rel=1e-5)
    missed = 4 * 0.5 + 0.5 + 1.5 + 1.5 + 0.5  # the second column is as near to the upper and lower side
    assert found[2] == pytest.approx(missed + 4 * 0.5 + 4 * 1.5, rel=1e-5)
    assert found == sorted(found)


def test_what_has_no_border_costs_nothing(rng):
    logits = rng.normal(0, 1, (1, 4, 4, 1)).astype(np.float32)
    for truth in (np.zeros((1, 4, 4), np.uint8), np.ones((1, 4, 4), np.uint8)):
        assert boundary(truth, logits).numpy().tolist() == [0]


def test_inside_a_graph_its_shape_is_known(rng):
    """As Keras runs it, with batches of any size."""
    call = tf.function(boundary, input_signature=[tf.TensorSpec([None, 5, 6]), tf.TensorSpec([None, 5, 6, 3])])
    truth = rng.integers(0, 3, (2, 5, 6)).astype(np.float32)
    logits = rng.normal(0, 1, (2, 5, 6, 3)).astype(np.float32)
    assert call(truth, logits).numpy() == pytest.approx(boundary(truth, logits).numpy())
    assert call.get_concrete_function().output_shapes.as_list() == [None]


def test_weights_that_move():
    assert loss_terms("1:0.5*dice+0:2*boundary") == {"dice": (1, 0.5), "boundary": (0, 2)}
    truth = np.array([[[1, 1, 0, 0]]], np.uint8)
    said = logit([0.8, 0.4, 0.3, 0.1]).reshape(1, 1, 4, 1)
    one, other = float(soft_dice(truth, said)[0]), float(boundary(truth, said)[0])
    loss = WeightedSum("1:0.5*dice+0:2*boundary")
    graph = tf.function(lambda: loss(truth, said))
    model = keras.Sequential()
    for epochs, epoch, weights in ((5, 0, (1, 0)), (5, 1, (0.875, 0.5)), (5, 4, (0.5, 2)), (1, 0, (1, 0))):
        ramp = Ramp(loss, epochs)
        ramp.set_model(model)
        ramp.on_epoch_begin(epoch)
        assert float(graph()) == pytest.approx(weights[0] * one + weights[1] * other, rel=1e-5)
