"""Networks: shapes, types, the promises every backbone keeps."""

import typing

import keras
import numpy as np
import pytest

from dentalx.config import Architecture, ModelConfig
from dentalx.labelling import EXCLUSIVE
from dentalx.losses import WeightedSum
from dentalx.models import ARCHITECTURES, build_network
from dentalx.models.backbones import BATCH_NORM_MOMENTUM, Scaling, input_scaling
from dentalx.models.layers import CropTo, EncoderInput


def network(backbone: str, classes: int = 1, **options: object) -> keras.Model:
    config = ModelConfig(backbone=backbone, encoder_weights="none")
    return build_network(config, classes, **options).model  # type: ignore[arg-type]


@pytest.mark.parametrize("backbone", ["vgg16", "resnet34"])
@pytest.mark.parametrize("classes", [1, 3])
def test_any_size_gives_float32_logits_of_the_same_size(backbone: str, classes: int, rng: np.random.Generator) -> None:
    model = network(backbone, classes)
    for size in ((32, 64), (33, 65), (50, 31)):
        logits = model(rng.integers(0, 256, (2, *size, 1)).astype(np.uint8))
        assert logits.shape == (2, *size, EXCLUSIVE.channels(classes))
        assert logits.dtype == "float32"


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_logits_and_variables_are_float32_under_mixed_precision(precision: str) -> None:
    model = network("resnet34", precision=precision)
    assert model(np.zeros((1, 32, 32, 1), np.uint8)).dtype == "float32"
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_padding_does_not_change_what_lies_far_from_it(rng: np.random.Generator) -> None:
    """64 columns, and the same 64 of which the last is cut off, agree where the network cannot see the edge."""
    layer = EncoderInput((0, 0, 0), (1, 1, 1))
    image = rng.integers(0, 256, (1, 40, 50, 1)).astype(np.uint8)
    padded = np.asarray(layer(image))
    assert padded.shape == (1, 64, 64, 3)
    assert np.array_equal(padded[:, :40, :50], np.repeat(image.astype(np.float32), 3, -1))
    assert np.array_equal(padded[:, 40:, :50], np.repeat(padded[:, 39:40, :50], 24, 1))
    assert np.array_equal(np.asarray(CropTo()(padded, image)), padded[:, :40, :50])


def test_each_encoder_gets_its_own_scaling() -> None:
    vgg = input_scaling("vgg16")
    assert vgg.mean == pytest.approx((103.939, 116.779, 123.68), abs=1e-4)  # BGR means, Simonyan and Zisserman 2015
    assert (vgg.scale, vgg.order) == ((1, 1, 1), (2, 1, 0))
    assert input_scaling("resnet34") == Scaling((0, 0, 0), (1, 1, 1), (0, 1, 2))
    assert input_scaling("efficientnetb0").mean == pytest.approx((123.675, 116.28, 103.53), abs=1e-3)
    assert input_scaling("mobilenetv2").scale == pytest.approx((1 / 127.5,) * 3, abs=1e-5)


@pytest.mark.parametrize(("classes", "prevalence"), [(1, [0.2]), (2, [0.3, 0.1])])
def test_the_untrained_output_is_the_prevalence(classes: int, prevalence: list[float]) -> None:
    model = network("vgg16", classes, prevalence=np.array(prevalence))
    head = model.get_layer("logits")
    head.kernel.assign(np.zeros(head.kernel.shape))
    logits = model(np.full((1, 32, 32, 1), 90, np.uint8))
    probability = keras.ops.sigmoid(logits) if classes == 1 else keras.ops.softmax(logits)[..., 1:]
    assert np.asarray(probability)[0, 5, 5] == pytest.approx(prevalence, abs=1e-5)


def test_the_untrained_output_reads_its_features_with_either_sign() -> None:
    """Glorot and Bengio 2010: uniform within ±√(6 / (9 · 16 + 9 · 1)) for 3 × 3 of 16 maps into one."""
    keras.utils.set_random_seed(0)
    kernel = np.asarray(network("resnet34").get_layer("logits").kernel)
    limit = np.sqrt(6 / (9 * 16 + 9))
    assert kernel.shape == (3, 3, 16, 1) and 0.9 * limit < np.abs(kernel).max() <= limit
    assert 0.3 < np.mean(kernel > 0) < 0.7


@pytest.mark.parametrize("backbone", ["vgg16", "resnet34"])
def test_a_few_steps_lower_the_loss(backbone: str, rng: np.random.Generator) -> None:
    keras.utils.set_random_seed(0)
    image = rng.integers(0, 60, (2, 32, 64, 1)).astype(np.uint8)
    mask = np.zeros((2, 32, 64), np.uint8)
    mask[:, 8:24, 16:48] = 1
    image[mask == 1] += 120
    model = network(backbone, prevalence=np.array([mask.mean()]))
    model.compile(keras.optimizers.Adam(1e-3), WeightedSum())
    losses = model.fit(image, mask, batch_size=2, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_batch_norm_follows_within_tens_of_steps() -> None:
    core = build_network(ModelConfig(backbone="resnet34", encoder_weights="none"), 1).core
    momenta = {layer.momentum for layer in core.layers if isinstance(layer, keras.layers.BatchNormalization)}
    assert momenta == {BATCH_NORM_MOMENTUM}


def test_an_encoder_without_batch_norm_keeps_the_signal_alive(rng: np.random.Generator) -> None:
    """Thirteen glorot layers would leave a thousandth of it; He's initialisation keeps its order of magnitude."""
    keras.utils.set_random_seed(1)
    core = build_network(ModelConfig(backbone="vgg16", encoder_weights="none"), 1).core
    deep = keras.Model(core.input, core.get_layer("block5_conv3").output)
    image = rng.normal(0, 1, (1, 64, 64, 3)).astype(np.float32)
    assert float(np.std(deep(image))) > 0.1


@pytest.mark.parametrize("wrong", [{"backbone": "vgg61"}, {"architecture": "vnet"}])
def test_an_unknown_name_is_answered_with_the_known_ones(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"must be one of .*(vgg16|unet)"):
        ModelConfig(**wrong)  # type: ignore[arg-type]


def test_what_finds_objects_is_built_elsewhere() -> None:
    with pytest.raises(ValueError, match="got mask_rcnn"):
        build_network(ModelConfig(architecture="mask_rcnn"), 1)
    assert {*typing.get_args(Architecture)} == {*ARCHITECTURES, "mask_rcnn"}
