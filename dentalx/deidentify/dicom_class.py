"""Which kind of DICOM image a copy is, and the attributes that its kind demands (PS3.3, the IODs of annex A).

A copy stays a DX, intra-oral or CR image where its source says what such an image must say and nobody may invent;
else it is a Secondary Capture image, which holds any image. Words are checked against those that the standard
defines, and codes are written anew from its context groups.
"""

import re
from dataclasses import dataclass
from typing import Any

from dentalx.datasets.dicom import SPACING
from dentalx.datasets.dicom_file import dental_codes, library
from dentalx.datasets.dicom_grey import Rescale
from dentalx.datasets.dicom_header import numbers, several
from dentalx.deidentify.dicom_image import Understood, decimal, put_rescale

_STORAGE = "1.2.840.10008.5.1.4.1.1."
COMPUTED, SECONDARY = _STORAGE + "1", _STORAGE + "7"
_PRESENTATION, _PROCESSING = "FOR PRESENTATION", "FOR PROCESSING"
_DIGITAL = {
    _STORAGE + "1.1": (("DX", "PX", "IO"), _PRESENTATION),
    _STORAGE + "1.1.1": (("DX", "PX", "IO"), _PROCESSING),
    _STORAGE + "1.3": (("IO",), _PRESENTATION),
    _STORAGE + "1.3.1": (("IO",), _PROCESSING),
}
_INTRAORAL = (_STORAGE + "1.3", _STORAGE + "1.3.1")
_WORDS = {
    "Modality": r"PX|IO|DX|CR|DR|RG|MG|OT|SC|XC",
    "LossyImageCompression": r"0[01]",
    "LossyImageCompressionMethod": r"ISO_10918_1|ISO_14495_1|ISO_15444_1|ISO_15444_15|ISO_18181_1",
    "PatientOrientation": r"(?!.*(.).*\1)[APRLFH]{1,3}",
    "ImageLaterality": r"[RLUB]",
    "Laterality": r"[RL]",
    "PixelSpacingCalibrationType": r"GEOMETRY|FIDUCIAL",
    "PixelIntensityRelationship": r"LIN|LOG",
    "PositionerType": r"CEPHALOSTAT|NONE|RIGID",
    "ConversionType": r"DV|DI|DF|WSD|SD|SI|DRW|SYN",
}
_EMPTY = (
    "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID",
    "Manufacturer",
)  # fmt: skip
_EMPTY_NUMBERS = ("SeriesNumber", "InstanceNumber")
_CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
READ = (
    *_WORDS, *SPACING, "ImageType", "SOPClassUID", "PixelIntensityRelationshipSign", "AnatomicRegionSequence",
    "PrimaryAnatomicStructureSequence", "BurnedInAnnotation", "LossyImageCompressionRatio",
)  # fmt: skip
WRITTEN = (
    *READ, *_EMPTY, *_EMPTY_NUMBERS, *_CODE, "AnatomicRegionModifierSequence", "AcquisitionContextSequence",
    "DetectorType", "BodyPartExamined", "ViewPosition", "PresentationIntentType", "PixelSpacingCalibrationDescription",
    "RescaleSlope", "RescaleIntercept", "RescaleType",
)  # fmt: skip
_LOSSY_SYNTAXES = {"50": "ISO_10918_1", "51": "ISO_10918_1", "81": "ISO_14495_1", "91": "ISO_15444_1"}
_MOST_MM = 100_000.0


@dataclass(frozen=True)
class Annotation:
    """What is known of burned-in text.

    Attributes:
        found: whether text was found.
        covered: whether it was covered.
    """

    found: bool
    covered: bool


def class_of(header: Any, image: Understood) -> str:
    """The SOP class of the copy: the source's, where the source says all that it demands, else Secondary Capture."""
    said = str(header.get("SOPClassUID") or "")
    if said == COMPUTED and image.chain is not None and word(header, "Modality") == "CR":
        return COMPUTED
    return said if said in _DIGITAL and _is_digital_x_ray(header, image, said) else SECONDARY


