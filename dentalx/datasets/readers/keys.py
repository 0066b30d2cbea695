"""Which words a text file holds, found without parsing it, whatever its size and encoding."""

import codecs
import re
from collections.abc import Iterator, Sequence
from json import detect_encoding
from pathlib import Path

_BLOCK = 2**20  # bytes read at a time
_MOST = 2**30  # bytes; larger files are not read as annotations
_OVERLAP = 64  # bytes that two blocks have in common: longer than every key, its quotes and its colon


def keys_in(path: Path, keys: Sequence[str]) -> set[str]:
    """The keys of JSON objects out of `keys` that a file holds: each in quotes, a colon after it.

    Nothing of a file that cannot be read: whoever reads it will say why.
    """
    pattern = re.compile(rf'"({"|".join(map(re.escape, keys))})"\s*:'.encode())
    found = {key for block in _blocks(path) for key in pattern.findall(block)}
    return {key.decode() for key in found}


def mentions(path: Path, *words: str, most: int = _MOST) -> bool:
    """Whether the first `most` bytes of a text file hold all these words."""
    missing = {word.encode() for word in words}
    read = 0
    for block in _blocks(path):
        missing = {word for word in missing if word not in block}
        read += len(block)
        if not missing or read >= most:
            break
    return not missing


def _blocks(path: Path) -> Iterator[bytes]:
    """A file's text in UTF-8, in blocks that overlap."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST:
            return
        with path.open("rb") as file:
            head = file.read(_BLOCK)
            encoding = detect_encoding(head[:4])
            decoder = None if encoding.startswith("utf-8") else codecs.getincrementaldecoder(encoding)("replace")
            before = b""
            while head:
                block = head if decoder is None else decoder.decode(head).encode("utf-8", "replace")
                yield before + block
                before, head = block[-_OVERLAP:], file.read(_BLOCK)
    except (OSError, ValueError):
        return
