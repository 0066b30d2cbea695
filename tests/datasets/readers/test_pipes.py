"""Pipes among annotations: nobody waits for them."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.readers.listing import walk


@pytest.mark.parametrize("name", ["a.json", "labels/p.txt", "data.yaml", "annotations.xml", "_classes.csv", "README"])
def test_a_pipe_is_not_listed(name: str, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "p.png")
    os.mkfifo(tmp_path / name)
    assert walk(tmp_path) == [tmp_path / "p.png"]
