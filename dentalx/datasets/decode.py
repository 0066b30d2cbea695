"""Picture files from outside: opened with suspicion, decoded without loss, refused in one line.

The header is judged before a pixel is decoded, the content decides and not the suffix, and whatever a
broken file makes the decoder raise leaves here as an `InputError`. What pixels *mean* is decided in
`images` (grey) and `masks` (classes).
"""

import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, JpegImagePlugin, PngImagePlugin

from dentalx.datasets.cost import check_cost
from dentalx.datasets.planes import Levels, decoded, pixel_bytes
from dentalx.datasets.sniff import beginning, begins_as_dicom
from dentalx.datasets.tiff import check_pages, open_tiff
from dentalx.errors import InputError

_OPENERS: dict[bytes, tuple[str, Callable[[BinaryIO], Any]]] = {
    b"\x89PNG\r\n\x1a\n": ("PNG", PngImagePlugin.PngImageFile),
    b"\xff\xd8\xff": ("JPEG", JpegImagePlugin.JpegImageFile),
    b"II*\0": ("TIFF", open_tiff),
    b"MM\0*": ("TIFF", open_tiff),
    b"II+\0": ("TIFF", open_tiff),
    b"MM\0+": ("TIFF", open_tiff),
    b"BM": ("BMP", BmpImagePlugin.BmpImageFile),
}
_FOREIGN = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x93NUMPY": "a NumPy array",
    b"\x00\x00\x00\x0cjP": "a JPEG 2000",
    b"\xff\x4f\xff\x51": "a JPEG 2000",
    b"version https://git-lfs": "a Git LFS pointer; run `git lfs pull`",
    b"<": "HTML or XML text",
    b"{": "JSON text",
}
_BLANK = str.maketrans("\t\r\n", "   ")
_ORIENTATION = 274  # the Exif and TIFF tag


class IsDicomError(InputError):
    """A DICOM file where another picture was expected."""


@dataclass(frozen=True)
class ReadLimits:
    """The largest picture that is decoded; larger ones are refused by their header alone.

    A panoramic film of 15 by 30 cm scanned at 600 dots an inch has 25 megapixels. Whatever reads a picture of
    this size, or it and its mask, stays below 1 GiB.

    Attributes:
        megapixels: rows times columns.
        megabytes: as decoded: one byte a pixel for grey of 8 bits, three for colour, six for colour of 16 bits.
        side_px: of either side.
    """

    megapixels: float = 64.0
    megabytes: float = 96.0
    side_px: int = 32_767


DEFAULT_LIMITS = ReadLimits()
# Pillow's remarks on broken files would stand beside the one line that says what matters.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True)
class Pixels:
    """A decoded picture before anyone says what its numbers mean, turned the way it is shown; perhaps read-only.

    Attributes:
        values: (H, W) levels or palette indices, or (H, W, 3) red, green, blue; uint8 or uint16.
        alpha: (H, W) of the same type, or None.
        palette: (256, 3) uint8 colours that `values` point at, or None.
        format: "PNG", "JPEG", "TIFF" or "BMP".
    """

    values: Levels
    alpha: Levels | None
    palette: NDArray[np.uint8] | None
    format: str


def read_pixels(path: Path, limits: ReadLimits = DEFAULT_LIMITS, grey: bool = False) -> Pixels:
    """Decode one picture file completely.

    Args:
        path: the file.
        limits: the largest picture.
        grey: colour is wanted as luma alone, without alpha, which is quicker: of a JPEG, the plane Y that it stores.

    Raises:
        IsDicomError: it is one.
        InputError: missing, empty, not a picture, too large, truncated, several pages, or floating point.
    """
    with _opened(path, limits) as (image, kind):
        turn = _orientation(image) if kind != "TIFF" else 1  # Pillow turns a TIFF itself
        if kind == "TIFF":
            check_pages(image, path)
        elif (pages := getattr(image, "n_frames", 1)) > 1:
            raise InputError(f"{path} holds {pages} pages, expected one picture; save the one you mean by itself")
        if grey and kind == "JPEG":
            image.draft("L", None)
        values, alpha, palette = decoded(image, path, grey)
    if turn != 1:
        values = _turned(values, turn)
        alpha = None if alpha is None else _turned(alpha, turn)
    return Pixels(values, alpha, palette, kind)


