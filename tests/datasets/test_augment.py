"""Augmentation: what it may change, what it must not, and that chance is handed in."""

import threading

import numpy as np
import pytest

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment, augment_seed

NOTHING = AugmentConfig(flip_p=0, rotate_p=0, brightness_p=0, affine_p=0)
EVERYTHING = AugmentConfig(flip_p=1, rotate_p=1, brightness_p=1, affine_p=1)


@pytest.fixture
def pair(rng):
    image = rng.integers(1, 255, (48, 96)).astype(np.uint8)
    return image, rng.choice([0, 3, 7], (48, 96)).astype(np.uint8)


def only(**changes):
    return AugmentConfig(**{"flip_p": 0, "rotate_p": 0, "brightness_p": 0, "affine_p": 0, **changes})


def test_nothing_asked_nothing_changed(pair):
    image, mask = augment(*pair, NOTHING, 5)
    assert np.array_equal(image, pair[0]) and np.array_equal(mask, pair[1])


def test_a_flip_is_left_to_right_in_both(pair):
    image, mask = augment(*pair, only(flip_p=1), 5)
    assert np.array_equal(image, pair[0][:, ::-1]) and np.array_equal(mask, pair[1][:, ::-1])


def test_brightness_leaves_the_mask_alone(pair):
    image, mask = augment(*pair, only(brightness_p=1), 5)
    assert np.array_equal(mask, pair[1]) and not np.array_equal(image, pair[0])


def test_brightness_keeps_the_order_of_greys_and_changes_little():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    for seed in range(30):
        levels = augment(ramp, ramp * 0, only(brightness_p=1), seed)[0][0].astype(int)
        assert (np.diff(levels) >= 0).all()
        assert np.abs(levels - np.arange(256)).max() <= 0.1 * 255 + 0.1 * 255 + 1


@pytest.mark.parametrize("config", [only(rotate_p=1), only(affine_p=1), EVERYTHING, AugmentConfig()])
def test_masks_never_get_new_values(pair, config):
    for seed in range(40):
        image, mask = augment(*pair, config, seed)
        assert image.shape == mask.shape == (48, 96) and image.dtype == mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 3, 7, 255}


@pytest.mark.parametrize("config", [only(rotate_p=1), only(affine_p=1)])
def test_outside_is_black_and_unlabelled_and_nothing_else_is(config):
    image, mask = np.full((64, 128), 200, np.uint8), np.ones((64, 128), np.uint8)
    found = 0
    for seed in range(20):
        moved, truth = augment(image, mask, config, seed)
        assert (moved[truth == 1] >= 45).all()  # at the very corner three quarters may come from outside
        assert (moved[truth == 255] <= 110).all()
        found += int((truth == 255).sum())
    assert found > 0


def test_unlabelled_stays_unlabelled(pair):
    mask = np.full_like(pair[1], 255)
    assert (augment(pair[0], mask, EVERYTHING, 3)[1] == 255).all()


@pytest.mark.parametrize("config", [only(flip_p=1, rotate_p=1), only(affine_p=1), EVERYTHING])
def test_picture_and_mask_move_together(config):
    """A bright disc and its mask still cover each other."""
    rows, columns = np.indices((64, 128))
    disc = ((rows - 30) ** 2 + (columns - 70) ** 2 < 15**2).astype(np.uint8)
    for seed in range(20):
        image, mask = augment(disc * np.uint8(200), disc, config, seed)
        bright, labelled = image > 100, mask == 1
        assert (bright & labelled).sum() / (bright | labelled).sum() > 0.9


def test_angles_and_shifts_stay_in_their_limits():
    """The centre of a centred dot: rotation alone keeps it, a shift of a tenth moves it at most that far."""
    dot = np.zeros((101, 201), np.uint8)
    dot[48:53, 98:103] = 1
    bar = np.zeros((101, 201), np.uint8)
    bar[50, 20:181] = 1
    tilts, shifts = [], []
    for seed in range(200):
        rows, columns = np.nonzero(augment(bar, bar, only(rotate_p=1), seed)[1] == 1)
        tilts.append(np.degrees(np.arctan(np.polyfit(columns, rows, 1)[0])))
        rows, columns = np.nonzero(augment(dot, dot, only(affine_p=1, affine_degrees=0.0, scale=0.0), seed)[1] == 1)
        shifts.append(((rows.mean() - 50) / 101, (columns.mean() - 100) / 201))
    assert 4 < np.abs(tilts).max() <= 5.2 and abs(np.mean(tilts)) < 0.6
    assert (
        (np.abs(shifts) <= 0.11).all()
        and np.abs(shifts).max(0).min() > 0.08
        and np.abs(np.mean(shifts, 0)).max() < 0.015
    )


