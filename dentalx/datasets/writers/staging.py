"""Where a new data set is put together before it is there: whole or absent, and gone on with after an interruption.

All is written below OUTPUT/.part; a journal there has a line for each picture that is done. At the end what was
made moves up, and .part goes.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dentalx.datasets.writers.scene import Entry
from dentalx.errors import InputError
from dentalx.files import make_folder, write_text

_STAGE = ".part"
_JOURNAL = "journal.jsonl"


class Stage:
    """A data set in the making."""

    def __init__(self, output: Path, settings: Mapping[str, Any]) -> None:
        """Begin in `output`, or go on with what was begun there with the same settings.

        Raises:
            InputError: something else is there already.
        """
        self.output = output
        self.folder = output / _STAGE
        self._journal = self.folder / _JOURNAL
        head = json.dumps(settings, sort_keys=True) + "\n"
        if output.exists() and not output.is_dir():
            raise InputError(f"--output {output} is a file; give a folder")
        if self.folder.is_symlink():
            raise InputError(f"{self.folder} is a link to another folder; remove it, or give a new --output")
        if self._journal.is_file():
            self._resume(head)
        else:
            if output.is_dir() and any(entry.name != _STAGE for entry in output.iterdir()):
                raise InputError(f"--output {output} is not empty; give a new folder")
            make_folder(self.folder)
            write_text(self._journal, head)
        self.done = {str(entry["id"]) for entry in self.entries()}

    def add(self, entry: Entry) -> None:
        """A picture is done.

        Raises:
            InputError: the disk is full.
        """
        try:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(f"cannot write {self._journal}: {error.strerror or error}; check free space") from error

    def entries(self) -> Iterator[Entry]:
        """What is known of each picture that is done, in order."""
        with self._journal.open(encoding="utf-8") as file:
            next(file)
            for line in file:
                yield json.loads(line)

    def publish(self) -> None:
        """Let everything appear; nothing of the making stays.

        Raises:
            InputError: a file cannot be moved.
        """
        try:
            for entry in sorted(self.folder.iterdir()):
                if entry != self._journal:
                    _move(entry, self.output / entry.name)
            self._journal.unlink()
            self.folder.rmdir()
        except OSError as error:
            raise InputError(f"cannot finish {self.output}: {error.strerror or error}; run it once more") from error

    def _resume(self, head: str) -> None:
        """Check that it is the same conversion, and drop a line that a crash cut short."""
        text = self._journal.read_bytes()
        if not text.startswith(head.encode()):
            raise InputError(
                f"{self.output} holds an unfinished conversion of other data or with other options; repeat the command "
                "that began it, or give a new folder"
            )
        if not text.endswith(b"\n"):
            with self._journal.open("r+b") as file:
                file.truncate(text.rindex(b"\n") + 1)


def _move(source: Path, target: Path) -> None:
    """Rename; into a folder that an interrupted end already moved, entry by entry."""
    if source.is_dir() and target.is_dir():
        for entry in sorted(source.iterdir()):
            _move(entry, target / entry.name)
        source.rmdir()
    else:
        source.replace(target)
