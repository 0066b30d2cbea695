"""Look-up tables of DICOM headers (PS3.3 C.11.1, C.11.2), however they are written."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_grey import Table
from dentalx.datasets.dicom_header import several, whole

_MOST_ENTRIES = 65_536


def tables(items: Any, header: Any, signed: bool) -> list[Table]:
    """Return the tables of a Modality or VOI LUT Sequence that hold entries; others are passed over.

    `pydicom.pixels.apply_modality_lut` and `apply_voi_lut` do the same for whole arrays, but refuse tables that hold
    fewer entries than they say, items without data and words of another VR, which real files have, and they do not
    know the output's full scale.

    Args:
        items: the sequence, or None.
        header: for its byte order.
        signed: whether the tables' input has a sign.
    """
    found = (_table(item, header.original_encoding[1] is not False, signed) for item in items or ())
    return [table for table in found if table is not None]


def _table(item: Any, little: bool, signed: bool) -> Table | None:
    descriptor = [whole(value) for value in several(item.get("LUTDescriptor"))]
    count, first = (*descriptor, None, None)[:2]
    count = (count or 0) % _MOST_ENTRIES or _MOST_ENTRIES  # 0 says 65536, and a signed VR may have made it negative
    entries = _entries(item.get("LUTData"), count, little)
    if not len(entries):
        return None
    first = first or 0
    if signed and first > 32_767:  # written as unsigned, meant as signed
        first -= 65_536
    return Table(first, entries, full_scale(int(entries.max())))


def full_scale(largest: int) -> int:
    """Return the full scale of a table's output: that of the bits of its largest entry, at least 8.

    Descriptors say more bits than the entries use, or fewer; viewers go by the entries.

    >>> full_scale(4000), full_scale(200), full_scale(1023)
    (4095, 255, 1023)
    """
    return int(2 ** max(8, largest.bit_length()) - 1)


def _entries(data: Any, count: int, little: bool) -> NDArray[np.uint16]:
    """At most `count` entries: whole numbers, words, or bytes where there are as many and they make a table."""
    if isinstance(data, bytes):
        if len(data) in (count, count + count % 2) and len(data) < 2 * count:
            packed = data if little else np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
            entries = np.frombuffer(packed, np.uint8)[:count].astype(np.uint16)
            if _is_table(entries):
                return entries
        words = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little else ">u2")
        return words[:count].astype(np.uint16)
    numbers = [whole(value) for value in several(data)[:_MOST_ENTRIES]]
    found = np.array([value or 0 for value in numbers], np.int64).astype(np.uint16)
    if len(found) == -(-count // 2) < count and int(found.max()) > 255:  # perhaps two bytes in a word
        entries = found.astype("<u2").view(np.uint8).astype(np.uint16)
        found = entries if _is_table(entries) else found
    return found[:count]


def _is_table(entries: NDArray[np.uint16]) -> bool:
    """Whether neighbours are alike, as the two bytes of a word are not."""
    spread = float(entries.std())
    return spread == 0 or float(np.abs(np.diff(entries.astype(np.int32))).mean()) < spread / 2
