"""What was typed wrong: one clear line and exit code 2, through the real commands."""

import subprocess
import sys

import pytest
from faulty import ROOT, Capture, refused

from dentalx.cli import main


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("train", "--epoch 3", "train.py has no option --epoch; did you mean --epochs?"),
        ("train", "--lr 1e-3", "did you mean --learning-rate?"),
        ("train", "-epochs 3", "has no option -epochs; did you mean --epochs?"),
        ("train", "--epochs many", "cannot read --epochs: invalid literal for int() with base 10: 'many'; see"),
        ("train", "--epochs 0", "epochs must be at least 1, got 0"),
        ("train", "--image-size 8 8", "image_size sides must lie in 32…8192, got 8×8"),
        ("train", "--image-size 64", "missing value for argument '--image-size'"),
        ("train", "--backbone vgg17", "backbone must be one of vgg16, vgg19"),
        ("train", "--learning-rate nan", "learning_rate must be positive, got nan"),
        ("train", "--weight-decay -1", "weight_decay must not be negative, got -1.0"),
        ("train", "--seed -1", "seed must lie in 0…4294967295, got -1"),
        ("train", "--seed 4294967296", "seed must lie in 0…4294967295"),
        ("train", "--fractions 0.5 0.1 0.1", "fractions must sum to 1"),
        ("train", "--phantoms 2", "phantoms must be at least 3"),
        ("train", "--classes a a", "classes must differ, got a, a"),
        ("train", "--class-weights caries", "class_weights must be auto, none or NAME=W each, got 'caries'"),
        ("train", "--class-weights auto --loss dice", "class_weights are for bce and focal, and the loss has only"),
        ("train", "--crop 512 512", "crop 512×512 must fit into image_size 256×512"),
        ("train", "--loss dice+0.1:*boundary", "a weight in the loss must be a positive number, got '' in"),
        ("train", "everything", "unrecognized options: everything"),
        ("predict", "", "predict.py needs --input and --output; see predict.py --help"),
        ("predict", "--outptu out", "did you mean --output?"),
        ("evaluate", "--split tset", "invalid choice 'tset'"),
        ("phantoms", "--output out --count 0", "--count must be at least 1"),
    ],
)  # fmt: skip
def test_what_was_typed_wrong(capfd: Capture, name: str, words: str, expected: str) -> None:
    assert expected in refused(capfd, name, *words.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [],
            "a command is missing; choose one of "
            "train, predict, evaluate, phantoms, export, ensemble, cross-validate, convert, download, audit, "
            "deidentify, serve",
        ),
        (["trian"], "there is no command 'trian'; did you mean train?"),
        (["predict", "--outptu", "out"], "dentalx predict has no option --outptu; did you mean --output?"),
    ],
)
def test_a_wrong_command(capfd: Capture, words: list[str], expected: str) -> None:
    assert main(words) == 2
    assert capfd.readouterr().err == f"error: {expected}\n"


def test_the_shell_sees_the_exit_code_and_the_line() -> None:
    for words in (["train.py", "--epoch", "3"], ["-m", "dentalx", "train", "--epoch", "3"]):
        ended = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.endswith("has no option --epoch; did you mean --epochs?\n")
        assert ended.stderr.count("\n") == 1


def test_hyphens_and_underscores(capfd: Capture) -> None:
    assert "got 8×8" in refused(capfd, "train", "--image_size", 8, 8)
