"""Files that are either whole or absent: written under a temporary name, then renamed."""

import codecs
import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from dentalx.errors import InputError

_TEMPORARY = re.compile(r"\.part\d+\.")
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_LONGEST_ENDS = 20  # characters
LONGEST_LINE = 2**26  # bytes; nothing that is listed, a line each, needs more


@contextlib.contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    The temporary name keeps the suffixes, since many writers choose their format by them. Nobody can guess it, so that
    nobody puts a link there first, and no two programs share one.

    Args:
        path: the file.
        private: whether its owner alone may read it, from before its first byte: it holds names of patients.

    Raises:
        InputError: no permission, no space left, or the folder is gone.
    """
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if private:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}; check permissions and free space") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def temporary_name(path: Path) -> Path:
    """Return a name beside `path` that cannot be guessed, with its suffixes; `sweep` knows it.

    >>> temporary_name(Path("a/last.weights.h5")).name.endswith(".weights.h5")
    True
    """
    ends = "".join(path.suffixes[-2:])
    return path.with_name(f".part{os.getpid()}.{secrets.token_hex(8)}{ends if len(ends) <= _LONGEST_ENDS else ''}")


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading, without waiting for what is none, such as a pipe.

    Raises:
        InputError: it is none.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"{path} is a folder, a device or a pipe, expected a file; choose another name")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def open_kept(path: Path, flags: int = 0) -> int:
    """Open a file of ours in an output folder to read and write it, made where missing; never what a link leads to.

    Args:
        path: the file.
        flags: of os.open, beyond its own.

    Returns:
        a descriptor.

    Raises:
        OSError: it is a link, a folder, a pipe or a device, or there is no permission.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | flags | _NO_WAITING | getattr(os, "O_NOFOLLOW", 0), 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is a pipe or a device", str(path))
    return descriptor


def sweep(folder: Path) -> None:
    """Remove what killed programs left in a folder and those below it under the temporary names of `replacing`.

    Only where no other program writes at the same time.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            if _TEMPORARY.match(name):
                with contextlib.suppress(OSError):
                    (Path(place) / name).unlink()


def make_folder(path: Path) -> None:
    """Make a folder and those above it, or be content that it is there.

    Raises:
        InputError: a file stands in the way, or there is no permission.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"cannot make the folder {path}: {reason}; choose another, or check permissions") from error


def reserve(path: Path, size: int) -> None:
    """Make `path` and claim `size` bytes for what is then written to it by a library that a full disk would crash.

    Raises:
        OSError: there is no room.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        elif shutil.disk_usage(path.parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, all or nothing."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8 with Unix line ends, all or nothing.

    What is no text, as a byte of a file's name may be, is written as its escape: \\udcff.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as indented JSON; NaN and infinities are refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def check_regular_size(path: Path, limit: int) -> None:
    """Refuse what is no file, such as a pipe that would be waited for, and files of more than `limit` bytes.

    Raises:
        InputError: it is one of these.
        OSError: nothing is there.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is a folder, a device or a pipe, expected a file; choose another name")
    if found.st_size > limit:
        raise InputError(f"{path} is larger than {limit} bytes, more than such a file has; check what it is")


def read_json(path: Path, limit: int = 2**30) -> Any:
    """Read a JSON file of at most `limit` bytes.

    Raises:
        InputError: missing, unreadable, too large, or not JSON.
    """
    try:
        check_regular_size(path, limit)
        return json.loads(path.read_bytes())  # bytes: UTF-8 with or without a byte order mark, UTF-16, UTF-32
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON ({error}); restore it, or make it again") from error


def read_text(path: Path, limit: int = 2**22) -> str:
    """Read a text file of at most `limit` bytes: UTF-8, or UTF-16 and UTF-32 with a byte order mark.

    Raises:
        InputError: missing, unreadable, too large, or not such text.
    """
    try:
        check_regular_size(path, limit)
        data = path.read_bytes()
        return data.decode(text_encoding(data))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: not text in UTF-8; save it again as UTF-8") from error


def text_encoding(data: bytes) -> str:
    """The encoding that a text's first bytes name.

    >>> text_encoding(b"a"), text_encoding("a".encode("utf-16")), text_encoding("a".encode("utf-8-sig"))
    ('utf-8-sig', 'utf-16', 'utf-8-sig')
    """
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def parsed_line(line: bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None where the line is cut off, or something else.

    >>> parsed_line(b'{"name": "a"}\\n'), parsed_line(b'{"name": '), parsed_line(b"[]")
    ({'name': 'a'}, None, None)
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def file_digest(path: Path, kind: str = "sha256") -> str:
    """The checksum of a file's bytes, in hexadecimal digits.

    Args:
        path: the file.
        kind: as hashlib names it.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, kind).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; check permissions") from error


def file_stamp(path: Path) -> tuple[int, int] | None:
    """A file's size in bytes and time of change in nanoseconds, which tell that it is another without reading it.

    None where nothing is there, or no permission.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
