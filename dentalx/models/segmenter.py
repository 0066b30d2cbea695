"""From any picture to its probabilities in one TensorFlow graph: what predict runs and SavedModel holds.

The arithmetic is that of `dentalx.preprocess` and `dentalx.datasets.images`, once more in TensorFlow, so that a
model loaded by TensorFlow alone needs neither.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

Part = tuple[keras.Model, tuple[int, int]]


class _Networks(tf.Module):  # type: ignore[misc]
    """Networks whose probabilities are averaged, or a single one.

    Args:
        parts: each a network, uint8 (B, H, W, 1) to float32 logits (B, H, W, C), and the (H, W) that pictures are
            letterboxed to for it.
        overlapping: whether each channel is a class by itself.
    """

    def __init__(self, *parts: Part, overlapping: bool = False) -> None:
        super().__init__(name="segmenter")
        self.overlapping = overlapping
        self.networks = [network for network, _ in parts]
        self.sizes = [size for _, size in parts]


class Segmenter(_Networks):
    """One or several networks with their letterbox, its undoing and the activation."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="image")])  # type: ignore[untyped-decorator]
    def from_pixels(self, image: Any) -> dict[str, Any]:
        """uint8 grey (B, h, w, 1) of any size to {"probability": float32 (B, h, w, C)}."""
        return {"probability": mean_probabilities(self.networks, image, self.sizes, self.overlapping)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])  # type: ignore[untyped-decorator]
    def from_bytes(self, image_bytes: Any) -> dict[str, Any]:
        """PNG or JPEG files (B,), all of one size, to {"probability": float32 (B, h, w, C)}."""
        spec = tf.TensorSpec([None, None, 1], tf.uint8)
        return dict(self.from_pixels(tf.map_fn(decode_grey, image_bytes, fn_output_signature=spec)))


class EnhancedSegmenter(_Networks):
    """The same for a network whose pictures go through a recipe first, which a graph cannot make.

    Its one way in is called `enhanced_image`, so that nobody gives it a picture as it is by mistake.
    """

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="enhanced_image")]
    )
    def from_enhanced(self, enhanced_image: Any) -> dict[str, Any]:
        """What `enhance.apply` made, as bytes, uint8 (B, h, w, 1), to {"probability": float32 (B, h, w, C)}."""
        return {"probability": mean_probabilities(self.networks, enhanced_image, self.sizes, self.overlapping)}


def mean_probabilities(
    networks: Sequence[keras.Model], image: Any, sizes: Sequence[tuple[int, int]], overlapping: bool = False
) -> Any:
    """uint8 (B, h, w, 1) to float32 (B, h, w, C), the mean over networks."""
    each = [
        probabilities(network, image, (size[0], size[1]), overlapping)
        for network, size in zip(networks, sizes, strict=True)
    ]
    return each[0] if len(each) == 1 else tf.add_n(each) / len(each)


def probabilities(network: keras.Model, image: Any, size: tuple[int, int], overlapping: bool = False) -> Any:
    """uint8 (B, h, w, 1) to float32 (B, h, w, C): letterboxed to `size`, seen by the network, and back."""
    height, width = tf.shape(image)[1], tf.shape(image)[2]
    inner, offset = letterbox(height, width, size)
    small = resize(tf.cast(image, tf.float32), inner)
    small = tf.image.pad_to_bounding_box(tf.floor(small + 0.5), offset[0], offset[1], *size)
    logits = network(tf.cast(small, tf.uint8), training=False)
    probability = tf.slice(activated(logits, overlapping), [0, offset[0], offset[1], 0], [-1, inner[0], inner[1], -1])
    return tf.clip_by_value(resize(probability, (height, width)), 0.0, 1.0)


def activated(logits: Any, overlapping: bool = False) -> Any:
    """Logits (B, H, W, C) to probabilities: of one channel by itself, of several a distribution over them.

    Of overlapping classes each channel is by itself.
    """
    return tf.sigmoid(logits) if overlapping or logits.shape[-1] == 1 else tf.nn.softmax(logits)


def letterbox(height: Any, width: Any, size: tuple[int, int]) -> tuple[Any, Any]:
    """(inner height and width, offset from top and left) as `preprocess.Letterbox`: integers only."""
    to_height, to_width = size
    wide = tf.cast(height, tf.int64) * to_width <= tf.cast(width, tf.int64) * to_height
    inner = tf.cond(
        wide,
        lambda: (tf.maximum(1, (height * to_width + width // 2) // width), tf.constant(to_width)),
        lambda: (tf.constant(to_height), tf.maximum(1, (width * to_height + height // 2) // height)),
    )
    return inner, ((to_height - inner[0]) // 2, (to_width - inner[1]) // 2)


def resize(values: Any, size: tuple[Any, Any]) -> Any:
    """(B, h, w, C) float32 to another size with an antialiased triangle filter."""
    return tf.image.resize(values, size, method="bilinear", antialias=True)


def decode_grey(data: Any) -> Any:
    """One PNG or JPEG file (a string scalar) to uint8 grey (h, w, 1).

    Colours become (9798 R + 19235 G + 3735 B + 16384) // 32768, of a JPEG the plane Y that it stores. Sixteen bits are
    scaled by the fewest of 8, 10, 12, 14, 16 bits that hold the largest value.
    """
    is_jpeg = tf.equal(tf.strings.substr(data, 0, 2), b"\xff\xd8")
    is_png = tf.equal(tf.strings.substr(data, 0, 8), b"\x89PNG\r\n\x1a\n")
    deep = tf.logical_and(is_png, tf.equal(tf.strings.substr(data, 24, 1), b"\x10"))
    grey = tf.case(
        [
            (is_jpeg, lambda: _grey_of_jpeg(data)),
            (deep, lambda: _grey_of_deep_png(data)),
        ],
        default=lambda: _luma(tf.io.decode_png(data, 3)),
    )
    return tf.ensure_shape(grey, [None, None, 1])


def _luma(colour: Any) -> Any:
    red, green, blue = (tf.cast(colour[..., i], tf.int32) for i in range(3))
    return tf.cast(_mixed(red, green, blue), tf.uint8)[..., tf.newaxis]


def _mixed(red: Any, green: Any, blue: Any) -> Any:
    """`datasets.planes.luma` of int32."""
    return (9798 * red + 19235 * green + 3735 * blue + 16384) // 32768


def _grey_of_jpeg(data: Any) -> Any:
    inks = tf.equal(tf.io.extract_jpeg_shape(data)[2], 4)  # CMYK has no plane Y
    return tf.cond(
        inks,
        lambda: _luma(tf.io.decode_jpeg(data, 3, dct_method="INTEGER_ACCURATE")),
        lambda: tf.io.decode_jpeg(data, 1, dct_method="INTEGER_ACCURATE"),
    )


def _grey_of_deep_png(data: Any) -> Any:
    colour = tf.cast(tf.io.decode_png(data, 3, tf.uint16), tf.int32)
    grey = _mixed(colour[..., 0], colour[..., 1], colour[..., 2])
    limits = tf.constant([255, 1023, 4095, 16383, 65535])
    white = tf.reduce_min(tf.boolean_mask(limits, limits >= tf.reduce_max(grey)))
    scaled = tf.cast(grey, tf.float32) / tf.cast(white, tf.float32)
    return tf.cast(tf.floor(scaled * 255.0 + 0.5), tf.uint8)[..., tf.newaxis]
