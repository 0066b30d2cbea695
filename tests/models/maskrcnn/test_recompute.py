"""Activations computed again: the same losses, gradients and moving averages, whatever the normalisation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.models.maskrcnn import MaskRCNN, TrunkSettings, build_mask_rcnn
from dentalx.models.maskrcnn.resnet import Norm


def one_step(settings: TrunkSettings, recompute: bool) -> tuple[float, MaskRCNN]:
    """A network of fixed weights after one step of plain gradient descent: it has moved by its gradients."""
    keras.utils.set_random_seed(0)
    model = build_mask_rcnn(2, settings)
    if recompute:
        model.recompute()
    model.compile(keras.optimizers.SGD(1.0))
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (2, 64, 64, 1), np.uint8)
    masks = np.zeros((2, 1, 64, 64), np.uint8)
    masks[:, 0, 10:40, 10:30] = 1
    truth = {"boxes": np.float32([[[10, 10, 40, 30]]] * 2), "labels": np.int32([[1]] * 2), "masks": masks}
    return float(model.train_on_batch(image, truth)[0]), model


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_a_step_is_the_same(norm: Norm) -> None:
    settings = TrunkSettings((64, 64), 1, "resnet18", norm, channels=16, hidden=16)
    loss, kept = one_step(settings, recompute=False)
    again, recomputed = one_step(settings, recompute=True)
    assert again == pytest.approx(loss, rel=1e-5)
    assert [v.path for v in kept.variables] == [v.path for v in recomputed.variables]
    for mine, other in zip(kept.variables, recomputed.variables, strict=True):
        a, b = np.asarray(mine), np.asarray(other)
        assert np.abs(a - b).max(initial=0) <= 1e-4 * max(1.0, np.abs(a).max(initial=0)), mine.path


def test_forward_is_run_again_in_the_backward_pass() -> None:
    settings = TrunkSettings((64, 64), 1, "resnet18", "group", channels=16, hidden=16)

    def convolutions(recompute: bool) -> int:
        model = build_mask_rcnn(2, settings)
        if recompute:
            model.recompute()

        @tf.function
        def gradient(image: tf.Tensor) -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                total = tf.add_n([tf.reduce_sum(level) for level in model(image, training=True)["features"]])
            return list(tape.gradient(total, model.trunk.trainable_variables))

        graph = gradient.get_concrete_function(tf.TensorSpec((1, 64, 64, 1), tf.uint8)).graph
        return sum(op.type == "Conv2D" for op in graph.get_operations())

    assert convolutions(True) - convolutions(False) == 20  # all of ResNet18's
