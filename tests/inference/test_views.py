"""Pictures seen flipped and in tiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.datasets.sides import mirrored_labels
from dentalx.errors import InputError
from dentalx.inference.predictor import Predictor
from dentalx.inference.views import Flipped, Probabilities, Tiled, flipped, parts, seen_through, trained_on
from dentalx.predict_config import PredictConfig
from dentalx.preprocess import to_uint8
from dentalx.quality import Seen

MEAN = np.zeros((16, 32), np.float32)
SIDES = ("11", "21", "caries")


def sided(pixels: np.ndarray) -> Probabilities:
    """Bright pixels are tooth 11 in the left half of the picture and, half as surely, tooth 21 in the right one."""
    found = np.zeros((*pixels.shape, 4), np.float32)
    middle = pixels.shape[1] // 2
    bright = pixels / np.float32(255)
    found[:, :middle, 1] = bright[:, :middle]
    found[:, middle:, 2] = bright[:, middle:] * 0.5
    found[..., 3] = np.arange(pixels.shape[1]) / np.float32(pixels.shape[1] * 4)
    found[..., 0] = 1 - found.sum(-1)
    return found


def pointwise(pixels: np.ndarray) -> Probabilities:
    grey = pixels.astype(np.float32) / 255
    return np.stack([grey**2, 1 - grey**2], axis=-1)


def test_teeth_change_sides_in_the_mirror() -> None:
    """By hand: left half (1.0 as itself + 0.5 mirrored) / 2 for tooth 11, and the same for 21 on the right."""
    found = flipped(sided, SIDES)(np.full((2, 4), 255, np.uint8))
    assert found[0, :, 1].tolist() == [0.75, 0.75, 0, 0]
    assert found[0, :, 2].tolist() == [0, 0, 0.75, 0.75]
    assert np.allclose(found[0, :, 3], (0 + 3) / 16 / 2)
    assert np.allclose(found.sum(-1), 1)


def test_a_mirrored_picture_gives_the_mirrored_answer(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (5, 8), np.uint8)
    labels = mirrored_labels(SIDES)
    assert labels == (0, 2, 1, 3)
    both = flipped(sided, SIDES)
    assert np.allclose(both(pixels[:, ::-1]), both(pixels)[:, ::-1][..., list(labels)], atol=1e-6)


def test_one_class_has_one_channel() -> None:
    assert flipped(sided, ("teeth",)).channels == (0,)


def test_without_its_other_side_a_class_cannot_be_flipped() -> None:
    with pytest.raises(InputError, match="--tta flip cannot be used with this run: class '36' becomes '46' in the"):
        flipped(sided, ("36", "caries"))
    with pytest.raises(InputError, match="the number in class '#8' may be a tooth's, in a system that is not known"):
        flipped(sided, ("#8", "#9"))


@given(st.integers(1, 300), st.integers(1, 90))
def test_weights_sum_to_one_and_tiles_lie_evenly(length: int, tile: int) -> None:
    found = parts(length, tile)
    total = np.zeros(length)
    for place, weights in found:
        assert place.stop - place.start == min(tile, length)
        assert (weights > 0).all()
        total[place] += weights
    assert np.allclose(total, 1, atol=1e-5)
    steps = np.diff([place.start for place, _ in found])
    assert len(steps) == 0 or steps.max() - steps.min() <= 1
    assert len(steps) == 0 or steps.max() <= max(1, tile - max(1, round(tile / 4)))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 20), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_what_sees_one_pixel_at_a_time_sees_the_same_in_tiles(h: int, w: int, y: int, x: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (h, w), np.uint8)
    assert np.allclose(Tiled(pointwise, (y, x))(pixels), pointwise(pixels), atol=2e-6)
    both = Flipped(Tiled(pointwise, (y, x)), (0, 1))
    assert np.allclose(both(pixels), pointwise(pixels), atol=2e-6)


def test_pictures_of_about_a_tile_are_seen_whole() -> None:
    sizes: list[tuple[int, ...]] = []

    def noted(pixels: np.ndarray) -> Probabilities:
        sizes.append(pixels.shape)
        return pointwise(pixels)

    tiled = Tiled(noted, (20, 40), larger=1.5)
    for size, expected in (((30, 60), [(30, 60)]), ((10, 61), [(10, 40)] * 2)):
        sizes.clear()
        tiled(np.zeros(size, np.uint8))
        assert sizes == expected


def test_views_are_put_around_the_network_as_asked(rng: np.random.Generator) -> None:
    """The recipe, the threshold and the picture's own size stay the predictor's business."""
    plain = Predictor(sided, SIDES, 0.5, "run")
    assert seen_through(plain, PredictConfig()) is plain
    image = rng.random((40, 80), np.float32)
    both = seen_through(plain, PredictConfig(tta="flip", tiles=(32, 32)))
    assert both.classes == SIDES
    expected = flipped(Tiled(sided, (32, 32)), SIDES)(to_uint8(image))
    assert np.array_equal(both.probability(image), expected)
    assert both("a", image).mask.shape == (40, 80)


def test_automatic_tiles_are_as_large_as_the_training_pictures() -> None:
    with pytest.raises(InputError, match=r"--tiles auto needs to know .*, and run does not say it; give --tiles H W"):
        seen_through(Predictor(sided, SIDES, 0.5, "run"), PredictConfig(tiles="auto"))
    row = tuple(float(value) for value in range(9))
    seen = Seen(30, {"height": tuple(1000 + v for v in row), "width": tuple(2000 + v for v in row)}, MEAN, {}, row)
    knowing = Predictor(sided, SIDES, 0.5, "run", seen=seen)
    assert trained_on(knowing) == (1004, 2004)
    assert seen_through(knowing, PredictConfig(tiles="auto")).networks == Tiled(sided, (1004, 2004), 1.5)


def test_tiles_of_a_few_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match="--tiles must be off, auto, or two numbers of at least 32"):
        PredictConfig(tiles=(31, 64))
