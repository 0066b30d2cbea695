"""A good data set, and a run that may be broken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty import write_mask, write_picture

from dentalx.runs import Run


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


@pytest.fixture(scope="module")
def loaded_once(tiny_run: Path) -> Iterator[None]:
    """The finished run's network is loaded once for all commands of a file, not for each; everything else is real."""
    from dentalx import inference

    really, known = inference.load_predictor, inference.load_predictor(Run(tiny_run))

    def give(run: Run, precision: Any = "float32", enhance: Any = None) -> inference.Predictor:
        plain = run == Run(tiny_run) and precision == "float32" and enhance is None
        return known if plain else really(run, precision, enhance)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "load_predictor", give)
        yield
