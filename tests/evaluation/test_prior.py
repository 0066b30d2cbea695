"""The mean shape of the training masks."""

import numpy as np
import pytest

from dentalx.evaluation.prior import MeanShape, stretch


def test_majority_by_hand():
    shape = MeanShape(2, (1, 4))
    for row in ([1, 1, 2, 255], [1, 0, 2, 255], [0, 0, 1, 255]):
        shape.add(np.array([row], np.uint8))
    assert shape.mask().tolist() == [[1, 0, 2, 0]]
    assert shape.mask().dtype == np.uint8


def test_a_draw_is_background():
    shape = MeanShape(1, (1, 1))
    shape.add(np.array([[0]], np.uint8))
    shape.add(np.array([[1]], np.uint8))
    assert shape.mask().tolist() == [[0]]


def test_without_masks_it_is_background():
    assert (MeanShape(1, (2, 3)).mask() == 0).all()


def test_any_size_is_stretched(rng):
    shape = MeanShape(1, (8, 8))
    for size in ((16, 24), (5, 7), (200, 100)):
        mask = np.zeros(size, np.uint8)
        mask[: size[0] // 2] = 1
        shape.add(mask)
    assert shape.mask()[:3].all()
    assert not shape.mask()[5:].any()


@pytest.mark.parametrize("size", [(3, 4), (6, 8), (12, 2), (1, 1), (31, 57)])
def test_stretching_samples_at_centres(rng, size):
    mask = rng.integers(0, 200, (6, 8)).astype(np.uint8)
    big = stretch(mask, size)
    assert big.shape == size
    y, x = size[0] // 2, size[1] - 1
    assert big[y, x] == mask[int((y + 0.5) * 6 / size[0]), int((x + 0.5) * 8 / size[1])]
    if size == mask.shape:
        assert (big == mask).all()


def test_unknown_class():
    with pytest.raises(ValueError, match="mask must lie in 0…1 or be 255, got 2"):
        MeanShape(1, (2, 2)).add(np.full((2, 2), 2, np.uint8))
