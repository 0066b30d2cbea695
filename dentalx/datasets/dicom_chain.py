"""What a DICOM header says of its grey, as a `Chain`; steps that make no sense are passed over."""

import math
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_grey import Chain, Rescale, Table, Window

_MOST_ENTRIES = 65_536


def grey_chain(header: Any) -> Chain:
    """The steps from stored values to grey.

    A Modality LUT goes before a rescale, a VOI LUT before a window, the first of several before the others.

    Raises:
        ValueError: a look-up table is broken.
    """
    shape = header.get("PresentationLUTShape")
    inverse = header.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE"
    tables = header.get("VOILUTSequence")
    voi = _table(tables[0], header) if tables else _window(header)
    return Chain(_modality(header), voi, inverse)


def edge_padding(stored: NDArray[np.integer], header: Any) -> NDArray[np.bool_] | None:
    """(H, W), true where padding touches the picture's edge; None where there is none.

    Inside the picture the same value is taken for tissue: files exist that name a value which metal has too.
    """
    value, limit = header.get("PixelPaddingValue"), header.get("PixelPaddingRangeLimit")
    if not isinstance(value, int):
        return None
    low, high = sorted((value, limit if isinstance(limit, int) else value))
    found = ((stored >= low) & (stored <= high)).astype(np.uint8)
    pieces = cv2.connectedComponents(found, connectivity=4)[1]
    touching = np.unique(np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]]))
    padding: NDArray[np.bool_] = np.isin(pieces, touching[touching > 0])
    return padding if padding.any() and not padding.all() else None


def _modality(header: Any) -> Rescale | Table | None:
    tables = header.get("ModalityLUTSequence")
    if tables:
        return _table(tables[0], header)
    slope, intercept = _number(header.get("RescaleSlope")), _number(header.get("RescaleIntercept"))
    if not slope:  # a slope of 0 would make every picture even
        return None
    return Rescale(slope, intercept or 0.0)


def _window(header: Any) -> Window | None:
    function = str(header.get("VOILUTFunction") or "LINEAR")
    centres, widths = (_several(header.get(keyword)) for keyword in ("WindowCenter", "WindowWidth"))
    for centre, width in zip(map(_number, centres), map(_number, widths), strict=False):
        if centre is not None and width is not None:
            window = Window(centre, width, function)
            if window.valid:
                return window
    return None


def _table(item: Any, header: Any) -> Table:
    """One item of a Modality or VOI LUT Sequence."""
    count, first, bits = (int(number) for number in item.LUTDescriptor)
    count = count or _MOST_ENTRIES
    entries = _entries(item.LUTData, count, header.original_encoding[1])
    if not 0 < count <= _MOST_ENTRIES or len(entries) < count:
        raise ValueError("look-up table is too short")
    if first > 32_767 and header.get("PixelRepresentation") == 1:  # written as unsigned, meant as signed
        first -= 65_536
    largest = int(entries.max())
    maximum = 2**bits - 1 if 8 <= bits <= 16 and largest < 2**bits else 2 ** max(8, largest.bit_length()) - 1
    return Table(first, entries[:count], maximum)


def _entries(data: Any, count: int, little: bool) -> NDArray[np.uint16]:
    """Entries as whole numbers, as words, or as bytes where there are too few for words."""
    if isinstance(data, bytes):
        if len(data) < 2 * count:
            return np.frombuffer(data, np.uint8).astype(np.uint16)
        return np.frombuffer(data, "<u2" if little else ">u2", count).astype(np.uint16)
    return np.array(_several(data)[:_MOST_ENTRIES], np.int64).astype(np.uint16)


def _several(value: Any) -> list[Any]:
    if value is None or isinstance(value, str):
        return []
    return list(value) if isinstance(value, Iterable) else [value]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
