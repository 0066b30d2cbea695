"""Masks as DICOM segmentation objects beside the radiograph they were made of: the one importer of highdicom.

A segmentation (PS3.3 A.51) names its source, and so carries the patient's and study's attributes of it. Everything else
is made here; docs/dicom.md says what. The same source, run and pixels give the same file, to the byte.
"""

import hashlib
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx import __version__
from dentalx.datasets.dicom import library, opened_header
from dentalx.datasets.writers.segment_codes import PRIVATE, Concept, concepts, label
from dentalx.errors import InputError, install_hint
from dentalx.files import replacing
from dentalx.labelling import EXCLUSIVE, OVERLAPPING, Labelling
from dentalx.predict_config import SegmentationKind
from dentalx.samples import Mask

RESEARCH = "RESEARCH ONLY, not for diagnosis"
SERIES_NUMBER = 900
_UIDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_STUDY = ("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName")
_IMAGE = ("Rows", "Columns", "InstanceNumber", "PatientOrientation", "LossyImageCompression")
_WHEN = ("ContentDate", "ContentTime")
_LONGEST = 1024  # characters of any of these
_ARTIFICIAL = Concept("123110", "DCM", "Artificial Intelligence")


@dataclass(frozen=True)
class MadeBy:
    """What the segments are and what found them.

    Attributes:
        classes: K names.
        run: name of the run.
        kind: binary (a plane of bits a class), fractional (probabilities in 256 steps), or labelmap (one plane of
            class numbers; newer, and read by few).
        labelling: whether the classes overlap, as they may in the first two.
    """

    classes: tuple[str, ...]
    run: str
    kind: SegmentationKind
    labelling: Labelling = EXCLUSIVE


def require() -> None:
    """Refuse at once where highdicom is missing.

    Raises:
        InputError: it is.
    """
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        raise InputError(f"--dicom-seg needs highdicom, which is not installed; {install_hint('dicom')}") from error


def read_source(path: Path) -> Any:
    """What a segmentation repeats of its source: UIDs, patient and study, rows and columns.

    Raises:
        InputError: a UID is missing or none, or a value is longer than any is.
    """
    with opened_header(path, (*_UIDS, *_PATIENT, *_STUDY, *_IMAGE, *_WHEN), pixels=False) as header:
        pydicom = library()
        source = pydicom.dataset.Dataset()
        source.SpecificCharacterSet = "ISO_IR 192"
        for keyword in (*_UIDS, *_PATIENT, *_STUDY, *_IMAGE, *_WHEN):
            value = header.get(keyword)
            if len(str(value)) > _LONGEST:
                raise InputError(
                    f"{path} has a {keyword} of {len(str(value))} characters, which no file has; export it"
                )
            if keyword in _UIDS and not _is_uid(value):
                raise InputError(
                    f"{path} has no usable {keyword}, which a segmentation must name; export it again, or leave "
                    "--dicom-seg out"
                )
            if value is not None or keyword in (*_PATIENT, *_STUDY):
                setattr(source, keyword, value if value is not None else "")
    return source


