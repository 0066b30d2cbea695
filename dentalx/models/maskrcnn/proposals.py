"""The region proposal network's two paths: what it learns from, and the regions it proposes."""

from typing import Any, NamedTuple

import tensorflow as tf

from dentalx.models.maskrcnn import boxes as bx
from dentalx.models.maskrcnn import losses
from dentalx.models.maskrcnn.assignment import match, sample
from dentalx.models.maskrcnn.compiled import suppress
from dentalx.models.maskrcnn.settings import ProposalSettings

WEIGHTS = (1.0, 1.0, 1.0, 1.0)
BETA = 1 / 9


class Proposals(NamedTuple):
    """Regions worth a look, best first, padded.

    Attributes:
        boxes: (B, R, 4) inside the picture; zeros where there is none.
        valid: (B, R) bool.
    """

    boxes: Any
    valid: Any


def propose(
    logits: list[Any],
    deltas: list[Any],
    anchors: list[Any],
    size: tuple[int, int],
    how: tuple[ProposalSettings, bool, bool],
) -> Proposals:
    """The best regions of all levels; suppression looks at each level by itself.

    Args:
        logits: for each level (B, A).
        deltas: for each level (B, A, 4).
        anchors: for each level (A, 4).
        size: (H, W) of the picture.
        how: the settings, whether this is training, and whether to use operations that XLA has.
    """
    settings, training, compiled = how
    before, after = (pair[0 if training else 1] for pair in (settings.before, settings.after))
    found, scores = [], []
    for level_logits, level_deltas, level_anchors in zip(logits, deltas, anchors, strict=True):
        level = _best_of_level(level_logits, level_deltas, level_anchors, size, before, settings.least_px)
        if compiled:
            kept, best = suppress(*level, settings.overlap, after)
        else:
            kept, best, _, _ = tf.image.combined_non_max_suppression(
                level[0][:, :, None, :], level[1][:, :, None], after, after, settings.overlap, 0.0, clip_boxes=False
            )
        found.append(kept)
        scores.append(best)
    best, index = tf.math.top_k(tf.concat(scores, 1), after)
    boxes = tf.gather(tf.concat(found, 1), index, batch_dims=1)
    return Proposals(tf.stop_gradient(boxes), best > 0)


def _best_of_level(
    logits: Any, deltas: Any, anchors: Any, size: tuple[int, int], count: int, least_px: float
) -> tuple[Any, Any]:
    """(B, n, 4) boxes and (B, n) scores in (0, 1], 0 for boxes too narrow to count."""
    best, index = tf.math.top_k(logits, min(count, logits.shape[1]))
    decoded = bx.decode(tf.gather(deltas, index, batch_dims=1), tf.gather(anchors, index), WEIGHTS)
    boxes = bx.clip(decoded, *size)
    wide = tf.reduce_all(boxes[..., 2:] - boxes[..., :2] >= least_px, -1)
    return boxes, tf.where(wide, tf.maximum(tf.sigmoid(best), 1e-30), 0.0)


def proposal_losses(
    logits: Any, deltas: Any, anchors: Any, truth: tuple[Any, Any], how: tuple[ProposalSettings, Any]
) -> dict[str, Any]:
    """Objectness and box loss of the anchors drawn.

    Args:
        logits: (B, A) of all levels.
        deltas: (B, A, 4).
        anchors: (A, 4).
        truth: boxes (B, M, 4) and which are there (B, M) bool.
        how: the settings, and the seed (2,) of the draw.
    """
    settings, seed = how
    boxes, there = truth
    found = match(bx.pairwise_iou(anchors[None], boxes), there, settings.high, settings.low, rescue=True)
    keys = sample(found.state, settings.drawn, settings.positive_share, seed)
    drawn, positive = tf.cast(keys > 0, tf.float32), tf.cast(keys > 2, tf.float32)
    mine = tf.gather(boxes, found.index, batch_dims=1)
    mine = tf.where(
        positive[..., None] > 0, mine, anchors[None]
    )  # the rest counts for nothing: keep its logarithm finite
    target = bx.encode(mine, anchors[None], WEIGHTS)
    return {
        "rpn_objectness_loss": losses.objectness(logits, found.state, drawn),
        "rpn_box_loss": losses.box_regression(deltas, target, positive, tf.reduce_sum(drawn), BETA),
    }
