"""Weight files made to do harm."""

import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fuzz_makers import Cases, Found
from fuzz_weights import ENTRY, listed, safetensors, tensor, text, whole, zipped

_MEGABYTE = 2**20


class _Runs:
    """Pickles as a call of the system."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch owned",)


def weights(content: Callable[[], bytes], folder: Path, name: str = "x.pth") -> Found:
    """One file."""
    (folder / name).write_bytes(content())
    return "weights", folder / name


def doubled(depth: int) -> bytes:
    """A tuple of a tuple twice, and so on, as a name: its hash alone takes 2^depth steps."""
    twice = [b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(1, depth)]
    return b"\x80\x02}()q\x01" + b"".join(twice) + b"K\x01u."


def far_memo(index: int) -> bytes:
    """A place to remember things at that is far away."""
    return b"\x80\x02}r" + struct.pack("<I", index) + b"."


def large_pickle(count: int) -> bytes:
    """Very many empty lists."""
    return b"\x80\x02(" + b"]" * count + b"l."


def piped(folder: Path) -> Found:
    """A pipe."""
    os.mkfifo(folder / "x.pth")
    return "weights", folder / "x.pth"


def linked(folder: Path) -> Found:
    """A device."""
    (folder / "x.pth").symlink_to("/dev/zero")
    return "weights", folder / "x.pth"


def _many(count: int) -> bytes:
    """One large storage that very many tensors name."""
    large = bytes(64 * _MEGABYTE)
    one = tensor(size=2**24, shape=(2**24,), stride=(1,))
    return zipped(listed({str(i): one for i in range(count)}), {"0": large})


def _zeros(megabytes: int) -> bytes:
    """Zeros that take no room in the file."""
    return zipped(listed({"a": tensor()}), {"0": bytes(megabytes * _MEGABYTE)}, zipfile.ZIP_DEFLATED)


CASES: Cases = {
    "weights-call": partial(weights, lambda: zipped(pickle.dumps({"a": _Runs()}, 2))),
    "weights-call-4": partial(weights, lambda: zipped(pickle.dumps({"a": _Runs()}, 4))),
    "weights-bare-pickle": partial(weights, lambda: pickle.dumps({"a": _Runs()}, 2)),
    "weights-zeros": partial(weights, lambda: _zeros(600)),
    "weights-many": partial(weights, lambda: _many(2000)),
    "weights-doubled": partial(weights, lambda: zipped(doubled(60))),
    "weights-memo": partial(weights, lambda: zipped(far_memo(2**27))),
    "weights-lists": partial(weights, lambda: zipped(large_pickle(_MEGABYTE - 9))),
    "weights-too-many-lists": partial(weights, lambda: zipped(large_pickle(2**24))),
    "weights-shape": partial(weights, lambda: zipped(listed({"a": tensor(shape=(2**31 - 1,) * 8, stride=(0,) * 8)}))),
    "weights-sides": partial(weights, lambda: zipped(listed({"a": tensor(shape=(1,) * 50_000, stride=(1,) * 50_000)}))),
    "weights-negative": partial(weights, lambda: zipped(listed({"a": tensor(shape=(-1, 6))}))),
    "weights-key": partial(weights, lambda: zipped(listed({"a": tensor(key="../../etc/passwd")}))),
    "weights-no-name": partial(weights, lambda: zipped(b"\x80\x02}(" + whole(1) + tensor() + b"u.")),
    "weights-long-text": partial(weights, lambda: zipped(b"\x80\x02X\xff\xff\xff\x7f" + text("a") + b".")),
    "weights-names": partial(weights, lambda: zipped(listed({"a": b"cos\nsystem\n"}))),
    "weights-state": partial(weights, lambda: zipped(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b.")),
    "weights-pipe": piped,
    "weights-device": linked,
    "safe-length": partial(weights, lambda: struct.pack("<Q", 2**63) + b"{}", name="x.safetensors"),
    "safe-deep": partial(weights, lambda: safetensors(b'{"a":' * 100_000), name="x.safetensors"),
    "safe-shape": partial(weights, lambda: safetensors({"a": {**ENTRY, "shape": [2**70, 0]}}), name="x.safetensors"),
    "safe-offsets": partial(
        weights, lambda: safetensors({"a": {**ENTRY, "data_offsets": [-8, 2**70]}}), name="x.safetensors"
    ),
    "safe-again": partial(
        weights,
        lambda: safetensors(
            {str(i): {"dtype": "BF16", "shape": [2**25], "data_offsets": [0, 2**26]} for i in range(500)}, bytes(2**26)
        ),
        name="x.safetensors",
    ),
    "safe-list": partial(weights, lambda: safetensors([1, 2]), name="x.safetensors"),
    "safe-nan": partial(weights, lambda: safetensors(b'{"a": NaN}'), name="x.safetensors"),
}
