"""Boxes: by hand, then laws."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dentalx.models.maskrcnn import boxes as bx

WEIGHTS = (10.0, 10.0, 5.0, 5.0)
corners = hnp.arrays(np.float32, (5, 2), elements=st.floats(-50, 50, width=32))
sides = hnp.arrays(np.float32, (5, 2), elements=st.floats(1, 100, width=32))


def test_coding_by_hand() -> None:
    anchor, box = tf.constant([0.0, 0.0, 4.0, 8.0]), tf.constant([2.0, 0.0, 10.0, 8.0])
    # centres (2, 4) and (6, 4): one anchor height down; twice as tall
    assert bx.encode(box, anchor, (1, 1, 1, 1)).numpy() == pytest.approx([1.0, 0.0, np.log(2), 0.0])
    assert bx.encode(box, anchor, WEIGHTS).numpy() == pytest.approx([10.0, 0.0, 5 * np.log(2), 0.0])


@settings(max_examples=30, deadline=None)
@given(corners, sides, corners, sides)
def test_decoding_undoes_encoding(
    corner: np.ndarray, side: np.ndarray, other_corner: np.ndarray, other_side: np.ndarray
) -> None:
    boxes = np.concatenate([corner, corner + side], 1)
    anchors = np.concatenate([other_corner, other_corner + other_side], 1)
    grown = side / other_side
    coded = bx.encode(tf.constant(boxes), tf.constant(anchors), WEIGHTS)
    back = bx.decode(coded, tf.constant(anchors), WEIGHTS).numpy()
    fits = (grown < 60).all(1)  # decoding limits growth
    assert np.allclose(back[fits], boxes[fits], atol=1e-2)


def test_growth_is_limited() -> None:
    found = bx.decode(tf.constant([0.0, 0.0, 1e6, 0.0]), tf.constant([0.0, 0.0, 16.0, 16.0]), (1, 1, 1, 1)).numpy()
    assert found[2] - found[0] == pytest.approx(1000)


def test_iou_of_empty_and_disjoint_boxes_is_zero() -> None:
    boxes = tf.constant([[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 2.0], [2.0, 2.0, 4.0, 4.0]]])
    iou = bx.pairwise_iou(boxes, boxes).numpy()[0]
    assert iou.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1]]


@settings(max_examples=30, deadline=None)
@given(corners, sides)
def test_iou_is_symmetric_and_one_with_itself(corner: np.ndarray, side: np.ndarray) -> None:
    boxes = tf.constant(np.concatenate([corner, corner + side], 1)[None])
    iou = bx.pairwise_iou(boxes, boxes).numpy()[0]
    assert np.allclose(iou, iou.T)
    assert np.allclose(np.diag(iou), 1, atol=1e-4)
    assert (iou <= 1 + 1e-4).all()
