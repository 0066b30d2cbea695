"""A good data set, and a run that may be broken."""

from pathlib import Path

import pytest
from faulty import write_mask, write_picture


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with six good pictures and masks."""
    for i in range(6):
        write_picture(tmp_path / "data" / "images" / f"p{i}.png")
        write_mask(tmp_path / "data" / "masks" / f"p{i}.png")
    return tmp_path / "data"


@pytest.fixture
def broken_run(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a finished run that may be broken."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for name in ("config.json", "thresholds.json", "splits.csv"):
        (folder / name).write_bytes((tiny_run / name).read_bytes())
    (folder / "best.weights.h5").symlink_to(tiny_run / "best.weights.h5")
    return folder
