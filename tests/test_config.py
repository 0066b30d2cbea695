"""Configurations are judged at birth and survive JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dentalx.config import AugmentConfig, DataConfig, ModelConfig, TrainConfig, from_json, to_json

CONFIG = TrainConfig(
    data=DataConfig(images=Path("a"), masks=Path("b"), classes=("teeth", "mandible"), fractions=(0.6, 0.2, 0.2)),
    model=ModelConfig(backbone="resnet34", image_size=(100, 200)),
    precision="mixed_bfloat16",
)


@pytest.mark.parametrize("config", [TrainConfig(), CONFIG, replace(CONFIG, seed=3)])
def test_json_there_and_back(config: TrainConfig) -> None:
    assert from_json(TrainConfig, json.loads(json.dumps(to_json(config)))) == config


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataConfig(fractions=(0.5, 0.1, 0.1)), r"fractions must sum to 1, got \(0.5, 0.1, 0.1\)"),
        (lambda: DataConfig(fractions=(1.2, -0.1, -0.1)), "must not be negative"),
        (lambda: DataConfig(phantoms=2), "at least 3"),
        (lambda: AugmentConfig(flip_p=1.5), r"flip_p must lie in \[0, 1\], got 1.5"),
        (lambda: AugmentConfig(scale=1.0), r"scale must lie in \[0, 1\), got 1.0"),
        (lambda: AugmentConfig(rotate_degrees=-1.0), "rotate_degrees must lie in 0…180"),
        (lambda: DataConfig(seed=-1), "seed must lie in 0"),
        (lambda: TrainConfig(seed=-1), "seed must lie in 0"),
        (lambda: ModelConfig(image_size=(16, 512)), "got 16×512"),
        (lambda: TrainConfig(epochs=0), "epochs must be at least 1, got 0"),
        (lambda: TrainConfig(batch_size=0), "batch_size must be at least 1"),
        (lambda: TrainConfig(learning_rate=0), "learning_rate must be positive"),
        (lambda: TrainConfig(loss="dice+0:1*boundary", schedule="plateau"), "which the moving weights of dice"),
        (lambda: TrainConfig(patience=-1), "patience must not be negative"),
    ],
)
def test_what_is_out_of_range_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_unknown_and_wrong_settings_are_named() -> None:
    with pytest.raises(ValueError, match=r"unknown ModelConfig settings \['depth'\]; known are"):
        from_json(ModelConfig, {"depth": 3})
    with pytest.raises(ValueError, match="must be a JSON object, got 3"):
        from_json(ModelConfig, 3)
