"""DICOM files opened with suspicion: the one importer of pydicom, loaded only when such a file is met.

Only the attributes that are asked for are read, so that no name or date of a patient is ever parsed, and messages hold
nothing that a file says but sizes and kinds.
"""

import logging
import mmap
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dentalx.datasets.decode import check_regular
from dentalx.errors import InputError

INSTALL = "pip install pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
_DEFLATED, _EXPLICIT = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.1\0\0\0"  # of the same length
_MOST_INFLATED = 256 * 2**20  # bytes of a file that is deflated as a whole; the largest plane that is read has 96 MB
_MOST_READS = 200_000  # parts of a header; true files have some hundreds
# What these say of broken files may quote them, and so a name.
for _name_of in ("pydicom", "openjpeg", "libjpeg"):
    logging.getLogger(_name_of).setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom\.")


_GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")
_IN_GROUPS = {  # attributes that enhanced objects have there (PS3.3 C.7.6.16), and in which of their sequences
    "RescaleSlope": "PixelValueTransformationSequence", "RescaleIntercept": "PixelValueTransformationSequence",
    "WindowCenter": "FrameVOILUTSequence", "WindowWidth": "FrameVOILUTSequence",
    "VOILUTFunction": "FrameVOILUTSequence", "PixelSpacing": "PixelMeasuresSequence",
    "PatientOrientation": "PatientOrientationInFrameSequence",
}  # fmt: skip


def library() -> Any:
    """pydicom itself, for what stands beside this file."""
    import pydicom

    return pydicom


def dental_codes() -> Any:
    """pydicom's dictionary of the standard's coded terms (PS3.16), which takes a while to load."""
    import pydicom.sr.codedict

    return pydicom.sr.codedict


class _Watched:
    """A file's bytes for pydicom to read from, which asks for no more than is there, and not for ever."""

    def __init__(self, data: mmap.mmap | bytes) -> None:
        self._data, self._place, self._reads = data, 0, 0

    def read(self, size: int | None = -1) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise ValueError("too many elements")
        if size is None or size < 0:  # as pydicom asks only to inflate what `_inflated` has not recognised
            raise ValueError("deflated, without the length of its header")
        start = min(self._place, len(self._data))
        end = min(start + size, len(self._data))
        self._place = end
        return self._data[start:end]

    def seek(self, place: int, whence: int = 0) -> int:
        self._place = max(0, place + (0, self._place, len(self._data))[whence])
        return self._place

    def tell(self) -> int:
        return self._place


@contextmanager
def opened_header(path: Path, keywords: tuple[str, ...], pixels: bool = True) -> Iterator[Any]:
    """The attributes asked for; whatever a broken file raises inside the block leaves as an InputError."""
    try:
        pydicom = library()
    except ImportError as error:
        raise InputError(f"{path} is a DICOM file, and reading it needs pydicom; {INSTALL}") from error
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        check_regular(path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            groups = _GROUPS if _IN_GROUPS.keys() & set(keywords) else ()
            header = pydicom.dcmread(
                _Watched(_inflated(data, path)),
                force=True,
                stop_before_pixels=not pixels,
                specific_tags=[*keywords, *groups],
            )
            _lift(header, keywords)
            yield header
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"not enough memory to decode {path}; make the picture smaller") from error
    except PermissionError as error:
        raise InputError(f"no permission to read {path}; change its permissions or copy it") from error
    except Exception as error:  # its text may quote the file, and so a patient
        kind = type(error).__name__
        raise InputError(f"{path} is truncated or damaged, expected a whole DICOM file ({kind}); export it") from error


def _inflated(data: mmap.mmap, path: Path) -> mmap.mmap | bytes:
    """The file itself, or, where it is deflated as a whole (PS3.5 A.5), what it says, so far as that is bearable.

    pydicom would inflate it too, however large it became.
    """
    if data[128:132] != b"DICM" or data[132:140] != b"\2\0\0\0UL\4\0":
        return data
    end = 144 + int.from_bytes(data[140:144], "little")
    meta = data[132:end]
    if not re.search(rb"\x02\x00\x10\x00UI\x16\x00" + re.escape(_DEFLATED), meta):
        return data
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    rest = stream.decompress(data[end:], _MOST_INFLATED)
    if stream.unconsumed_tail:
        raise InputError(f"{path} unfolds to more than {_MOST_INFLATED >> 20} MiB, expected one radiograph; export it")
    return data[:132] + meta.replace(_DEFLATED, _EXPLICIT) + rest


def _lift(header: Any, keywords: tuple[str, ...]) -> None:
    """Put what the functional groups of the first frame, or of all frames, say where other objects say it."""
    items = [each[0] for each in (header.get(name) for name in _GROUPS) if each]
    for keyword, sequence in _IN_GROUPS.items():
        if keyword in keywords and header.get(keyword) in (None, ""):
            found = next((inner[0].get(keyword) for item in items if (inner := item.get(sequence))), None)
            if found is not None:
                if keyword in header:
                    delattr(header, keyword)
                setattr(header, keyword, found)
    for name in _GROUPS:
        if name in header:
            delattr(header, name)
