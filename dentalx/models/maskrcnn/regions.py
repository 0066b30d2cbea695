"""The second stage's two paths: regions with targets to learn from, and detections from what the heads say."""

from typing import Any, NamedTuple

import tensorflow as tf

from dentalx.models.maskrcnn import boxes as bx
from dentalx.models.maskrcnn.assignment import match, sample
from dentalx.models.maskrcnn.proposals import Proposals
from dentalx.models.maskrcnn.roi_align import crop_masks
from dentalx.models.maskrcnn.settings import RegionSettings


class Truth(NamedTuple):
    """What is in the pictures, padded to M objects.

    Attributes:
        boxes: (B, M, 4) float32 in pixels of the network's picture.
        labels: (B, M) int32, 1…K; 0 where there is no object.
        masks: (B, M, H, W) uint8, 0 or 1.
    """

    boxes: Any
    labels: Any
    masks: Any

    @property
    def there(self) -> Any:
        """(B, M) bool: objects with a class and an area."""
        return (self.labels > 0) & (bx.area(self.boxes) > 0)


class Regions(NamedTuple):
    """What a step learns from, the positive ones first, padded to R.

    Attributes:
        boxes: (B, R, 4).
        labels: (B, R) int32, 0 background.
        index: (B, R) int32, the object of each.
        drawn: (B, R) float32, 1 where learnt from.
        positive: (B, R) float32, 1 where it answers for an object; 0 beyond the first `positive_share` of R.
    """

    boxes: Any
    labels: Any
    index: Any
    drawn: Any
    positive: Any


class Answering(NamedTuple):
    """Regions of all pictures in one row, which the mask head sees.

    Attributes:
        boxes: (P, 4).
        labels: (P,) int32.
        picture: (P,) int32, which of the B it lies in.
        index: (P,) int32, the object of each, of its picture's M.
        positive: (P,) float32, 1 where it answers for an object.
    """

    boxes: Any
    labels: Any
    picture: Any
    index: Any
    positive: Any


class Detections(NamedTuple):
    """What was found, best first, padded to D.

    Attributes:
        boxes: (B, D, 4); zeros beyond the count.
        scores: (B, D) float32.
        labels: (B, D) int32, 1…K; 0 beyond the count.
        count: (B,) int32.
    """

    boxes: Any
    scores: Any
    labels: Any
    count: Any


def training_regions(proposals: Proposals, truth: Truth, settings: RegionSettings, seed: Any) -> Regions:
    """Draw from the proposals and the true boxes, so that there is something to learn from the first step on."""
    boxes = tf.concat([proposals.boxes, truth.boxes], 1)
    valid = tf.concat([proposals.valid, truth.there], 1)
    found = match(bx.pairwise_iou(boxes, truth.boxes), truth.there, settings.overlap, settings.overlap, rescue=False)
    keys = sample(tf.where(valid, found.state, -1), settings.drawn, settings.positive_share, seed)
    best, order = tf.math.top_k(keys, settings.drawn)
    index = tf.gather(found.index, order, batch_dims=1)
    positive = tf.cast(best > 2, tf.float32)
    labels = tf.gather(truth.labels, index, batch_dims=1) * tf.cast(best > 2, tf.int32)
    return Regions(
        tf.stop_gradient(tf.gather(boxes, order, batch_dims=1)), labels, index, tf.cast(best > 0, tf.float32), positive
    )


def box_targets(regions: Regions, truth: Truth, settings: RegionSettings) -> Any:
    """(B, R, 4) what the box head should say of each positive region; zeros elsewhere."""
    mine = tf.gather(truth.boxes, regions.index, batch_dims=1)
    there = regions.positive[..., None] > 0
    box = tf.constant([0.0, 0.0, 1.0, 1.0])
    return bx.encode(tf.where(there, mine, box), tf.where(there, regions.boxes, box), settings.weights)


def answering(regions: Regions, every: int = 0) -> Answering:
    """The positive regions; where a picture has none its first, so that there is always something to compute.

    Args:
        regions: of a step.
        every: takes the first so many of each picture, positive or not: where shapes must be fixed.
    """
    place = tf.range(regions.boxes.shape[1])
    if every:
        front = Regions(*(part[:, :every] for part in regions))
        boxes, labels, index, _, positive = (tf.reshape(part, (-1, *part.shape[2:])) for part in front)
        return Answering(boxes, labels, pictures_of(front.boxes), index, positive)
    rows = tf.where((regions.positive > 0) | (place == 0))
    boxes, labels, index, _, positive = (tf.gather_nd(part, rows) for part in regions)
    return Answering(boxes, labels, tf.cast(rows[:, 0], tf.int32), index, positive)


def pictures_of(boxes: Any) -> Any:
    """(B × R,) int32, of boxes (B, R, 4) in one row, which picture each lies in."""
    return tf.repeat(tf.range(tf.shape(boxes)[0]), boxes.shape[1])


def mask_targets(rows: Answering, truth: Truth, size: int, compiled: bool = False) -> Any:
    """(P, size, size) float32 0 or 1: the object's mask inside each region's box, one where most of a bin is."""
    count = truth.masks.shape[1]
    planes = tf.reshape(truth.masks, (-1, *truth.masks.shape[2:]))
    inside = crop_masks(planes, rows.boxes, rows.picture * count + rows.index, size, compiled)
    return tf.cast(inside >= 0.5, tf.float32)


def detect(
    logits: Any, deltas: Any, proposals: Proposals, size: tuple[int, int], settings: RegionSettings
) -> Detections:
    """Boxes of each class, suppressed class by class: caries inside a tooth survives the tooth.

    Args:
        logits: (B, R, K + 1), background first.
        deltas: (B, R, K + 1, 4).
        proposals: the R regions.
        size: (H, W) of the picture.
        settings: thresholds.
    """
    scores = tf.nn.softmax(tf.cast(logits, tf.float32))[..., 1:]
    boxes = bx.decode(tf.cast(deltas, tf.float32)[..., 1:, :], proposals.boxes[:, :, None, :], settings.weights)
    boxes = bx.clip(boxes, *size)
    wide = tf.reduce_all(boxes[..., 2:] - boxes[..., :2] >= settings.least_px, -1)
    scores = tf.where(wide & proposals.valid[..., None], scores, 0.0)
    most = settings.detections
    kept = tf.image.combined_non_max_suppression(
        boxes, scores, most, most, settings.suppression, settings.least_score, clip_boxes=False
    )
    there = tf.range(most)[None] < kept.valid_detections[:, None]
    labels = tf.where(there, tf.cast(kept.nmsed_classes, tf.int32) + 1, 0)
    return Detections(kept.nmsed_boxes, kept.nmsed_scores, labels, kept.valid_detections)