def test_scaling_keeps_the_aspect_and_its_limits():
    square = np.zeros((101, 101), np.uint8)
    square[30:71, 30:71] = 1
    sides = []
    for seed in range(100):
        rows, columns = np.nonzero(augment(square, square, only(affine_p=1, affine_degrees=0.0), seed)[1] == 1)
        sides.append((np.ptp(rows) + 1, np.ptp(columns) + 1))
    assert max(abs(height - width) for height, width in sides) <= 1
    assert 36 <= np.min(sides) < 39 and 43 < np.max(sides) <= 46


def test_probabilities_are_kept():
    ramp = np.tile(np.arange(64, dtype=np.uint8), (8, 1))
    flipped = sum(bool(augment(ramp, ramp, only(flip_p=0.7), seed)[1][0, 0]) for seed in range(1000))
    assert 650 <= flipped <= 750  # four standard deviations are 58


def test_the_seed_decides_and_nothing_before_it(pair):
    other = pair[0][:32, :64].copy()
    first = augment(*pair, EVERYTHING, 11)
    augment(other, other, EVERYTHING, 99)
    augment(*pair, AugmentConfig(), 3)
    again, different = augment(*pair, EVERYTHING, 11), augment(*pair, EVERYTHING, 12)
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], different[0])


def test_threads_do_not_disturb_each_other(pair):
    expected = [augment(*pair, AugmentConfig(), seed)[0] for seed in range(40)]
    found: dict[int, np.ndarray] = {}

    def work(seeds):
        for seed in seeds:
            found[seed] = augment(*pair, AugmentConfig(), seed)[0]

    threads = [threading.Thread(target=work, args=(range(start, 40, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[seed], expected[seed]) for seed in range(40))


def test_the_given_arrays_stay_as_they_are(pair):
    image, mask = (array.copy() for array in pair)
    for array in (image, mask):
        array.setflags(write=False)
    for seed in range(10):
        for config in (EVERYTHING, NOTHING, only(brightness_p=1)):
            augment(image, mask, config, seed)
    assert np.array_equal(image, pair[0]) and np.array_equal(mask, pair[1])


def test_seeds_differ_and_stay_in_range():
    seeds = {augment_seed(s, e, i) for s in range(3) for e in range(10) for i in range(50)}
    assert len(seeds) == 1500 and min(seeds) >= 0 and max(seeds) < 2**32
    assert augment_seed(0, 1, 2) == augment_seed(0, 1, 2)


def test_a_flip_gives_each_side_the_class_of_the_other(pair):
    image, mask = pair[0], pair[1] // 3  # 0, 1 and 2
    mask[:4] = 255
    flipped = augment(image, mask, only(flip_p=1), 5, (0, 2, 1))
    assert np.array_equal(flipped[0], image[:, ::-1])
    assert np.array_equal(flipped[1], np.array([0, 2, 1, *range(3, 256)], np.uint8)[mask][:, ::-1])
    share = np.mean(
        [augment(image, mask, only(flip_p=0.7), seed, (0, 2, 1))[0][9, 9] != image[9, 9] for seed in range(400)]
    )
    assert 0.6 < share < 0.8


def test_what_has_no_other_side_is_never_flipped(pair):
    assert all(np.array_equal(augment(*pair, only(flip_p=1), seed, None)[0], pair[0]) for seed in range(20))


def test_classes_without_a_side_change_nothing(pair):
    for seed in range(5):
        for one, other in zip(
            augment(*pair, EVERYTHING, seed), augment(*pair, EVERYTHING, seed, (0, 1, 2)), strict=True
        ):
            assert np.array_equal(one, other)
