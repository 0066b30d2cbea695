"""Whole recipes by one name, and the options that other programs' instructions print."""

import typing
from pathlib import Path

import pytest

from dentalx import cli, runs
from dentalx.cli.parse import parse
from dentalx.cli.train_command import PresetName, Train
from dentalx.config import TrainConfig, from_json, to_json
from dentalx.errors import InputError
from dentalx.presets import PRESETS
from dentalx.runs import Run


def config(*words: str) -> TrainConfig:
    return parse(Train, "train", words).config()


def test_the_flag_names_every_preset() -> None:
    assert set(typing.get_args(PresetName)) == {"none", *PRESETS}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_a_configuration_that_is_kept(name: str) -> None:
    made = config("--preset", name)
    assert made.preset == name and made.planned == PRESETS[name].planned
    assert from_json(TrainConfig, to_json(made)) == made
    assert PRESETS[name].about[-1] != "."


def test_published_settings() -> None:
    vgg16 = config("--preset", "vgg16-binary")
    assert (vgg16.model.backbone, vgg16.model.image_size, vgg16.loss) == ("vgg16", (256, 256), "bce_dice")
    assert (vgg16.optimizer, vgg16.learning_rate, vgg16.epochs, vgg16.patience > 0) == ("adam", 1e-4, 50, True)
    assert config("--preset", "vgg16-8epochs").epochs == 8
    for name, architecture in (("unet", "unet"), ("unetplusplus", "unet++"), ("fpn", "fpn")):
        mandible = config("--preset", f"mandible-{name}")
        assert (mandible.model.architecture, mandible.model.backbone) == (architecture, "resnet34")
        assert (mandible.model.image_size, mandible.batch_size, mandible.loss) == ((384, 896), 1, "dice")
        assert (mandible.optimizer, mandible.learning_rate) == ("rmsprop", 1e-5)
    teeth = config("--preset", "teeth-unet")
    assert (teeth.model.backbone, teeth.model.image_size, teeth.batch_size) == ("plain", (160, 240), 16)
    assert teeth.loss == "bce"
    for name, batch, rate, factor, wait in (("a", 32, 1e-3, 0.5, 5), ("b", 64, 5e-4, 0.2, 10)):
        tufts = config("--preset", f"tufts-resnet34-{name}")
        assert (tufts.batch_size, tufts.learning_rate, tufts.patience) == (batch, rate, 20)
        assert (tufts.schedule, tufts.plateau_factor, tufts.plateau_patience) == ("plateau", factor, wait)
    objects = config("--preset", "maskrcnn-resnet50")
    assert (objects.task, objects.plateau_factor, objects.plateau_patience) == ("instance", 0.1, 3)


def test_flags_override_a_preset() -> None:
    made = config("--epochs", "3", "--preset=tufts-resnet34-a", "--batch_size", "2")
    assert (made.epochs, made.batch_size, made.learning_rate) == (3, 2, 1e-3)


def test_what_is_given_is_not_planned() -> None:
    assert config("--preset", "best", "--image_size", "64", "128", "--epochs=2").planned == ("batch_size", "precision")


def test_options_as_other_programs_print_them() -> None:
    words = ("--model", "unet++", "--batch_size", "2", "--learning_rate", "1e-5", "--path_to_images", "a")
    made = config(*words, "--path_to_masks=b")
    assert (made.model.architecture, made.batch_size, made.learning_rate) == ("unet++", 2, 1e-5)
    assert (str(made.data.images), str(made.data.masks)) == ("a", "b")
    for word in (["--model", "unetplusplus"], ["--model=unetplusplus"]):
        assert config(*word).model.architecture == "unet++"


def test_a_plain_network_is_a_unet() -> None:
    with pytest.raises(InputError, match="backbone plain is for the model unet, got fpn"):
        config("--model", "fpn", "--backbone", "plain")
    with pytest.raises(InputError, match=r"none.*best.*vgg16-binary"):
        config("--preset", "nothing")


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains_two_epochs_on_phantoms(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At its own picture size, and the batch size that so few phantoms allow."""
    words = ["--preset", name, "--phantoms", "8", "--fractions", "0.5", "0.25", "0.25", "--epochs", "2"]
    instance = ["--image-size", "128", "256"] if config("--preset", name).task == "instance" else []
    run = Run(tmp_path / "run")
    assert cli.run("train", [*words, *instance, "--encoder-weights", "none", "--output", str(run.folder)]) == 0
    said = capsys.readouterr().out
    assert PRESETS[name].about in said and "epoch 2/2" in said
    kept = runs.describe(run).train
    assert kept.preset == name and not kept.planned and run.finished
