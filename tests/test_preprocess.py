"""Letterbox, resampling and bytes: by hand, by law, and against TensorFlow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.preprocess import Letterbox, from_uint8, resize_mask, resize_plane, to_uint8

sides = st.integers(1, 300)


@pytest.mark.parametrize(
    ("source", "target", "inner", "offset"),
    [
        ((100, 200), (256, 512), (256, 512), (0, 0)),  # same aspect
        ((100, 100), (256, 512), (256, 256), (0, 128)),  # tall: padded left and right
        ((100, 400), (256, 512), (128, 512), (64, 0)),  # wide: padded above and below
        ((7, 3), (10, 10), (10, 4), (0, 3)),  # 30/7 = 4.28…
        ((2, 4), (3, 5), (3, 5), (0, 0)),  # 2.5 rounds up
        ((1, 10_000), (32, 32), (1, 32), (15, 0)),  # never less than one row
        ((256, 512), (256, 512), (256, 512), (0, 0)),
    ],
)
def test_letterbox_by_hand(source, target, inner, offset):
    box = Letterbox(source, target)
    assert (box.inner, box.offset) == (inner, offset)


@given(sides, sides, sides, sides)
def test_letterbox_fits_inside_and_touches_one_pair_of_edges(h, w, height, width):
    box = Letterbox((h, w), (height, width))
    rows, columns = box.inner
    assert 1 <= rows <= height and 1 <= columns <= width
    assert rows == height or columns == width
    assert 0 <= height - rows - 2 * box.offset[0] <= 1
    assert 0 <= width - columns - 2 * box.offset[1] <= 1
    if min(rows, columns) > 1:  # the aspect is kept to half a pixel
        assert abs(rows * w / h - columns) <= max(1.0, 0.5 * w / h) or abs(columns * h / w - rows) <= 0.5


def test_letterbox_refuses_nothing_and_other_sizes():
    with pytest.raises(ValueError, match="at least 1×1"):
        Letterbox((0, 5), (10, 10))
    box = Letterbox((4, 8), (4, 4))
    with pytest.raises(ValueError, match=r"expected \(4, 8\)"):
        box.apply_image(np.zeros((8, 4), np.float32))
    with pytest.raises(ValueError, match=r"expected \(4, 8\)"):
        box.apply_mask(np.zeros((8, 4), np.uint8))
    with pytest.raises(ValueError, match=r"expected \(4, 4\)"):
        box.undo(np.zeros((4, 8), np.float32))


def test_padding_is_black_in_the_picture_and_unlabelled_in_the_mask():
    box = Letterbox((2, 4), (4, 4))
    assert box.apply_image(np.ones((2, 4), np.float32)).tolist() == [[0] * 4, [1] * 4, [1] * 4, [0] * 4]
    assert box.apply_mask(np.ones((2, 4), np.uint8)).tolist() == [[255] * 4, [1] * 4, [1] * 4, [255] * 4]


def test_same_size_changes_nothing_and_shares_no_memory(rng):
    plane = rng.random((6, 9), np.float32)
    mask = rng.integers(0, 3, (6, 9)).astype(np.uint8)
    box = Letterbox((6, 9), (6, 9))
    image, truth, back = box.apply_image(plane), box.apply_mask(mask), box.undo(plane)
    assert np.array_equal(image, plane) and np.array_equal(truth, mask) and np.array_equal(back, plane)
    assert not any(np.shares_memory(a, b) for a, b in ((image, plane), (truth, mask), (back, plane)))


@settings(deadline=None)
@given(sides, sides, sides, sides, st.integers(0, 2**32 - 1))
def test_masks_never_get_new_values(h, w, height, width, seed):
    mask = np.random.default_rng(seed).choice([0, 3, 7], (h, w)).astype(np.uint8)
    framed = Letterbox((h, w), (height, width)).apply_mask(mask)
    assert set(np.unique(framed)) <= set(np.unique(mask)) | {255}
    window = framed[Letterbox((h, w), (height, width)).window]
    assert set(np.unique(window)) <= set(np.unique(mask))


def test_nearest_takes_the_pixel_under_the_centre():
    assert resize_mask(np.uint8([[1, 2, 3]]), (1, 6)).tolist() == [[1, 1, 2, 2, 3, 3]]
    assert resize_mask(np.uint8([[1, 2, 3, 4, 5, 6]]), (1, 2)).tolist() == [[2, 5]]
    assert resize_mask(np.uint8([[1], [2]]), (3, 1)).tolist() == [[1], [2], [2]]  # centres .33, 1.0, 1.67


@settings(deadline=None, max_examples=50)
@given(sides, sides, sides, sides)
def test_resampling_keeps_constants_and_range(h, w, height, width):
    assert np.allclose(resize_plane(np.full((h, w), 0.3, np.float32), (height, width)), 0.3, atol=1e-6)
    plane = np.random.default_rng(h * w).random((h, w), np.float32)
    resized = resize_plane(plane, (height, width))
    assert resized.dtype == np.float32 and resized.shape == (height, width)
    assert plane.min() <= resized.min() and resized.max() <= plane.max()


def test_resampling_is_tensorflows_antialiased_bilinear(rng):
    import tensorflow as tf

    pairs = [(1, 1, 5, 7), (97, 211, 256, 512), (450, 1024, 225, 512), (300, 1001, 31, 17), (5, 3, 64, 2)]
    pairs += [tuple(int(side) for side in rng.integers(1, 400, 4)) for _ in range(20)]
    for h, w, height, width in pairs:
        plane = rng.random((h, w), np.float32)
        twin = tf.image.resize(plane[..., None], (height, width), method="bilinear", antialias=True).numpy()[..., 0]
        assert np.abs(resize_plane(plane, (height, width)) - twin).max() <= 1e-4, (h, w, height, width)


def disc(size, centre, radius):
    """A disc drawn analytically: 1 inside, a ramp one pixel wide across its boundary."""
    rows, columns = np.indices(size)
    distance = np.hypot(rows + 0.5 - centre[0], columns + 0.5 - centre[1])
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


@pytest.mark.parametrize("source", [(120, 400), (333, 517), (601, 205), (64, 64)])
@pytest.mark.parametrize("target", [(256, 512), (128, 128)])
def test_a_round_trip_moves_no_boundary_by_half_a_pixel_of_the_coarser_grid(source, target):
    box = Letterbox(source, target)
    h, w = source
    centre, radius = (0.47 * h, 0.55 * w), 0.3 * min(h, w)
    back = box.undo(box.apply_image(disc(source, centre, radius))) >= 0.5
    step = max(1.0, h / box.inner[0], w / box.inner[1])  # of the coarser grid, in picture pixels
    rows, columns = np.indices(source)
    distance = np.hypot(rows + 0.5 - centre[0], columns + 0.5 - centre[1]) - radius
    wrong = back != (distance < 0)
    assert np.abs(distance[wrong]).max(initial=0) < 0.5 * step


def test_a_frame_drawn_disc_comes_back_to_its_place():
    """What a network draws at the frame's size lands where the picture has it, without a shift."""
    source, target = (1001, 2803), (256, 512)
    box = Letterbox(source, target)
    scale = source[0] / box.inner[0], source[1] / box.inner[1]
    centre = (100.0, 300.0)
    drawn = disc(target, centre, 40.0)
    mask = box.undo(drawn) >= 0.5
    rows, columns = np.nonzero(mask)
    found = rows.mean() + 0.5, columns.mean() + 0.5
    expected = (centre[0] - box.offset[0]) * scale[0], (centre[1] - box.offset[1]) * scale[1]
    assert found == pytest.approx(expected, abs=0.5)


def test_undo_takes_channels_one_by_one(rng):
    box = Letterbox((30, 50), (16, 32))
    values = rng.random((16, 32, 3), np.float32)
    back = box.undo(values)
    assert back.shape == (30, 50, 3) and back.dtype == np.float32
    for c in range(3):
        assert np.array_equal(back[..., c], box.undo(values[..., c]))


def test_bytes_round_halves_up_and_come_back():
    assert to_uint8(np.float32([0.4999 / 255, 0.5 / 255, 254.5 / 255])).tolist() == [0, 1, 255]
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_uint8(from_uint8(levels)), levels)
    assert from_uint8(levels).dtype == np.float32
