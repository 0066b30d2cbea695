"""The server's own folder: for this user alone, removed at the end, and by the next server where it was killed."""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX, LOCK = "dentalx-serve-", "lock"
_BEGINS_S = 60.0  # a folder without a lock may be that of a server which is just starting


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for this user alone, removed at the end with all that is in it.

    A server that is killed leaves it; so those of servers that run no longer are removed first. A server holds a lock
    in its folder for as long as it runs, which the system takes from whoever ends, however.
    """
    sweep_killed(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        descriptor = os.open(Path(name) / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _lock(descriptor)
            yield Path(name)
        finally:
            os.close(descriptor)


def sweep_killed(place: Path) -> None:
    """Remove the folders that servers of this user left behind there; those of running ones and of others stay.

    Args:
        place: where temporary folders are made; other users may write there too.
    """
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to open
            if _is_ours(folder) and _is_left(folder):
                shutil.rmtree(folder)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link to one, of this user."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())


def _is_left(folder: Path) -> bool:
    """Whether nobody holds the folder's lock."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return time.time() - folder.lstat().st_mtime > _BEGINS_S
    try:
        return _lock(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
