"""The two operations of a training step that XLA lacks, made of ones that it has: the same answers, shapes fixed."""

import itertools
from typing import Any

import tensorflow as tf

from dentalx.models.maskrcnn import boxes as bx


def suppress(boxes: Any, scores: Any, overlap: float, most: int) -> tuple[Any, Any]:
    """Greedy non-maximum suppression: of two boxes that overlap more than `overlap` the better stays.

    A box stays where no better one that stays overlaps it. All are taken to stay at first, and who stays is found again
    from that until nothing changes any more, which is at the latest when the longest chain of overlaps is through.

    Args:
        boxes: (B, N, 4).
        scores: (B, N), those above 0 from the best on; a box of score 0 is none.
        overlap: of two boxes, the IoU.
        most: how many are wanted.

    Returns:
        (B, most, 4) boxes and (B, most) scores, from the best on; zeros beyond those that stay.
    """
    count = boxes.shape[1]
    better = tf.linalg.band_part(tf.ones((count, count), tf.bool), 0, -1) & ~tf.eye(count, dtype=tf.bool)
    there = scores > 0
    over = (bx.pairwise_iou(boxes, boxes) > overlap) & better & there[:, :, None] & there[:, None, :]

    def again(stay: Any, _: Any) -> tuple[Any, Any]:
        found = there & ~tf.reduce_any(over & stay[:, :, None], 1)
        return found, tf.reduce_any(found != stay)

    stay, _ = tf.while_loop(lambda _, changed: changed, again, (there, tf.constant(True)))
    best, index = tf.math.top_k(tf.where(stay, scores, 0.0), min(most, count))
    kept = tf.where(best[..., None] > 0, tf.gather(boxes, index, batch_dims=1), 0.0)
    room = most - min(most, count)
    return tf.pad(kept, ((0, 0), (0, room), (0, 0))), tf.pad(best, ((0, 0), (0, room)))


def bilinear(maps: Any, corners: Any, which: Any, size: int) -> Any:
    """What `tf.image.crop_and_resize` makes of boxes inside the maps.

    Args:
        maps: (B, H, W, C).
        corners: (N, 4) the first and the last point of each grid, as shares of H - 1 and W - 1, in [0, 1].
        which: (N,) int32, the map of each.
        size: points a side.

    Returns:
        (N, size, size, C) float32.
    """
    height, width = maps.shape[1], maps.shape[2]
    steps = tf.range(size, dtype=tf.float32) / max(size - 1, 1)
    lows, shares = [], []
    for axis, side in enumerate((height, width)):
        first, last = corners[:, axis, None] * (side - 1), corners[:, axis + 2, None] * (side - 1)
        place = first + (last - first) * steps if size > 1 else (first + last) / 2
        low = tf.clip_by_value(tf.floor(place), 0.0, side - 2.0)
        lows.append(tf.cast(low, tf.int32))
        shares.append(place - low)
    flat = tf.reshape(maps, (-1, maps.shape[3]))
    total = 0.0
    for down, right in itertools.product((0, 1), repeat=2):
        rows = which[:, None] * height + lows[0] + down
        index = rows[:, :, None] * width + (lows[1] + right)[:, None, :]
        tall = shares[0] if down else 1 - shares[0]
        wide = shares[1] if right else 1 - shares[1]
        weight = tall[:, :, None] * wide[:, None, :]
        total += tf.cast(tf.gather(flat, index), tf.float32) * weight[..., None]
    return total
