"""A value of any JSON type at any place of a COCO file: read, left out and listed, or refused in one line."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.errors import InputError

OUTLINE = [[5, 5, 25, 5, 25, 25, 5, 25]]
OBJECT = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [5, 5, 20, 20], "area": 400}
COCO: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "p.png", "width": 80, "height": 40}],
    "annotations": [{**OBJECT, "segmentation": OUTLINE}],
    "categories": [{"id": 1, "name": "tooth"}],
}
VALUES = (
    *(None, True, -1, 1.5, float("nan"), 10**30, "", "a", "\0", [], {}, [1], {"a": 1}, [[None]], [["a"] * 6]),
    *({"counts": [-1, 3201], "size": [40, 80]}, {"counts": None, "size": None}, {"counts": [1], "size": [10**9] * 2}),
)
PLACES = [(table, key) for table in COCO for key in COCO[table][0]]


@pytest.mark.parametrize(("table", "key"), PLACES, ids=str)
def test_any_type(table: str, key: str, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((40, 80), np.uint8)).save(tmp_path / "p.png")
    for value in VALUES:
        content = copy.deepcopy(COCO)
        content[table][0][key] = value
        (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
        try:
            source = open_source(DataConfig(data=tmp_path), (0, 0))
            for record in source.records:
                source.load(record)
        except InputError as error:
            assert "\n" not in str(error)
