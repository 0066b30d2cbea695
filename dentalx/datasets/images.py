"""Radiograph files into one grey plane: PNG, JPEG, TIFF, BMP, DICOM; grey, colour, palette; 1 to 16 bit."""

import os
import stat
import unicodedata
from pathlib import Path

import cv2
import numpy as np

from dentalx.config import GreyRule
from dentalx.datasets.decode import (
    DEFAULT_LIMITS,
    IsDicomError,
    Pixels,
    ReadLimits,
    header_size,
    looks_like_picture,
    read_pixels,
)
from dentalx.datasets.passed_over import other_files, result_folders
from dentalx.datasets.planes import Levels, luma, maximum_level
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError
from dentalx.predict_config import FOLDERS
from dentalx.samples import Grey

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp"})
DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".dic"})
_SUFFIXES = SUFFIXES | DICOM_SUFFIXES


def read_grey(path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi") -> Grey:
    """Read one picture as grey.

    Colour becomes grey by `luma`, of a JPEG by the plane Y that it stores (JFIF: the same weights); transparency is
    dropped; Exif orientation is applied. Eight bits are divided by 255, sixteen by the full scale that
    `maximum_level` finds: nothing is clipped. DICOM is read as docs/dicom.md says.

    Args:
        path: the file.
        limits: the largest picture.
        rule: of DICOM alone, see `dicom_grey.render`.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        InputError: the file is missing, empty, truncated, too large or no picture; names the file.
    """
    try:
        levels = grey_levels(read_pixels(path, limits, grey=True))
    except IsDicomError:
        from dentalx.datasets.dicom import read_dicom

        return read_dicom(path, limits, rule)
    return grey_plane(levels)


def grey_plane(levels: Levels) -> Grey:
    """Return (H, W) float32 in [0, 1] of (H, W) integer levels: eight bits over 255, sixteen over their full scale."""
    maximum = 255 if levels.dtype == np.uint8 else maximum_level(int(levels.max()))
    plane: Grey = levels.astype(np.float32)
    plane /= np.float32(maximum)
    return plane


def read_colour(path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi") -> Grey:
    """Read one picture with its colours; what is grey, DICOM too, has three equal channels. Levels as `read_grey`.

    Returns:
        (H, W, 3) float32 in [0, 1], red first; perhaps read-only.

    Raises:
        InputError: as `read_grey`.
    """
    try:
        pixels = read_pixels(path, limits)
    except IsDicomError:
        from dentalx.datasets.dicom import read_dicom

        return _three_alike(read_dicom(path, limits, rule))
    values = pixels.values if pixels.palette is None else pixels.palette[pixels.values]
    maximum = 255 if values.dtype == np.uint8 else maximum_level(int(values.max()))
    picture = values.astype(np.float32)
    picture /= np.float32(maximum)
    return picture if picture.ndim == 3 else _three_alike(picture)


def _three_alike(plane: Grey) -> Grey:
    """A view, so that grey takes no more memory than it did."""
    return np.broadcast_to(plane[..., None], (*plane.shape, 3))


def image_size(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(rows, columns) of a picture, from its header alone.

    Raises:
        InputError: the file is missing, empty, too large or no picture.
    """
    try:
        return header_size(path, limits)
    except IsDicomError:
        from dentalx.datasets.dicom import dicom_size

        return dicom_size(path, limits)


def grey_levels(pixels: Pixels) -> Levels:
    """(H, W) grey levels of decoded pixels, of the same integer type."""
    if pixels.palette is not None:
        return np.asarray(cv2.LUT(pixels.values, luma(pixels.palette)))
    return pixels.values if pixels.values.ndim == 2 else luma(pixels.values)


def list_images(folder: Path, recursive: bool = False, by_content: bool = False) -> list[Path]:
    """The picture files of a folder, sorted by name.

    A file counts by its suffix, or, where the suffix says nothing, by how its content begins (DICOM files are
    often named by numbers). Hidden and temporary files are left out, and so are symbolic links that lead out of
    the folder, and DICOMDIR, which is an index.

    Args:
        folder: where to look.
        recursive: also in the folders below, but for links to folders.
        by_content: whatever the suffix, a file that begins as a picture counts.

    Raises:
        InputError: the folder is missing, is a file, or may not be read.
    """
    root = existing_folder(folder).resolve()
    start = len(str(folder))
    found = [entry for entry in _walk(folder, recursive) if _is_picture(entry, root, by_content)]
    found.sort(key=lambda entry: unicodedata.normalize("NFC", entry.path[start:].replace(os.sep, "/")))
    return [Path(entry.path) for entry in found]


def leads_out(link: Path, root: Path) -> bool:
    """Whether a symbolic link leads out of the resolved folder `root`, or round in a circle."""
    try:
        return not link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # the latter is Python's word for a circle
        return True


def find_pictures(path: Path, output: Path | None = None) -> list[Path]:
    """The pictures to predict: one file, or those in a folder and the folders below it, found by their content too.

    Args:
        path: the file or folder.
        output: where results go; it is left out where it lies in the folder, and where it is the folder, what lies in
            folders named like those of results. Results of earlier commands are left out, too.

    Raises:
        InputError: nothing there.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise InputError(f"no such file or folder: {path}; check the spelling of --input")
    earlier = set(result_folders(path))
    every = list_images(path, recursive=True, by_content=True)
    pictures = [picture for picture in every if not earlier.intersection(picture.parents)]
    if output is not None and (within := output.resolve()).is_relative_to(path.resolve()):
        below = path / within.relative_to(path.resolve())
        own = [below] if below != path else [path / name for name in FOLDERS]
        pictures = [picture for picture in pictures if not any(picture.is_relative_to(folder) for folder in own)]
    if not pictures:
        others = "".join(f"; {note}" for note in other_files(path))
        raise InputError(
            f"no pictures in {path}; expected PNG, JPEG, TIFF, BMP or DICOM files in it or below it{others}"
        )
    return pictures


def existing_folder(folder: Path) -> Path:
    """`folder` itself, when it is one.

    Raises:
        InputError: missing, or a file.
    """
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError as error:
        nearest = next((parent for parent in folder.absolute().parents if parent.is_dir()), None)
        raise InputError(
            f"folder not found: {folder}; check the spelling (the nearest that exists is {nearest})"
        ) from error
    except OSError as error:
        raise InputError(f"cannot open {folder}: {error.strerror or error}; check the path") from error
    except ValueError as error:
        raise InputError(f"{str(folder)!r} is no path ({error}); check the spelling") from error
    if not stat.S_ISDIR(mode):
        raise InputError(f"{folder} is a file, expected a folder of pictures")
    return folder


def _walk(folder: Path, recursive: bool) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not _is_hidden(entry.name)]
    except OSError as error:
        raise InputError(f"cannot list {folder}: {error.strerror or error}; check permissions") from error
    files = [entry for entry in visible if _is_file(entry)]
    if recursive:
        for entry in visible:
            if entry.is_dir(follow_symlinks=False):
                files += _walk(Path(entry.path), recursive)
    return files


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a circle of links
        return False


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~")) or name.endswith(("~", ".part", ".tmp", ".crdownload"))


def _is_picture(entry: os.DirEntry[str], root: Path, by_content: bool) -> bool:
    """Whether an entry of a folder is taken for a picture; its name is asked before its content, without a Path."""
    if entry.is_symlink() and leads_out(Path(entry.path), root):
        return False
    _, dot, end = entry.name.rpartition(".")
    suffix = (dot + end).lower() if dot else ""
    if suffix in _SUFFIXES:
        return True
    if entry.name.upper() == "DICOMDIR":
        return False
    path = Path(entry.path)
    return ((by_content or suffix == "") and looks_like_picture(path)) or looks_like_dicom(path)
