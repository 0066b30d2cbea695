"""The command `audit`."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID

from dentalx.cli.audit_command import Audit
from dentalx.cli.console import bar, say, warn
from dentalx.errors import InputError
from dentalx.files import make_folder
from dentalx.samples import Source

if TYPE_CHECKING:
    from dentalx.audit import PictureFolder
    from dentalx.datasets.naming import Reading


def audit(command: Audit) -> int:
    """Look a data set over; 1 where some pictures could not be read."""
    from dentalx.audit import PictureFolder, Task, screen, write_audit
    from dentalx.audit import audit as look_over
    from dentalx.datasets import open_source
    from dentalx.datasets.naming import Reading
    from dentalx.datasets.splits import read_given_splits

    if command.data is None and command.images is None:
        raise InputError("audit needs a folder: python -m dentalx audit FOLDER, or --images and --masks")
    config = command.config()
    if command.pictures and command.data is not None:
        source: Source = PictureFolder(command.data, Reading.of(config))
    else:
        source = open_source(config, (0, 0), keep_bad=True)
    if command.output:
        make_folder(command.output)
    splits = read_given_splits(command.splits, source.records, divided=True) if command.splits else None
    other = _other(command.against, Reading.of(config)) if command.against else None
    task = Task(source, splits, other, command.data, command.fractions, command.seed)
    with bar() as progress:
        found = look_over(task, Watcher(progress))
    for line in screen(found):
        say(line)
    for reason in found.bad.values():
        warn(reason)
    if command.output:
        write_audit(command.output, found, command.names)
        say(f"report in {command.output / 'audit.md'}")
        if found.cleaned:
            say(f"splits without leaks in {command.output / 'splits.csv'}; use them with train.py --splits")
    return 1 if found.bad or len(found.search.unreadable) else 0


def _other(folder: Path, reading: "Reading") -> "PictureFolder":
    """The pictures to compare with; whose they are is asked with the same pattern, where their names have it."""
    from dentalx.audit import PictureFolder

    try:
        return PictureFolder(folder, reading)
    except InputError as error:
        if reading.patient_pattern is None:
            raise
        found = PictureFolder(folder, replace(reading, patient_pattern=None))
        warn(f"{error}: patients of {folder} are not compared by their names")
        return found


class Watcher:
    """One bar after another, with pictures a second."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.what, self.started = progress, "", 0.0
        self.task: TaskID | None = None

    def __call__(self, what: str, done: int, of: int) -> None:
        """So many are done of what is being done."""
        if what != self.what or self.task is None:
            if self.task is not None:
                self.progress.remove_task(self.task)
            self.what, self.started = what, time.perf_counter()
            self.task = self.progress.add_task(what, total=of, note="")
        rate = done / max(time.perf_counter() - self.started, 1e-3)
        self.progress.update(self.task, completed=done, total=of, note=f"{rate:.0f}/s")