def write_segmentation(
    target: Path, source: Any, mask: Mask, by: MadeBy, probability: NDArray[np.float32] | None = None
) -> None:
    """Write a segmentation of one picture.

    Args:
        target: the file.
        source: of `read_source`.
        mask: (H, W) uint8 of 0…K, of the source's size.
        by: what the classes are.
        probability: (H, W, C) float32, for kind fractional.

    Raises:
        InputError: it cannot be made of this source, or not be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the source, and so perhaps a patient
        try:
            made = _made(source, mask, by, probability)
        except Exception as error:  # its text may quote the file, and so a patient
            kind = type(error).__name__
            raise InputError(
                f"{target} cannot be made of the source's header ({kind}); leave --dicom-seg out"
            ) from error
        with replacing(target, private=True) as temporary:  # it names the patient
            made.save_as(temporary)


def uid(*parts: str | bytes) -> str:
    """A UID that follows from what it stands for: 2.25 and a UUID made of the parts' hash (PS3.5 B.2).

    >>> uid("a", "b") == uid("a", "b") != uid("ab")
    True
    """
    hashes = [hashlib.sha256(part.encode() if isinstance(part, str) else part).digest() for part in parts]
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(b''.join(hashes)).hexdigest()).int}"


def _is_uid(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and all(part.isdecimal() for part in value.split("."))


def _made(source: Any, mask: Mask, by: MadeBy, probability: NDArray[np.float32] | None) -> Any:
    import highdicom

    pixels = _pixels(mask, by, probability)
    instance = uid(source.SOPInstanceUID, by.run, by.kind, "\0".join(by.classes), __version__, pixels.tobytes())
    made = highdicom.seg.Segmentation(
        [source],
        pixels,
        by.kind.upper(),
        _segments(highdicom, by),
        series_instance_uid=uid(source.SeriesInstanceUID, by.run, by.kind),
        series_number=SERIES_NUMBER,
        sop_instance_uid=instance,
        instance_number=int(source.get("InstanceNumber") or 1),
        manufacturer="dentalx",
        manufacturer_model_name="dentalx",
        software_versions=__version__,
        device_serial_number=label(by.run),
        content_label="DENTALX",
        content_description=RESEARCH,
        series_description=label(f"{RESEARCH}: dentalx {by.run}"),
        omit_empty_frames=bool(mask.any()) and by.kind != "labelmap",
    )
    _settle(made, source, instance)
    return made


def _pixels(mask: Mask, by: MadeBy, probability: NDArray[np.float32] | None) -> NDArray[Any]:
    if by.kind != "fractional":
        several = by.labelling.overlapping
        return OVERLAPPING.unpack(mask, len(by.classes))[np.newaxis].astype(np.uint8) if several else mask
    if probability is None:
        raise ValueError("a fractional segmentation needs probabilities")
    classes = probability[..., by.labelling.channel(1, probability.shape[-1]) :]
    return np.ascontiguousarray(np.clip(classes, 0, 1)[np.newaxis], np.float32)


def _segments(highdicom: Any, by: MadeBy) -> list[Any]:
    code = library().sr.coding.Code
    algorithm = highdicom.AlgorithmIdentificationSequence(
        name=label(f"dentalx {by.run}"), family=_coded(code, _ARTIFICIAL), version=__version__
    )
    found = []
    for number, (name, coded) in enumerate(zip(by.classes, concepts(by.classes), strict=True), start=1):
        category, kind = (_coded(code, concept) for concept in coded)
        found.append(highdicom.seg.SegmentDescription(number, label(name), category, kind, "AUTOMATIC", algorithm))
    return found


def _coded(code: Any, concept: Concept) -> Any:
    return code(concept.value, concept.scheme, concept.meaning)


def _settle(made: Any, source: Any, instance: str) -> None:
    """What highdicom leaves out, and what it draws by chance or takes from the clock, from the source."""
    organisation = uid(instance, "dimensions")
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organisation
    for keyword in ("InstanceCreationDate", "InstanceCreationTime", "SeriesDate", "SeriesTime"):
        if keyword in made:
            delattr(made, keyword)
    made.ContentDate = source.get("ContentDate") or source.StudyDate or "19000101"
    made.ContentTime = source.get("ContentTime") or source.StudyTime or "000000"
    for item in made.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in item:
            del item.ContributionDateTime
    made.PatientOrientation = source.get("PatientOrientation") or ""
    made.SpecificCharacterSet = "ISO_IR 192"
    if all(
        each.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator != PRIVATE for each in made.SegmentSequence
    ):
        return
    scheme = library().dataset.Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = PRIVATE, "classes of dentalx without a published code"
    scheme.CodingSchemeResponsibleOrganization = "dentalx"
    made.CodingSchemeIdentificationSequence = [scheme]
