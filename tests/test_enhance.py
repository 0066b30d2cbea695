"""Each step by hand where a hand can do it, and the laws that hold for all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.enhance import (
    apply,
    bilateral,
    clahe,
    darkness,
    doubts,
    looks_inverted,
    median,
    non_local_means,
    stretch,
    upscale,
    without_frame,
)
from dentalx.phantom import draw
from dentalx.preprocess import Letterbox
from dentalx.recipe import OFF, EnhanceConfig

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


def test_a_white_frame_and_one_inside_a_black_one():
    plane = np.full((20, 30), 0.5, np.float32)
    double = np.pad(np.pad(plane, 3), 2, constant_values=1.0).astype(np.float32)
    assert without_frame(double) == (5, 5, 25, 35)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_frame_is_painted_black_and_changes_nothing_inside(rng, level):
    plane = np.clip(rng.random((48, 64), np.float32), 0.1, 0.9)
    recipe = EnhanceConfig(frame=True, tails=(2, 98), median=3, clahe=2.0)
    framed = np.pad(plane, ((7, 3), (5, 11)), constant_values=level).astype(np.float32)
    found = apply(framed, recipe)
    assert np.array_equal(found[7:55, 5:69], apply(plane, recipe))
    outside = np.ones(framed.shape, bool)
    outside[7:55, 5:69] = False
    assert found.shape == framed.shape and not found[outside].any()


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_darkness_changes_its_sign_with_the_picture(seed):
    rng = np.random.default_rng(seed)
    plane = rng.random((30, 60)).astype(np.float32)
    assert darkness(1 - plane) == pytest.approx(-darkness(plane), abs=1e-4)


def test_polarity_of_a_phantom():
    plane = phantom()
    negative = np.subtract(1, plane, dtype=np.float32)
    assert not looks_inverted(plane) and looks_inverted(negative)
    assert np.array_equal(apply(plane, EnhanceConfig(polarity="auto")), plane)
    assert np.allclose(apply(negative, EnhanceConfig(polarity="auto")), plane, atol=1e-6)
    assert np.array_equal(apply(plane, EnhanceConfig(polarity="invert")), negative)


def test_doubts_say_what_the_recipe_leaves_wrong():
    plane = phantom()
    assert doubts(plane, OFF) == ()
    negative = np.subtract(1, plane, dtype=np.float32)
    assert doubts(negative, OFF) == ("looks inverted (enamel dark)",)
    assert doubts(negative, EnhanceConfig(polarity="auto")) == (
        "looks inverted (enamel dark); it was inverted for the network",
    )
    assert doubts(negative, EnhanceConfig(polarity="invert")) == ()
    rows, columns = plane.shape
    framed = np.pad(plane, ((rows // 4, rows // 4), (columns // 8, columns // 8)), constant_values=1)
    assert doubts(framed, OFF) == ("an empty frame takes 35 % of the picture or more",)
    assert doubts(framed, EnhanceConfig(frame=True)) == ()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 300), st.integers(8, 200), st.integers(8, 200))
def test_an_enlarged_picture_has_the_letterbox_of_the_picture(rows, columns, least, height, width):
    found = upscale(np.full((rows, columns), 0.5, np.float32), least)
    factor = found.shape[0] // rows
    assert found.shape == (factor * rows, factor * columns) and 1 <= factor <= 8
    assert min(found.shape) >= min(least, 8 * min(rows, columns))
    assert factor == 1 or (factor - 1) * min(rows, columns) < least
    assert Letterbox(found.shape, (height, width)).window == Letterbox((rows, columns), (height, width)).window


def phantom():
    """A drawn radiograph, its own frame cut off."""
    plane = draw(4, 0, (128, 256)).image
    y1, x1, y2, x2 = without_frame(plane)
    return np.ascontiguousarray(plane[y1:y2, x1:x2])
