"""The command `download`."""

import sys
from collections.abc import Callable
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from dentalx.cli.console import console, say
from dentalx.cli.data_commands import Download
from dentalx.cli.parse import nearest
from dentalx.datasets.public import SETS, Patience, PublicSet, listed
from dentalx.datasets.public import download as fetch
from dentalx.errors import InputError
from dentalx.foreign_text import visible


def download(command: Download) -> int:
    """Fetch one set, or say how to get it (1), or list them all."""
    if command.name is None:
        _list()
        return 0
    if command.name not in SETS:
        near = nearest(command.name, SETS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(SETS)}"
        raise InputError(f"no public data set is called {command.name!r}; {hint}")
    wanted = SETS[command.name]
    _show(wanted)
    if not wanted.fetchable:
        say("no program can fetch it:")
        for number, step in enumerate(wanted.steps, start=1):
            say(f"  {number}. {step}")
        return 1
    wanted, licence = listed(wanted)
    if licence:
        say(f"licence in the publisher's record: {licence}")
    size = sum(file.size or 0 for file in wanted.files)
    say(f"files: {', '.join(file.name for file in wanted.files)}{f', {size / 1e9:.2f} GB' if size else ''}")
    _agree(command)
    folder = command.output or Path("data") / command.name
    with _bar() as progress:
        unpacked = fetch(wanted, folder, say, lambda name: _watch(progress, name), Patience())
    say(f"{command.name} is in {folder}; next: --data {unpacked[0] if unpacked else folder}")
    return 0


def _list() -> None:
    for name, each in SETS.items():
        way = "can be fetched" if each.fetchable else "by hand"
        say(f"{name:20} {way:15} {each.title}; {each.terms}")
    say("next: python -m dentalx download NAME")


def _show(wanted: PublicSet) -> None:
    say(wanted.title, f"page: {wanted.page}", f"terms as found: {wanted.terms}; read them on the page")
    if wanted.remark:
        say(f"note: {wanted.remark}")


def _agree(command: Download) -> None:
    if command.accept_licence:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody is here to agree to the terms; read them, then say --accept-licence")
    say("Do you agree to these terms? Type yes:")
    if sys.stdin.readline().strip().lower() != "yes":
        raise InputError("the terms were not agreed to; nothing was fetched")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _watch(progress: Progress, name: str) -> Callable[[int, int | None], None]:
    task = progress.add_task(visible(name), total=None)
    return lambda done, of: progress.update(task, completed=done, total=of)
