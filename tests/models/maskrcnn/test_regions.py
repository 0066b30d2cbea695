"""What the mask head sees of a step's regions."""

import numpy as np
import tensorflow as tf

from dentalx.models.maskrcnn.regions import Regions, Truth, answering, mask_targets


def test_the_mask_head_sees_positive_regions_alone_and_of_every_picture_one() -> None:
    boxes = tf.constant([[[0, 0, 4, 4], [0, 4, 4, 8], [4, 4, 8, 8]], [[0, 0, 8, 8]] * 3], tf.float32)
    labels, index = tf.constant([[2, 1, 0], [0, 0, 0]]), tf.constant([[1, 0, 0], [0, 0, 0]])
    positive = tf.constant([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    rows = answering(Regions(boxes, labels, index, tf.ones((2, 3)), positive))
    assert rows.picture.numpy().tolist() == [0, 0, 1]
    assert rows.labels.numpy().tolist() == [2, 1, 0]
    assert rows.positive.numpy().tolist() == [1, 1, 0]
    masks = np.zeros((2, 2, 8, 8), np.uint8)
    masks[0, 1, :4, :4], masks[0, 0, :4, 6:] = 1, 1  # the objects of the first two regions
    target = mask_targets(rows, Truth(boxes[:, :2], labels[:, :2], tf.constant(masks)), 4).numpy()
    assert target[0].all()
    assert target[1].tolist() == [[0, 0, 1, 1]] * 4
    assert not target[2].any()
