"""What stands in for operations that XLA lacks: the same answers; and a step that XLA compiles."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.models.maskrcnn import ProposalSettings, RegionSettings, TrunkSettings, build_mask_rcnn
from dentalx.models.maskrcnn.compiled import bilinear, suppress


def greedy(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """Non-maximum suppression as it is defined."""
    kept: list[int] = []
    for i in np.flatnonzero(scores > 0):
        sides = np.minimum(boxes[i, 2:], boxes[kept, 2:]) - np.maximum(boxes[i, :2], boxes[kept, :2])
        common = np.maximum(sides, 0).prod(1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        if not (common > overlap * (areas[i] + areas[kept] - common)).any():
            kept.append(int(i))
    return kept


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 40), st.sampled_from([0.3, 0.55, 0.7]))
@settings(max_examples=30, deadline=None)
def test_suppression_is_the_greedy_one(seed: int, count: int, most: int, overlap: float) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 12, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 13, (count, 2))], 1).astype(np.float32)
    scores = np.sort(rng.random(count).astype(np.float32))[::-1] * (rng.random(count) > 0.1)
    found, best = suppress(tf.constant(boxes[None]), tf.constant(scores[None].astype(np.float32)), overlap, most)
    kept = greedy(boxes.astype(np.float64), scores, overlap)[:most]
    assert found.shape == (1, most, 4)
    assert np.array_equal(found[0, : len(kept)], boxes[kept])
    assert np.array_equal(best[0], np.pad(scores[kept], (0, most - len(kept))).astype(np.float32))


def test_a_chain_is_followed_to_its_end() -> None:
    """Each overlaps the next alone: every other one stays."""
    boxes = np.float32([[0, i, 4, i + 4] for i in range(9)])
    found, _ = suppress(tf.constant(boxes[None]), tf.constant(np.linspace(1, 0.1, 9, dtype=np.float32)[None]), 0.5, 9)
    assert found[0, :, 1].numpy().tolist() == [0, 2, 4, 6, 8, 0, 0, 0, 0]


@pytest.mark.parametrize("size", [1, 5])
def test_interpolation_and_its_gradient_are_tensorflows(size: int) -> None:
    rng = np.random.default_rng(0)
    maps = tf.Variable(rng.normal(size=(2, 9, 12, 3)), dtype=tf.float32)
    corner = rng.random((6, 2)) * 0.6
    corners = tf.constant(np.concatenate([corner, corner + rng.random((6, 2)) * 0.4], 1), tf.float32)
    corners = tf.concat([corners, [[0.0, 0.0, 1.0, 1.0]]], 0)
    which, weights = tf.constant([0, 1, 0, 1, 1, 0, 1]), rng.normal(size=(7, size, size, 3))
    with tf.GradientTape(persistent=True) as tape:
        mine, theirs = bilinear(maps, corners, which, size), tf.image.crop_and_resize(maps, corners, which, [size] * 2)
        both = [tf.reduce_sum(found * weights) for found in (mine, theirs)]
    assert mine.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)
    gradients = [tf.convert_to_tensor(tape.gradient(total, maps)).numpy() for total in both]
    assert gradients[0] == pytest.approx(gradients[1], abs=1e-4)


@pytest.mark.slow
def test_a_compiled_step_is_the_same() -> None:
    """Where all candidates are learnt from, since XLA draws other random numbers."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (2, 64, 64, 1), dtype=np.uint8)
    masks = np.zeros((2, 2, 64, 64), np.uint8)
    masks[:, 0, 10:40, 10:30], masks[0, 1, 30:60, 34:60] = 1, 1
    boxes = np.float32([[[10, 10, 40, 30], [30, 34, 60, 60]], [[10, 10, 40, 30], [0, 0, 0, 0]]])
    truth = {"boxes": boxes, "labels": np.int32([[1, 2], [2, 0]]), "masks": masks}
    found = []
    for compiled in (False, True):
        keras.utils.set_random_seed(0)
        how = (
            ProposalSettings(drawn=4096, before=(60, 60), after=(40, 40)),
            RegionSettings(drawn=42, positive_share=0.5),
        )
        model = build_mask_rcnn(2, TrunkSettings((64, 64), 1, "resnet18", "group", 16, 16), settings=how)
        scores = model.proposal_head.get_layer("cls_logits").kernel
        scores.assign(100 * scores)  # or all anchors are alike, and rounding decides which come first
        model.compiled = compiled
        model.compile(keras.optimizers.SGD(1e-2), jit_compile=compiled)
        found.append({name: float(x) for name, x in model.train_on_batch(image, truth, return_dict=True).items()})
        found[-1] |= {v.path: float(tf.norm(v)) for v in model.trainable_variables}
    assert found[1] == pytest.approx(found[0], rel=2e-3, abs=1e-5)


@pytest.mark.slow
def test_training_is_compiled(tmp_path: Path) -> None:
    """Keras only warns where it compiles nothing, as where operations must be deterministic."""
    words = ("--phantoms", "6", "--image-size", "64", "64", "--batch-size", "2", "--epochs", "1", "--xla")
    command = [sys.executable, "-m", "dentalx", "train", "--task", "instance", *words, "--output", tmp_path / "run"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "jit_compile" not in done.stderr
    assert (tmp_path / "run" / "saved_model").is_dir()
