"""What every architecture promises with every encoder, as a table: a sample by default, all of it among the slow."""

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.config import ModelConfig
from dentalx.labelling import EXCLUSIVE
from dentalx.losses import WeightedSum
from dentalx.models import ARCHITECTURES, BACKBONES, Network, build_network
from dentalx.models.backbones import STRIDES, build_encoder, encoder_layers, segmentation_models
from dentalx.models.layers import BinPooling, Enlarge, ResizeLike

SAMPLE = [
    *[("unet", "plain"), ("unet", "resnet18"), ("fpn", "vgg16"), ("linknet", "seresnet18")],
    *[("unet++", "vgg16"), ("attention_unet", "resnet18"), ("pspnet", "mobilenetv2")],
]
TABLE = [
    (architecture, backbone)
    for architecture in ARCHITECTURES
    for backbone in ("vgg16", "resnet18", "resnet34", "mobilenetv2", "efficientnetb0", "inceptionv3", "seresnet50")
]


def built(architecture: str, backbone: str, classes: int = 1, **options: object) -> Network:
    keras.utils.set_random_seed(0)
    config = ModelConfig(architecture=architecture, backbone=backbone, encoder_weights="none")
    return build_network(config, classes, **options)  # type: ignore[arg-type]


def keeps_its_promises(architecture: str, backbone: str, folder: Path) -> None:
    rng = np.random.default_rng(0)
    odd = rng.integers(0, 256, (1, 45, 70, 1)).astype(np.uint8)
    network = built(architecture, backbone)
    before = np.asarray(network.model(odd))
    assert before.shape == (1, 45, 70, 1) and before.dtype == np.float32

    network.model.save_weights(folder / "a.weights.h5")
    again = built(architecture, backbone)
    for variable in again.model.trainable_variables:
        variable.assign(variable + 1)
    again.model.load_weights(folder / "a.weights.h5")
    assert np.array_equal(np.asarray(again.model(odd)), before)

    image = rng.integers(0, 60, (2, 32, 64, 1)).astype(np.uint8)
    mask = np.zeros((2, 32, 64), np.uint8)
    mask[:, 8:24, 16:48] = 1
    image[mask == 1] += 120
    network.model.compile(keras.optimizers.Adam(1e-3), WeightedSum(), run_eagerly=True)
    losses = network.model.fit(image, mask, batch_size=2, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]

    graph = tf.function(again.model).get_concrete_function(tf.TensorSpec([None, None, None, 1], tf.uint8))
    assert np.abs(np.asarray(graph(tf.constant(odd))) - before).max() < 1e-4 * np.abs(before).max()

    half = built(architecture, backbone, 3, precision="mixed_bfloat16", image_channels=3).model
    logits = half(rng.integers(0, 256, (1, 64, 32, 3)).astype(np.uint8))
    assert logits.shape == (1, 64, 32, EXCLUSIVE.channels(3)) and logits.dtype == "float32"
    assert {variable.dtype for variable in half.trainable_variables} == {"float32"}


@pytest.mark.parametrize(("architecture", "backbone"), SAMPLE)
def test_promises(architecture: str, backbone: str, tmp_path: Path) -> None:
    """Odd sizes, 1 or 3 channels in, 1 or 4 out, weights to a file and back, graphs for any size, learning, float32."""
    keeps_its_promises(architecture, backbone, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "backbone"), [pair for pair in TABLE if pair not in SAMPLE])
def test_promises_at_length(architecture: str, backbone: str, tmp_path: Path) -> None:
    keeps_its_promises(architecture, backbone, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_encoder_has_the_strides_it_should(backbone: str) -> None:
    encoder = build_encoder(backbone)
    model = keras.Model(encoder.image, encoder.features)
    for feature, stride in zip(model(np.zeros((1, 64, 128, 3), np.float32)), STRIDES, strict=True):
        assert feature.shape[1:3] == (64 // stride, 128 // stride)


def test_encoders_are_all_of_the_library_that_can_be_built() -> None:
    """DenseNets cannot; the day they can, this says so."""
    assert {*segmentation_models.get_available_backbone_names()} - {*BACKBONES} == {
        "densenet121",
        "densenet169",
        "densenet201",
    }
    with pytest.raises(ValueError, match="cannot contain character"):
        build_encoder("densenet121")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_architectures_have_one_encoder(architecture: str) -> None:
    """So that weights pass from one to the other: no layer of a decoder is taken for the encoder's."""
    own = [layer.name for layer in build_encoder("mobilenetv2").model.layers if layer.weights]
    theirs = [layer.name for layer in encoder_layers(built(architecture, "mobilenetv2").core)]
    assert set(theirs) <= set(own)
    assert len(theirs) == (38 if architecture == "pspnet" else len(own))  # PSPNet ends at stride 8


def test_bins_by_hand() -> None:
    values = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)
    assert np.asarray(BinPooling(1)(values)).ravel() == pytest.approx([5.5])
    # rows 0-1 and 1-2 (they overlap), columns 0-1 and 2-3
    assert np.asarray(BinPooling(2)(values)).ravel() == pytest.approx([2.5, 4.5, 6.5, 8.5])


def test_a_constant_stays_constant() -> None:
    values = np.full((1, 5, 7, 2), 3.0, np.float32)
    pooled = BinPooling(3)(values)
    assert np.allclose(pooled, 3) and pooled.shape == (1, 3, 3, 2)
    assert np.allclose(ResizeLike()(pooled, values), 3) and ResizeLike()(pooled, values).shape == (1, 5, 7, 2)


def test_resized_as_opencv_does(rng: np.random.Generator) -> None:
    values, like = rng.random((1, 3, 6, 1), np.float32), np.zeros((1, 7, 17, 4), np.float32)
    expected = cv2.resize(values[0, :, :, 0], (17, 7), interpolation=cv2.INTER_LINEAR)
    assert np.allclose(np.asarray(ResizeLike()(values, like))[0, :, :, 0], expected, atol=1e-5)
    twice = cv2.resize(values[0, :, :, 0], (12, 6), interpolation=cv2.INTER_LINEAR)
    assert np.allclose(np.asarray(Enlarge(2)(values))[0, :, :, 0], twice, atol=1e-5)
