"""Public data sets: fetched, checked, unpacked, and written down."""

import hmac
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dentalx.datasets.public.catalogue import SETS, PublicFile, PublicSet
from dentalx.datasets.public.http import Patience, Progress, fetch
from dentalx.datasets.public.record import files_of
from dentalx.datasets.public.unpack import is_archive, unpack
from dentalx.errors import InputError
from dentalx.files import file_digest, make_folder, write_json

NOTES = "download.json"
Say = Callable[[str], None]

__all__ = ["NOTES", "SETS", "Patience", "PublicFile", "PublicSet", "download", "listed"]


def listed(wanted: PublicSet) -> tuple[PublicSet, str]:
    """The set with all its files known, and the licence that the publisher's record states, if it does.

    Raises:
        InputError: the record cannot be read.
    """
    if wanted.record is None:
        return wanted, ""
    files, licence = files_of(wanted.record)
    return replace(wanted, files=files), licence


def download(
    wanted: PublicSet, folder: Path, say: Say, progress: Callable[[str], Progress], patience: Patience
) -> list[Path]:
    """Fetch, check and unpack a set's files; what is there already is checked and kept.

    Args:
        wanted: as `listed` gives it.
        folder: to write; download.json in it says what came from where, with checksums.
        say: told a sentence for each fact.
        progress: gives, for a file's name, what is told how many bytes have come.
        patience: with the server.

    Returns:
        the folders that were unpacked.

    Raises:
        InputError: as `fetch` and `unpack`; or a checksum is wrong, and then the file is removed.
    """
    make_folder(folder)
    known = _known(folder)
    _check_room(wanted, folder)
    unpacked = []
    for file in wanted.files:
        target = folder / file.name
        if not target.is_file():
            fetch(file.url, target, progress(file.name), patience)
        known[file.name] = _checked(target, file, known.get(file.name), say)
        notes = {"page": wanted.page, "terms": wanted.terms, "files": list(known.values())}
        write_json(folder / NOTES, notes)
        inside = folder / target.name.split(".")[0]
        if is_archive(target):
            if not inside.exists():
                nested = unpack(target, inside)
                if nested:
                    say(f"archives inside, left as they are: {', '.join(p.name for p in nested)}")
            unpacked.append(inside)
    return unpacked


def _checked(target: Path, file: PublicFile, before: dict[str, Any] | None, say: Say) -> dict[str, Any]:
    """What download.json says of a file.

    Raises:
        InputError: its checksum is not the published one, or not the one of the first time.
    """
    found = {kind: file_digest(target, kind) for kind in ("sha256", "md5")}
    expected, source = file.digest, file.known_from
    if expected is None and before is not None:
        expected, source = f"sha256:{before['sha256']}", "as when it was first fetched"
    if expected is not None:
        kind, _, value = expected.partition(":")
        if not hmac.compare_digest(found[kind], value.lower()):
            target.unlink()
            raise InputError(
                f"{target} has the {kind} {found[kind]}, expected {value} ({source}); it is removed: fetch it again; "
                "if that does not help, its publisher has changed it"
            )
        say(f"{file.name}: {kind} {value}, {source}")
    else:
        say(f"{file.name}: nobody has published a checksum; sha256 {found['sha256']} is written down for the next time")
    checked = f"{expected.partition(':')[0]} {source}" if expected else None
    return {"name": file.name, "url": file.url, "size": target.stat().st_size, **found, "checked": checked}


def _known(folder: Path) -> dict[str, dict[str, Any]]:
    """What an earlier download wrote down, by file name."""
    try:
        content = json.loads((folder / NOTES).read_text("utf-8"))
        return {str(item["name"]): item for item in content["files"] if isinstance(item["sha256"], str)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / NOTES} is not what download wrote; remove it") from error


def _check_room(wanted: PublicSet, folder: Path) -> None:
    lacking = sum(file.size or 0 for file in wanted.files if not (folder / file.name).is_file())
    free = shutil.disk_usage(folder).free
    if lacking > free:
        raise InputError(
            f"{folder} has {free / 1e9:.1f} GB free but {lacking / 1e9:.1f} GB are to come, and are then unpacked; "
            "choose another --output"
        )
