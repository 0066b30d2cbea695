"""The publisher's own list of a data set's files, as Zenodo's API gives it (https://developers.zenodo.org/)."""

import json
from typing import Any
from urllib.parse import quote

from dentalx.datasets.public.catalogue import PublicFile
from dentalx.datasets.public.http import check_address, read_small
from dentalx.errors import InputError

_LONGEST = 5_000_000  # bytes of a record


def files_of(url: str) -> tuple[tuple[PublicFile, ...], str]:
    """The files of a record, and its licence as it says.

    Raises:
        InputError: unreachable, or not such a record.
    """
    try:
        content = json.loads(read_small(url, _LONGEST))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{url} is no record of files; see the data set's page") from error
    listed = content.get("files") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{url} lists no files; see the data set's page")
    files = tuple(_file(item, url) for item in listed)
    licence = content.get("metadata", {}).get("license", {}) if isinstance(content.get("metadata"), dict) else {}
    named = licence.get("id") if isinstance(licence, dict) else None
    return files, named if isinstance(named, str) and named.isprintable() else ""


def _file(item: Any, url: str) -> PublicFile:
    try:
        name, digest, size, address = item["key"], item["checksum"], item["size"], item["links"]["self"]
    except (KeyError, TypeError) as error:
        raise InputError(f"{url} describes a file in an unknown way; see the data set's page") from error
    if not isinstance(name, str) or not name.isprintable() or set(name) & set('/\\:*?"<>|') or name.startswith("."):
        raise InputError(f"{url} names a file that no disk should hold; see the data set's page")
    if not isinstance(digest, str) or not digest.startswith(("md5:", "sha256:")) or type(size) is not int:
        raise InputError(f"{url} gives no checksum or size of {name}; see the data set's page")
    address = quote(str(address), safe=":/?=&%#+~,;@!$'()*[]")
    check_address(address, url)
    return PublicFile(address, name, digest, "as the publisher's record says", size)
