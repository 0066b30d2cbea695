"""The command `cross-validate`."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import bar, load_tensorflow, say
from dentalx.cli.cross_validate_command import CrossValidate
from dentalx.cli.train import carry_out, prepare
from dentalx.config import TrainConfig
from dentalx.errors import InputError
from dentalx.runs import Run


def cross_validate(command: CrossValidate) -> int:
    """Train every fold that is not finished, then score and join them; 130 where somebody interrupts."""
    root = folder_of(command)
    members = [Run(root / f"fold{number}") for number in range(1, command.folds + 1)]
    if command.resume and members[0].config.is_file():
        held = runs.describe(members[0]).train.data.folds
        if command.folds not in (held, CrossValidate().folds):
            raise InputError(f"--resume: {root} has {held} folds, asked for now: {command.folds}; leave --folds out")
        command = replace(command, folds=held)
        members = [Run(root / f"fold{number}") for number in range(1, held + 1)]
    config = first_config(command, members[0])
    load_tensorflow()
    from dentalx.training import machine

    for number, run in enumerate(members, start=1):
        if run.finished:
            say(f"fold {number} of {len(members)}: finished before")
            continue
        say(f"fold {number} of {len(members)}")
        if members[0].config.is_file():  # with what the data and the machine chose for it
            config = runs.describe(members[0]).train
        machine.forget_networks()
        if carry_out(replace(config, data=replace(config.data, fold=number)), run):
            say("", f"interrupted; go on with: python -m dentalx cross-validate --resume --output {root}")
            return 130
    machine.forget_networks()
    join(members, root)
    return 0


def folder_of(command: CrossValidate) -> Path:
    """Where everything is written.

    Raises:
        InputError: an instance task, too few folds, or --output is taken.
    """
    if command.task == "instance":
        raise InputError("cross-validate is for --task semantic; train the folds of instances with --folds and --fold")
    if command.folds < 2:
        raise InputError(f"cross-validate needs at least 2 folds, got --folds {command.folds}")
    if command.resume and command.output is None:
        raise InputError("--resume needs --output, the folder of the cross-validation that was interrupted")
    root = command.output or runs.ROOT / f"{runs.new_name(command.config(), datetime.now())}-folds"
    if not command.resume and root.is_dir() and any(root.iterdir()):
        raise InputError(f"{root} is not empty; go on with --resume, or choose another --output")
    return root


def first_config(command: CrossValidate, first: Run) -> TrainConfig:
    """The settings of the first fold: as asked for, or as it began with."""
    return prepare(replace(command, output=first.folder, resume=first.last.is_file()))[0]


def join(members: list[Run], root: Path) -> None:
    """Score every picture by the run that held it out; make an ensemble of all runs."""
    from dentalx.evaluation import Resampling
    from dentalx.report import headline, write_evaluation, write_tables
    from dentalx.scoring import Options
    from dentalx.scoring.out_of_fold import score_out_of_fold
    from dentalx.training.ensemble import build_ensemble

    with bar() as progress:
        task = progress.add_task("scoring", total=None, note="")
        options = Options(
            progress=lambda done, of: progress.update(task, completed=done, total=of),
            resampling=Resampling(seed=0),
        )
        scored = score_out_of_fold(members, options, root / "masks")
    write_tables(root / "evaluation", scored.tables)
    write_evaluation(root / "evaluation", scored.result, scored.look)
    for line in headline(scored.result):
        say(line)
    found = scored.result.metrics["cross_validation"]
    each = ", ".join(f"{value:.4f}" for value in found["dice"].values())
    between = "" if found["ci95"] is None else f" [{found['ci95'][0]:.4f}, {found['ci95'][1]:.4f}] by Student's t"
    say(f"Dice of each fold: {each}; mean {found['mean']:.4f}{between}")
    ensemble = Run(root / "ensemble")
    if not ensemble.finished:
        build_ensemble(members, ensemble.folder)
    say(f"ensemble of {len(members)} runs in {ensemble.folder}; report in {root / 'evaluation' / 'report.html'}")
    say(DISCLAIMER)
