"""RoIAlign: the ramp, a float64 reference in loops with its gradient, levels in one atlas."""

import numpy as np
import pytest
import tensorflow as tf

from dentalx.models.maskrcnn.roi_align import crop_masks, pyramid_roi_align, roi_align


def reference(feature: np.ndarray, box: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """RoIAlign of one (H, W) map and box as written in the paper, and how much of each feature each bin takes."""
    height, width = feature.shape
    shares = np.zeros((size, size, height, width))
    sides = np.maximum(box[2:] - box[:2], 1.0)
    box = np.minimum(box[:2], feature.shape - sides)
    for i, j, di, dj in np.ndindex(size, size, 2, 2):
        y = box[0] + (i + (di + 0.5) / 2) * sides[0] / size
        x = box[1] + (j + (dj + 0.5) / 2) * sides[1] / size
        y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        top, left = int(y), int(x)
        for row, down in ((top, 1 - (y - top)), (min(top + 1, height - 1), y - top)):
            for column, right in ((left, 1 - (x - left)), (min(left + 1, width - 1), x - left)):
                shares[i, j, row, column] += down * right / 4
    return (shares * feature).sum((2, 3)), shares


def test_a_ramp_gives_the_middle_of_each_bin() -> None:
    y, x = np.meshgrid(np.arange(20), np.arange(30), indexing="ij")
    ramp = tf.constant(np.stack([y, x], -1)[None], tf.float32)
    found = roi_align(ramp, tf.constant([[3.3, 4.1, 10.3, 18.1]]), tf.constant([0]), 7).numpy()[0]
    assert found[:, 0, 0] == pytest.approx(3.3 + (np.arange(7) + 0.5) * 1.0, abs=1e-5)
    assert found[0, :, 1] == pytest.approx(4.1 + (np.arange(7) + 0.5) * 2.0, abs=1e-5)


def test_agrees_with_the_reference_and_its_gradient() -> None:
    rng = np.random.default_rng(0)
    feature = rng.normal(size=(9, 12))
    boxes = np.array([[0, 0, 9, 12], [1.7, 2.2, 4.9, 3.1], [8.2, 10.5, 9, 11], [3, 3, 3.2, 3.1]])
    plane = tf.Variable(feature[None, :, :, None], dtype=tf.float32)
    weights = rng.normal(size=(4, 3, 3))
    with tf.GradientTape() as tape:
        found = roi_align(plane, tf.constant(boxes, tf.float32), tf.zeros(4, tf.int32), 3)[..., 0]
        total = tf.reduce_sum(found * weights)
    expected = [reference(feature, box, 3) for box in boxes]
    assert found.numpy() == pytest.approx(np.stack([values for values, _ in expected]), abs=1e-5)
    gradient = sum((w[:, :, None, None] * shares).sum((0, 1)) for w, (_, shares) in zip(weights, expected, strict=True))
    assert tape.gradient(total, plane).numpy()[0, ..., 0] == pytest.approx(gradient, abs=1e-5)


def test_each_region_is_read_from_its_own_level_and_picture() -> None:
    height, width = 64, 96
    levels = [tf.random.stateless_normal((2, height // s, width // s, 3), [s, 0]) for s in (4, 8, 16, 32)]
    sizes = [20.0, 130.0, 300.0, 500.0]  # for P2, P3, P4 and P5
    grown = [tf.repeat(tf.repeat(level, 8, 1), 8, 2) for level in levels]  # a 512×768 picture
    boxes = tf.constant([[5.0, 7.0, 5.0 + side, 7.0 + side] for side in sizes] * 2)
    which = tf.constant([0] * 4 + [1] * 4)
    found = pyramid_roi_align(grown, boxes, which, 7)
    for i, (level, stride) in enumerate(zip(grown, (4, 8, 16, 32), strict=True)):
        alone = roi_align(level, boxes[i::4] / stride, which[i::4], 7)
        assert found[i::4].numpy() == pytest.approx(alone.numpy(), abs=1e-4)


def test_a_mask_cut_out_by_its_own_box_is_full_and_half_a_box_half() -> None:
    masks = np.zeros((2, 20, 20), np.uint8)
    masks[1, 4:12, 6:16] = 1
    boxes = tf.constant([[4.0, 6.0, 12.0, 16.0], [4.0, 6.0, 20.0, 16.0]])
    crops = crop_masks(tf.constant(masks), boxes, tf.constant([1, 1]), 4).numpy()
    assert crops[0] == pytest.approx(1)
    assert crops[1, :2] == pytest.approx(1) and crops[1, 2:] == pytest.approx(0)
