"""Files over the network: https only, gone on with after a break, whole or absent.

A range of a file is asked for under the condition that the file has not changed since its beginning was fetched
(RFC 9110, sections 13.1.5 and 14.2). Nothing is sent but the request.
"""

import email.utils
import http.client
import ipaddress
import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dentalx import __version__
from dentalx.errors import InputError, in_one_line
from dentalx.files import make_folder, write_json

_CHUNK = 2**18
_FINAL = (400, 401, 403, 404, 405, 410, 451)  # asking again would not help
_MOST_WAIT = 60.0
Progress = Callable[[int, int | None], None]  # bytes there, of how many


@dataclass(frozen=True)
class Patience:
    """How long a server is borne with.

    Attributes:
        tries: in a row without a single byte.
        pause_s: before the second try, twice as long before each further one.
        timeout_s: without a byte.
    """

    tries: int = 6
    pause_s: float = 1.0
    timeout_s: float = 60.0


class BrokenOffError(Exception):
    """The transfer broke or the server is busy; worth another try."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def fetch(url: str, target: Path, progress: Progress, patience: Patience = Patience()) -> None:
    """Fetch a file to `target`. What an interrupted call has fetched is kept beside it and gone on with.

    Raises:
        InputError: the address is not https, the server refuses or keeps breaking off, or the disk is too small.
    """
    make_folder(target.parent)
    part = target.with_name(f".part.{target.name}")
    for planted in (part, _state(part)):  # their names can be guessed, since the next call goes on with them
        if planted.is_symlink():
            planted.unlink()
    lacking, pause = patience.tries, patience.pause_s
    while True:
        before = _size(part)
        try:
            _continue(url, part, progress, patience.timeout_s)
            break
        except BrokenOffError as broken:
            lacking = patience.tries if _size(part) > before else lacking - 1
            if lacking <= 1:
                raise InputError(
                    f"{url} broke off again and again ({broken}); the same command goes on from {_size(part)} bytes"
                ) from broken
            time.sleep(min(max(pause, broken.wait_s), _MOST_WAIT))
            pause = min(2 * pause, _MOST_WAIT) if _size(part) == before else patience.pause_s
    part.replace(target)
    _state(part).unlink(missing_ok=True)


def read_small(url: str, most: int, timeout_s: float = 60.0) -> bytes:
    """The content of an address, at most `most` bytes.

    Raises:
        InputError: unreachable, refused, or longer.
    """
    try:
        with _open(url, {}, timeout_s) as response:
            content: bytes = response.read(most + 1)
    except (BrokenOffError, OSError, http.client.HTTPException) as error:
        raise InputError(f"cannot read {url}: {in_one_line(error)}; try again later") from error
    if len(content) > most:
        raise InputError(f"{url} is longer than {most} bytes, which no list of files is")
    return content


def check_address(url: str, first: str | None = None) -> None:
    """Refuse what is not https; http is allowed to this very machine, and only where the user's address is there.

    Raises:
        InputError: says the address.
    """
    parts = urllib.parse.urlsplit(url)
    local = _is_loopback(parts.hostname) and (first is None or _is_loopback(urllib.parse.urlsplit(first).hostname))
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise InputError(f"{url} is not https, so nobody could vouch for what comes; it is not fetched")


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows only to where a request may go."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_address(newurl, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: dict[str, str], timeout_s: float) -> Any:
    """The server's answer.

    Raises:
        InputError: it refuses for good.
        BrokenOffError: it may answer later.
    """
    check_address(url)
    asked = {"User-Agent": f"dentalx/{__version__}", "Accept-Encoding": "identity", **headers}
    opener = urllib.request.build_opener(_Redirects)
    try:
        return opener.open(urllib.request.Request(url, headers=asked), timeout=timeout_s)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:
                raise
            if 300 <= error.code < 400:
                raise InputError(
                    f"{url} redirects in circles, or to what is no web address; tell its publisher"
                ) from error
            if error.code in _FINAL:
                raise InputError(f"{url} answers {error.code} {error.reason}; see the data set's page") from error
            raise BrokenOffError(f"{error.code} {error.reason}", _wait(error.headers.get("Retry-After"))) from error
    except (OSError, http.client.HTTPException) as error:
        raise BrokenOffError(in_one_line(error)) from error


def _wait(written: str | None) -> float:
    """Seconds that a server asks to wait: a number, or a date.

    >>> _wait("7"), _wait(None), _wait("soon"), _wait("Sat, 01 Jan 2000 00:00:00 GMT")
    (7.0, 0.0, 0.0, 0.0)
    """
    if written is None:
        return 0.0
    if written.strip().isdecimal() and len(written) < 9:
        return float(written)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(written).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def _continue(url: str, part: Path, progress: Progress, timeout_s: float) -> None:
    """One try, from where the last one broke off.

    Raises:
        BrokenOffError: it broke off again.
    """
    start, mark = _size(part), _mark(part, url)
    headers = {"Range": f"bytes={start}-", "If-Range": mark} if start and mark else {}
    try:
        response = _open(url, headers, timeout_s)
    except urllib.error.HTTPError as error:  # 416: nothing behind what is there
        part.unlink(missing_ok=True)
        raise BrokenOffError("the file is not as long as it was") from error
    with response:
        start = start if response.status == 206 and _begins_at(response) == start else 0
        if response.status == 206 and not start:
            raise InputError(f"{url} sends another part than was asked for; fetch it in a browser")
        length = response.headers.get("Content-Length")
        total = start + int(length) if length is not None and length.isdecimal() else None
        _check_room(part, start, total)
        _remember(part, url, response.headers)
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            there = start + _pour(response, file, lambda count: progress(start + count, total))
    if total is not None and there < total:
        raise BrokenOffError(f"{there} of {total} bytes came")


def _pour(response: Any, file: IO[bytes], progress: Callable[[int], None]) -> int:
    count = 0
    while True:
        try:
            chunk = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise BrokenOffError(in_one_line(error)) from error
        if not chunk:
            return count
        try:
            file.write(chunk)
        except OSError as error:
            raise InputError(f"cannot write {file.name}: {error.strerror or error}; check free space") from error
        count += len(chunk)
        progress(count)


def _begins_at(response: Any) -> int | None:
    """Where a partial answer begins, by its Content-Range."""
    written = str(response.headers.get("Content-Range", "")).removeprefix("bytes ").split("-")[0]
    return int(written) if written.isdecimal() else None


def _check_room(part: Path, start: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free:
        raise InputError(
            f"{part.parent} has {free / 1e9:.1f} GB free but {(total - start) / 1e9:.1f} GB more are needed; "
            "free space, or choose another --output"
        )


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _remember(part: Path, url: str, headers: Any) -> None:
    """Note what tells this version of the file from another one: a strong ETag, or else its date."""
    tag = headers.get("ETag", "")
    mark = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
    write_json(_state(part), {"url": url, "mark": mark})


def _mark(part: Path, url: str) -> str:
    try:
        known = json.loads(_state(part).read_text("utf-8"))
        return str(known["mark"]) if known["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # begin anew
