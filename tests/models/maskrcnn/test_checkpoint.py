"""PyTorch's files, written here in its format without PyTorch, and read; hostile ones refused."""

import io
import json
import os
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dentalx.errors import InputError
from dentalx.models.maskrcnn.checkpoint import read_checkpoint


class Tensor:
    """Pickles as PyTorch's tensors do."""

    def __init__(self, key: str, values: np.ndarray, kind: str) -> None:
        self.key, self.values, self.kind = key, values, kind

    def __reduce__(self) -> tuple[Any, ...]:
        stride = tuple(step // self.values.itemsize for step in self.values.strides)
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2  # type: ignore[attr-defined]
        return rebuild, (Storage(self), 0, self.values.shape, stride, False, OrderedDict())


class Storage:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class TorchPickler(pickle.Pickler):
    def persistent_id(self, found: Any) -> Any:
        if not isinstance(found, Storage):
            return None
        kind = getattr(sys.modules["torch"], found.tensor.kind)
        return "storage", kind, found.tensor.key, "cpu", found.tensor.values.size


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules of the names that PyTorch's pickles mention."""
    modules = {"torch": types.ModuleType("torch"), "torch._utils": types.ModuleType("torch._utils")}

    def rebuild() -> None:
        """Never called: only its name is written."""

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    modules["torch._utils"]._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    for name in ("FloatStorage", "BFloat16Storage"):
        kind = type(name, (), {"__module__": "torch"})
        setattr(modules["torch"], name, kind)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    yield


def save(path: Path, tensors: dict[str, Tensor]) -> None:
    listed = io.BytesIO()
    TorchPickler(listed, protocol=2).dump(OrderedDict(tensors))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", listed.getvalue())
        for tensor in tensors.values():
            archive.writestr(f"weights/data/{tensor.key}", tensor.values.tobytes())


def test_tensors_come_back_as_they_were(tmp_path: Path, torch: None) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    brain = (values.view(np.uint32) >> 16).astype(np.uint16)  # whole numbers lose nothing
    save(
        tmp_path / "w.pth",
        {"a.weight": Tensor("0", values, "FloatStorage"), "b": Tensor("1", brain, "BFloat16Storage")},
    )
    found = read_checkpoint(tmp_path / "w.pth")
    assert list(found) == ["a.weight", "b"]
    assert (found["a.weight"] == values).all() and (found["b"] == values).all()


def test_a_transposed_tensor_is_refused(tmp_path: Path, torch: None) -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    save(tmp_path / "w.pth", {"a": Tensor("0", turned, "FloatStorage")})
    with pytest.raises(InputError, match="not stored row by row; save it with"):
        read_checkpoint(tmp_path / "w.pth")


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/never",)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_asks_for_anything_else_is_not_run(tmp_path: Path, protocol: int) -> None:
    with zipfile.ZipFile(tmp_path / "w.pth", "w") as archive:
        archive.writestr("w/data.pkl", pickle.dumps({"a": Evil()}, protocol=protocol))
    with pytest.raises(InputError, match=r"it asks for \w+\.system, which is no tensor"):
        read_checkpoint(tmp_path / "w.pth")


def test_safetensors(tmp_path: Path) -> None:
    values = np.arange(4, dtype=np.float32).reshape(2, 2)
    header = json.dumps({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, "__metadata__": {"x": "y"}})
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + values.tobytes())
    assert (read_checkpoint(path)["a"] == values).all()
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="reaches beyond its numbers"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 100, b"\x10" + b"\x00" * 7 + b"not json at all!"])
def test_what_is_no_checkpoint_is_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot read the weights") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
