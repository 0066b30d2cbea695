"""Roboflow's masks that were moved to folders of images and masks, with the list of classes above or next to them."""

import codecs

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets.readers import open_data

_LIST = "Pixel Value, Class\n0, background\n1, caries\n3, crown\n"


def put(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.zeros((8, 12), np.uint8)
    values[2:5, 3:9] = level
    Image.fromarray(values).save(path)


@pytest.mark.parametrize("mask", ["{}_mask.png", "{}.png"])
@pytest.mark.parametrize(
    ("images", "masks", "table"),
    [
        ("image", "mask", "_classes.csv"),
        ("images", "masks", "masks/_classes.csv"),
        ("image", "mask", "image/_classes.csv"),
        ("set/image", "set/mask", "_classes.csv"),
        ("train/images", "train/masks", "_classes.csv"),
        ("train/images", "train/masks", "train/_classes.csv"),
    ],
)
def test_moved_files_are_found_and_named_by_the_list(tmp_path, images, masks, table, mask):
    for name, level in (("x", 1), ("y", 3)):
        put(tmp_path / images / f"{name}.jpg", 90)
        put(tmp_path / masks / mask.format(name), level)
    (tmp_path / table).write_text(_LIST)
    source = open_data(tmp_path, DataConfig(data=tmp_path))
    assert source.layout.startswith("roboflow-masks") and source.classes == ("caries", "crown")
    assert [record.image_id for record in source.records] == ["x", "y"]
    held = [np.unique(source.load(record).mask).tolist() for record in source.records]
    assert held == [[0, 1], [0, 2]]


def test_the_nearest_list_counts(tmp_path):
    for split, level in (("train", 1), ("valid", 3)):
        put(tmp_path / split / "image" / "x.jpg", 90)
        put(tmp_path / split / "mask" / "x.png", level)
    (tmp_path / "_classes.csv").write_text(_LIST)
    (tmp_path / "valid" / "_classes.csv").write_text("Pixel Value, Class\n0, background\n3, caries\n1, crown\n")
    source = open_data(tmp_path, DataConfig(data=tmp_path))
    found = {record.split: source.classes[source.load(record).mask.max() - 1] for record in source.records}
    assert found == {"train": "caries", "val": "caries"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("separator", [", ", ";"])
def test_lists_in_other_encodings(tmp_path, encoding, separator):
    put(tmp_path / "image" / "x.jpg", 90)
    put(tmp_path / "mask" / "x.png", 3)
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    (tmp_path / "_classes.csv").write_bytes(mark + _LIST.replace(", ", separator).encode(encoding))
    source = open_data(tmp_path, DataConfig(data=tmp_path))
    assert source.classes == ("caries", "crown") and source.load(source.records[0]).mask.max() == 2
