"""Weight files: PyTorch's zip with its list of tensors, and safetensors, written by hand."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping

NUMBERS = struct.pack("<6f", *range(6))


def text(value: str) -> bytes:
    """A text of a pickle."""
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def whole(value: int) -> bytes:
    """A number of a pickle."""
    return b"J" + struct.pack("<i", value)


def tensor(key: str = "0", size: int = 6, shape: tuple[int, ...] = (2, 3), stride: tuple[int, ...] = (3, 1)) -> bytes:
    """A pickle's instructions for a tensor."""
    sides = [b"(" + b"".join(map(whole, each)) + b"t" for each in (shape, stride)]
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + whole(size) + b"tQ"
    begun = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + whole(0)
    return begun + b"".join(sides) + b"\x89" + b"ccollections\nOrderedDict\n)RtR"


def listed(items: Mapping[str, bytes]) -> bytes:
    """A pickle of a dictionary of tensors."""
    pairs = b"".join(text(name) + value for name, value in items.items())
    return b"\x80\x02ccollections\nOrderedDict\n)Rq\x00(" + pairs + b"u."


def zipped(data: bytes, storages: Mapping[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A `.pth` file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("w/data.pkl", data)
        for key, numbers in ({"0": NUMBERS} if storages is None else storages).items():
            archive.writestr(f"w/data/{key}", numbers)
    return file.getvalue()


def safetensors(header: object, data: bytes = NUMBERS) -> bytes:
    """A `.safetensors` file."""
    words = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(words)) + words + data


ENTRY = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
SEEDS = {
    "two.pth": lambda: zipped(listed({"a.weight": tensor(), "b.bias": tensor(shape=(6,), stride=(1,))})),
    "two.safetensors": lambda: safetensors({"a": ENTRY, "b": {**ENTRY, "dtype": "BF16", "data_offsets": [0, 12]}}),
}
