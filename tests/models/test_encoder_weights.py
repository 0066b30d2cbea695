"""Encoder weights: the format of the published ImageNet files, written here and read back."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from dentalx.errors import InputError
from dentalx.models import backbones, encoder_weights
from dentalx.models.backbones import build_core, encoder_layers
from dentalx.models.encoder_weights import initialise_encoder, read_keras2_weights


def write_keras2(path: Path, core: keras.Model, nested: bool = False) -> None:
    """What Keras 2's `model.save_weights(path)` writes; `nested` what `model.save(path)` does."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if nested else file
        names = [layer.name for layer in encoder_layers(core)]
        root.attrs["layer_names"] = [name.encode() for name in ["input_1", *names]]
        root.create_group("input_1").attrs["weight_names"] = []
        for layer in encoder_layers(core):
            group = root.create_group(layer.name)
            keys = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [key.encode() for key in keys]
            for key, weight in zip(keys, layer.get_weights(), strict=True):
                group[key] = weight


@pytest.mark.parametrize(
    ("backbone", "nested"),
    [("vgg16", False), ("vgg16", True), ("resnet34", True), pytest.param("seresnet50", False, marks=pytest.mark.slow)],
)
def test_a_keras2_file_gives_the_same_features(tmp_path: Path, backbone: str, nested: bool) -> None:
    donor, core = build_core("unet", backbone), build_core("unet", backbone)
    write_keras2(tmp_path / "weights.h5", donor, nested)
    origin = initialise_encoder(core, backbone, str(tmp_path / "weights.h5"))
    assert origin.missing == ()
    assert set(origin.taken) == {layer.name for layer in encoder_layers(core)}
    last = encoder_layers(core)[-1].name
    image = np.random.default_rng(0).normal(0, 50, (1, 32, 32, 3)).astype(np.float32)
    features = [np.asarray(keras.Model(m.input, m.get_layer(last).output)(image)) for m in (donor, core)]
    assert np.abs(features[0]).max() > 0
    assert np.array_equal(*features)


def test_layers_whose_names_are_only_counted_go_by_their_place(tmp_path: Path) -> None:
    """SE-ResNets' layers are called conv2d_17 and so on, from wherever the count stood when they were built."""
    donor, core = build_core("unet", "seresnet18"), build_core("unet", "seresnet18")
    names = [[layer.name for layer in encoder_layers(model)] for model in (donor, core)]
    assert names[0] != names[1]
    write_keras2(tmp_path / "weights.h5", donor)
    origin = initialise_encoder(core, "seresnet18", str(tmp_path / "weights.h5"))
    assert origin.missing == ()
    for mine, theirs in zip(encoder_layers(core), encoder_layers(donor), strict=True):
        assert all(np.array_equal(*pair) for pair in zip(mine.get_weights(), theirs.get_weights(), strict=True))


def test_a_file_of_another_backbone_is_refused(tmp_path: Path) -> None:
    write_keras2(tmp_path / "vgg.h5", build_core("unet", "vgg16"))
    with pytest.raises(InputError, match="another backbone"):
        initialise_encoder(build_core("unet", "resnet34"), "resnet34", str(tmp_path / "vgg.h5"))


def test_layers_of_another_shape_are_named(tmp_path: Path) -> None:
    core = build_core("unet", "vgg16")
    write_keras2(tmp_path / "weights.h5", core)
    with h5py.File(tmp_path / "weights.h5", "a") as file:
        group = file["block2_conv1"]
        key = group.attrs["weight_names"][0]
        del group[key]
        group[key] = np.zeros((3, 3, 1, 1), np.float32)
    with pytest.raises(InputError, match="block2_conv1 should have shapes"):
        initialise_encoder(core, "vgg16", str(tmp_path / "weights.h5"))


@pytest.mark.parametrize("content", [b"", b"not hdf5", None])
def test_what_is_no_weights_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "weights.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read encoder weights from .*weights\.h5"):
        read_keras2_weights(path)


def test_a_file_of_keras_3_is_answered_with_the_way_out(tmp_path: Path) -> None:
    build_core("unet", "vgg16").save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(InputError, match="give the run's folder"):
        read_keras2_weights(tmp_path / "x.weights.h5")


def _offline(backbone: str) -> keras.Model:
    raise OSError("the ImageNet weights could not be downloaded: offline")


def test_auto_trains_from_scratch_where_imagenet_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_weights, "imagenet_encoder", _offline)
    origin = initialise_encoder(build_core("unet", "vgg16"), "vgg16", "auto")
    assert origin.source == "scratch"
    assert "offline" in origin.reason


def test_imagenet_must_be_had_or_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_weights, "imagenet_encoder", _offline)
    with pytest.raises(InputError, match="use --encoder-weights none"):
        initialise_encoder(build_core("unet", "vgg16"), "vgg16", "imagenet")


def test_imagenet_comes_from_keras_cache_in_the_published_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way through segmentation_models, with a file as its publisher writes it, and no network."""
    donor = build_core("unet", "vgg16")
    write_keras2(tmp_path / "vgg16.h5", donor)
    monkeypatch.setattr(keras.utils, "get_file", lambda *args, **kwargs: str(tmp_path / "vgg16.h5"))
    core = build_core("unet", "vgg16")
    origin = initialise_encoder(core, "vgg16", "imagenet")
    assert origin.source == "imagenet"
    assert origin.missing == ()
    for mine, theirs in zip(encoder_layers(core), encoder_layers(donor), strict=True):
        assert all(np.array_equal(*pair) for pair in zip(mine.get_weights(), theirs.get_weights(), strict=True))


def test_the_reason_of_a_failed_download_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> str:
        raise Exception("URL fetch failure on https://example.org/x.h5: None -- [Errno -2] Name or service not known")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    with pytest.raises(OSError, match=r"could not be downloaded: \[Errno -2\] Name or service not known$"):
        backbones.imagenet_encoder("vgg16")
