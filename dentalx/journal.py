"""What a command has done in a folder, on disk: a line a picture, so that a killed one goes on where it was."""

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dentalx.errors import InputError
from dentalx.files import LONGEST_LINE, file_digest, file_stamp, make_folder, open_kept, open_regular, parsed_line

try:
    import fcntl
except ImportError:  # Windows: two commands at a time are not noticed there
    fcntl = None  # type: ignore[assignment]

NAME = "journal.jsonl"
_CANNOT_LOCK = (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS)  # file systems that know no locks


class Journal:
    """A file with a line for each picture whose results are whole, held by one command at a time.

    The system lets the file go when its command ends, in whatever way. What a line says is not believed: the picture
    and every result are hashed before they count as done. Lines are whole or cut off. `find` and `add` may be called
    from several threads.

    Args:
        folder: of the results, made where missing.

    Raises:
        InputError: another command works there, or the file cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.skipped = 0
        self._path = folder / NAME
        self._identity = ""
        self._places: dict[str, int] = {}  # of a picture's last line
        self._checked: dict[str, tuple[int, int]] = {}  # the pictures' size and time when they were hashed
        self._turn = threading.Lock()
        make_folder(folder)
        try:
            # without a buffer nothing is left to be written when a write has failed
            self._file = os.fdopen(open_kept(self._path, os.O_APPEND), "ab", buffering=0)
            self._lines: IO[bytes] = open_regular(self._path)
        except OSError as error:
            raise self._cannot(error) from error
        self._lock()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another command have the folder."""
        self._lines.close()
        self._file.close()

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise InputError(
                f"another command is writing to {self.folder}; wait until it ends, or choose another --output"
            ) from error
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                self.close()
                raise self._cannot(error) from error

    def begin(self, identity: Any, resume: bool) -> bool:
        """Take what was done for the same `identity` as done, or forget it.

        Args:
            identity: JSON values of all that the results depend on, but for the pictures.
            resume: whether to go on with what is there.

        Returns:
            whether a command had begun in the folder before.
        """
        self._identity = digest_of(identity)
        before = os.fstat(self._file.fileno()).st_size > 0
        if resume:
            self._index()
        else:
            self._cut(0)
        return before

    def _index(self) -> None:
        """Where the last line of each picture begins; what does not end as a line ends is cut off."""
        place = 0
        while (line := self._lines.readline(LONGEST_LINE)).endswith(b"\n"):
            found = parsed_line(line)
            if found is not None and isinstance(found.get("name"), str):
                self._places.pop(found["name"], None)
                if found.get("settings") == self._identity:
                    self._places[found["name"]] = place
            place += len(line)
        self._cut(place)

    def _cut(self, length: int) -> None:
        try:
            self._file.truncate(length)
        except OSError as error:
            raise self._cannot(error) from error

    def find(self, name: str, picture: Path) -> dict[str, Any] | None:
        """What was kept of a picture, where it is the same and all its results are there unchanged.

        Args:
            name: of the picture among its like.
            picture: its file.
        """
        place = self._places.get(name)
        if place is None:
            return None
        with self._turn:
            self._lines.seek(place)
            line = parsed_line(self._lines.readline(LONGEST_LINE)) or {}
        kept = line.get("kept")
        if not isinstance(kept, dict) or not self._whole(name, picture, line):
            return None
        with self._turn:
            self.skipped += 1
        return kept

    def _whole(self, name: str, picture: Path, line: dict[str, Any]) -> bool:
        stamp = file_stamp(picture)
        if stamp is not None and self._checked.get(name) == stamp:
            return True
        results = line.get("results")
        if stamp is None or not isinstance(results, dict) or digest(picture) != line.get("picture"):
            return False
        for result, known in results.items():
            inside = not PurePosixPath(result).is_absolute() and ".." not in PurePosixPath(result).parts
            if not inside or digest(self.folder / result) != known:
                return False
        self._checked[name] = stamp
        return True

    def add(self, name: str, picture: str | None, results: Sequence[str], kept: dict[str, Any]) -> None:
        """Remember a picture whose results are written.

        Args:
            name: of the picture among its like.
            picture: its `digest` before it was read.
            results: the files that were made of it, relative to the folder, with slashes.
            kept: JSON values for `find` to give back.

        Raises:
            InputError: there is no room.
        """
        hashes = {result: digest(self.folder / result) for result in results}
        line = {"name": name, "settings": self._identity, "picture": picture, "results": hashes, "kept": kept}
        data = json.dumps(line, allow_nan=False).encode() + b"\n"
        with self._turn:
            place = os.fstat(self._file.fileno()).st_size
            try:
                written = 0
                while written < len(data):
                    written += self._file.write(data[written:]) or 0
            except OSError as error:
                with contextlib.suppress(OSError):
                    self._file.truncate(place)
                raise self._cannot(error) from error
            self._places[name] = place

    def _cannot(self, error: OSError) -> InputError:
        reason = error.strerror or error
        return InputError(f"cannot write {self._path}: {reason}; check permissions and free space")


def digest(path: Path) -> str | None:
    """The SHA-256 of a file; None where it cannot be read."""
    with contextlib.suppress(InputError):
        return file_digest(path)
    return None


def digest_of(value: Any) -> str:
    """The SHA-256 of JSON values.

    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()
