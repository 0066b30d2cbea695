"""What is asked of a DICOM header before anything is decoded."""

import re
from pathlib import Path
from typing import Any

from dentalx.datasets.decode import ReadLimits, check_size
from dentalx.datasets.dicom_header import PHOTOMETRIC, complete
from dentalx.errors import InputError

DICOMDIR = "1.2.840.10008.1.3.10"
_NOBODY = re.compile(
    r"0*|x*|anon|anonym\w*|deident\w*|unknown|none|null|na|no(patient)?id|removed|default|patient|patientid|id"
)


def stands_for_nobody(patient_id: str) -> bool:
    """Whether a patient id is what programs that remove names, and unfilled forms, leave behind.

    >>> [stands_for_nobody(text) for text in ("REMOVED", "0000", "N/A", "xxx", "4711", "Anna-1")]
    [True, True, True, True, False, False]
    """
    return _NOBODY.fullmatch(re.sub(r"[\W_]", "", patient_id.casefold())) is not None


def is_index_header(header: Any) -> bool:
    """Whether the header is of a DICOMDIR."""
    meta = str(getattr(header.file_meta, "MediaStorageSOPClassUID", ""))
    return DICOMDIR in (meta, str(header.get("SOPClassUID") or ""))


def check_picture(header: Any, limits: ReadLimits, path: Path) -> tuple[str, ...]:
    """Refuse what is no single grey or colour image of 1 to 16 bits and bearable size, and complete the rest.

    Returns:
        warnings of what the header lacks and was assumed, a sentence each.

    Raises:
        InputError: says which.
    """
    if is_index_header(header):
        raise InputError(f"{path} is a DICOMDIR, an index and no picture; give the files it points at")
    warnings = complete(header, path)
    rows, columns, photometric = header.Rows, header.Columns, header.PhotometricInterpretation
    check_size((columns, rows), limits, path, 2)  # 8 bits too are reckoned with in 16
    if header.NumberOfFrames > 1:
        frames = header.NumberOfFrames
        raise InputError(f"{path} holds {frames} frames (a volume or a series), expected one radiograph; export one")
    samples, allocated, bits = header.SamplesPerPixel, header.BitsAllocated, header.BitsStored
    if samples not in (1, 3):
        raise InputError(f"{path} has {samples} samples a pixel, expected 1 (grey) or 3 (colour); export it")
    if samples != PHOTOMETRIC[photometric]:
        raise InputError(
            f"{path} says {samples} samples a pixel and {photometric}, which needs "
            f"{PHOTOMETRIC[photometric]}; export it again"
        )
    if allocated not in ((1, 8, 16) if samples == 1 else (8, 16)) or not 1 <= bits <= allocated:
        raise InputError(f"{path} has {bits} bits of {allocated} a pixel, expected 8 to 16; export it as 16 bit")
    if samples == 3 or photometric == "PALETTE COLOR":  # the colours of a palette have 16 bits
        check_size((columns, rows), limits, path, 3 * allocated // 8 if samples == 3 else 6)
    return warnings
