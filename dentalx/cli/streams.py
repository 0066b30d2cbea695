"""Standard output and error that never end a command: closed, broken, on a full disk, or of few characters.

What a command makes is files; what it says is lost where nobody takes it, and the work goes on.
"""

import errno
import io
import os
import select
import sys
from pathlib import Path
from typing import Any, TextIO

_LEAST = 3  # descriptors 0 to 2 are the standard streams


class Outlet(io.RawIOBase):
    """A raw stream that keeps the first error of writing, and drops what is written after it.

    Args:
        raw: the stream that is written to.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._raw.isatty()

    def write(self, data: Any) -> int:
        """Write what is taken at once; all counts as written after an error."""
        if self.error is None:
            try:
                while (count := self._raw.write(data)) is None:  # a pipe that another program set not to wait
                    select.select([], [self._raw], [])
                return count
            except OSError as error:
                self.error = error
        return len(memoryview(data).cast("B"))


def protect() -> None:
    """Replace the standard streams by ones that never raise an error; streams that somebody replaced before stay."""
    _open_descriptors()
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _protected(sys.stdout)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _protected(sys.stderr)


def exit_code(code: int) -> int:
    """Return a command's exit code: 1 instead of 0 where what it said could not be written, which is then said.

    A reader that has read enough, as `head` has, is no error.
    """
    lost = []
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        stream.flush()
        outlet = getattr(getattr(stream, "buffer", None), "raw", None)
        if isinstance(outlet, Outlet) and outlet.error is not None and outlet.error.errno != errno.EPIPE:
            lost.append(f"error: cannot write to {name}: {outlet.error.strerror}; results in files are not concerned\n")
    sys.stderr.write("".join(lost))
    sys.stderr.flush()
    return code or int(bool(lost))


def _open_descriptors() -> None:
    """Open what is closed of 0, 1 and 2, so that no file of ours gets such a number and is written to by a library."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < _LEAST:
        pass
    os.close(descriptor)


def _protected(stream: Any) -> TextIO:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    stream.flush()
    buffer = stream.buffer
    return io.TextIOWrapper(
        io.BufferedWriter(Outlet(getattr(buffer, "raw", buffer))),  # no buffer with PYTHONUNBUFFERED
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.write_through,
    )
