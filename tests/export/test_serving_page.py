"""The lines of docs/serving.md that others will copy, run one after the other."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small import SIZE, network

from dentalx.export.convert import CONVERTERS, whole
from dentalx.preprocess import Letterbox
from dentalx.runtimes.card import FILES
from dentalx.runtimes.tensorflow import FunctionNetwork

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serving.md"


def test_the_lines_give_what_the_network_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    pixels = rng.integers(0, 256, (50, 70), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    function = whole([(network(channels=1), SIZE)])[0]
    for kind in ("onnx", "openvino", "litert"):
        folder = tmp_path / "exports" / f"{kind}-fp32"
        folder.mkdir(parents=True)
        CONVERTERS[kind](function, SIZE, folder / FILES[kind][0], "fp32", [])
    monkeypatch.chdir(tmp_path)
    frame = Letterbox((50, 70), SIZE)
    shown = frame.apply_levels(pixels)[None, ..., None]
    expected = FunctionNetwork(function, SIZE)(shown)
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        exec(block, names)
        if "probability =" in block:
            asked = FunctionNetwork(function, SIZE)(np.asarray(names["framed"]))
            assert np.abs(np.asarray(names["probability"]) - asked).max() < 1e-4
            names["probability"] = expected
    assert np.abs(np.asarray(names["framed"], np.int64) - shown).max() <= 1  # Pillow adds in another order
    assert np.count_nonzero(names["mask"] != (frame.undo(expected[0])[..., 0] >= 0.5)) <= 2
