"""Adam in one operation changes weights as Keras' does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.config import TrainConfig
from dentalx.training.optimiser import build_optimiser

RATE = 1e-2


def after(optimiser: keras.optimizers.Optimizer, steps: int) -> list[np.ndarray]:
    """Two variables after so many steps with the same gradients."""
    variables = [keras.Variable(np.float32([1, -2, 3]), name="kernel"), keras.Variable(np.float32([0.5]), name="bias")]
    rng = np.random.default_rng(0)
    for _ in range(steps):
        optimiser.apply([tf.constant(rng.normal(size=each.shape), tf.float32) for each in variables], variables)
    return [np.asarray(each) for each in variables]


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_as_keras(name: str) -> None:
    ours = build_optimiser(TrainConfig(optimizer=name, learning_rate=RATE, weight_decay=0.1, schedule="constant"), 10)
    theirs = (
        keras.optimizers.Adam(RATE, global_clipnorm=1.0)
        if name == "adam"
        else keras.optimizers.AdamW(RATE, weight_decay=0.1, global_clipnorm=1.0)
    )
    theirs.exclude_from_weight_decay(var_names=["bias"])
    for found, expected in zip(after(ours, 5), after(theirs, 5), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_accumulated_steps_are_one_with_the_mean_gradient() -> None:
    """[1, 3] and [3, -1] make one step of plain gradient descent with [2, 1]; the sum of both is never applied."""
    config = TrainConfig(optimizer="sgd", weight_decay=0, learning_rate=0.1, schedule="constant", accumulate=2)
    variable = keras.Variable(np.float32([0, 0]))
    optimiser = build_optimiser(config, 10)
    optimiser.global_clipnorm = None
    for gradient, expected in (([1, 3], [0, 0]), ([3, -1], [-0.2, -0.1])):
        optimiser.apply([tf.constant(gradient, tf.float32)], [variable])
        np.testing.assert_allclose(variable, expected, rtol=1e-6)


def test_accumulated_steps_of_adam_are_as_keras() -> None:
    ours = build_optimiser(TrainConfig(optimizer="adam", learning_rate=RATE, schedule="constant", accumulate=3), 10)
    theirs = keras.optimizers.Adam(RATE, global_clipnorm=1.0, gradient_accumulation_steps=3)
    for found, expected in zip(after(ours, 7), after(theirs, 7), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_by_hand() -> None:
    """The first step of Adam goes the learning rate far, against the gradient's sign."""
    variable = keras.Variable(np.float32([1, 1]))
    build_optimiser(TrainConfig(optimizer="adam", learning_rate=RATE, schedule="constant"), 10).apply(
        [tf.constant([0.25, -0.5])], [variable]
    )
    np.testing.assert_allclose(variable, [1 - RATE, 1 + RATE], rtol=1e-5)
