"""A picture as a small plane that keeps what makes it this picture, and numbers by which many are compared at once."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.decode import DEFAULT_LIMITS
from dentalx.datasets.images import read_grey
from dentalx.errors import InputError
from dentalx.files import file_digest
from dentalx.preprocess import to_uint8
from dentalx.samples import Grey

SIZE = (128, 256)  # rows, columns of a thumbnail; every picture is stretched to it
COARSE = (16, 32)  # of what is compared first
WIDE, FINE = SIZE[0] / 12, SIZE[0] / 20  # neighbourhood that levels are judged against, in pixels of a thumbnail
_BLUR = 0.45 * SIZE[0] / COARSE[0]
_SPANS = ((0.0, 1.0), (0.05, 1.0), (0.0, 0.95), (0.025, 0.975), (0.05, 0.95))  # what a crop of 5 % a side leaves
_TILTS = (-2.5, 2.5)  # degrees
Thumb = NDArray[np.uint8]  # SIZE
Plane = NDArray[np.float32]
View = NDArray[np.float64]  # (3, 3), takes places of one picture to places of another, both in the unit square


@dataclass(frozen=True)
class Look:
    """What is kept of one picture.

    Attributes:
        thumb: (128, 256) uint8, stretched to that.
        size: its own rows and columns.
        file, pixels: digests of the file's bytes and of the decoded grey levels.
    """

    thumb: Thumb
    size: tuple[int, int]
    file: bytes
    pixels: bytes


class Thumbs(Protocol):
    """Thumbnails by place: an array of them, or a `Shelf`."""

    def __getitem__(self, place: int, /) -> Thumb:
        """That of one picture."""
        ...


class Shelf:
    """Thumbnails in a file without a name in the system's folder for such files, so that none stays in memory.

    Read and written, not mapped: pages of a mapped file count as memory of the process. Threads may share it.
    """

    def __init__(self) -> None:
        """Make the file.

        Raises:
            InputError: there is no place for it.
        """
        self._lock = Lock()
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by __exit__)
        except OSError as error:
            raise _no_room(error) from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove the file."""
        self._file.close()

    def put(self, place: int, thumb: Thumb) -> None:
        """Keep one.

        Raises:
            InputError: the disk is full.
        """
        rest = thumb.tobytes()
        try:
            with self._lock:
                self._file.seek(place * len(rest))
                while rest:
                    rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise _no_room(error) from error

    def __getitem__(self, place: int) -> Thumb:
        """One that was put there; black where none was."""
        thumb = np.zeros(SIZE, np.uint8)
        with self._lock:
            self._file.seek(place * thumb.nbytes)
            self._file.readinto(thumb.data)
        return thumb


def _no_room(error: OSError) -> InputError:
    reason = error.strerror or error
    return InputError(
        f"no room for thumbnails in the folder for temporary files: {reason}; set TMPDIR to another folder"
    )


def look_at(path: Path) -> Look:
    """Read a picture once.

    Raises:
        InputError: it cannot be read.
    """
    plane = read_grey(path, DEFAULT_LIMITS)
    height, width = plane.shape
    levels = hashlib.sha256(repr(plane.shape).encode())
    levels.update(np.ascontiguousarray(plane).ravel().data)
    return Look(thumbnail(plane), (height, width), bytes.fromhex(file_digest(path)), levels.digest())


def thumbnail(plane: Grey) -> Thumb:
    """An (H, W) float32 plane in [0, 1] as (128, 256) uint8."""
    smaller = plane.shape[0] >= SIZE[0] and plane.shape[1] >= SIZE[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return to_uint8(np.asarray(cv2.resize(plane, SIZE[::-1], interpolation=method), np.float32).clip(0, 1))


def levelled(thumb: Thumb, reach: float) -> Plane:
    """What is left of a plane when brightness and contrast of every neighbourhood are taken out of it.

    Less the local mean, over the local deviation, both under a Gaussian of `reach` pixels: a change of gamma or of
    a window alters either, and neither survives. Where nothing is to be seen nothing is amplified.

    Returns:
        float32 of the same shape, around 0; as good as 0 for an even plane.
    """
    plane = np.divide(thumb, np.float32(255), dtype=np.float32)
    detail = plane - cv2.GaussianBlur(plane, (0, 0), reach, borderType=cv2.BORDER_REPLICATE)
    power = cv2.GaussianBlur(detail * detail, (0, 0), reach, borderType=cv2.BORDER_REPLICATE)
    levelled_plane: Plane = detail / np.sqrt(power + 0.05 * power.mean() + 1e-8)
    return levelled_plane


def _views() -> tuple[View, ...]:
    """The ways a picture is looked at: whole, less up to 5 % of each side, tilted; and all of them mirrored."""
    found = []
    for x1, x2 in _SPANS:
        for y1, y2 in _SPANS:
            found.append(np.array([[x2 - x1, 0, x1], [0, y2 - y1, y1], [0, 0, 1.0]]))
    aspect = SIZE[1] / SIZE[0]
    for degrees in _TILTS:
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        turn = np.array([[c, -s / aspect, 0], [s * aspect, c, 0], [0, 0, 1.0]])
        centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
        found.append(centre @ turn @ np.linalg.inv(centre))
    mirror = np.array([[-1, 0, 1], [0, 1, 0], [0, 0, 1.0]])
    return tuple(found + [mirror @ view for view in found])


VIEWS = _views()  # VIEWS[0] is the whole picture as it is


def in_pixels(view: View, size: tuple[int, int]) -> Plane:
    """A view as OpenCV's (2, 3) matrix between planes that are both of `size` (rows, columns)."""
    frame = _frame(size)
    return np.asarray((frame @ view @ np.linalg.inv(frame))[:2], np.float32)


def in_unit(matrix: Plane, size: tuple[int, int]) -> View:
    """The way back from `in_pixels`.

    >>> bool(np.allclose(in_unit(in_pixels(VIEWS[7], (16, 32)), (16, 32)), VIEWS[7], atol=1e-6))
    True
    """
    frame = _frame(size)
    view: View = np.linalg.inv(frame) @ np.vstack([matrix, [0, 0, 1]]) @ frame
    return view


def _frame(size: tuple[int, int]) -> View:
    """From the unit square to pixels, whose centres have whole numbers."""
    return np.array([[size[1], 0, -0.5], [0, size[0], -0.5], [0, 0, 1.0]])


def descriptor(thumb: Thumb) -> Plane:
    """The whole picture in (512,) numbers of mean 0 and length 1; zeros where nothing is to be seen."""
    return _described(_smoothed(thumb), VIEWS[0])


def descriptors(thumb: Thumb) -> Plane:
    """(V, 512): what each of `VIEWS` shows."""
    plane = _smoothed(thumb)
    return np.stack([_described(plane, view) for view in VIEWS])


def _smoothed(thumb: Thumb) -> Plane:
    return np.asarray(cv2.GaussianBlur(levelled(thumb, WIDE), (0, 0), _BLUR), np.float32)


def _described(plane: Plane, view: View) -> Plane:
    matrix = np.asarray((_frame(SIZE) @ view @ np.linalg.inv(_frame(COARSE)))[:2], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    values = cv2.warpAffine(plane, matrix, COARSE[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE).ravel()
    values = values - values.mean()
    return unit_length(values)


def unit_length(values: Plane) -> Plane:
    """Rows of length 1; rows that are as good as zero become zero."""
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(np.where(length > 1e-4, values / np.maximum(length, 1e-4), 0), np.float32)
