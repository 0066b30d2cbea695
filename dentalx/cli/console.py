"""How commands speak: one line a fact, a bar where somebody watches."""

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dentalx.foreign_text import visible

console = Console(highlight=False, soft_wrap=True, emoji=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(*lines: str) -> None:
    """Print facts, each in one line whatever names it holds."""
    console.print("\n".join(map(visible, lines)), markup=False)


def warn(text: str) -> None:
    """Print a fact that must not be missed."""
    errors.print(f"WARNING: {visible(text)}", style="bold yellow", markup=False)


def fail(text: str) -> None:
    """Print why a command ends."""
    sys.stderr.write(f"error: {visible(text)}\n")


def bar() -> Progress:
    """A progress bar that is drawn only on a terminal and leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
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
