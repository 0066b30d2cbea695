"""Layers that stand between a picture of any size and an encoder that wants multiples of 32."""

from typing import Any

import keras
from keras import ops

PACKAGE = "dentalx"


@keras.saving.register_keras_serializable(package=PACKAGE)
class EncoderInput(keras.layers.Layer):  # type: ignore[misc]
    """Grey 0…255 to what an encoder was made for: padded to multiples of 32, three channels, its own scale.

    The last row and column are repeated below and to the right. (B, H, W, 1) any real type to
    (B, 32⌈H/32⌉, 32⌈W/32⌉, 3).

    Args:
        mean: what is subtracted from each of the three equal channels, in grey levels.
        scale: what the difference is multiplied by.
    """

    MULTIPLE = 32

    def __init__(self, mean: tuple[float, float, float], scale: tuple[float, float, float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean, self.scale = tuple(mean), tuple(scale)

    def call(self, image: Any) -> Any:
        grey = ops.cast(image, "float32")
        height, width = ops.shape(grey)[1], ops.shape(grey)[2]
        down, right = -height % self.MULTIPLE, -width % self.MULTIPLE
        for axis, count in ((1, down), (2, right)):
            if isinstance(count, int) and count == 0:
                continue
            last = grey[:, -1:, :, :] if axis == 1 else grey[:, :, -1:, :]
            grey = ops.concatenate([grey, ops.repeat(last, count, axis=axis)], axis=axis)
        channels = ops.concatenate([(grey - m) * s for m, s in zip(self.mean, self.scale, strict=True)], axis=-1)
        return ops.cast(channels, self.compute_dtype)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sides = [None if side is None else side + -side % self.MULTIPLE for side in shape[1:3]]
        return (shape[0], *sides, 3)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "scale": self.scale}


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
