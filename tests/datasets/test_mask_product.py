"""A radiograph times its mask, also where the copy is brighter and the ground is not black."""

import numpy as np
import pytest

from dentalx.datasets.mask_product import copied_share, from_picture

ROWS, COLUMNS = np.mgrid[:90, :140]
MASK = ((ROWS - 45) / 32.0) ** 2 + ((COLUMNS - 70) / 50.0) ** 2 < 1


def radiograph(seed=0):
    noise = np.random.default_rng(seed).normal(0, 12, MASK.shape)
    return np.clip(90 + 30 * np.sin(COLUMNS / 9 + seed) + noise, 1, 200).astype(np.uint8)


def product(change=lambda levels: levels, ground=0):
    return np.where(MASK, np.clip(change(radiograph().astype(float)), 0, 255), ground).astype(np.uint8)


CHANGES = {
    "unchanged": lambda levels: levels,
    "brighter by 21": lambda levels: levels + 21,
    "brighter by 77": lambda levels: levels + 77,
    "of more contrast": lambda levels: 1.3 * levels - 20,
    "a curve": lambda levels: 255 * (levels / 255) ** 0.6,
}


@pytest.mark.parametrize("ground", [0, 12, 37, 255])
@pytest.mark.parametrize("change", CHANGES)
def test_levels_that_were_changed_and_any_flat_ground(change, ground):
    values = product(CHANGES[change], ground)
    assert copied_share(values, radiograph(), False) >= 0.9
    found = from_picture(values, radiograph(), False)
    assert np.count_nonzero(found != MASK) <= 0.005 * np.count_nonzero(MASK)


@pytest.mark.parametrize(
    "values",
    [
        np.where(MASK, radiograph(seed=1), 0).astype(np.uint8),  # another radiograph's
        np.where(MASK, np.roll(radiograph(), 9, axis=1), 0).astype(np.uint8),  # the same, moved
        np.where(MASK, np.clip(255 - 2 * np.hypot(ROWS - 45, COLUMNS - 70), 1, 255), 0).astype(np.uint8),  # a heat map
        255 - product(),
    ],
)
def test_what_has_another_texture_is_no_copy(values):
    assert copied_share(values, radiograph(), False) < 0.9
