"""Layers that stand between a picture of any size and an encoder that wants multiples of 32."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

PACKAGE = "dentalx"


@keras.saving.register_keras_serializable(package=PACKAGE)
class EncoderInput(keras.layers.Layer):  # type: ignore[misc]
    """A picture in 0…255 to what an encoder was made for: padded to multiples of 32, three channels, its own scale.

    The last row and column are repeated below and to the right. (B, H, W, 1 or 3) any real type to
    (B, 32⌈H/32⌉, 32⌈W/32⌉, 3).

    Args:
        mean: what is subtracted from each of the three channels; of grey they are equal.
        scale: what the difference is multiplied by.
        order: which of red, green and blue each channel is.
    """

    MULTIPLE = 32

    def __init__(
        self,
        mean: tuple[float, float, float],
        scale: tuple[float, float, float],
        order: tuple[int, int, int] = (0, 1, 2),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mean, self.scale, self.order = tuple(mean), tuple(scale), tuple(order)

    def call(self, image: Any) -> Any:
        padded = ops.cast(image, "float32")
        height, width = ops.shape(padded)[1], ops.shape(padded)[2]
        down, right = -height % self.MULTIPLE, -width % self.MULTIPLE
        for axis, count in ((1, down), (2, right)):
            if isinstance(count, int) and count == 0:
                continue
            last = padded[:, -1:, :, :] if axis == 1 else padded[:, :, -1:, :]
            padded = ops.concatenate([padded, ops.repeat(last, count, axis=axis)], axis=axis)
        colours = self.order if image.shape[-1] == 3 else (0, 0, 0)
        planes = zip(colours, self.mean, self.scale, strict=True)
        channels = ops.concatenate([(padded[..., c : c + 1] - m) * s for c, m, s in planes], axis=-1)
        return ops.cast(channels, self.compute_dtype)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sides = [None if side is None else side + -side % self.MULTIPLE for side in shape[1:3]]
        return (shape[0], *sides, 3)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "scale": self.scale, "order": self.order}


@keras.saving.register_keras_serializable(package=PACKAGE)
class CropTo(keras.layers.Layer):  # type: ignore[misc]
    """Undo the padding of `EncoderInput`: (B, H', W', C) and the picture (B, H, W, 1) to (B, H, W, C)."""

    def call(self, values: Any, image: Any) -> Any:
        height, width = ops.shape(image)[1], ops.shape(image)[2]
        return values[:, :height, :width, :]

    def compute_output_shape(
        self, values_shape: tuple[int | None, ...], image_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (values_shape[0], *image_shape[1:3], values_shape[3])


@keras.saving.register_keras_serializable(package=PACKAGE)
class BinPooling(keras.layers.Layer):  # type: ignore[misc]
    """Means over a grid of bins × bins parts of a map of any size: (B, H, W, F) to (B, bins, bins, F).

    Part i of n runs from ⌊i H / n⌋ to ⌈(i + 1) H / n⌉, as adaptive pooling is usually defined; parts may overlap.
    """

    def __init__(self, bins: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bins = bins

    def call(self, values: Any) -> Any:
        rows, columns = (self._weights(ops.shape(values)[axis]) for axis in (1, 2))
        pooled = ops.einsum("ih,bhwf,jw->bijf", rows, ops.cast(values, "float32"), columns)
        return ops.cast(pooled, self.compute_dtype)

    def _weights(self, size: Any) -> Any:
        """(bins, size) float32 whose rows sum to 1."""
        part, place = ops.arange(self.bins)[:, None], ops.arange(size)[None]
        inside = (place >= part * size // self.bins) & (place < -(-(part + 1) * size // self.bins))
        weights = ops.cast(inside, "float32")
        return weights / ops.sum(weights, 1, keepdims=True)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (shape[0], self.bins, self.bins, shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}


@keras.saving.register_keras_serializable(package=PACKAGE)
class ResizeLike(keras.layers.Layer):  # type: ignore[misc]
    """A map brought to another's size by bilinear interpolation: (B, h, w, F) and (B, H, W, ·) to (B, H, W, F)."""

    def call(self, values: Any, like: Any) -> Any:
        return ops.cast(tf.image.resize(values, tf.shape(like)[1:3]), self.compute_dtype)

    def compute_output_shape(
        self, values_shape: tuple[int | None, ...], like_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (values_shape[0], *like_shape[1:3], values_shape[3])


@keras.saving.register_keras_serializable(package=PACKAGE)
class Enlarge(keras.layers.Layer):  # type: ignore[misc]
    """A map enlarged by bilinear interpolation: (B, h, w, F) to (B, factor h, factor w, F).

    Keras' own UpSampling2D interpolates only where the size is known before the graph is drawn.
    """

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, values: Any) -> Any:
        return ops.cast(tf.image.resize(values, self.factor * tf.shape(values)[1:3]), self.compute_dtype)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sides = [None if side is None else self.factor * side for side in shape[1:3]]
        return (shape[0], *sides, shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package=PACKAGE)
class Repeat(keras.layers.Layer):  # type: ignore[misc]
    """A map whose rows and columns are repeated: (B, h, w, F) to (B, factor h, factor w, F).

    Keras' UpSampling2D says the same to the bit, but as a dozen operations, which no library turns into one again.

    Args:
        factor: of rows and of columns.
    """

    def __init__(self, factor: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = tuple(factor)

    def call(self, values: Any) -> Any:
        sides = zip(self.factor, values.shape[1:3], tf.unstack(tf.shape(values)[1:3]), strict=True)
        size = [factor * (free if known is None else known) for factor, known, free in sides]
        return tf.raw_ops.ResizeNearestNeighbor(images=values, size=size)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sides = zip(self.factor, shape[1:3], strict=True)
        return (shape[0], *(None if side is None else factor * side for factor, side in sides), shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def with_repeats(network: keras.Model) -> keras.Model:
    """The network with `Repeat` in place of each UpSampling2D that repeats; all else, weights included, is shared."""

    def same(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation == "nearest":
            return Repeat(layer.size, name=layer.name)
        return layer

    return keras.models.clone_model(network, clone_function=same, recursive=True)
