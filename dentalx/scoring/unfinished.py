"""An evaluation under way, on disk: a line a picture, so that a killed one goes on where it was."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from dentalx.errors import InputError
from dentalx.files import LONGEST_LINE, make_folder, open_kept, parsed_line

NAME = "unfinished.jsonl"


class Unfinished:
    """A file whose first line says of what it is, and each further one what was measured in a picture.

    Lines are whole or absent: what does not end as a line ends was being written when the evaluation was killed, and
    is cut off. The pictures come in one order, so nothing but the next line is held in memory.

    Args:
        path: the file, in a folder that is made where missing; None keeps nothing.
        identity: JSON values of all that the numbers depend on.
        resume: whether to go on with what is there.

    Raises:
        InputError: what is there was begun with other inputs, or the file cannot be opened.
    """

    def __init__(self, path: Path | None, identity: Any, resume: bool) -> None:
        self._path = path
        self._head = {"format": 1, "inputs": hashlib.sha256(json.dumps(identity).encode()).hexdigest()}
        self._file: IO[bytes] | None = None
        if path is None:
            return
        make_folder(path.parent)
        try:
            self._file = os.fdopen(open_kept(path), "r+b")
            if not resume:
                self._file.truncate(0)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}; check permissions") from error
        self._begin()

    def _begin(self) -> None:
        assert self._file is not None
        first = self._file.readline(LONGEST_LINE)
        if not first.endswith(b"\n"):  # new, or killed before it was one line long
            self._file.seek(0)
            self._file.truncate()
            self.add(self._head)
        elif parsed_line(first) != self._head:
            self._file.close()
            raise InputError(
                f"{self._path} is of an evaluation with other inputs or settings; start anew without --resume"
            )

    def replay(self, image_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """What was measured of the first pictures; read to its end before anything is added."""
        if self._file is None:
            return
        for image_id in image_ids:
            whole = self._file.tell()
            line = self._file.readline(LONGEST_LINE)
            found = parsed_line(line) if line.endswith(b"\n") else None
            if found is None or found.get("record_id") != image_id:
                self._file.seek(whole)
                self._file.truncate()
                return
            yield found

    def add(self, value: dict[str, Any]) -> None:
        """Append one line.

        Raises:
            InputError: there is no room.
        """
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(value, allow_nan=False).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise InputError(f"cannot write {self._path}: {error.strerror or error}; check free space") from error

    def close(self) -> None:
        """Leave the file as it is."""
        if self._file is not None:
            self._file.close()