def is_digital(sop_class: str) -> bool:
    """Whether a SOP class is of DX or intra-oral images."""
    return sop_class in _DIGITAL


def word(header: Any, keyword: str) -> Any:
    """The value of a coded attribute, a list where it has several; None where a word is not of the standard's."""
    words = [str(one).strip(" \0") for one in several(header.get(keyword))]
    if not words or not all(re.fullmatch(_WORDS[keyword], one) for one in words):
        return None
    if keyword == "PatientOrientation":
        return words if len(words) == 2 else None
    return words[0]


def put_class(header: Any, made: Any, sop_class: str, annotation: Annotation) -> None:
    """Give `made`, which has its pixels, everything else that its class demands, and spacing."""
    made.SOPClassUID = sop_class
    made.Modality = word(header, "Modality") or "OT"
    for keyword in _EMPTY:
        setattr(made, keyword, "")
    for keyword in _EMPTY_NUMBERS:
        setattr(made, keyword, None)
    for keyword in ("LossyImageCompressionMethod", "LossyImageCompression"):
        if (value := word(header, keyword)) is not None:
            setattr(made, keyword, value)
    _put_loss(header, made)
    made.PatientOrientation = word(header, "PatientOrientation") or ""
    if (image_type := _image_type(header, annotation)) is not None:
        made.ImageType = image_type
    _put_spacing(header, made)
    side = word(header, "ImageLaterality") or ("U" if made.Modality == "PX" else None)
    if side is not None:
        made.ImageLaterality = side
    else:
        made.Laterality = word(header, "Laterality") or ""
    _put_annotation(header, made, annotation, is_digital(sop_class))
    if is_digital(sop_class):
        _put_digital(header, made, sop_class)
    elif sop_class == COMPUTED:
        made.BodyPartExamined = made.ViewPosition = ""
    else:
        made.ConversionType = word(header, "ConversionType") or "WSD"  # a workstation wrote it


def _is_digital_x_ray(header: Any, image: Understood, sop_class: str) -> bool:
    """Whether the source has what a DX or intra-oral image must have (PS3.3 A.26, A.28, C.8.11)."""
    modalities, intent = _DIGITAL[sop_class]
    if image.chain is None:
        return False
    modality = word(header, "Modality")
    checks = (
        modality in modalities,
        not image.signed and 6 <= image.bits <= 16,
        image.chain.modality in (None, Rescale(1, 0)),
        len(image.chain.voi) == (intent == _PRESENTATION),
        _lengths(header, "ImagerPixelSpacing", 2) is not None,
        word(header, "PixelIntensityRelationship") is not None,
        header.get("PixelIntensityRelationshipSign") in (1, -1),
        word(header, "PatientOrientation") is not None,
        word(header, "ImageLaterality") is not None or modality == "PX",
        _image_type(header, Annotation(False, False)) is not None,
    )
    if sop_class not in _INTRAORAL:
        return all(checks)
    more = word(header, "ImageLaterality") != "U", word(header, "PositionerType"), _region(header)
    return all(checks) and all(more)


def _put_digital(header: Any, made: Any, sop_class: str) -> None:
    made.PresentationIntentType = _DIGITAL[sop_class][1]
    made.PixelIntensityRelationship = word(header, "PixelIntensityRelationship")
    made.PixelIntensityRelationshipSign = int(header.PixelIntensityRelationshipSign)
    put_rescale(made, 1, 0)
    made.setdefault("LossyImageCompression", "00")
    made.DetectorType = ""
    made.PositionerType = word(header, "PositionerType") or ""
    made.AcquisitionContextSequence = []
    made.AnatomicRegionSequence = []
    if sop_class in _INTRAORAL:
        region, teeth = _region(header) or (None, [])
        made.AnatomicRegionSequence = [region]
        if teeth:
            made.PrimaryAnatomicStructureSequence = teeth


