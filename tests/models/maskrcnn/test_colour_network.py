"""A network of three channels: it tells colours of one grey apart, and is served as it predicts."""

from pathlib import Path

import keras
import numpy as np
import pytest

from dentalx.config import DataConfig, InstanceConfig, ModelConfig, TrainConfig
from dentalx.errors import InputError
from dentalx.inference.instances import InstancePredictor
from dentalx.models.maskrcnn import Anchors, run
from dentalx.models.maskrcnn.detector import ColourDetector
from dentalx.preprocess import from_uint8

SMALL = InstanceConfig(channels=16, hidden=16, proposals=20, detections=10)


def config(backbone: str = "resnet18") -> TrainConfig:
    model = ModelConfig("mask_rcnn", backbone, "none", (64, 64))
    return TrainConfig(DataConfig(data=Path("photographs"), colour=True), model, task="instance", instances=SMALL)


def test_colours_are_seen_and_served() -> None:
    keras.utils.set_random_seed(0)
    network = run.build(config(), 2, Anchors((8, 16, 32, 64, 128)))
    predictor = InstancePredictor(network, ("cavity", "crack"), 0.0, "run")
    assert predictor.colour
    levels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    picture = from_uint8(levels)
    found, turned = predictor(picture), predictor(np.ascontiguousarray(picture[..., ::-1]))
    assert not np.array_equal(found.boxes, turned.boxes), "red and blue are not the same"
    detector = ColourDetector(network)
    served = detector.from_pixels(levels[None])
    count = int(served["count"][0])
    assert count == len(found.instances) > 0
    assert np.abs(served["scores"][0, :count] - found.instances.scores).max() < 1e-4
    assert np.abs(served["boxes"][0, :count] - found.boxes).max() < 1e-2
    with pytest.raises(TypeError):
        predictor(picture[..., 0])


def test_what_cannot_be_had_in_colour_is_told() -> None:
    with pytest.raises(InputError, match="vgg16 takes grey"):
        run.check_model(config("vgg16"))
    with pytest.raises(ValueError, match="colour needs data"):
        TrainConfig(DataConfig(colour=True), ModelConfig("mask_rcnn"), task="instance")
    with pytest.raises(ValueError, match="colour is for task instance"):
        TrainConfig(DataConfig(data=Path("x"), colour=True))