def read_colours(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> NDArray[np.uint8] | None:
    """A small copy of a picture in colour, to see whether it has any.

    Returns:
        (h, w, 3), about every eighth row and column; None where the file can hold none, DICOM included.

    Raises:
        InputError: as `read_pixels`.
    """
    try:
        with _opened(path, limits) as (image, kind):
            if image.mode not in ("RGB", "RGBA", "P", "YCbCr", "CMYK"):
                return None
            if kind == "JPEG":
                image.draft("RGB", tuple(max(1, side // 8) for side in image.size))
                return np.asarray(image.convert("RGB"))
            return np.asarray(image.convert("RGB"))[::8, ::8]
    except IsDicomError:
        return None


def header_size(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(rows, columns) of a picture as it is shown, from its header alone.

    Raises:
        IsDicomError: it is one.
        InputError: missing, empty, not a picture, or too large.
    """
    with _opened(path, limits, whole=False) as (image, kind):
        columns, rows = image.size
        turned = kind != "TIFF" and _orientation(image) >= 5
    return (columns, rows) if turned else (rows, columns)


def is_turned(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> bool:
    """Whether a picture is stored in another orientation than it is shown in (Exif, TIFF tag).

    Raises:
        InputError: missing, empty, not a picture, or too large.
    """
    with _opened(path, limits, whole=False) as (image, kind):
        return (image.tag_v2.get(_ORIENTATION, 1) if kind == "TIFF" else _orientation(image)) != 1


def looks_like_picture(path: Path) -> bool:
    """Whether a file begins as a PNG, JPEG, TIFF or BMP does; False where it cannot be read."""
    head = beginning(path, 26)
    if head.startswith(b"BM"):  # two letters are little: ask for a known header length too
        return head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x40\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    return any(head.startswith(magic) for magic in _OPENERS)


@contextmanager
def _opened(path: Path, limits: ReadLimits, whole: bool = True) -> Iterator[tuple[Any, str]]:
    """The picture's header, judged; every failure inside the block leaves as an InputError."""
    kind = "picture"
    try:
        check_regular(path)
        with path.open("rb") as file:
            kind, opener = _opener(file.read(132), path)
            check_cost(file, kind, path, whole)
            file.seek(0)
            image = opener(file)
            check_size(image.size, limits, path, pixel_bytes(image))
            yield image, kind
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"not enough memory to decode {path}; make the picture smaller") from error
    except PermissionError as error:
        raise InputError(f"no permission to read {path}; change its permissions or copy it") from error
    except Exception as error:  # a broken file makes decoders raise nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path} is truncated or damaged, expected a whole {kind} ({reason}); copy or export it again"
        ) from error


def check_regular(path: Path) -> None:
    """Refuse what is no file, or an empty one, before it is opened.

    Raises:
        InputError: says which.
    """
    try:
        found = path.stat()
    except PermissionError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path} is a folder, expected a picture file")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is a device or a pipe, expected a picture file")
    if found.st_size == 0:
        raise InputError(f"{path} is empty (0 bytes), expected a picture; copy or export it again")


def _opener(head: bytes, path: Path) -> tuple[str, Callable[[BinaryIO], Any]]:
    if begins_as_dicom(head):
        raise IsDicomError(
            f"{path} is no picture: expected PNG, JPEG, TIFF or BMP content, got a DICOM file; export it as PNG"
        )
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return opener
    came = next((name for magic, name in _FOREIGN.items() if head.lstrip().startswith(magic)), None)
    if came is None:
        came = "text" if head.isascii() and head.decode().translate(_BLANK).isprintable() else "something else"
    raise InputError(f"{path} is no picture: expected PNG, JPEG, TIFF, BMP or DICOM content, got {came}")


def check_size(size: tuple[int, int], limits: ReadLimits, path: Path, bytes_each: int = 1) -> None:
    """Refuse (columns, rows) that are none, or too many of so many bytes each.

    Raises:
        InputError: says the size.
    """
    columns, rows = size
    if rows < 1 or columns < 1:
        raise InputError(f"{path} says it is {rows}×{columns} pixels, expected at least 1×1; export it again")
    most = min(limits.megapixels, limits.megabytes / bytes_each)
    if max(size) > limits.side_px or rows * columns > most * 1e6:
        kind = f" of {bytes_each} bytes each" if most < limits.megapixels else ""
        raise InputError(
            f"{path} says it is {rows}×{columns} pixels{kind}; at most {most:g} megapixels and sides of "
            f"{limits.side_px} are read; make a smaller copy"
        )


def _orientation(image: Any) -> int:
    """The Exif orientation 1…8 in the header; 1 where there is none or it is broken."""
    block = image.info.get("exif")
    if not block:
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # a broken note about a picture is no reason to refuse the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turned(values: Any, orientation: int) -> Any:
    """`values` (H, W, …) turned as Exif `orientation` 2…8 asks.

    >>> [_turned(np.array([[1, 2], [3, 4]]), o).ravel().tolist() for o in (2, 3, 4, 5)]
    [[2, 1, 4, 3], [4, 3, 2, 1], [3, 4, 1, 2], [1, 3, 2, 4]]
    >>> [_turned(np.array([[1, 2], [3, 4]]), o).ravel().tolist() for o in (6, 7, 8)]
    [[3, 1, 4, 2], [4, 2, 3, 1], [2, 4, 1, 3]]
    """
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return np.ascontiguousarray(values)
