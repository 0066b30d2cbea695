"""Values of a DICOM header however they were written, and what stands in where they are missing."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dentalx.errors import InputError

PHOTOMETRIC = {  # to the samples a pixel that each needs
    "MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3, "YBR_ICT": 3,
    "YBR_RCT": 3, "YBR_PARTIAL_422": 3, "YBR_PARTIAL_420": 3,
}  # fmt: skip
_BY_LETTERS = {re.sub(r"[ _]", "", name): name for name in PHOTOMETRIC}
_WHOLE = {
    "Rows": "(0028,0010)", "Columns": "(0028,0011)", "BitsAllocated": "(0028,0100)", "SamplesPerPixel": "(0028,0002)",
    "BitsStored": "(0028,0101)", "HighBit": "(0028,0102)", "PixelRepresentation": "(0028,0103)",
    "PlanarConfiguration": "(0028,0006)", "NumberOfFrames": "(0028,0008)",
}  # fmt: skip
_NEEDED = ("Rows", "Columns", "BitsAllocated")


def several(value: Any) -> list[Any]:
    r"""Return the values of an attribute, whatever its VR and however many there are.

    >>> several(None), several(5), several([5, 6]), several("2048\\100 "), several(b"7\\8")
    ([], [5], [5, 6], ['2048', '100'], ['7', '8'])
    """
    if value is None:
        return []
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        return [part for text in value.split("\\") if (part := text.strip(" \0\t"))]
    return list(value) if isinstance(value, Iterable) else [value]


def number(value: Any) -> float | None:
    """Return one finite number, also where a text holds it, with a comma too; None where there is none.

    >>> number(3), number(" 1,5 "), number("about 3"), number(float("inf"))
    (3.0, 1.5, None, None)
    """
    text = value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 and "." not in value else value
    try:
        found = float(text)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < float("inf") else None  # NaN is not either


def numbers(value: Any) -> list[float | None]:
    """Return the numbers of an attribute in their order, None for each value that is none."""
    return [number(each) for each in several(value)]


def whole(value: Any) -> int | None:
    r"""Return the first value as a whole number; None where it is none.

    >>> whole("16"), whole(12.0), whole([8, 9]), whole(b"\x0c\0"), whole("x"), whole(0.5)
    (16, 12, 8, 12, None, None)
    """
    if isinstance(value, bytes) and len(value) in (2, 4) and not value.strip(b" \0").isdigit():
        return int.from_bytes(value, "little")
    found = numbers(value)[:1]
    return int(found[0]) if found and found[0] is not None and found[0].is_integer() else None


def word(value: Any) -> str:
    """Return the first value as a word of the standard: in capitals, without blanks around it; "" where it is none.

    >>> word("Sigmoid "), word(None), word(["INVERSE"])
    ('SIGMOID', '', 'INVERSE')
    """
    found = several(value)[:1]
    return str(found[0]).strip(" \0").upper() if found else ""


def complete(header: Any, path: Path) -> tuple[str, ...]:
    """Write whole numbers and words of the standard into a header where others stand, and what can be assumed.

    Samples follow from the photometric interpretation, stored bits from the high bit or the allocated ones; values are
    unsigned and colours lie pixel by pixel where nothing is said (PS3.3 C.7.6.3).

    Returns:
        warnings of what was assumed.

    Raises:
        InputError: it has no image, or lacks what cannot be assumed; names the attribute.
    """
    found = {keyword: whole(header.get(keyword)) for keyword in _WHOLE}
    missing = [keyword for keyword in _NEEDED if found[keyword] is None]
    if len(missing) == len(_NEEDED):
        raise InputError(
            f"{path} is a DICOM file without an image (no Rows, Columns or BitsAllocated), as reports and presentation "
            "states are; expected a radiograph"
        )
    if missing:
        names = ", ".join(f"{keyword} {_WHOLE[keyword]}" for keyword in missing)
        raise InputError(f"{path} lacks {names}, without which pixels cannot be read; export it again")
    photometric = _BY_LETTERS.get(re.sub(r"[ _]", "", word(header.get("PhotometricInterpretation"))), "")
    samples = found["SamplesPerPixel"] or PHOTOMETRIC.get(photometric, 1)
    warnings = []
    if not photometric:
        _refuse_unknown(header, samples, path)
        photometric = "MONOCHROME2"
        warnings.append(
            "its header lacks PhotometricInterpretation: MONOCHROME2 is assumed, which shows high values bright"
        )
    if found["BitsStored"] is None:
        high, allocated = found["HighBit"], found["BitsAllocated"] or 0
        found["BitsStored"] = high + 1 if high is not None and 0 < high < allocated else allocated
        warnings.append(f"its header lacks BitsStored: {found['BitsStored']} is assumed")
    found["SamplesPerPixel"] = samples
    found["PixelRepresentation"] = int(found["PixelRepresentation"] == 1)
    found["PlanarConfiguration"] = int(found["PlanarConfiguration"] == 1)
    found["HighBit"] = (found["BitsStored"] or 1) - 1 if found["HighBit"] is None else found["HighBit"]
    found["NumberOfFrames"] = found["NumberOfFrames"] or 1
    for keyword, value in found.items():
        if not isinstance(header.get(keyword), int) or header.get(keyword) != value:
            put(header, keyword, value)
    put(header, "PhotometricInterpretation", photometric)
    return tuple(warnings)


def put(header: Any, keyword: str, value: Any) -> None:
    """Give a header an attribute with the VR that the standard says, whatever VR it had before."""
    if keyword in header:
        delattr(header, keyword)
    setattr(header, keyword, value)


def _refuse_unknown(header: Any, samples: int, path: Path) -> None:
    """Refuse a photometric interpretation that is unknown, or missing where it says what three samples mean."""
    if word(header.get("PhotometricInterpretation")):
        known = ", ".join(PHOTOMETRIC)
        raise InputError(f"{path} has an unknown PhotometricInterpretation, expected {known}; export it again")
    if samples != 1:
        raise InputError(
            f"{path} lacks PhotometricInterpretation (0028,0004), which says what its {samples} samples a pixel mean; "
            "export it again"
        )
