"""What classes are called in DICOM: coded concepts for the segments of a segmentation object.

Teeth by SNOMED CT as DICOM PS3.16 lists them for the numbers of ISO 3950 (CID 4018, permanent, and CID 4019, primary).
What has no code there gets one of a private coding scheme, which DICOM asks to begin with 99.
"""

import hashlib
from dataclasses import dataclass

from dentalx.datasets.tooth_names import tooth_numbers

SNOMED, PRIVATE = "SCT", "99DENTALX"
_LONGEST = 64  # characters of DICOM's LO

_QUADRANTS = {  # of ISO 3950: the codes of its teeth from the middle on
    1: "422653006 424877001 860767006 57826002 36492000 865995000 863902006 68085002",
    2: "424399000 423185002 860780009 61897005 23226009 865988009 863901004 87704003",
    3: "425106001 423331005 860782001 2400006 24573005 866006002 863898000 74344005",
    4: "424575004 423937004 860785004 80140008 8873007 866005003 863899008 38994002",
    5: "88824007 65624003 30618001 17505006 27855007",
    6: "51678005 43622005 73937000 45234009 51943008",
    7: "89552004 14770005 43281008 38896004 49330006",
    8: "67834006 22445006 6062009 58646007 61868007",
}
_TEETH = {
    10 * quadrant + place: code
    for quadrant, codes in _QUADRANTS.items()
    for place, code in enumerate(codes.split(), start=1)
}


@dataclass(frozen=True)
class Concept:
    """A code as DICOM writes it.

    Attributes:
        value: at most 16 characters.
        scheme: SCT, or 99DENTALX.
        meaning: in words, at most 64 characters.
    """

    value: str
    scheme: str
    meaning: str


ANATOMY = Concept("91723000", SNOMED, "Anatomical Structure")
ABNORMAL = Concept("49755003", SNOMED, "Morphologically Abnormal Structure")
OBJECT = Concept("260787004", SNOMED, "Physical object")
_KNOWN = {
    "teeth": (ANATOMY, Concept("38199008", SNOMED, "Tooth")),
    "tooth": (ANATOMY, Concept("38199008", SNOMED, "Tooth")),
    "mandible": (ANATOMY, Concept("91609006", SNOMED, "Mandible")),
    "maxilla": (ANATOMY, Concept("70925003", SNOMED, "Maxilla")),
    "maxillary sinus": (ANATOMY, Concept("15924003", SNOMED, "Maxillary sinus")),
    "caries": (ABNORMAL, Concept("80967001", SNOMED, "Dental caries")),
    "implant": (OBJECT, Concept("40388003", SNOMED, "Implant")),
}


def concepts(classes: tuple[str, ...]) -> list[tuple[Concept, Concept]]:
    """Return (category, type) of each class. Names are read together: among 1…32 an 11 is no FDI number.

    >>> concepts(("36",))[0][1]
    Concept(value='866006002', scheme='SCT', meaning='Tooth 36 (ISO 3950)')
    >>> [kind.value for _, kind in concepts(("Maxillary_Sinus", "11", "21"))]
    ['15924003', '422653006', '424399000']
    >>> concepts(tuple(map(str, range(1, 33))))[10][1].scheme
    '99DENTALX'
    """
    return [_concepts(name, number) for name, number in zip(classes, tooth_numbers(classes), strict=True)]


def _concepts(name: str, number: int | None) -> tuple[Concept, Concept]:
    if number is not None:
        return ANATOMY, Concept(_TEETH[number], SNOMED, f"Tooth {number} (ISO 3950)")
    known = _KNOWN.get(name.strip().casefold().replace("_", " ").replace("-", " "))
    if known is not None:
        return known
    value = "C" + hashlib.sha256(name.encode()).hexdigest()[:12].upper()
    return ABNORMAL, Concept(value, PRIVATE, label(name))


def label(name: str) -> str:
    """A class's name within what DICOM allows: 64 characters, no backslash, nothing unprintable.

    >>> label("a" * 70) == "a" * 64, label("x\\\\y\\n")
    (True, 'x/y')
    """
    plain = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable()).strip()
    return plain[:_LONGEST] or "class"
