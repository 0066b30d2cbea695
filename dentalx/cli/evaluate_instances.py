"""The command `evaluate`, of a run that finds objects one by one."""

from pathlib import Path

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.enhance import instead
from dentalx.cli.evaluate_command import Evaluate
from dentalx.cli.result_flags import views_of
from dentalx.config import DataConfig
from dentalx.errors import InputError
from dentalx.runs import Run

NOT_OF_OBJECTS = ("against", "against_predictions", "raters", "strata", "tolerance", "resume", "checklist")


def evaluate_instances(command: Evaluate, run: Run, data: DataConfig | None, output: Path) -> int:
    """Score, write the results; 1 where some pictures could not be used."""
    for name in NOT_OF_OBJECTS:
        if getattr(command, name):
            flag = name.replace("_", "-")
            raise InputError(f"--{flag} is not for runs of --task instance, and {run.folder} is one; leave it out")
    if views := views_of(command.tta, command.tiles).views:
        raise InputError(f"--{views[0]} is not for runs of --task instance, and {run.folder} is one; leave it out")
    load_tensorflow()
    from dentalx.report.instances import Pictures, headline, write_instances
    from dentalx.scoring import Options
    from dentalx.scoring.instances import score_instances

    recipe = instead(command.enhance, runs.describe(run).train.enhance)
    with bar() as progress:
        task = progress.add_task("evaluating", total=None, note="")
        options = Options(progress=lambda done, of: progress.update(task, completed=done, total=of))
        scored = score_instances(run, data, command.split, options, recipe, command.consistent_numbers)
    ranked = [(picture.image_id, picture.quality) for picture in scored.ranked()]
    pictures = Pictures(scored.classes, ranked, scored.look) if command.pictures else None
    write_instances(output, scored.metrics, scored.table(), pictures, run)
    for line in headline(scored.metrics):
        say(line)
    for line in scored.warnings:
        warn(line)
    for problem in scored.problems:
        warn(f"{problem.kind}, {problem.counted}: {problem.reason}")
    say(f"report in {output / 'report.html'}", DISCLAIMER)
    return 1 if scored.problems else 0
