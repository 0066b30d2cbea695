"""PyTorch's and safetensors' weight files as NumPy arrays, without PyTorch and without running what a file says.

A `.pth` file is a zip whose `data.pkl` lists tensors and whose other members hold their numbers. The list is read by
`listed`, which knows the few names below and refuses every other.
"""

import json
import math
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.errors import InputError, in_one_line
from dentalx.models.maskrcnn.listed import Named, read_list

Tensors = dict[str, NDArray[np.generic]]

_MOST_BYTES = 2**29  # of all tensors together, bfloat16 counted as it is widened; a Mask R-CNN has 2**28 at the most
_LIST_BYTES = 2**20  # of the list of tensors; a hundred bytes each
_MOST_SIDES, _LONGEST = 8, 2**32
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
        if path.exists() and not path.is_file():
            raise ValueError("it is no file")
        with path.open("rb") as file:
            head = file.read(4)
        return _from_zip(path) if head == b"PK\x03\x04" else _from_safetensors(path)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, EOFError, TypeError, OverflowError) as error:
        raise InputError(
            f"cannot read the weights {path}: {in_one_line(error)}; give a state dict saved by PyTorch 1.6 or later, "
            "or a safetensors file"
        ) from error
    except (AttributeError, IndexError, RuntimeError, MemoryError, zlib.error) as error:  # a list that makes no sense
        raise InputError(f"cannot read the weights {path}: its list of tensors is damaged; fetch it again") from error


def _from_zip(path: Path) -> Tensors:
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        listed = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(listed) != 1:
            raise ValueError("it holds no list of tensors")
        folder = listed[0].removesuffix("data.pkl") + "data/"
        used = [info for name, info in members.items() if name.startswith(folder) or name == listed[0]]
        if any(info.compress_type != zipfile.ZIP_STORED for info in used):
            raise ValueError("its tensors are compressed, as PyTorch never writes them")
        if members[listed[0]].file_size > _LIST_BYTES or sum(info.file_size for info in used) > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
        storages: dict[str, NDArray[np.generic]] = {}
        called = {**_CALLED, **{f"torch.{name}": _uncalled for name in _STORAGES}}
        found = read_list(archive.read(listed[0]), called, partial(_storage, storages, archive, folder))
    found = found.get("model", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not found:
        raise ValueError("it holds no named tensors")
    wrong = next((key for key, value in found.items() if not isinstance(value, np.ndarray)), None)
    if wrong is not None:
        raise ValueError(f"{wrong[:60]!r} is no tensor")
    return dict(found)


def _storage(
    storages: dict[str, NDArray[np.generic]], archive: zipfile.ZipFile, folder: str, reference: Any
) -> NDArray[np.generic]:
    """The numbers that a reference ("storage", type, key, …) means, each read once."""
    kind, storage, key = reference[:3]
    if kind != "storage" or not isinstance(storage, Named) or not isinstance(key, str) or not key.isdigit():
        raise ValueError("it refers to something that is no tensor")
    name = storage.full.removeprefix("torch.")
    if key not in storages:
        size = sum(each.nbytes for each in storages.values())
        brain = name.startswith("BFloat16")
        if size + archive.getinfo(folder + key).file_size * (2 if brain else 1) > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
        storages[key] = _widened(np.frombuffer(archive.read(folder + key), _STORAGES[name]), brain)
    return storages[key]


def _tensor(storage: NDArray[np.generic], offset: int, shape: Any, stride: Any, *_: Any) -> NDArray[np.generic]:
    """PyTorch's `_rebuild_tensor_v2` for a contiguous tensor."""
    if len(shape) > _MOST_SIDES or not all(isinstance(n, int) and abs(n) < _LONGEST for n in (offset, *shape, *stride)):
        raise ValueError("a tensor has sides that none has")
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


def _ordered() -> dict[str, Any]:
    """`collections.OrderedDict`, which lists begin empty."""
    return {}


def _uncalled(*_: Any) -> Any:
    raise ValueError("it calls a type of numbers")


_CALLED: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
}


def _widened(values: NDArray[np.generic], brain: bool) -> NDArray[np.generic]:
    """bfloat16, which NumPy lacks, is the upper half of a float32."""
    if not brain:
        return values
    wide = values.astype(np.uint32)
    wide <<= np.uint32(16)
    return wide.view(np.float32)


def _from_safetensors(path: Path) -> Tensors:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES // 2**20} MiB")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size, _LIST_BYTES):
            raise ValueError("it is neither a PyTorch zip nor a safetensors file")
        header = json.loads(file.read(length))
        data = file.read()
    tensors: Tensors = {}
    most = 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        brain = entry["dtype"] == "BF16"
        most += (end - start) * (2 if brain else 1)
        if not 0 <= start <= end <= len(data) or most > _MOST_BYTES:
            raise ValueError("a tensor reaches beyond its numbers")
        values = np.frombuffer(memoryview(data)[start:end], _SAFE_TYPES[entry["dtype"]])
        tensors[str(name)] = _widened(values, brain).reshape(entry["shape"])
    return tensors
