"""Each step by hand where a hand can do it, and the laws that hold for all."""

import numpy as np
import pytest

from dentalx.config import from_json, to_json
from dentalx.enhance import (
    apply,
    bilateral,
    clahe,
    looks_inverted,
    median,
    non_local_means,
    stretch,
    upscale,
    without_frame,
)
from dentalx.recipe import EnhanceConfig

ALL = EnhanceConfig(tails=(1, 99), median=3, bilateral=0.1, nlm=0.05, clahe=2.0, clahe_tiles=4)


def test_off_by_default(rng):
    plane = rng.random((9, 7), np.float32)
    found = apply(plane, EnhanceConfig())
    assert np.array_equal(found, plane) and found is not plane


def test_everything_keeps_shape_type_and_range_and_its_argument(rng):
    plane = rng.random((40, 56), np.float32)
    before = plane.copy()
    found = apply(plane, ALL)
    assert found.shape == plane.shape and found.dtype == np.float32 and 0 <= found.min() <= found.max() <= 1
    assert np.array_equal(plane, before) and np.array_equal(found, apply(plane, ALL))


def test_json_there_and_back():
    for config in (EnhanceConfig(), ALL):
        assert from_json(EnhanceConfig, to_json(config)) == config


@pytest.mark.parametrize(
    "bad", [{"tails": (9, 3)}, {"tails": (0, 101)}, {"median": 4}, {"nlm": -1}, {"bilateral": 2}, {"clahe": -1}]
)
def test_nonsense_is_refused(bad):
    with pytest.raises(ValueError, match="must"):
        EnhanceConfig(**bad)


def test_stretch_by_hand():
    plane = np.linspace(0, 1, 101, dtype=np.float32)[None]
    assert np.allclose(stretch(plane, 10, 90)[0, [0, 10, 50, 90, 100]], [0, 0, 0.5, 1, 1], atol=1e-6)
    assert np.array_equal(stretch(np.full((2, 2), 0.3, np.float32), 1, 99), np.full((2, 2), 0.3, np.float32))


def test_median_removes_a_single_pixel_and_keeps_an_edge():
    plane = np.zeros((7, 8), np.float32)
    plane[:, 4:] = 1
    salted = plane.copy()
    salted[3, 1] = 1
    assert np.array_equal(median(salted, 3), plane)


@pytest.mark.parametrize("clean", [lambda p: bilateral(p, 0.3), lambda p: non_local_means(p, 0.1)])
def test_noise_falls_and_the_edge_stays(rng, clean):
    truth = np.full((48, 48), 0.25, np.float32)
    truth[:, 24:] = 0.75
    noisy = np.clip(truth + rng.normal(0, 0.05, truth.shape), 0, 1).astype(np.float32)
    found = clean(noisy)
    assert np.abs(found - truth).mean() < 0.6 * np.abs(noisy - truth).mean()
    assert (found[:, 25:].mean() - found[:, :23].mean()) > 0.45


def test_clahe_spreads_a_flat_ramp():
    plane = np.tile(np.linspace(0.45, 0.55, 64, dtype=np.float32), (64, 1))
    assert clahe(plane, 10.0, 1).std() > 2 * plane.std()


def test_frame_by_hand_and_a_black_picture():
    plane = np.zeros((30, 40), np.float32)
    plane[5:25, 3:38] = 0.5
    assert without_frame(plane) == (5, 3, 25, 38)
    assert without_frame(np.zeros((3, 4), np.float32)) == (0, 0, 3, 4)


def test_polarity_needs_a_clear_difference():
    assert not looks_inverted(np.full((9, 9), 0.5, np.float32))


def test_upscaling_by_size_and_range(rng):
    plane = rng.random((20, 50), np.float32)
    found = upscale(plane, 60)
    assert found.shape == (60, 150) and found.min() >= plane.min() and found.max() <= plane.max()
    assert np.array_equal(upscale(plane, 20), plane)
    assert np.allclose(upscale(np.full((4, 4), 0.3, np.float32), 9), 0.3)
