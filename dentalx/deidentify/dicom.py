"""DICOM files written again with what showing the picture needs, and nothing else.

After the Basic Application Level Confidentiality Profile of PS3.15 annex E, by a list of what stays, not of what goes:
whatever is not on the list is gone, the private groups, overlays, curves, icons, OriginalAttributesSequence and every
date among it. Texts that stay are checked against the words that the standard defines, so that none carries a name.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dentalx import __version__
from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS
from dentalx.datasets.dicom import (
    GREY,
    IMAGE,
    SPACING,
    check_pixel_data,
    library,
    opened_header,
    raw_patient_id,
    read_dicom,
    stored_values,
)
from dentalx.datasets.dicom_check import check_picture
from dentalx.datasets.patients import patient_code
from dentalx.deidentify.containers import bare_j2k, bare_jpeg
from dentalx.errors import InputError
from dentalx.salt import code
from dentalx.text import Box, covered

_WORDS = {
    "Modality": r"PX|IO|DX|CR|DR|RG|MG|OT|SC|XC",
    "PhotometricInterpretation": r"MONOCHROME[12]|PALETTE COLOR|RGB|YBR_(FULL|FULL_422|ICT|RCT|PARTIAL_420)",
    "VOILUTFunction": r"LINEAR|LINEAR_EXACT|SIGMOID",
    "PresentationLUTShape": r"IDENTITY|INVERSE",
    "PixelSpacingCalibrationType": r"GEOMETRY|FIDUCIAL",
    "LossyImageCompression": r"0[01]",
    "LossyImageCompressionMethod": r"ISO_[0-9]{5}(_[0-9]{1,2})?",
    "PatientOrientation": r"[APRLFH]{1,3}",
    "ImageLaterality": r"[RLUB]",
    "SOPClassUID": r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.[0-9.]{1,20}",
}  # fmt: skip
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_READ = (
    *IMAGE, *GREY, *SPACING, *_UIDS, "LossyImageCompression", "LossyImageCompressionMethod", "PatientOrientation",
    "ImageLaterality", "BurnedInAnnotation", "PixelData", "FloatPixelData", "DoubleFloatPixelData",
)  # fmt: skip
_EMPTY = (
    "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID",
    "SeriesNumber", "InstanceNumber",
)  # fmt: skip
_TABLE = ("LUTDescriptor", "LUTData", "ModalityLUTType")
_RULES: tuple[GreyRule, ...] = ("voi", "full")
_CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_ADDED = (
    "PatientName", "PatientID", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified",
)  # fmt: skip
KEPT = frozenset((*_READ, *_EMPTY, *_TABLE, *_CODE, *_ADDED))
"""The keywords of everything that can be in a file written here."""
_EXPLICIT = "1.2.840.10008.1.2.1"
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
_RECODED: dict[str, Callable[[bytes], bytes]] = {
    **{f"1.2.840.10008.1.2.4.{number}": bare_jpeg for number in (50, 51, 57, 70, 80, 81)},
    **{f"1.2.840.10008.1.2.4.{number}": bare_j2k for number in (90, 91, 201, 202, 203)},
}


def write_bare_dicom(path: Path, target: Path, salt: bytes, boxes: Sequence[Box] = (), found: bool = False) -> None:
    """Write the picture of a DICOM file to `target`, with black over `boxes`, the patient as a salted code.

    Args:
        path: the file.
        target: where to write.
        salt: of the codes and of the new UIDs, which are the same for the same old ones.
        boxes: where black goes; such a picture is written uncompressed.
        found: whether burned-in text was found, for BurnedInAnnotation: YES where text is left, as the file said
            where nothing was found, else nothing, which means unknown.

    Raises:
        InputError: it is no single radiograph or broken, or what was written is not what was read.
    """
    said = raw_patient_id(path)
    with opened_header(path, _READ) as header:
        check_picture(header, DEFAULT_LIMITS, path)
        check_pixel_data(header, path)
        pydicom = library()
        made = pydicom.dataset.Dataset()
        _copy(header, made)
        _identify(header, made, salt, patient_code(salt, said) if said else f"patient-{code(salt, 'path', str(path))}")
        annotated = header.get("BurnedInAnnotation")
        if found and not boxes:
            made.BurnedInAnnotation = "YES"
        elif not found and annotated in ("YES", "NO"):
            made.BurnedInAnnotation = annotated
        syntax = _pixels(header, made, boxes, path)
        meta = pydicom.dataset.FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
        meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
        made.file_meta = meta
        pydicom.dcmwrite(target, made, enforce_file_format=True)
    _check(path, target, boxes)


def _copy(header: Any, made: Any) -> None:
    """What showing the picture needs, each value made anew from a number or a known word."""
    for keyword in (*IMAGE, *GREY, *SPACING, *_WORDS):
        value = header.get(keyword)
        if value is None or value == "":
            continue
        if keyword in _WORDS:
            words = [str(word) for word in (value if _is_several(value) else [value])]
            if all(re.fullmatch(_WORDS[keyword], word) for word in words):
                setattr(made, keyword, words if len(words) > 1 else words[0])
        elif keyword.endswith("Sequence"):
            setattr(made, keyword, library().sequence.Sequence([_table(value[0])]))
        elif keyword.endswith(("TableData", "TableDescriptor")):
            made[keyword] = header[keyword]
        else:
            numbers = [_number(number) for number in (value if _is_several(value) else [value])]
            setattr(made, keyword, numbers if len(numbers) > 1 else numbers[0])
    made.setdefault("Modality", "OT")
    if "SOPClassUID" not in made:
        made.SOPClassUID = _SECONDARY


def _table(item: Any) -> Any:
    made = library().dataset.Dataset()
    made["LUTDescriptor"], made["LUTData"] = item["LUTDescriptor"], item["LUTData"]
    if "ModalityLUTType" in item:
        made.ModalityLUTType = "US"
    return made


def _identify(header: Any, made: Any, salt: bytes, patient: str) -> None:
    """A patient who is a code, UIDs made of the old ones, and what was done."""
    pydicom = library()
    for keyword in _UIDS:
        old = str(header.get(keyword) or patient)
        digest = hmac.digest(salt, f"{keyword}\0{old}".encode("utf-8", "surrogateescape"), "sha256")
        setattr(made, keyword, f"2.25.{int.from_bytes(digest[:16], 'big')}")
    for keyword in _EMPTY:
        setattr(made, keyword, None if keyword.endswith("Number") and keyword != "AccessionNumber" else "")
    made.PatientName = made.PatientID = patient
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = f"dentalx {__version__}: attributes by a list of what stays"
    what = pydicom.dataset.Dataset()
    what.CodeValue, what.CodingSchemeDesignator = "113100", "DCM"
    what.CodeMeaning = "Basic Application Confidentiality Profile"
    made.DeidentificationMethodCodeSequence = pydicom.sequence.Sequence([what])
    made.LongitudinalTemporalInformationModified = "REMOVED"


def _pixels(header: Any, made: Any, boxes: Sequence[Box], path: Path) -> str:
    """Give `made` its pixels and say their transfer syntax: the coded ones, bare, or plain ones where that must be."""
    pydicom = library()
    syntax = header.file_meta.TransferSyntaxUID
    if syntax.is_compressed and not boxes:
        frame = pydicom.encaps.get_frame(header.PixelData, 0, number_of_frames=1)
        frame = _RECODED[str(syntax)](frame) if str(syntax) in _RECODED else frame
        made.add_new("PixelData", "OB", pydicom.encaps.encapsulate([frame]))
        made["PixelData"].is_undefined_length = True
        return str(syntax)
    if header.SamplesPerPixel == 1 and header.PhotometricInterpretation.startswith("MONOCHROME"):
        values = stored_values(header)
        made.HighBit = made.BitsStored - 1  # what stood above and below the stored bits is left out
    else:
        values = pydicom.pixels.pixel_array(header, index=0)
        if header.SamplesPerPixel == 3:
            made.PhotometricInterpretation, made.PlanarConfiguration = "RGB", 0
    if boxes:
        dark = np.unravel_index(int(read_dicom(path).argmin()), values.shape[:2])
        values = np.asarray(covered(values, boxes, values[dark]), values.dtype)
    kind = f"<{'i' if header.PixelRepresentation == 1 else 'u'}{header.BitsAllocated // 8}"
    raw = values.astype(kind).tobytes()
    made.add_new("PixelData", "OB" if header.BitsAllocated == 8 else "OW", raw + b"\0" * (len(raw) % 2))
    return _EXPLICIT


def _check(path: Path, target: Path, boxes: Sequence[Box]) -> None:
    """Read back: no attribute but those on the list, and the picture as it was outside the boxes."""
    with target.open("rb") as file:
        whole = library().dcmread(file)
        extra = [element.tag for element in whole.iterall() if element.keyword not in KEPT]
        if extra or whole.preamble != bytes(128):
            raise InputError(f"{path} came out with attributes that are not on the list; leave it out and report it")
    for rule in _RULES:
        before, after = read_dicom(path, rule=rule), read_dicom(target, rule=rule)
        if before.shape != after.shape or (not boxes and not np.array_equal(before, after)):
            raise InputError(f"{path} came out as another picture; export it uncompressed first")


def _is_several(value: Any) -> bool:
    return not isinstance(value, str | bytes) and hasattr(value, "__iter__")


def _number(value: Any) -> int | float:
    """A number that is one, of no more digits than DICOM's decimal strings hold."""
    return value if isinstance(value, int) else float(f"{float(value):.9g}")
