"""DICOM radiographs as grey planes, and what their headers say of them. docs/dicom.md tells what is done and why.

Every size is judged before a pixel is decoded; files are opened by `dicom_file`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS, ReadLimits
from dentalx.datasets.dicom_chain import edge_padding, grey_chain
from dentalx.datasets.dicom_check import check_picture, stands_for_nobody
from dentalx.datasets.dicom_colour import colour_plane
from dentalx.datasets.dicom_file import library as library
from dentalx.datasets.dicom_file import opened_header as opened_header
from dentalx.datasets.dicom_grey import render
from dentalx.datasets.dicom_header import several, word
from dentalx.datasets.dicom_pixels import PIXELS, read_stored
from dentalx.datasets.dicom_pixels import check_pixel_data as check_pixel_data
from dentalx.datasets.dicom_pixels import stored_values as stored_values
from dentalx.datasets.dicom_spacing import Spacing, find_spacing
from dentalx.errors import InputError
from dentalx.quality import STORED_MIRRORED, judge_colour
from dentalx.samples import Grey

IMAGE = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PlanarConfiguration", "NumberOfFrames", "Modality", "SOPClassUID",
)  # fmt: skip
GREY = (
    "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept", "VOILUTSequence", "WindowCenter", "WindowWidth",
    "VOILUTFunction", "PresentationLUTShape", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
)  # fmt: skip
NOT_FITTING = (
    "shown without the window or table of its header, which is incomplete or does not fit its values: from the 0.5th "
    "to the 99.5th percentile"
)
SPACING = (
    "PixelSpacing", "PixelSpacingCalibrationType", "ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor",
    "DistanceSourceToDetector", "DistanceSourceToPatient",
)  # fmt: skip


@dataclass(frozen=True)
class DicomFacts:
    """What a header says of its picture, the patient left out.

    Attributes:
        size: (rows, columns).
        bits: of a stored value.
        photometric: MONOCHROME1, MONOCHROME2, RGB …
        modality: PX, DX, CR, IO, OT …; recorded, never a reason to refuse; "" where it is missing.
        spacing: millimetres, and how far they can be believed.
        mirrored: whether its columns go towards the patient's right, where panoramics are shown the other way round, as
            PatientOrientation says (PS3.3 C.7.6.1.1.1); False where that is missing.
    """

    size: tuple[int, int]
    bits: int
    photometric: str
    modality: str
    spacing: Spacing
    mirrored: bool = False


def read_dicom(path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi") -> Grey:
    """Decode a DICOM radiograph as (H, W) float32 grey in [0, 1]; arguments and errors as `decode_dicom`."""
    return decode_dicom(path, limits, rule)[0]


def decode_dicom(
    path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi"
) -> tuple[Grey, tuple[str, ...]]:
    """Decode a DICOM radiograph as grey, dense tissue bright, with the warnings that its header and values give.

    Args:
        path: one file.
        limits: the largest picture.
        rule: what spreads the values over [0, 1]; see `dicom_grey.render`. Colour is always taken as it is.

    Returns:
        (H, W) float32 in [0, 1], and the warnings, a sentence each.

    Raises:
        InputError: pydicom or a decoder is missing, or the file is no single radiograph, broken or too large.
    """
    with opened_header(path, (*IMAGE, *GREY, "PatientOrientation", *PIXELS)) as header:
        warnings = list(check_picture(header, limits, path))
        check_pixel_data(header, path)
        if header.PhotometricInterpretation.startswith("MONOCHROME"):
            stored, wide = read_stored(header)
            plane, fitted = render(stored, grey_chain(header), rule, edge_padding(stored, header))
            warnings += [*wide, *(() if fitted else (NOT_FITTING,))]
        else:
            plane, colours = colour_plane(header)
            warnings += () if colours is None else judge_colour(colours)
    if plane.shape != (header.Rows, header.Columns):
        raise InputError(f"{path} decodes to another size than its header says; export it again")
    return plane, (*warnings, *((STORED_MIRRORED,) if _is_mirrored(header) else ()))


def dicom_size(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(rows, columns), from the header alone.

    Raises:
        InputError: as `read_dicom`, the pixels apart.
    """
    return dicom_facts(path, limits).size


def dicom_facts(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> DicomFacts:
    """What the header says of the picture.

    Raises:
        InputError: as `read_dicom`, the pixels apart.
    """
    with opened_header(path, (*IMAGE, *SPACING, "PatientOrientation"), pixels=False) as header:
        check_picture(header, limits, path)
        modality = str(header.get("Modality") or "")
        return DicomFacts(
            (header.Rows, header.Columns),
            header.BitsStored,
            header.PhotometricInterpretation,
            modality if re.fullmatch(r"[A-Z0-9]{2,16}", modality) else "",
            find_spacing(header.get),
            _is_mirrored(header),
        )


def _is_mirrored(header: Any) -> bool:
    """Whether the columns go towards the patient's right, by PatientOrientation (PS3.3 C.7.6.1.1.1)."""
    directions = several(header.get("PatientOrientation"))
    return len(directions) > 1 and word(directions).startswith("R")


def raw_patient_id(path: Path) -> str | None:
    """What tells patients apart as it stands in the file, for hashing and nothing else.

    The issuer and the id; where that is empty or a word that stands for nobody, the study, which is of one patient.

    Returns:
        None where neither is said.

    Raises:
        InputError: the file cannot be parsed.
    """
    keywords = ("IssuerOfPatientID", "PatientID", "StudyInstanceUID")
    with opened_header(path, keywords, pixels=False) as header:
        issuer, value, study = (str(header.get(keyword) or "").strip() for keyword in keywords)
    if value and not stands_for_nobody(value):
        return f"{issuer}\n{value}"
    return f"study\n\n{study}" if study else None
