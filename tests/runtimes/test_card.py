"""export.json: there and back, and whatever else may stand in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import card

from dentalx.errors import InputError
from dentalx.runtimes.card import Card, read_card


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "model.onnx").write_bytes(b"a network")
    return card(tmp_path, "onnx").as_json()


def read(folder: Path, content: Any) -> Card:
    (folder / "export.json").write_text(json.dumps(content), "utf-8")
    return read_card(folder / "export.json")


def test_there_and_back(tmp_path: Path, whole: dict[str, Any]) -> None:
    assert read(tmp_path, whole) == card(tmp_path, "onnx")
    assert whole["input"] == {"name": "image", "type": "uint8", "shape": ["B", 32, 64, 1]}
    assert whole["output"]["shape"] == ["B", 32, 64, 3]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format_version", 2),
        ("format", "pickle"),
        ("format", None),
        ("precision", "fp8"),
        ("classes", []),
        ("classes", ["a", "a"]),
        ("classes", ["a\nb"]),
        ("classes", [1]),
        ("classes", ["c"] * 300),
        ("image_size", [0, 64]),
        ("image_size", [32, 10**9]),
        ("image_size", [32.0, 64]),
        ("image_size", 32),
        ("threshold", 1.5),
        ("threshold", True),
        ("threshold", "0.5"),
        ("grey", "any"),
        ("enhance", "explode=9"),
        ("run", "x" * 999),
        ("files", [1]),
        ("files", {"model.onnx": 5}),
    ],
)
def test_what_export_does_not_write(tmp_path: Path, whole: dict[str, Any], key: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, {**whole, key: value})
    assert "\n" not in str(caught.value)
    del whole[key]
    with pytest.raises(InputError):
        read(tmp_path, whole)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda each: st.lists(each, max_size=3)
    )
)
def test_anything_at_all(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.raises(InputError):
        read(folder, content)
