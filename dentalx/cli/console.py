"""How commands speak: one line a fact, a bar where somebody watches."""

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A fact."""
    console.print(_shown(text), markup=False)


def warn(text: str) -> None:
    """A fact that must not be missed."""
    errors.print(f"WARNING: {_shown(text)}", style="bold yellow", markup=False)


def _shown(text: str) -> str:
    """Text that every terminal takes: bytes of file names that are no text become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def bar() -> Progress:
    """A progress bar that is drawn only on a terminal and leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def load_tensorflow() -> None:
    """Import TensorFlow without greeting and advice, unless the user asked for them with TF_CPP_MIN_LOG_LEVEL."""
    quiet = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") == "3"
    with _silent_stderr() if quiet else contextlib.nullcontext():
        importlib.import_module("tensorflow")
    if quiet:
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # of retracing: each fold has a network of its own


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (os.devnull is no path of ours)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
