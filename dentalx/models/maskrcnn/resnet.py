"""ResNets as torchvision and detectron2 train them: stride in the 3×3 convolution, normalisation by choice.

He et al., "Deep residual learning", CVPR 2016, with the change of "ResNet v1.5": a bottleneck's stride sits in its 3×3
convolution. Layers are named by their path in torchvision's `ResNet` (`layer1.0.conv1`), by which weights are found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras

from dentalx.models.normalisation import BatchNormalization

Norm = Literal["frozen", "batch", "group"]
NORMS: tuple[Norm, ...] = ("frozen", "batch", "group")

MEAN = (0.485, 0.456, 0.406)  # of ImageNet's red, green and blue in 0…1
DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Depth:
    """Blocks of each stage, and whether a block is a bottleneck of three convolutions."""

    blocks: tuple[int, int, int, int]
    bottleneck: bool


DEPTHS = {
    "resnet18": Depth((2, 2, 2, 2), bottleneck=False),
    "resnet34": Depth((3, 4, 6, 3), bottleneck=False),
    "resnet50": Depth((3, 4, 6, 3), bottleneck=True),
    "resnet101": Depth((3, 4, 23, 3), bottleneck=True),
}


def resnet_stages(image: Any, depth: Depth, norm: Norm) -> list[Any]:
    """The outputs of the four stages, at strides 4, 8, 16 and 32.

    Args:
        image: (B, H, W, 3) normalised.
        depth: how many blocks of which kind.
        norm: "frozen" keeps batch statistics and scales as loaded, "batch" trains them, "group" uses 32 groups.
    """
    build = _Builder(norm)
    x = build.relu(build.norm(build.conv(image, 64, 7, 2, "conv1"), "bn1"))
    x = keras.layers.ZeroPadding2D(1, name="maxpool_pad")(x)  # after a ReLU zero is as small as anything
    x = keras.layers.MaxPooling2D(3, 2, name="maxpool")(x)
    stages = []
    for stage, blocks in enumerate(depth.blocks):
        block: Callable[..., Any] = build.bottleneck if depth.bottleneck else build.basic
        for index in range(blocks):
            stride = 2 if stage > 0 and index == 0 else 1
            x = block(x, 64 * 2**stage, stride, f"layer{stage + 1}.{index}")
        stages.append(x)
    return stages


class _Builder:
    def __init__(self, norm: Norm) -> None:
        self._norm = norm

    def conv(self, x: Any, filters: int, side: int, stride: int, name: str) -> Any:
        if stride > 1 and side > 1:  # symmetric, where Keras' "same" pads more at the end
            x = keras.layers.ZeroPadding2D(side // 2, name=f"{name}_pad")(x)
        return keras.layers.Conv2D(
            filters,
            side,
            stride,
            padding="valid" if stride > 1 else "same",
            use_bias=False,
            kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out"),
            name=name,
        )(x)

    def norm(self, x: Any, name: str, last: bool = False) -> Any:
        if self._norm == "group":
            return keras.layers.GroupNormalization(32, epsilon=1e-5, name=name)(x)
        gamma = "zeros" if last and self._norm == "batch" else "ones"  # each block starts as the identity
        layer = BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, name=name)
        layer.trainable = self._norm == "batch"
        return layer(x)

    def relu(self, x: Any) -> Any:
        return keras.layers.Activation("relu")(x)

    def basic(self, x: Any, width: int, stride: int, name: str) -> Any:
        y = self.relu(self.norm(self.conv(x, width, 3, stride, f"{name}.conv1"), f"{name}.bn1"))
        y = self.norm(self.conv(y, width, 3, 1, f"{name}.conv2"), f"{name}.bn2", last=True)
        return self.relu(keras.layers.Add(name=f"{name}.add")([y, self.shortcut(x, width, stride, name)]))

    def bottleneck(self, x: Any, width: int, stride: int, name: str) -> Any:
        y = self.relu(self.norm(self.conv(x, width, 1, 1, f"{name}.conv1"), f"{name}.bn1"))
        y = self.relu(self.norm(self.conv(y, width, 3, stride, f"{name}.conv2"), f"{name}.bn2"))
        y = self.norm(self.conv(y, 4 * width, 1, 1, f"{name}.conv3"), f"{name}.bn3", last=True)
        return self.relu(keras.layers.Add(name=f"{name}.add")([y, self.shortcut(x, 4 * width, stride, name)]))

    def shortcut(self, x: Any, filters: int, stride: int, name: str) -> Any:
        if stride == 1 and x.shape[-1] == filters:
            return x
        y = self.conv(x, filters, 1, stride, f"{name}.downsample.0")
        return self.norm(y, f"{name}.downsample.1")
