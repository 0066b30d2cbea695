"""A run goes on with the data that it began with, or not at all."""

import json

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig, TrainConfig, to_json
from dentalx.datasets import fingerprint, open_source
from dentalx.errors import InputError
from dentalx.runs import FORMAT, Run
from dentalx.training.record import check_data

MAP = ("caries=128", "crown=255")


@pytest.fixture
def data(tmp_path):
    """Two pictures whose masks have two levels that only a map names."""
    for number in range(2):
        levels = np.zeros((20, 30), np.uint8)
        levels[4:9, 4 + number : 9], levels[12:18, 20:] = 128, 255
        for name in ("images", "masks"):
            (tmp_path / "set" / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(levels).save(tmp_path / "set" / name / f"{number}.png")
    return tmp_path / "set"


def opened(data, class_map=MAP, classes=("caries", "crown")):
    return open_source(DataConfig(data=data, class_map=class_map, classes=classes), (0, 0))


def begun(folder, source):
    """A run folder of a training that has an epoch behind it."""
    run = Run(folder)
    folder.mkdir()
    told = {"format": FORMAT, "classes": list(source.classes), "config": to_json(TrainConfig())}
    run.config.write_text(json.dumps(told | {"data": {"fingerprint": fingerprint(source)}}))
    run.last.touch()
    return run


def test_the_same_data_with_the_same_map_go_on(data, tmp_path):
    check_data(begun(tmp_path / "run", opened(data)), opened(data))


def test_another_class_map_is_refused_even_where_the_classes_have_the_same_names(data, tmp_path):
    run = begun(tmp_path / "run", opened(data))
    swapped = opened(data, ("crown=128", "caries=255"))
    assert swapped.classes == opened(data).classes
    with pytest.raises(InputError, match=r"have changed since the run began.* which code is which class"):
        check_data(run, swapped)


@pytest.mark.parametrize("name", ["images", "masks"])
def test_a_changed_file_is_refused(data, tmp_path, name):
    run = begun(tmp_path / "run", opened(data))
    levels = np.zeros((20, 30), np.uint8)
    Image.fromarray(levels).save(data / name / "1.png")
    with pytest.raises(InputError, match="have changed since the run began"):
        check_data(run, opened(data))


def test_before_the_first_epoch_data_may_change(data, tmp_path):
    run = begun(tmp_path / "run", opened(data))
    run.last.unlink()
    check_data(run, opened(data, ("crown=128", "caries=255")))
