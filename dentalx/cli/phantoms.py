"""The command `phantoms`."""

from dentalx.cli.commands import Phantoms
from dentalx.cli.console import bar, say
from dentalx.errors import InputError


def phantoms(command: Phantoms) -> int:
    """Draw phantoms into a folder."""
    from dentalx.datasets.phantoms import PhantomSource, write_coco, write_folders
    from dentalx.phantom import PRESETS

    if command.count < 1 or min(command.size) < 32 or max(command.size) > 8192:
        raise InputError(
            f"--count must be at least 1 and --size within 32…8192, got {command.count} and {command.size}"
        )
    with bar() as progress:
        task = progress.add_task("drawing", total=command.count, note="")

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        source = PhantomSource(command.count, command.seed, command.size, command.classes, PRESETS[command.variety])
        write = write_coco if command.format == "coco" else write_folders
        write(command.output, source, show)
    say(f"{command.count} phantoms in {command.output}")
    return 0
