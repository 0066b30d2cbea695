"""Data that went wrong, and how a command says so."""

import contextlib
import io
import resource
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx import cli

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--backbone", "resnet18", "--encoder-weights", "none", "--image-size", "64", "128", "--epochs", "1")
Capture = pytest.CaptureFixture[str]
Damage = Callable[[Path], object]


def refused(capfd: Capture, name: str, *words: object) -> str:
    """The one line with which a command refuses."""
    capfd.readouterr()
    code = cli.run(name, [str(word) for word in words])
    complaint = capfd.readouterr().err
    assert code == 2, complaint
    assert complaint.startswith("error: "), complaint
    assert complaint.count("\n") == 1, complaint
    assert "Traceback" not in complaint
    return complaint


def pixels(height: int = 40, width: int = 80, name: str = "") -> np.ndarray:
    """Noise, another for every name, since the same radiograph twice is told to the user."""
    return np.random.default_rng(zlib.crc32(name.encode())).integers(0, 256, (height, width), np.uint8)


def write_picture(path: Path, height: int = 40, width: int = 80) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(height, width, path.name)).save(path)


def write_mask(path: Path, height: int = 40, width: int = 80, levels: tuple[int, ...] = (255,)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((height, width), np.uint8)
    for i, level in enumerate(levels):
        mask[4 + 8 * i : 10 + 8 * i, 10:40] = level
    Image.fromarray(mask).save(path)


def truncated_jpeg(path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(pixels()).save(whole, "JPEG", quality=95)
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])


def enormous_header(path: Path) -> None:
    """A PNG of 50,000 x 50,000 pixels that is 100 bytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


BAD_FILES: dict[str, tuple[Damage, str]] = {
    "truncated JPEG": (truncated_jpeg, "is truncated or damaged, expected a whole JPEG"),
    "0 bytes": (lambda path: path.write_bytes(b""), "is empty (0 bytes)"),
    "text named .png": (lambda path: path.write_text("Dear colleague"), "is no picture"),
    "enormous header": (enormous_header, "says it is 50000×50000 pixels; at most"),
    "half a PNG": (
        lambda path: path.write_bytes(path.read_bytes()[: 2 * path.stat().st_size // 3]),
        "is truncated or damaged",
    ),
}


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The nearest thing to a full disk that any user may make: writing beyond `size` fails, in every library."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
