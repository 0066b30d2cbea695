"""The commands `export` and `ensemble`."""

from pathlib import Path
from typing import TYPE_CHECKING

from dentalx import runs
from dentalx.cli.commands import Ensemble
from dentalx.cli.console import load_tensorflow, say, warn
from dentalx.cli.export_command import Export
from dentalx.errors import InputError
from dentalx.runs import Run

if TYPE_CHECKING:
    from dentalx.export import Written


def export(command: Export) -> int:
    """Write a run's network in a format."""
    run = Run(command.run) if command.run else runs.newest()
    task = runs.describe(run).train.task
    output = _serving_folder(command) if command.serving is not None else command.output
    load_tensorflow()
    from dentalx.export import Wishes, export_network, export_saved_model, hint

    wishes = Wishes(command.format, command.precision, command.check, command.calibrate, command.tolerance)
    if task == "instance" and command.format == "saved_model":
        say(f"SavedModel in {export_saved_model(run, output)}")
    else:
        written = export_network(run, wishes, output)
        for line in table(written):
            say(line)
        for line in written.warnings:
            warn(line)
        name = "SavedModel" if command.format == "saved_model" else f"{command.format} ({command.precision})"
        say(f"{name} in {written.exported.folder}")
    if needed := hint(run):
        say(needed)
    return 0


def table(written: "Written") -> list[str]:
    """What was compared, a line a measure."""
    check, card = written.check, written.exported.card
    before, after = check.seconds
    rows = [
        ("compared on", written.pictures),
        ("largest difference of a probability", f"{check.difference:.2g}"),
        ("pixels given another class", f"{check.disagreement:.4%}"),
        ("Dice between the two masks", _number(check.agreement)),
        ("Dice to the truth, run and export", f"{_number(check.before)}, {_number(check.after)}"),
        ("network alone, run and export", f"{before * 1000:.0f} ms, {after * 1000:.0f} ms a picture"),
        ("size", f"{written.size / 2**20:.1f} MiB, {card.precision}"),
    ]
    return [f"{name:38} {value}" for name, value in rows]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _serving_folder(command: Export) -> Path:
    """NAME/VERSION under --output, one more than the highest there.

    Raises:
        InputError: another format than saved_model, or no plain name.
    """
    name = str(command.serving)
    if command.format != "saved_model":
        raise InputError(f"--serving is for --format saved_model, got {command.format}")
    if not name or name.startswith(".") or not all(letter.isalnum() or letter in "-_." for letter in name):
        raise InputError(f"--serving wants a name of letters, digits, - and _, got {name!r}")
    folder = (command.output or Path()) / name
    taken = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()] if folder.is_dir() else []
    return folder / str(max(taken, default=0) + 1)


def ensemble(command: Ensemble) -> int:
    """Write an ensemble's run folder."""
    members = [Run(folder) for folder in command.members]
    for member in members:
        runs.describe(member)
    load_tensorflow()
    from dentalx.training.ensemble import build_ensemble

    run = build_ensemble(members, command.output)
    say(f"ensemble of {len(members)} runs in {run.folder}; next: python evaluate.py --run {run.folder}")
    return 0
