"""A secret of this machine, and codes made with it: the same for the same text, and dumb without the secret."""

import hmac
import os
import secrets
import sys
from pathlib import Path

from dentalx.errors import InputError

_LEAST_BYTES, _MOST_BYTES = 16, 4096
_LEAST_DIFFERENT = 5  # bytes; 16 random hexadecimal digits have fewer once in 200 million
_DIGITS = 16  # of a code, 64 bits: among a million patients two collide with probability 3e-8


def default_path() -> Path:
    """Where the salt lies when no file is named: the user's own folder of settings, never a run or a data folder."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or str(Path.home() / "AppData" / "Roaming")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "dentalx" / "salt"


def read_salt(path: Path | None = None) -> tuple[bytes, bool]:
    """The salt in a file; a missing file is made, readable by its owner alone.

    Args:
        path: None takes `default_path`.

    Returns:
        the salt, and whether it is new.

    Raises:
        InputError: cannot be read or made, is no salt, or may be read by others.
    """
    place = path or default_path()
    try:
        new = not place.exists() and _make(place)
        found = place.stat()
        if not _LEAST_BYTES <= found.st_size <= _MOST_BYTES or not place.is_file():
            raise InputError(_no_salt(place))
        if os.name == "posix" and found.st_mode & 0o077:
            raise InputError(f"the salt {place} can be read by others, which undoes the codes; chmod 600 it")
        salt = place.read_bytes().strip()
        if len(salt) < _LEAST_BYTES or len(set(salt)) < _LEAST_DIFFERENT:  # blanks, empty lines, one letter
            raise InputError(_no_salt(place))
        return salt, new
    except OSError as error:
        raise InputError(
            f"cannot read or make the salt {place}: {error.strerror or error}; name a file with --salt"
        ) from error


def _no_salt(place: Path) -> str:
    return (
        f"{place} is no salt: expected {_LEAST_BYTES} to {_MOST_BYTES} bytes that nobody can guess, blanks and empty "
        "lines not counted; name another file with --salt, which is made where it is missing"
    )


def code(salt: bytes, purpose: str, text: str) -> str:
    """16 hexadecimal digits of HMAC-SHA256 (RFC 2104) over what the text is for and the text.

    >>> code(b"k" * 16, "patient", "4711") == code(b"k" * 16, "patient", "4711")
    True
    >>> code(b"k" * 16, "file", "4711") == code(b"k" * 16, "patient", "4711")
    False
    """
    return hmac.digest(salt, f"{purpose}\0{text}".encode("utf-8", "surrogateescape"), "sha256").hex()[:_DIGITS]


def _make(place: Path) -> bool:
    """Write a new salt whole, or leave the one that another program made meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = place.with_name(f".part{os.getpid()}.{place.name}")
    temporary.unlink(missing_ok=True)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(temporary, place)  # unlike a rename, fails where there is one already
        except FileExistsError:
            return False
    finally:
        temporary.unlink(missing_ok=True)
    return True
