"""Which anchor or region answers for which object, and which of them a step learns from.

Padded to fixed shapes throughout: objects that are not there have `valid` false. Rules and thresholds are those of
Ren et al., "Faster R-CNN", 2015, section 3.1.2, as the reference implementations state them.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from dentalx.models.maskrcnn.replicas import luck

IGNORED = -1


class Match(NamedTuple):
    """For each candidate its object.

    Attributes:
        state: (B, N) int32: 1 answers for an object, 0 for the background, -1 for neither and is not learnt from.
        index: (B, N) int32: the object that overlaps it most; meaningless where the state is not 1.
    """

    state: Any
    index: Any


def match(iou: Any, valid: Any, high: float, low: float, rescue: bool) -> Match:
    """Give candidates to objects by overlap.

    Args:
        iou: (B, N, M) of N candidates with M objects.
        valid: (B, M) bool; objects that are there.
        high: from this overlap on a candidate answers for its best object.
        low: below this it is background; between the two it is ignored.
        rescue: an object that no candidate reaches takes the ones that overlap it most, all of them where several do.

    >>> iou = tf.constant([[[0.8], [0.5], [0.1]]])
    >>> match(iou, tf.constant([[True]]), 0.7, 0.3, rescue=True).state.numpy().tolist()
    [[1, -1, 0]]
    """
    known = tf.where(valid[:, None, :], iou, -1.0)
    best = tf.reduce_max(known, 2)
    index = tf.argmax(known, 2, tf.int32)
    state = tf.where(best >= high, 1, tf.where(best < low, 0, IGNORED))
    if rescue:
        most = tf.reduce_max(known, 1, keepdims=True)
        saved = tf.reduce_any((known == most) & (most > 0), 2)
        state = tf.where(saved, 1, state)
    return Match(tf.cast(state, tf.int32), index)


def sample(state: Any, count: int, positive_share: float, seed: Any) -> Any:
    """Draw the candidates to learn from: at most `count`, of them at most a share positive, the rest background.

    Args:
        state: (B, N) int32 as in `Match`.
        count: how many.
        positive_share: of the count.
        seed: (2,) integers; the same seed draws the same.

    Returns:
        (B, N) float32 keys, 0 for what is not drawn; drawn positives lie in (2, 3), drawn background in (1, 2), so that
        the `count` largest are the drawn ones, positives first.
    """
    chance = luck(tf.shape(state), seed)
    positive = _largest(tf.where(state == 1, chance, 0.0), tf.fill(tf.shape(state)[:1], int(count * positive_share)))
    room = count - tf.reduce_sum(tf.cast(positive, tf.int32), 1)
    negative = _largest(tf.where(state == 0, chance, 0.0), room)
    return tf.where(positive, 2.0 + chance, tf.where(negative, 1.0 + chance, 0.0))


def _largest(keys: Any, count: Any) -> Any:
    """(B, N) bool: the `count` (B,) largest positive keys of each row."""
    columns = tf.shape(keys)[1]
    ordered = tf.sort(keys, 1, "DESCENDING")
    last = tf.gather(ordered, tf.clip_by_value(count - 1, 0, columns - 1), batch_dims=1)
    return (keys > 0) & (keys >= last[:, None]) & (count[:, None] > 0)
