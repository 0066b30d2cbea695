"""Batch normalisation in one operation says what Keras' layer says."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.models.normalisation import BatchNormalization

SHAPE = (3, 5, 4, 8)


def pair(dtype: str = "float32", **options: Any) -> list[keras.layers.BatchNormalization]:
    """Keras' layer and ours, on the same weights."""
    layers = [kind(dtype=dtype, **options) for kind in (keras.layers.BatchNormalization, BatchNormalization)]
    for layer in layers:
        layer.build(SHAPE)
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.5, 2, np.shape(value)) for value in layers[0].get_weights()]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def picture(channels: int = SHAPE[-1]) -> tf.Tensor:
    return tf.constant(np.random.default_rng(1).normal(3, 2, (*SHAPE[:3], channels)), tf.float32)


def learnt(layer: keras.layers.Layer, images: tf.Tensor) -> list[Any]:
    """Of one training step: what comes out, gradients of a weighted sum of it, and the weights afterwards."""
    weights = tf.constant(np.random.default_rng(2).normal(size=images.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        out = layer(images, training=True)
        total = tf.reduce_sum(weights * tf.cast(out, tf.float32))
    variables = [variable.value for variable in layer.trainable_variables]
    return [out, *tape.gradient(total, [images, *variables]), *layer.get_weights()]


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False, "epsilon": 2e-5}, {"momentum": 0.5}])
def test_a_training_step_is_keras_own(options: dict[str, Any]) -> None:
    theirs, ours = pair(**options)
    for expected, found in zip(learnt(theirs, picture()), learnt(ours, picture()), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_by_hand() -> None:
    """Four pixels, 0, 0, 4 and 4 in each channel: mean 2, variance 4, so -1 and 1."""
    layer = BatchNormalization(momentum=0.5, epsilon=1e-12)
    out = layer(tf.reshape(tf.repeat([0.0, 0.0, 4.0, 4.0], 8), (1, 2, 2, 8)), training=True)
    np.testing.assert_allclose(out[0, :, :, 0], [[-1, -1], [1, 1]], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_mean, np.full(8, 1.0), rtol=1e-6)  # half of 0 and half of 2
    np.testing.assert_allclose(layer.moving_variance, np.full(8, 2.5), rtol=1e-6)  # half of 1 and half of 4


@pytest.mark.parametrize("training", [False, True])
def test_of_sixteen_bits(training: bool) -> None:
    theirs, ours = pair("mixed_bfloat16")
    images = tf.cast(picture(), tf.bfloat16)
    expected, found = (layer(images, training=training) for layer in (theirs, ours))
    assert found.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(found, tf.float32), tf.cast(expected, tf.float32), rtol=2**-7, atol=2**-6)
    np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=1e-2)


@pytest.mark.parametrize("frozen", [False, True])
def test_afterwards_the_moving_statistics_count(frozen: bool) -> None:
    theirs, ours = pair()
    for layer in (theirs, ours):
        layer.trainable = not frozen
    before = ours.get_weights()
    expected, found = (layer(picture(), training=frozen) for layer in (theirs, ours))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    for was, there in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(was, there)


@pytest.mark.parametrize("channels", [3, 8])
def test_which_operation_is_used(channels: int) -> None:
    layer = BatchNormalization()
    graph = tf.function(lambda images: layer(images, training=True)).get_concrete_function(picture(channels)).graph
    used = {operation.type for operation in graph.get_operations()}
    assert ("FusedBatchNormV3" in used) == (channels == 8)


def test_what_it_leaves_to_keras() -> None:
    flat = tf.constant(np.random.default_rng(1).normal(3, 2, (6, 8)), tf.float32)
    np.testing.assert_array_equal(
        BatchNormalization()(flat, training=True), keras.layers.BatchNormalization()(flat, training=True)
    )


def test_a_weights_file_calls_it_as_keras_layer() -> None:
    assert BatchNormalization.__name__ == keras.layers.BatchNormalization.__name__
