"""From any picture to its objects in one TensorFlow graph: what a SavedModel of an instance run holds.

The letterbox is `models.segmenter`'s, the detections are `MaskRCNN.detect`'s, the way back is that of
`inference.instances.to_picture`.
"""

from typing import Any

import tensorflow as tf

from dentalx.models.maskrcnn.network import MaskRCNN
from dentalx.models.segmenter import letterbox, resize

ENHANCED = "enhanced_image"


class Detector(tf.Module):  # type: ignore[misc]
    """A network with its letterbox and its undoing.

    Args:
        network: trained.
    """

    def __init__(self, network: MaskRCNN) -> None:
        super().__init__(name="detector")
        self.network = network

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="image")])  # type: ignore[untyped-decorator]
    def from_pixels(self, image: Any) -> dict[str, Any]:
        """uint8 grey (B, h, w, 1) of any size to what `objects` returns."""
        return objects(self.network, image)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name=ENHANCED)])  # type: ignore[untyped-decorator]
    def from_enhanced(self, enhanced_image: Any) -> dict[str, Any]:
        """What `enhance.apply` made, as bytes, uint8 (B, h, w, 1), to the same."""
        return objects(self.network, enhanced_image)


class ColourDetector(tf.Module):  # type: ignore[misc]
    """The same of photographs; a class of its own, since all functions of a module are saved with it.

    Args:
        network: trained, of three channels.
    """

    def __init__(self, network: MaskRCNN) -> None:
        super().__init__(name="detector")
        self.network = network

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")])  # type: ignore[untyped-decorator]
    def from_pixels(self, image: Any) -> dict[str, Any]:
        """uint8 red, green, blue (B, h, w, 3) of any size to what `objects` returns."""
        return objects(self.network, image)


def objects(network: MaskRCNN, image: Any) -> dict[str, Any]:
    """Letterboxed, seen by the network, and back in the picture's pixels.

    Args:
        network: trained.
        image: uint8 (B, h, w, C), as many channels as the network has.

    Returns:
        boxes: (B, D, 4) float32 (y1, x1, y2, x2) in the picture's pixels, best first, zeros beyond the count.
        classes: (B, D) int32, 1…K; 0 beyond the count.
        scores: (B, D) float32 in [0, 1].
        masks: (B, D, 28, 28) float32 probabilities inside each box, to be stretched over it.
        count: (B,) int32, how many of the D there are.
    """
    height, width = tf.shape(image)[1], tf.shape(image)[2]
    inner, offset = letterbox(height, width, network.size)
    small = resize(tf.cast(image, tf.float32), inner)
    small = tf.image.pad_to_bounding_box(tf.floor(small + 0.5), offset[0], offset[1], *network.size)
    found = network.detect(tf.cast(small, tf.uint8))
    scale = tf.cast(tf.stack([height / inner[0], width / inner[1]] * 2), tf.float32)
    shift = tf.cast(tf.stack([*offset, *offset]), tf.float32)
    limit = tf.cast(tf.stack([height, width, height, width]), tf.float32)
    there = tf.cast(found["labels"] > 0, tf.float32)[..., None]
    boxes = tf.clip_by_value((found["boxes"] - shift) * scale, 0.0, limit) * there
    return {
        "boxes": boxes,
        "classes": found["labels"],
        "scores": found["scores"],
        "masks": found["masks"],
        "count": found["count"],
    }
