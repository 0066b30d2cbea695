"""`predict --watch`: a folder that fills, predicted as its pictures come."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dentalx import DISCLAIMER
from dentalx.cli.console import say, warn
from dentalx.datasets.images import existing_folder, find_pictures
from dentalx.datasets.passed_over import other_files
from dentalx.errors import InputError
from dentalx.files import file_stamp

if TYPE_CHECKING:
    from dentalx.inference import Row

EVERY_S = 1.0  # between two looks; a file that is the same in both is taken for whole
Stamp = tuple[int, int]  # size and time of a file
Round = Callable[[list[Path], Callable[[int, "Row"], None]], list["Row"]]


def watch(folder: Path, output: Path, work: Round, every_s: float = EVERY_S) -> int:
    """Predict what comes into a folder until Ctrl-C or SIGTERM.

    Args:
        folder: watched, with the folders below it.
        output: of the results.
        work: predicts pictures, all that are whole so far, and makes none again; gives all rows.
        every_s: seconds between two looks.

    Returns:
        1 where some pictures failed.

    Raises:
        InputError: it is no folder, or nothing can be written.
    """
    existing_folder(folder)
    say(f"watching {folder}; Ctrl-C ends it")
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    told: dict[str, str] = {}

    def show(done: int, row: "Row") -> None:
        news = row.reason or "done"
        if told.get(row.file) != news:
            told[row.file] = news
            (say if row.status == "ok" else warn)(f"{row.file}: done" if row.status == "ok" else row.reason)

    try:
        for pictures in growing(folder, output, every_s):
            work(pictures, show)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    failed = sum(news != "done" for news in told.values())
    say("", f"ended: {len(told) - failed} of {len(told)} pictures done; results in {output}", *other_files(folder))
    say(DISCLAIMER)
    return 1 if failed else 0


def growing(folder: Path, output: Path, every_s: float) -> Iterator[list[Path]]:
    """All pictures that are whole, each time there are others than before; for ever."""
    last: dict[Path, Stamp] = {}
    given: dict[Path, Stamp] = {}
    while True:
        now = stamps(folder, output)
        whole = unchanged(last, now)
        if whole and whole != given:
            given = whole
            yield list(whole)
        last = now
        time.sleep(every_s)


def unchanged(last: Mapping[Path, Stamp], now: Mapping[Path, Stamp]) -> dict[Path, Stamp]:
    """What was the same at the last look.

    >>> unchanged({Path("a"): (9, 1), Path("b"): (5, 1)}, {Path("a"): (9, 1), Path("b"): (6, 2), Path("c"): (1, 1)})
    {PosixPath('a'): (9, 1)}
    """
    return {path: stamp for path, stamp in now.items() if last.get(path) == stamp}


def stamps(folder: Path, output: Path) -> dict[Path, Stamp]:
    """Every picture there is, with its size and time."""
    try:
        pictures = find_pictures(folder, output)
    except InputError:  # none yet, or the folder is away for the moment
        return {}
    found = ((path, file_stamp(path)) for path in pictures)
    return {path: stamp for path, stamp in found if stamp is not None}  # without those gone since they were listed
