"""DICOM files written anew with what showing the image needs, and nothing else.

After the Basic Application Level Confidentiality Profile of PS3.15 annex E, by a list of what stays, not of what goes:
whatever is not on the list is gone, and with it private groups, overlays, curves, icons, OriginalAttributesSequence
and every date. No byte is copied: pixels are decoded and written uncompressed, look-up tables and numbers are made
from what was understood of them, and words are checked against those that the standard defines.
"""

import hmac
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dentalx import __version__
from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS
from dentalx.datasets.dicom import GREY, IMAGE, raw_patient_id, read_dicom
from dentalx.datasets.dicom_check import check_picture
from dentalx.datasets.dicom_file import library, opened_header
from dentalx.datasets.dicom_pixels import check_pixel_data
from dentalx.datasets.patients import patient_code
from dentalx.deidentify import dicom_class
from dentalx.deidentify.dicom_class import Annotation
from dentalx.deidentify.dicom_image import Understood, blackened, put_image, understood
from dentalx.errors import InputError
from dentalx.files import file_digest
from dentalx.salt import code
from dentalx.text import Box

_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_READ = (*IMAGE, *GREY, *_UIDS, *dicom_class.READ, "PixelData", "FloatPixelData", "DoubleFloatPixelData")
_ADDED = (
    "PatientName", "PatientID", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified",
)  # fmt: skip
KEPT = frozenset(
    keyword
    for keyword in (*IMAGE, *GREY, *_UIDS, *_ADDED, *dicom_class.WRITTEN, "PixelData", "LUTDescriptor", "LUTData")
    if "PaletteColor" not in keyword and keyword != "NumberOfFrames"
) | {"ModalityLUTType"}
"""The keywords of everything that can be in a file written here."""
_EXPLICIT = "1.2.840.10008.1.2.1"
_RULES: tuple[GreyRule, ...] = ("voi", "full")
_ROUNDING = 1e-5  # of a VOI look-up table that must be written with 16 bits: half a level of these


def write_bare_dicom(path: Path, target: Path, salt: bytes, boxes: Sequence[Box] = (), found: bool = False) -> None:
    """Write the image of a DICOM file to `target`, with black over `boxes`, the patient as a salted code.

    Args:
        path: the file.
        target: where to write.
        salt: of the codes and of the new UIDs, which are the same for the same old ones. A file without a UID gets
            one that is its own.
        boxes: where black goes.
        found: whether burned-in text was found, for BurnedInAnnotation: YES where text is left, as the file said
            where nothing was found. Else nothing, which means unknown, or YES where the kind of image must say.

    Raises:
        InputError: it is no single radiograph or broken, or what was written is not what was read.
    """
    said = raw_patient_id(path)
    itself = f"{path.resolve()}\0{file_digest(path)}"
    with opened_header(path, _READ) as header:
        check_picture(header, DEFAULT_LIMITS, path)
        check_pixel_data(header, path)
        pydicom = library()
        made = pydicom.dataset.Dataset()
        image = understood(header)
        if boxes:
            image = blackened(image, boxes, read_dicom(path))
        sop_class = dicom_class.class_of(header, image)
        put_image(made, image, dicom_class.is_digital(sop_class))
        dicom_class.put_class(header, made, sop_class, Annotation(found, bool(boxes)))
        _identify(header, made, salt, said, itself)
        meta = pydicom.dataset.FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
        meta.TransferSyntaxUID = pydicom.uid.UID(_EXPLICIT)
        made.file_meta = meta
        pydicom.dcmwrite(target, made, enforce_file_format=True)
    _check_written(target, image)
    if not boxes:
        _check_shown(path, target)


def _identify(header: Any, made: Any, salt: bytes, said: str | None, itself: str) -> None:
    """A patient who is a code, UIDs made of the old ones, and what was done.

    A missing study is the patient's, a missing series the study's, and a missing instance is of this file alone.
    """
    pydicom = library()
    patient = patient_code(salt, said) if said else f"patient-{code(salt, 'path', itself)}"
    study, series, instance = (str(header.get(keyword) or "").strip() for keyword in _UIDS)
    study = study or patient
    for keyword, old in zip(_UIDS, (study, series or study, instance or itself), strict=True):
        digest = hmac.digest(salt, f"{keyword}\0{old}".encode("utf-8", "surrogateescape"), "sha256")
        setattr(made, keyword, f"2.25.{int.from_bytes(digest[:16], 'big')}")
    made.PatientName = made.PatientID = patient
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = f"dentalx {__version__}: attributes by a list of what stays"
    what = pydicom.dataset.Dataset()
    what.CodeValue, what.CodingSchemeDesignator = "113100", "DCM"
    what.CodeMeaning = "Basic Application Confidentiality Profile"
    made.DeidentificationMethodCodeSequence = pydicom.sequence.Sequence([what])
    made.LongitudinalTemporalInformationModified = "REMOVED"


def _check_written(target: Path, image: Understood) -> None:
    """Read back: no attribute but those on the list, and every value as it was meant.

    Raises:
        InputError: one is not.
    """
    with target.open("rb") as file:
        whole = library().dcmread(file)
        extra = [element.tag for element in whole.iterall() if element.keyword not in KEPT]
        if extra or whole.preamble != bytes(128):
            raise InputError("a copy came out with attributes that are not on the list; please report it")
    with opened_header(target, _READ) as header:
        check_picture(header, DEFAULT_LIMITS, target)
        check_pixel_data(header, target)
        if not np.array_equal(understood(header).values, image.values):
            raise InputError("a copy came out with other pixels; please report it")


def _check_shown(path: Path, target: Path) -> None:
    """Read back: the copy is shown as its source is.

    Raises:
        InputError: it is not.
    """
    for rule in _RULES:
        before, after = read_dicom(path, rule=rule), read_dicom(target, rule=rule)
        if before.shape != after.shape or np.abs(before - after).max() > _ROUNDING:
            raise InputError(f"{path} came out as another image; export it uncompressed first")
