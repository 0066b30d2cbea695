"""Uploaded files: open, without a name on the disk, found by a token that nobody guesses, each handed out once.

What has no name can be opened or removed by no path that a request gives, and nothing is left of it when the server is
killed.
"""

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dentalx.errors import InputError
from dentalx.web.picture import MOST_BYTES

MOST_FILES, MOST_WAITING_BYTES = 32, 2**30  # beyond these the oldest uploads are dropped
STALE_S = 300.0
NOT_OURS = "the request names a file that was not uploaded to this page, or was read already; upload it again"


@dataclass
class _Upload:
    file: IO[bytes]
    nbytes: int
    since: float


@dataclass(frozen=True)
class Uploads:
    """The register of uploads that have not been read yet.

    Attributes:
        folder: where their bytes lie without a name; this user's alone.
        clock: seconds.
    """

    folder: Path
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, _Upload] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, source: IO[bytes]) -> str:
        """Copy an upload into a file without a name, and return the token it is found under.

        Raises:
            InputError: it has more than `MOST_BYTES`.
        """
        file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - closed when it is taken or dropped
        try:
            shutil.copyfileobj(source, file, 2**20)
            nbytes = file.tell()
            if nbytes > MOST_BYTES:
                raise InputError(f"the file has more than {MOST_BYTES >> 20} MiB; make it smaller")
        except BaseException:
            file.close()
            raise
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._kept[token] = _Upload(file, nbytes, self.clock())
            self._tidy()
        return token

    def path(self, token: Any) -> str:
        """The path that stands for an upload within this process; nothing lies there.

        Raises:
            InputError: the token is not in the register.
        """
        if not isinstance(token, str) or token not in self._kept:
            raise InputError(NOT_OURS)
        return str(self.folder / token)

    def take(self, path: str) -> bytes:
        """The bytes of the upload that a path stands for, which is forgotten with this.

        Raises:
            InputError: the path stands for none.
        """
        with self._lock:
            token = next((token for token in self._kept if str(self.folder / token) == path), None)
            if token is None:
                raise InputError(NOT_OURS)
            upload = self._kept.pop(token)
        with upload.file as file:
            file.seek(0)
            return file.read()

    def tidy(self) -> None:
        """Drop uploads that nobody asked for in `STALE_S` seconds."""
        with self._lock:
            self._tidy()

    def clear(self) -> None:
        """Drop all of them."""
        with self._lock:
            for token in list(self._kept):
                self._kept.pop(token).file.close()

    def __len__(self) -> int:
        return len(self._kept)

    def _tidy(self) -> None:
        total = sum(upload.nbytes for upload in self._kept.values())
        for token, upload in list(self._kept.items()):  # oldest first
            crowded = len(self._kept) > MOST_FILES or (total > MOST_WAITING_BYTES and len(self._kept) > 1)
            if crowded or self.clock() - upload.since > STALE_S:
                total -= upload.nbytes
                self._kept.pop(token).file.close()
