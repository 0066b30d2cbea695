"""What a DICOM header says of its grey, as a `Chain`; steps that make no sense are passed over."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_grey import Chain, Rescale, Step, Table, Window
from dentalx.datasets.dicom_header import numbers, whole, word
from dentalx.datasets.dicom_tables import tables

_INVERSE = "INVERSE"


def grey_chain(header: Any) -> Chain:
    """Return the steps from stored values to grey.

    A Modality LUT goes before a rescale; every VOI LUT goes before a window, the first of several before the others.
    """
    inverse = header.PhotometricInterpretation == "MONOCHROME1" or word(header.get("PresentationLUTShape")) == _INVERSE
    modality = _modality(header)
    negative = isinstance(modality, Rescale) and (modality.intercept < 0 or modality.slope < 0)
    signed = negative or (header.PixelRepresentation == 1 and not isinstance(modality, Table))
    steps: tuple[Step, ...] = (*tables(header.get("VOILUTSequence"), header, signed), *_windows(header))
    named = any(header.get(keyword) for keyword in ("VOILUTSequence", "WindowCenter", "WindowWidth"))
    return Chain(modality, steps, inverse, bool(named))


def edge_padding(stored: NDArray[np.integer], header: Any) -> NDArray[np.bool_] | None:
    """(H, W), true where padding touches the picture's edge; None where there is none.

    Inside the picture the same value is taken for tissue: files exist that name a value which metal has too.
    """
    value, limit = whole(header.get("PixelPaddingValue")), whole(header.get("PixelPaddingRangeLimit"))
    if value is None:
        return None
    low, high = sorted(_as_stored(each, header) for each in (value, value if limit is None else limit))
    found = ((stored >= low) & (stored <= high)).astype(np.uint8)
    if not found.any():
        return None
    pieces = cv2.connectedComponents(found, connectivity=4)[1]
    touching = np.unique(np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]]))
    padding: NDArray[np.bool_] = np.isin(pieces, touching[touching > 0])
    return padding if padding.any() and not padding.all() else None


def _as_stored(value: int, header: Any) -> int:
    """A padding value as stored ones are, whatever its VR made of its sign (PS3.3 C.7.5.1.1.2)."""
    span = 1 << header.BitsAllocated
    if header.PixelRepresentation == 1:
        return value - span if value >= span // 2 else value
    return value + span if value < 0 else value


def _modality(header: Any) -> Rescale | Table | None:
    found = tables(header.get("ModalityLUTSequence"), header, header.PixelRepresentation == 1)
    if found:
        return found[0]
    slope, intercept = (_first(header.get(keyword)) for keyword in ("RescaleSlope", "RescaleIntercept"))
    if slope == 0 or (slope is None and intercept is None):  # a slope of 0 would make every picture even
        return None
    return Rescale(1.0 if slope is None else slope, intercept or 0.0)


def _windows(header: Any) -> list[Window]:
    function = word(header.get("VOILUTFunction")).replace(" ", "_") or "LINEAR"
    pairs = zip(*(numbers(header.get(keyword)) for keyword in ("WindowCenter", "WindowWidth")), strict=False)
    found = [Window(centre, width, function) for centre, width in pairs if centre is not None and width is not None]
    return [window for window in found if window.valid]


def _first(value: Any) -> float | None:
    found = numbers(value)
    return found[0] if found else None
