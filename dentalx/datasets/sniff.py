"""What a file is by its first bytes, asked without waiting for what is no regular file."""

import os
import stat
from pathlib import Path


def beginning(path: Path, count: int) -> bytes:
    """The first bytes of a regular file; nothing of what cannot be read, nor of a pipe, which might wait for ever."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # asked of every file: no buffers
        try:
            return os.read(file, count)
        finally:
            os.close(file)
    except (OSError, ValueError):  # ValueError: a name with a null byte
        return b""


def looks_like_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM does: "DICM" after 128 bytes, or a first element of group 2 or 8.

    False where it cannot be read.
    """
    return begins_as_dicom(beginning(path, 132))


def begins_as_dicom(head: bytes) -> bool:
    """Whether the first 132 bytes of a file are DICOM's."""
    if head[128:] == b"DICM":
        return True
    if len(head) < 132 or head[:1] not in (b"\x02", b"\x08") or head[1:2] != b"\0" or head[3:4] != b"\0":
        return False  # element numbers of those groups that stand first are below 256
    explicit = head[4:6] in (b"UL", b"UI", b"CS", b"OB", b"SH", b"LO", b"DA", b"TM")
    return explicit or int.from_bytes(head[4:8], "little") <= 128
