"""A picture that is broken from its first byte stops training, and is one line of a list for whoever goes on."""

import json

import numpy as np
import pytest
from PIL import Image

from dentalx.cli import main
from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.errors import InputError


def folders(root):
    for name in ("images", "masks"):
        for index in range(5):
            path = root / name / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            values = np.random.default_rng(index).integers(0, 256, (40, 60))
            Image.fromarray((values if name == "images" else 255 * (values > 99)).astype(np.uint8)).save(path)
    (root / "images" / "1.png").write_bytes(b"")
    Image.fromarray(np.zeros((40, 61), np.uint8)).save(root / "masks" / "3.png")


def coco(root):
    folders(root)
    for path in (root / "masks").iterdir():
        path.unlink()
    (root / "masks").rmdir()
    images = [{"id": i, "file_name": f"{i}.png", "height": 40, "width": 60 + (i == 3)} for i in range(5)]
    outline = [[1, 1, 9, 1, 9, 9]]
    annotations = [{"id": i, "image_id": i, "category_id": 1, "segmentation": outline} for i in range(5)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "caries"}]}
    (root / "all.json").write_text(json.dumps(content))


@pytest.mark.parametrize("layout", [folders, coco])
def test_an_empty_file_and_another_size(tmp_path, capsys, layout):
    layout(tmp_path / "set")
    with pytest.raises(InputError, match=r"1\.png is empty.*40×60.*40×61|1\.png is empty.*40×61.*40×60"):
        open_source(DataConfig(data=tmp_path / "set"), (64, 64))
    for words in (["audit"], ["convert", "--to", "labelme", "--output", str(tmp_path / "out"), "--data"]):
        assert main([*words, str(tmp_path / "set")]) == 1
        said = capsys.readouterr()
        assert "1.png is empty" in said.err and "40×60" in said.err and "40×61" in said.err
    assert sorted(path.stem for path in (tmp_path / "out").rglob("*.png")) == ["0", "2", "4"]


def test_nothing_but_broken_masks(tmp_path):
    folders(tmp_path / "set")
    for path in (tmp_path / "set" / "masks").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InputError, match=r"0\.png is empty"):
        open_source(DataConfig(data=tmp_path / "set"), (64, 64), keep_bad=True)
