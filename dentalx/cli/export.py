"""The commands `export` and `ensemble`."""

from dentalx import runs
from dentalx.cli.commands import Ensemble, Export
from dentalx.cli.console import load_tensorflow, say
from dentalx.runs import Run


def export(command: Export) -> int:
    """Write a run's SavedModel."""
    run = Run(command.run) if command.run else runs.newest()
    runs.describe(run)
    load_tensorflow()
    from dentalx.export import export_saved_model, hint

    say(f"SavedModel in {export_saved_model(run, command.output)}")
    if needed := hint(run):
        say(needed)
    return 0


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
