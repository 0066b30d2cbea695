"""How large a pixel of a DICOM radiograph is, and how far that can be believed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

SpacingSource = Literal["calibrated", "ermf", "detector", "unknown"]


@dataclass(frozen=True)
class Spacing:
    """Millimetres from pixel to pixel, and where the numbers come from.

    Attributes:
        row_mm: from one row to the next; None where the file says nothing usable.
        column_mm: from one column to the next; None likewise.
        source: "calibrated" on an object of known size; "ermf" corrected for magnification by the modality or by
            what it says of its geometry; "detector" where the rays end, so that the object is smaller;
            "unknown" where the file gives numbers without saying what they mean, or none.

    A panoramic's magnification differs between the directions and along the arch: none of these makes its
    lengths true.
    """

    row_mm: float | None
    column_mm: float | None
    source: SpacingSource

    @property
    def pixel_mm2(self) -> float | None:
        """Square millimetres of a pixel; None unless it was calibrated on an object of known size.

        >>> Spacing(0.2, 0.1, "detector").pixel_mm2 is None, round(Spacing(0.2, 0.1, "calibrated").pixel_mm2, 6)
        (True, 0.02)
        """
        if self.source != "calibrated" or self.row_mm is None or self.column_mm is None:
            return None
        return self.row_mm * self.column_mm


def find_spacing(get: Callable[[str], Any]) -> Spacing:
    """The spacing that a file's attributes give, in the order of cornerstone's `calculateRadiographicPixelSpacing`.

    Args:
        get: from an attribute's DICOM keyword to its value, or None.

    >>> find_spacing({"ImagerPixelSpacing": [0.12, 0.1], "EstimatedRadiographicMagnificationFactor": 1.25}.get)
    Spacing(row_mm=0.096, column_mm=0.08, source='ermf')
    """
    pixel, imager = _pair(get("PixelSpacing")), _pair(get("ImagerPixelSpacing"))
    kind = get("PixelSpacingCalibrationType")
    if pixel and kind == "FIDUCIAL":
        return Spacing(*pixel, "calibrated")
    if pixel and kind == "GEOMETRY":
        return Spacing(*pixel, "ermf")
    if imager:
        factor = _magnification(get)
        if factor is not None:
            return Spacing(imager[0] / factor, imager[1] / factor, "ermf")
        if pixel and pixel[0] < imager[0]:  # corrected already, by whoever wrote it
            return Spacing(*pixel, "ermf")
        return Spacing(*imager, "detector")
    return Spacing(*pixel, "unknown") if pixel else Spacing(None, None, "unknown")


def _magnification(get: Callable[[str], Any]) -> float | None:
    """The factor, above 1, that the file names, or the ratio of its distances; None where it says neither."""
    factor = _number(get("EstimatedRadiographicMagnificationFactor"))
    if factor is not None and factor > 1:
        return factor
    detector, patient = _number(get("DistanceSourceToDetector")), _number(get("DistanceSourceToPatient"))
    if detector and patient and patient < detector:
        return detector / patient
    return None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _pair(value: Any) -> tuple[float, float] | None:
    try:
        rows, columns = value
    except (TypeError, ValueError):
        return None
    numbers = _number(rows), _number(columns)
    return (numbers[0], numbers[1]) if numbers[0] is not None and numbers[1] is not None else None
