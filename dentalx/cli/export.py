"""The command `export`."""

from dentalx import runs
from dentalx.cli.commands import Export
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
