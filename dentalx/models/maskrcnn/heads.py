"""The three heads, each a small Keras model; logits and deltas are float32 under every precision.

Shapes and initial values are torchvision's; layers are named by their path there. The one difference: the proposal
head speaks of an anchor's (dy, dx, dh, dw), as all of this package does, in that order.
"""

import math

import keras
from keras import initializers, layers

HIDDEN = 1024
PRIOR = 0.01  # probability of an object that every anchor starts with


def proposal_head(channels: int, anchors_per_cell: int) -> keras.Model:
    """(B, h, w, C) to objectness logits (B, h × w × a) and deltas (B, h × w × a, 4), in the order of the anchors."""
    normal = initializers.RandomNormal(stddev=0.01)
    features = keras.Input((None, None, channels))
    x = layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer=normal, name="conv.0.0")(
        features
    )
    bias = initializers.Constant(-math.log(1 / PRIOR - 1))
    logits = layers.Conv2D(
        anchors_per_cell, 1, kernel_initializer=normal, bias_initializer=bias, dtype="float32", name="cls_logits"
    )(x)
    deltas = layers.Conv2D(4 * anchors_per_cell, 1, kernel_initializer=normal, dtype="float32", name="bbox_pred")(x)
    outputs = layers.Reshape((-1,), dtype="float32")(logits), layers.Reshape((-1, 4), dtype="float32")(deltas)
    return keras.Model(features, outputs, name="rpn.head")


def box_head(channels: int, classes: int, size: int = 7, hidden: int = HIDDEN) -> keras.Model:
    """(N, size, size, C) to class logits (N, K + 1), background first, and deltas (N, K + 1, 4), a box a class."""
    regions = keras.Input((size, size, channels))
    x = layers.Flatten()(regions)
    x = layers.Dense(hidden, activation="relu", kernel_initializer="he_normal", name="box_head.fc6")(x)
    x = layers.Dense(hidden, activation="relu", kernel_initializer="he_normal", name="box_head.fc7")(x)
    logits = layers.Dense(
        classes + 1,
        kernel_initializer=initializers.RandomNormal(stddev=0.01),
        dtype="float32",
        name="box_predictor.cls_score",
    )(x)
    deltas = layers.Dense(
        4 * (classes + 1),
        kernel_initializer=initializers.RandomNormal(stddev=0.001),
        dtype="float32",
        name="box_predictor.bbox_pred",
    )(x)
    return keras.Model(
        regions, (logits, layers.Reshape((classes + 1, 4), dtype="float32")(deltas)), name="roi_heads.box"
    )


def mask_head(channels: int, classes: int, size: int = 14) -> keras.Model:
    """(N, size, size, C) to mask logits (N, 2 size, 2 size, K + 1), a mask a class; channel 0 is unused."""
    regions = keras.Input((size, size, channels))
    x = regions
    for index in range(4):
        x = layers.Conv2D(
            channels, 3, padding="same", activation="relu", kernel_initializer="he_normal", name=f"mask_head.{index}.0"
        )(x)
    x = layers.Conv2DTranspose(
        channels, 2, 2, activation="relu", kernel_initializer="he_normal", name="mask_predictor.conv5_mask"
    )(x)
    logits = layers.Conv2D(
        classes + 1, 1, kernel_initializer="he_normal", dtype="float32", name="mask_predictor.mask_fcn_logits"
    )(x)
    return keras.Model(regions, logits, name="roi_heads.mask")
