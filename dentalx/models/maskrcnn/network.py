"""Mask R-CNN on Keras 3 and TensorFlow: the trunk in `call`, learning in `compute_loss`, detection in `predict_step`.

He, Gkioxari, Dollár and Girshick, "Mask R-CNN", ICCV 2017, with a feature pyramid (Lin et al., CVPR 2017); the details
are those of the reference implementations, so that weights trained there give the same detections here.

The trunk (backbone, pyramid, proposal head) runs once a step. All shapes are fixed, objects padded to M.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dentalx.models.maskrcnn import losses
from dentalx.models.maskrcnn.anchors import Anchors, pyramid_anchors
from dentalx.models.maskrcnn.proposals import Proposals, proposal_losses, propose
from dentalx.models.maskrcnn.recompute import Recomputed
from dentalx.models.maskrcnn.regions import (
    Answering,
    Detections,
    Regions,
    Truth,
    answering,
    box_targets,
    detect,
    mask_targets,
    pictures_of,
    training_regions,
)
from dentalx.models.maskrcnn.replicas import replicas
from dentalx.models.maskrcnn.roi_align import pyramid_roi_align
from dentalx.models.maskrcnn.settings import ProposalSettings, RegionSettings

LOSSES = ("rpn_objectness_loss", "rpn_box_loss", "class_loss", "box_loss", "mask_loss")


class MaskRCNN(keras.Model):  # type: ignore[misc]
    """Finds objects, each with a box, a class and a mask.

    Args:
        trunk: uint8 (B, H, W, 1 or 3), fixed H and W, to the pyramid P2 … P6.
        heads: proposal head, box head, mask head.
        anchors: what proposals start from.
        settings: of proposals and regions.
        seed: of the draws; the same seed and step draw the same.

    Attributes:
        compiled: whether losses are made of operations that XLA has, for `compile(jit_compile=True)`.
    """

    def __init__(
        self,
        trunk: keras.Model,
        heads: tuple[keras.Model, keras.Model, keras.Model],
        anchors: Anchors,
        settings: tuple[ProposalSettings, RegionSettings],
        seed: int = 0,
    ) -> None:
        super().__init__(name="mask_rcnn")
        self.trunk = trunk
        self.proposal_head, self.box_head, self.mask_head = heads
        self.proposal_settings, self.region_settings = settings
        self.channels = int(trunk.input_shape[3])
        self.size = (int(trunk.input_shape[1]), int(trunk.input_shape[2]))
        self.anchors = [np.asarray(level) for level in pyramid_anchors(anchors, *self.size)]
        self.seed = seed
        self.compiled = False
        self._pieces: Recomputed | None = None
        self._parts = [keras.metrics.Mean(name=name) for name in LOSSES]
        self.built = True

    def call(self, image: Any, training: bool = False) -> dict[str, list[Any]]:
        """The trunk's answer: for each level `features`, objectness `logits` (B, A) and `deltas` (B, A, 4)."""
        if training and self._pieces is not None:
            features = self._pieces(image)
        else:
            features = self.trunk(image, training=training)
        answers = [self.proposal_head(level) for level in features]
        return {"features": list(features), "logits": [a[0] for a in answers], "deltas": [a[1] for a in answers]}

    def recompute(self) -> None:
        """From now on train with as little of the trunk in memory as can be; a step takes longer."""
        self._pieces = Recomputed(self.trunk)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The sum of the five losses; `y` holds `boxes`, `labels` and `masks` as `Truth` has them."""
        parts = self.losses_of(y, y_pred, training)
        for tracker in self._parts:
            tracker.update_state(parts[tracker.name] * replicas(), tf.shape(y["labels"])[0])
        return tf.add_n(list(parts.values()))  # Keras adds up those of the replicas

    def losses_of(self, y: Any, y_pred: Any, training: bool) -> dict[str, Any]:
        """The five losses by name, of `compute_loss`'s truth and `call`'s answer."""
        truth = Truth(tf.cast(y["boxes"], tf.float32), tf.cast(y["labels"], tf.int32), y["masks"])
        step = self.optimizer.iterations if training else -1
        seeds = [tf.stack([self.seed + part, tf.cast(step, tf.int32)]) for part in (0, 2**16)]
        logits, deltas = (tf.concat(y_pred[name], 1) for name in ("logits", "deltas"))
        everywhere = tf.constant(np.concatenate(self.anchors))
        known = (truth.boxes, truth.there)
        parts = proposal_losses(logits, deltas, everywhere, known, (self.proposal_settings, seeds[0]))
        regions = training_regions(self.propose(y_pred, training, self.compiled), truth, self.region_settings, seeds[1])
        parts |= self._head_losses(y_pred["features"], regions, truth, training)
        return parts

    def propose(self, answer: dict[str, list[Any]], training: bool = False, compiled: bool = False) -> Proposals:
        """The regions that the trunk's answer points to; `compiled`: by operations that XLA has."""
        logits, deltas = ([tf.stop_gradient(level) for level in answer[name]] for name in ("logits", "deltas"))
        anchors = [tf.constant(level) for level in self.anchors]
        return propose(logits, deltas, anchors, self.size, (self.proposal_settings, training, compiled))

    def detect(self, image: Any) -> dict[str, Any]:
        """uint8 (B, H, W, C) to `boxes`, `scores`, `labels`, `count` as in `Detections`, and `masks` (B, D, 28, 28).

        Masks are probabilities inside their box; `paste` puts them into the picture.
        """
        answer = self(image, training=False)
        proposals = self.propose(answer)
        logits, deltas = self._boxes(answer["features"], proposals.boxes, (False, False))
        found = detect(logits, deltas, proposals, self.size, self.region_settings)
        return {**found._asdict(), "masks": self._masks_of(answer["features"], found)}

    def predict_step(self, data: Any) -> dict[str, Any]:
        """What `predict` returns for a batch."""
        image = data[0] if isinstance(data, tuple) else data
        return self.detect(image)

    def _head_losses(self, features: list[Any], regions: Regions, truth: Truth, training: bool) -> dict[str, Any]:
        settings = self.region_settings
        logits, deltas = self._boxes(features, regions.boxes, (training, self.compiled))
        mine = tf.gather(deltas, regions.labels, axis=2, batch_dims=2)
        front = answering(regions, int(settings.drawn * settings.positive_share) if self.compiled else 0)
        mask_logits = self._mask_logits(features, front, (training, self.compiled))
        target = mask_targets(front, truth, 2 * settings.mask_size, self.compiled)
        drawn = tf.reduce_sum(regions.drawn)
        return {
            "class_loss": losses.classification(logits, regions.labels, regions.drawn),
            "box_loss": losses.box_regression(
                mine, box_targets(regions, truth, settings), regions.positive, drawn, settings.beta
            ),
            "mask_loss": losses.mask(mask_logits, target, front.positive),
        }

    def _boxes(self, features: list[Any], boxes: Any, how: tuple[bool, bool]) -> tuple[Any, Any]:
        """What the box head says; `how`: whether this is training, and with operations that XLA has."""
        training, compiled = how
        count, which = boxes.shape[1], pictures_of(boxes)
        flat = tf.reshape(boxes, (-1, 4))
        crops = pyramid_roi_align(features[:4], flat, which, self.region_settings.box_size, compiled)
        logits, deltas = self.box_head(crops, training=training)
        return tf.reshape(logits, (-1, count, logits.shape[-1])), tf.reshape(deltas, (-1, count, *deltas.shape[1:]))

    def _mask_logits(self, features: list[Any], rows: Answering, how: tuple[bool, bool]) -> Any:
        training, compiled = how
        size = self.region_settings.mask_size
        crops = pyramid_roi_align(features[:4], rows.boxes, rows.picture, size, compiled)
        return tf.gather(self.mask_head(crops, training=training), rows.labels, axis=3, batch_dims=1)

    def _masks_of(self, features: list[Any], found: Detections) -> Any:
        boxes, labels = tf.reshape(found.boxes, (-1, 4)), tf.reshape(found.labels, (-1,))
        rows = Answering(boxes, labels, pictures_of(found.boxes), labels, tf.zeros_like(found.scores))
        masks = tf.sigmoid(self._mask_logits(features, rows, (False, False)))
        return tf.reshape(masks, (-1, found.boxes.shape[1], *masks.shape[1:]))
