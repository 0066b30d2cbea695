"""What is asked of a DICOM header before anything is decoded."""

import re
import struct
from pathlib import Path
from typing import Any

from dentalx.datasets.decode import ReadLimits, check_size
from dentalx.errors import InputError

DICOMDIR = "1.2.840.10008.1.3.10"
_NOBODY = re.compile(
    r"0*|x*|anon|anonym\w*|deident\w*|unknown|none|null|na|no(patient)?id|removed|default|patient|patientid|id"
)


def stands_for_nobody(patient_id: str) -> bool:
    """Whether a patient id is what anonymisers and unfilled forms leave behind.

    >>> [stands_for_nobody(text) for text in ("ANONYMOUS", "0000", "N/A", "xxx", "4711", "Anna-1")]
    [True, True, True, True, False, False]
    """
    return _NOBODY.fullmatch(re.sub(r"[\W_]", "", patient_id.casefold())) is not None


def is_index_header(header: Any) -> bool:
    """Whether the header is of a DICOMDIR."""
    meta = str(getattr(header.file_meta, "MediaStorageSOPClassUID", ""))
    return DICOMDIR in (meta, str(header.get("SOPClassUID") or ""))


def check_picture(header: Any, limits: ReadLimits, path: Path) -> None:
    """Refuse what is no single grey or colour picture of 8 to 16 bits and bearable size.

    Raises:
        InputError: says which.
    """
    if is_index_header(header):
        raise InputError(f"{path} is a DICOMDIR, an index and no picture; give the files it points at")
    rows, columns, photometric = (header.get(k) for k in ("Rows", "Columns", "PhotometricInterpretation"))
    if not isinstance(rows, int) or not isinstance(columns, int) or not isinstance(photometric, str):
        raise InputError(f"{path} is a DICOM file without a picture (no rows and columns); remove it")
    check_size((columns, rows), limits, path, 2)  # 8 bits too are reckoned with in 16
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1:
        raise InputError(f"{path} holds {frames} frames (a volume or a series), expected one radiograph; export one")
    samples, allocated, bits = (header.get(k) for k in ("SamplesPerPixel", "BitsAllocated", "BitsStored"))
    if samples not in (1, 3):
        raise InputError(f"{path} has {_told(samples)} samples a pixel, expected 1 (grey) or 3 (colour); export it")
    if allocated not in (8, 16) or not isinstance(bits, int) or not 1 < bits <= allocated:
        raise InputError(
            f"{path} has {_told(bits)} bits of {_told(allocated)} a pixel, expected 8 to 16; export it as 16 bit"
        )
    if samples == 3 or photometric == "PALETTE COLOR":  # the colours of a palette have 16 bits
        check_size((columns, rows), limits, path, 3 * allocated // 8 if samples == 3 else 6)


def _told(value: Any) -> str:
    return str(value) if isinstance(value, int) else "no"


def frame_size(frame: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) in the header of a JPEG, JPEG-LS or JPEG 2000 stream; None where there is none.

    >>> frame_size(bytes.fromhex("ffd8 fff7 000b 08 0002 0003 01 011100"))
    (2, 3, 1)
    """
    start = frame.find(b"\xff\x4f\xff\x51") if frame[:2] != b"\xff\xd8" else -1
    if start >= 0 and len(frame) >= start + 42:
        right, bottom, left, top = struct.unpack(">4I", frame[start + 8 : start + 24])
        return bottom - top, right - left, struct.unpack(">H", frame[start + 40 : start + 42])[0]
    place = 2
    while frame[:2] == b"\xff\xd8" and place + 10 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            rows, columns = struct.unpack(">HH", frame[place + 5 : place + 9])
            return rows, columns, frame[place + 9]
        else:
            place += 2 + int(struct.unpack(">H", frame[place + 2 : place + 4])[0])
    return None
