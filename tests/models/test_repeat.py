"""Repeating a map as one operation."""

import keras
import numpy as np

from dentalx.models.layers import Repeat


def test_repeated_as_keras_does_for_sides_known_and_free(rng: np.random.Generator) -> None:
    values = rng.random((2, 3, 5, 4), np.float32)
    expected = np.asarray(keras.layers.UpSampling2D((2, 3))(values))
    for sides in ((3, 5), (None, None)):
        image = keras.Input((*sides, 4))
        repeated = keras.Model(image, Repeat((2, 3))(image))
        assert repeated.output_shape == (None, *(side and side * by for side, by in zip(sides, (2, 3), strict=True)), 4)
        assert np.array_equal(np.asarray(repeated(values)), expected)