def _put_annotation(header: Any, made: Any, annotation: Annotation, demanded: bool) -> None:
    """Write YES where text is left, what the file says where none was found, else what is on the safe side."""
    said = header.get("BurnedInAnnotation")
    if annotation.found and not annotation.covered:
        made.BurnedInAnnotation = "YES"
    elif not annotation.found and said in ("YES", "NO"):
        made.BurnedInAnnotation = said
    elif demanded:  # DX and intra-oral images must say, and nobody knows
        made.BurnedInAnnotation = "YES"


def _put_loss(header: Any, made: Any) -> None:
    """Say that an image was compressed with loss where its transfer syntax tells so."""
    number = str(header.file_meta.TransferSyntaxUID).removeprefix("1.2.840.10008.1.2.4.")
    always = number in ("50", "51")  # the other two may be lossless
    if number in _LOSSY_SYNTAXES and (always or "LossyImageCompression" not in made):
        made.LossyImageCompression, made.LossyImageCompressionMethod = "01", _LOSSY_SYNTAXES[number]
    if made.get("LossyImageCompression") != "01" and "LossyImageCompressionMethod" in made:
        del made.LossyImageCompressionMethod
    ratio = _lengths(header, "LossyImageCompressionRatio", 1)
    if made.get("LossyImageCompression") == "01" and ratio is not None:
        made.LossyImageCompressionRatio = ratio


def _put_spacing(header: Any, made: Any) -> None:
    for keyword in SPACING:
        count = 2 if keyword.endswith("PixelSpacing") else 1
        if keyword in _WORDS:
            continue
        if (value := _lengths(header, keyword, count)) is not None:
            setattr(made, keyword, value)
    kind = word(header, "PixelSpacingCalibrationType")
    if kind is not None and "PixelSpacing" in made:
        made.PixelSpacingCalibrationType, made.PixelSpacingCalibrationDescription = kind, "not kept"


def _lengths(header: Any, keyword: str, count: int) -> Any:
    """So many positive numbers, each of five digits at most before the point, or None."""
    found = [one for one in numbers(header.get(keyword)) if one is not None and 0 < one < _MOST_MM]
    if len(found) != count or len(several(header.get(keyword))) != count:
        return None
    return [decimal(one) for one in found] if count > 1 else decimal(found[0])


def _image_type(header: Any, annotation: Annotation) -> list[str] | None:
    words = [str(one).strip() for one in several(header.get("ImageType"))][:2]
    if len(words) < 2 or words[0] not in ("ORIGINAL", "DERIVED") or words[1] not in ("PRIMARY", "SECONDARY"):
        return None
    return ["DERIVED" if annotation.covered else words[0], words[1], ""]


def _region(header: Any) -> tuple[Any, list[Any]] | None:
    """The region of an intra-oral image with its modifier, and its teeth; None where neither of those is known."""
    groups = dental_codes().codes
    permanent, primary = groups.cid4018, groups.cid4019
    regions, modifiers = _codes(groups.cid4016), _codes(groups.cid4017)
    item = (header.get("AnatomicRegionSequence") or [None])[0]
    region = _code_item(item, regions)
    if region is None:
        return None
    teeth = [_code_item(one, _codes(permanent) + _codes(primary)) for one in _items(header)]
    if teeth and None not in teeth:
        return region, teeth
    modifier = _code_item((item.get("AnatomicRegionModifierSequence") or [None])[0], modifiers)
    if modifier is None:
        return None
    region.AnatomicRegionModifierSequence = [modifier]
    return region, []


def _items(header: Any) -> list[Any]:
    return list(header.get("PrimaryAnatomicStructureSequence") or [])


def _codes(group: Any) -> list[Any]:
    return [getattr(group, name) for name in group.dir()]


def _code_item(item: Any, allowed: list[Any]) -> Any:
    """A code sequence's item, written from the standard's list; None where the item's code is not on it."""
    if item is None:
        return None
    scheme = str(item.get("CodingSchemeDesignator")).replace("SNM3", "SRT")  # two names of SNOMED's older codes
    said = dental_codes().Code(str(item.get("CodeValue")), scheme, "")
    found = next((one for one in allowed if one == said), None)
    if found is None:
        return None
    made = library().dataset.Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = found.value, found.scheme_designator, found.meaning
    return made
