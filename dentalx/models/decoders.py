"""Decoders of our own: from an encoder's maps at strides 2, 4, 8, 16 and 32 to one of the picture's size.

Each takes the five maps, finest first, and gives (B, H, W, F); names of layers with weights begin with "decoder_".
"""

from collections.abc import Callable
from typing import Any

from keras import layers

from dentalx.models.layers import BinPooling, Enlarge, ResizeLike
from dentalx.models.normalisation import BatchNormalization

FILTERS = (32, 64, 128, 256)  # at strides 2, 4, 8, 16, as segmentation_models' U-Net has them
LAST_FILTERS = 16  # at the picture's size
STRIDE_8 = 2  # which of the five maps
PYRAMID_BINS = (1, 2, 3, 6)
PYRAMID_FILTERS = 512

Maps = list[Any]


def unet_plus_plus(features: Maps) -> Any:
    """U-Net++, Zhou et al., "UNet++: A Nested U-Net Architecture", DLMIA 2018, without deep supervision.

    Between a map and its decoder lie as many nodes as there are coarser maps; each sees all before it on its level and
    the one below.
    """
    levels = [[feature] for feature in features]
    depth = len(features)
    for column in range(1, depth):
        for level in range(depth - column):
            name = f"decoder_x{level}_{column}"
            below = layers.UpSampling2D(2, name=f"{name}_up")(levels[level + 1][column - 1])
            together = layers.Concatenate(name=f"{name}_concat")([*levels[level], below])
            levels[level].append(_double(together, FILTERS[level], name))
    return _to_picture(levels[0][-1])


def attention_unet(features: Maps) -> Any:
    """Attention U-Net, Oktay et al., "Attention U-Net: Learning Where to Look for the Pancreas", MIDL 2018.

    Each skipped map is weighted by a gate that asks the coarser map where to look.
    """
    decoded = _double(features[-1], 2 * FILTERS[-1], "decoder_center")
    for level in range(len(FILTERS) - 1, -1, -1):
        name = f"decoder_stage{level}"
        skip = _gate(features[level], decoded, FILTERS[level] // 2, f"{name}_gate")
        above = layers.UpSampling2D(2, name=f"{name}_up")(decoded)
        decoded = _double(layers.Concatenate(name=f"{name}_concat")([above, skip]), FILTERS[level], name)
    return _to_picture(decoded)


def pyramid_pooling(features: Maps) -> Any:
    """PSPNet, Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017, on the map at stride 8; for any size.

    The map is averaged over 1, 2 × 2, 3 × 3 and 6 × 6 parts, each mean seen everywhere in its part.
    """
    feature = features[STRIDE_8]
    context = [feature]
    for bins in PYRAMID_BINS:
        name = f"decoder_pool{bins}"
        pooled = _conv(BinPooling(bins, name=name)(feature), PYRAMID_FILTERS, 1, f"{name}_conv")
        context.append(ResizeLike(name=f"{name}_resize")(pooled, feature))
    together = _conv(layers.Concatenate(name="decoder_concat")(context), PYRAMID_FILTERS, 1, "decoder_aggregation")
    small = _conv(together, FILTERS[1], 3, "decoder_last")
    return Enlarge(8, name="decoder_up")(small)


def _gate(skip: Any, gating: Any, filters: int, name: str) -> Any:
    """The skipped map times a weight in 0…1 for each place; the gating map has half its sides."""
    seen = layers.Conv2D(filters, 2, strides=2, use_bias=False, name=f"{name}_skip")(skip)
    asked = layers.Conv2D(filters, 1, name=f"{name}_gating")(gating)
    both = layers.Activation("relu", name=f"{name}_relu")(layers.Add(name=f"{name}_add")([seen, asked]))
    weight = layers.Conv2D(1, 1, activation="sigmoid", name=f"{name}_weight")(both)
    weight = Enlarge(2, name=f"{name}_up")(weight)
    return layers.Multiply(name=f"{name}_weighted")([skip, weight])


def _to_picture(feature: Any) -> Any:
    """From stride 2 to the picture's size."""
    return _double(layers.UpSampling2D(2, name="decoder_last_up")(feature), LAST_FILTERS, "decoder_last")


def _double(feature: Any, filters: int, name: str) -> Any:
    return _conv(_conv(feature, filters, 3, f"{name}_a"), filters, 3, f"{name}_b")


def _conv(feature: Any, filters: int, size: int, name: str) -> Any:
    """Convolution, batch normalisation, ReLU."""
    feature = layers.Conv2D(
        filters, size, padding="same", use_bias=False, kernel_initializer="he_uniform", name=f"{name}_conv"
    )(feature)
    return layers.Activation("relu", name=f"{name}_relu")(BatchNormalization(name=f"{name}_bn")(feature))


DECODERS: dict[str, Callable[[Maps], Any]] = {
    "unet++": unet_plus_plus,
    "attention_unet": attention_unet,
    "pspnet": pyramid_pooling,
}
