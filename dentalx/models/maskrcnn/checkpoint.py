"""PyTorch's and safetensors' weight files as NumPy arrays, without PyTorch and without running what a file says.

A `.pth` file is a zip whose `data.pkl` lists tensors and whose other members hold their numbers. The list is read by an
unpickler that knows five names, all of them functions below, and refuses every other.
"""

import json
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.errors import InputError, in_one_line

Tensors = dict[str, NDArray[np.generic]]

_MOST_BYTES = 2**32  # of all tensors together
_LIST_BYTES = 2**24  # of the list of tensors
_STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "BoolStorage": "|b1", "BFloat16Storage": "<u2", "ByteStorage": "|u1",
}  # fmt: skip
_SAFE_TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "I64": "<i8", "I32": "<i4", "BOOL": "|b1", "BF16": "<u2"}


def read_checkpoint(path: Path) -> Tensors:
    """The tensors of a `.pth`, `.pt` or `.safetensors` file by name.

    Raises:
        InputError: no such file, not such a file, damaged, too large, or it holds anything but named tensors.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        tensors = _from_zip(path) if head == b"PK\x03\x04" else _from_safetensors(path)
    except (OSError, zipfile.BadZipFile, pickle.UnpicklingError, ValueError, KeyError, EOFError, TypeError) as error:
        raise InputError(
            f"cannot read the weights {path}: {in_one_line(error)}; give a state dict saved by PyTorch 1.6 or later, "
            "or a safetensors file"
        ) from error
    except (AttributeError, IndexError, RuntimeError, MemoryError) as error:  # a list that makes no sense
        raise InputError(f"cannot read the weights {path}: its list of tensors is damaged; fetch it again") from error
    return tensors


def _from_zip(path: Path) -> Tensors:
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        listed = [name for name in sizes if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(listed) != 1:
            raise ValueError("it holds no list of tensors")
        if sizes[listed[0]] > _LIST_BYTES or sum(sizes.values()) > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 2**30} GiB")
        folder = listed[0].removesuffix("data.pkl") + "data/"
        with archive.open(listed[0]) as file:
            found = _Reader(file, lambda key: archive.read(folder + key)).load()
    found = found.get("model", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not found:
        raise ValueError("it holds no named tensors")
    wrong = next((key for key, value in found.items() if not isinstance(value, np.ndarray)), None)
    if wrong is not None:
        raise ValueError(f"{str(wrong)[:60]!r} is no tensor")
    return {str(key): value for key, value in found.items()}


class _Reader(pickle.Unpickler):
    """Makes arrays, dicts and plain values, nothing else."""

    def __init__(self, file: Any, read: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self._read = read

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _parameter
        if module == "torch" and name in _STORAGES:
            return name
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor"[:120])

    def persistent_load(self, pid: Any) -> NDArray[np.generic]:
        kind, storage, key = pid[:3]
        if kind != "storage" or not str(key).isdigit():
            raise pickle.UnpicklingError("it refers to something that is no tensor")
        return _widened(np.frombuffer(self._read(str(key)), _STORAGES[storage]), storage.startswith("BFloat16"))


def _tensor(storage: NDArray[np.generic], offset: int, shape: Any, stride: Any, *_: Any) -> NDArray[np.generic]:
    """PyTorch's `_rebuild_tensor_v2` for a contiguous tensor."""
    if not _row_by_row(shape, stride):
        raise ValueError("a tensor is not stored row by row; save it with .contiguous()")
    count = math.prod(shape)
    if offset < 0 or min(shape, default=1) < 0 or offset + count > len(storage):
        raise ValueError("a tensor reaches beyond its numbers")
    return storage[offset : offset + count].reshape(shape)


def _row_by_row(shape: Any, stride: Any) -> bool:
    """Whether strides are those of row-by-row order; sides of length 1 may say anything."""
    expected = 1
    for length, step in zip(reversed(shape), reversed(stride), strict=True):
        if length > 1 and step != expected:
            return False
        expected *= length
    return True


def _parameter(tensor: NDArray[np.generic], *_: Any) -> NDArray[np.generic]:
    return tensor


def _widened(values: NDArray[np.generic], brain: bool) -> NDArray[np.generic]:
    """bfloat16, which NumPy lacks, is the upper half of a float32."""
    return (values.astype(np.uint32) << 16).view(np.float32) if brain else values


def _from_safetensors(path: Path) -> Tensors:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES // 2**30} GiB")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size, _LIST_BYTES):
            raise ValueError("it is neither a PyTorch zip nor a safetensors file")
        header = json.loads(file.read(length))
        data = file.read()
    tensors: Tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if not 0 <= start <= end <= len(data):
            raise ValueError("a tensor reaches beyond its numbers")
        values = np.frombuffer(data[start:end], _SAFE_TYPES[entry["dtype"]])
        tensors[str(name)] = _widened(values, entry["dtype"] == "BF16").reshape(entry["shape"])
    return tensors
