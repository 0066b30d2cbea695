"""DICOM files opened with suspicion: the one importer of pydicom, loaded only when such a file is met.

Only the attributes that are asked for are read, so that no name or date of a patient is ever parsed, and messages hold
nothing that a file says but sizes and kinds.
"""

import logging
import mmap
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dentalx.datasets.decode import check_regular
from dentalx.errors import InputError

INSTALL = "pip install pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_MOST_READS = 200_000  # parts of a header; true files have some hundreds
# What these say of broken files may quote them, and so a name.
for _name_of in ("pydicom", "openjpeg", "libjpeg"):
    logging.getLogger(_name_of).setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom\.")


def library() -> Any:
    """pydicom itself, for what stands beside this file."""
    import pydicom

    return pydicom


class _Watched:
    """A file's bytes for pydicom to read from, which asks for no more than is there, and not for ever."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._place, self._reads = data, 0, 0

    def read(self, size: int | None = -1) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise ValueError("too many elements")
        start = min(self._place, len(self._data))
        end = len(self._data) if size is None or size < 0 else min(start + size, len(self._data))
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
            if data[128:132] == b"DICM" and _syntax_in(data) == _DEFLATED:
                raise InputError(f"{path} is deflated as a whole, which is not read; export it uncompressed")
            header = pydicom.dcmread(
                _Watched(data),
                force=True,
                stop_before_pixels=not pixels,
                specific_tags=list(keywords),
            )
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


def _syntax_in(data: mmap.mmap) -> str:
    """The transfer syntax in the file's first bytes, found without parsing, which would inflate a deflated file."""
    found = re.search(rb"\x02\x00\x10\x00UI..([0-9.]+)", data[132:65_536], re.DOTALL)
    return found.group(1).decode() if found else ""
