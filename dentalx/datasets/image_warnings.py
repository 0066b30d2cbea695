"""Images together with what their files should be doubted for: the same warnings wherever an image enters."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS, Pixels, ReadLimits, read_colours, read_pixels
from dentalx.datasets.images import grey_levels, grey_plane, read_colour, read_grey
from dentalx.datasets.sniff import beginning, looks_like_dicom
from dentalx.samples import Grey

Warnings = tuple[str, ...]  # one sentence each, none for most images
_JPEG = b"\xff\xd8\xff"
_NAMES_SHOWN = 20


def read_grey_with_warnings(
    path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi"
) -> tuple[Grey, Warnings]:
    """Read one image as grey, as `images.read_grey` does, with the warnings of its file.

    Of DICOM: a header that says left and right are exchanged, a window or table that does not fit the values, values
    beyond the stored bits. Of other files: colours, which no radiograph has.

    Returns:
        (H, W) float32 in [0, 1], and the warnings.

    Raises:
        InputError: as `images.read_grey`.
    """
    if looks_like_dicom(path):
        from dentalx.datasets.dicom import decode_dicom

        return decode_dicom(path, limits, rule)
    if beginning(path, len(_JPEG)) == _JPEG:  # whose luma and whose small copy cost little, each by itself
        grey, colours = read_grey(path, limits, rule), read_colours(path, limits)
    else:
        pixels = read_pixels(path, limits)
        grey, colours = grey_plane(grey_levels(pixels)), _small_colours(pixels)
    if colours is None:
        return grey, ()
    from dentalx.quality import judge_colour  # scipy, which nobody needs who only lists a folder

    return grey, judge_colour(colours)


def read_colour_with_warnings(
    path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi"
) -> tuple[Grey, Warnings]:
    """Read one image with its colours, as `images.read_colour` does; colours themselves are no reason to warn.

    Returns:
        (H, W, 3) float32 in [0, 1], perhaps read-only, and the warnings.

    Raises:
        InputError: as `images.read_colour`.
    """
    if looks_like_dicom(path):
        from dentalx.datasets.dicom import decode_dicom

        grey, warnings = decode_dicom(path, limits, rule)
        return np.broadcast_to(grey[..., None], (*grey.shape, 3)), warnings
    return read_colour(path, limits, rule), ()


def image_warnings(path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi") -> Warnings:
    """Return the warnings of one file, for whoever does not need its grey levels; it is decoded all the same.

    Raises:
        InputError: as `images.read_grey`.
    """
    return read_grey_with_warnings(path, limits, rule)[1]


def warning_lines(found: Iterable[tuple[str, Warnings]], total: int) -> list[str]:
    """Summarise the warnings of many images, one line for each kind of warning.

    Args:
        found: image_id and warnings of each image.
        total: how many images there are.

    >>> warning_lines([("a", ("blank",)), ("b", ()), ("c", ("blank",))], 3)
    ['2 of 3 images: blank (a, c)']
    """
    named: dict[str, list[str]] = defaultdict(list)
    for image_id, warnings in found:
        for warning in warnings:
            named[warning].append(image_id)
    return [f"{len(ids)} of {total} images: {warning} ({_listed(ids)})" for warning, ids in named.items()]


def _small_colours(pixels: Pixels) -> NDArray[np.uint8] | None:
    """Return (h, w, 3), every eighth row and column of decoded pixels; None where they are grey."""
    values = pixels.values[::8, ::8]
    if pixels.palette is not None:
        return np.asarray(pixels.palette[values])
    if values.ndim == 2:
        return None
    return np.asarray(values if values.dtype == np.uint8 else values >> 8, np.uint8)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
