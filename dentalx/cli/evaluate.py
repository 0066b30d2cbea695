"""The command `evaluate`."""

from dentalx import DISCLAIMER, runs
from dentalx.cli.commands import Evaluate, entries
from dentalx.cli.console import bar, load_tensorflow, say
from dentalx.cli.enhance import instead
from dentalx.config import DataConfig
from dentalx.errors import InputError
from dentalx.files import make_folder
from dentalx.runs import Run


def evaluate(command: Evaluate) -> int:
    """Score a run and write the report."""
    run = Run(command.run) if command.run else runs.newest()
    recipe = instead(command.enhance, runs.describe(run).train.enhance)
    other = None
    if command.data or command.images or command.masks:
        other = DataConfig(
            data=command.data,
            images=command.images,
            masks=command.masks,
            layout=command.format,
            aliases=checked(command.alias),
            tooth_numbers=command.tooth_numbers,
            mask_encoding=command.mask_encoding,
            class_map=entries(command.class_map),
            part=command.part,
        )
    output = command.output or run.evaluation
    make_folder(output)
    load_tensorflow()
    from dentalx.report import headline, write_evaluation
    from dentalx.scoring import score

    with bar() as progress:
        task = progress.add_task("evaluating", total=None, note="")

        def show(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        scored = score(run, other, command.split, show, enhance=recipe)
    write_evaluation(output, scored.result, scored.look)
    for line in headline(scored.result):
        say(line)
    say(f"report in {output / 'report.md'}\n{DISCLAIMER}")
    return 0


def checked(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The aliases themselves, when each is OLD=NEW.

    Raises:
        InputError: one is not.
    """
    for alias in aliases:
        if not all(part.strip() for part in alias.partition("=")):
            raise InputError(f"--alias must be OLD=NEW, got {alias!r}")
    return aliases
