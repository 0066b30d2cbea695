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

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from dentalx.datasets.sniff import beginning
from dentalx.errors import InputError

Levels = NDArray[np.uint8] | NDArray[np.uint16]

_OPENERS: dict[bytes, tuple[str, Callable[[BinaryIO], Any]]] = {
    b"\x89PNG\r\n\x1a\n": ("PNG", PngImagePlugin.PngImageFile),
    b"\xff\xd8\xff": ("JPEG", JpegImagePlugin.JpegImageFile),
    b"II*\0": ("TIFF", TiffImagePlugin.TiffImageFile),
    b"MM\0*": ("TIFF", TiffImagePlugin.TiffImageFile),
    b"II+\0": ("TIFF", TiffImagePlugin.TiffImageFile),
    b"MM\0+": ("TIFF", TiffImagePlugin.TiffImageFile),
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
_PHOTOMETRIC = 262
# Of red, green, blue, and a little so that halves are rounded up: exactly what `images.luma` gives of 8 bits.
_LUMA = (0.299, 0.587, 0.114, 0.0003)


@dataclass(frozen=True)
class ReadLimits:
    """The largest picture that is decoded; larger ones are refused by their header alone."""

    megapixels: float = 200.0
    side_px: int = 32_767


DEFAULT_LIMITS = ReadLimits()
# Pillow's remarks on broken files would stand beside the one line that says what matters.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
if Image.MAX_IMAGE_PIXELS is not None:  # Pillow's own guard looks at a TIFF a second time, with a lower limit
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, int(DEFAULT_LIMITS.megapixels * 1e6))


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
        grey: colour of 8 bits is wanted as luma alone, which is quicker: of a JPEG, the plane Y that it stores.

    Raises:
        InputError: missing, empty, not a picture, too large, truncated, several pages, or floating point.
    """
    with _opened(path, limits) as (image, kind):
        turn = _orientation(image) if kind != "TIFF" else 1  # Pillow turns a TIFF itself
        pages = getattr(image, "n_frames", 1)
        if pages > 1:
            raise InputError(f"{path} holds {pages} pages, expected one picture; save the one you mean by itself")
        wide = image.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile) for tile in image.tile)
        if grey and kind == "JPEG":
            image.draft("L", None)
        image.load()  # refuses truncated files, which cv2 would fill with grey
        mixed = image.convert("L", _LUMA) if grey and image.mode == "RGB" and not wide else image
        values, alpha, palette = _wide_colour(path, kind) if wide else _planes(mixed, path)
    if turn != 1:
        values = _turned(values, turn)
        alpha = None if alpha is None else _turned(alpha, turn)
    return Pixels(values, alpha, palette, kind)


def header_size(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(rows, columns) of a picture as it is shown, from its header alone.

    Raises:
        InputError: missing, empty, not a picture, or too large.
    """
    with _opened(path, limits) as (image, kind):
        columns, rows = image.size
        turned = kind != "TIFF" and _orientation(image) >= 5
    return (columns, rows) if turned else (rows, columns)


def is_turned(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> bool:
    """Whether a picture is stored in another orientation than it is shown in (Exif, TIFF tag).

    Raises:
        InputError: missing, empty, not a picture, or too large.
    """
    with _opened(path, limits) as (image, kind):
        return (image.tag_v2.get(_ORIENTATION, 1) if kind == "TIFF" else _orientation(image)) != 1


def looks_like_picture(path: Path) -> bool:
    """Whether a file begins as a PNG, JPEG, TIFF or BMP does; False where it cannot be read."""
    head = beginning(path, 26)
    if head.startswith(b"BM"):  # two letters are little: ask for a known header length too
        return head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x40\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    return any(head.startswith(magic) for magic in _OPENERS)


@contextmanager
def _opened(path: Path, limits: ReadLimits) -> Iterator[tuple[Any, str]]:
    """The picture's header, judged; every failure inside the block leaves as an InputError."""
    kind = "picture"
    try:
        check_regular(path)
        with path.open("rb") as file:
            kind, opener = _opener(file.read(132), path)
            file.seek(0)
            image = opener(file)
            check_size(image.size, limits, path)
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
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return opener
    came = next((name for magic, name in _FOREIGN.items() if head.lstrip().startswith(magic)), None)
    if head[128:132] == b"DICM":
        came = "a DICOM file; export it as PNG"
    if came is None:
        came = "text" if head.isascii() and head.decode().translate(_BLANK).isprintable() else "something else"
    raise InputError(f"{path} is no picture: expected PNG, JPEG, TIFF or BMP content, got {came}")


def check_size(size: tuple[int, int], limits: ReadLimits, path: Path) -> None:
    """Refuse (columns, rows) that are none, or too many.

    Raises:
        InputError: says the size.
    """
    columns, rows = size
    if rows < 1 or columns < 1:
        raise InputError(f"{path} says it is {rows}×{columns} pixels, expected at least 1×1; export it again")
    if max(size) > limits.side_px or rows * columns > limits.megapixels * 1e6:
        raise InputError(
            f"{path} says it is {rows}×{columns} pixels; at most {limits.megapixels:g} megapixels and sides of "
            f"{limits.side_px} are read; make it smaller or remove it"
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


def _planes(image: Any, path: Path) -> tuple[Any, Any, Any]:
    """(values, alpha, palette) of a loaded Pillow image."""
    mode = image.mode
    if mode == "P":
        colours = np.zeros((256, 3), np.uint8)
        listed = np.asarray(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)[:256]
        colours[: len(listed)] = listed
        return np.asarray(image), None, colours
    if mode in ("L", "RGB"):
        return np.asarray(image), None, None
    if mode in ("LA", "RGBA"):
        planes = np.asarray(image)
        return (planes[..., 0] if mode == "LA" else planes[..., :3]), planes[..., -1], None
    if mode == "1":
        return np.asarray(image.convert("L")), None, None
    if mode.startswith("I"):
        return _sixteen_bit(image, path), None, None
    if mode in ("RGBX", "CMYK", "YCbCr", "LAB"):
        return np.asarray(image.convert("RGB")), None, None
    raise InputError(f"{path} has pixels of kind {mode}, expected 8 or 16 bit grey or colour; export it as PNG")


def _sixteen_bit(image: Any, path: Path) -> NDArray[np.uint16]:
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65_535:
        raise InputError(f"{path} has levels {low}…{high}, expected 0…65535; export it as 16 bit PNG")
    values = values.astype(np.uint16, copy=False)
    if image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == 0:  # white is zero
        values = (np.uint16(maximum_level(high)) - values).astype(np.uint16)
    return values


def _wide_colour(path: Path, kind: str) -> tuple[Any, Any, Any]:
    """(values, alpha, None) of 16 bit colour, which Pillow would cut to 8 bits."""
    planes = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if planes is None or planes.dtype != np.uint16 or planes.ndim != 3 or planes.shape[2] < 3:
        raise InputError(f"{path} is a {kind} of 16 bit colour that cannot be decoded; export it as 16 bit grey")
    return planes[..., 2::-1], planes[..., 3] if planes.shape[2] == 4 else None, None


def maximum_level(high: int) -> int:
    """The full scale of a 16 bit picture: 2^b - 1 for the fewest bits b of 8, 10, 12, 14, 16 that hold `high`.

    Sensors of 10 or 12 bits are stored in 16, and nothing in PNG or TIFF says so.

    >>> [maximum_level(h) for h in (0, 255, 256, 1023, 4095, 4096, 65535)]
    [255, 255, 1023, 1023, 4095, 16383, 65535]
    """
    return next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if high < 2**bits)
