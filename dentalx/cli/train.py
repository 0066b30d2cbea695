"""The command `train`."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.train_command import Train
from dentalx.cluster import find_cluster, read_devices
from dentalx.config import TrainConfig, to_json
from dentalx.errors import InputError
from dentalx.presets import PRESETS
from dentalx.runs import Run

if TYPE_CHECKING:
    from dentalx.training.callbacks import Tick
    from dentalx.training.state import TrainingState
    from dentalx.training.team import Team

SHOWN = ("loss", "dice", "val_loss", "val_dice", "val_ap50")  # of each epoch, those that it has


def train(command: Train) -> int:
    """Train or resume; of several processes, the chief alone speaks and writes.

    Raises:
        InputError: what was asked for cannot be done.
    """
    devices, cluster = read_devices(command.devices), find_cluster(os.environ)
    if cluster and command.output is None:
        raise InputError("several processes train together: give them all one --output, a folder that all of them see")
    config, run = prepare(command)
    load_tensorflow()
    from dentalx import training

    team = training.open_team(devices, cluster)
    if not team.chief:
        training.train(config, run, training.Reporter(), team)
        return 0
    ended = carry_out(config, run, team)
    if ended:
        say("", f"interrupted; go on with: python train.py --resume --output {run.folder}")
    else:
        say(f"next: python evaluate.py --run {run.folder}", DISCLAIMER)
    return ended


def carry_out(config: TrainConfig, run: Run, team: "Team | None" = None) -> int:
    """Train from where `run` stands to the end, draw the curves, export; 130 where somebody interrupts."""
    load_tensorflow()
    from dentalx import training
    from dentalx.export import export_saved_model, hint
    from dentalx.report import write_curves

    if not run.last.is_file():
        shutil.rmtree(run.tensorboard, ignore_errors=True)
    if config.preset in PRESETS:
        say(f"preset {config.preset}: {PRESETS[config.preset].about}")
    say(f"run folder: {run.folder}")
    team = team or training.ALONE
    if team.replicas > 1:
        say(f"training on {team.replicas} devices of {team.processes} processes")
    with bar() as progress:
        watcher = Watcher(config, progress)
        reporter = training.Reporter(say, warn, watcher.read, watcher.tick, watcher.epoch)
        try:
            state = training.train(config, run, reporter, team)
        except KeyboardInterrupt:
            if watcher.rows:
                write_curves(run.curves, watcher.rows)
            return 130
    write_curves(run.curves, state.rows)
    measure = "AP50 of masks" if config.task == "instance" else "Dice"
    say(f"best validation {measure} {state.best_score:.4f} in epoch {state.best_epoch}; curves in {run.curves}")
    say(f"SavedModel in {export_saved_model(run)}")
    if needed := hint(run):
        say(needed)
    return 0


def prepare(command: Train) -> tuple[TrainConfig, Run]:
    """The configuration and the run folder that the flags mean.

    Raises:
        InputError: the folder is taken, there is nothing to resume, or the settings are not the run's.
    """
    config = command.config()
    if command.resume:
        run = Run(command.output) if command.output else runs.newest(finished=False)
        if run.members:
            raise InputError(f"{run.folder} is an ensemble, which is not trained; train its members")
        return _same(command, config, runs.describe(run).train), run
    run = Run(command.output or runs.ROOT / runs.new_name(config, datetime.now()))
    if run.last.is_file():
        raise InputError(f"{run.folder} already holds a run; go on with --resume, or choose another --output")
    if run.folder.exists() and not run.folder.is_dir():
        raise InputError(f"--output {run.folder} is a file; give a folder")
    return _absolute(config), run


def _same(command: Train, config: TrainConfig, saved: TrainConfig) -> TrainConfig:
    """The saved settings, if the flags given agree with them."""
    plain = Train(output=command.output, resume=True).config()
    mine, default, theirs = (_flat(to_json(_absolute(c))) for c in (config, plain, saved))
    other = [name for name, value in mine.items() if value != default[name] and value != theirs[name]]
    if other:
        told = ", ".join(f"{name} {theirs[name]!r} (asked for now: {mine[name]!r})" for name in other)
        raise InputError(
            f"--resume keeps the settings the run began with: {told}; leave those flags out, or start anew"
        )
    return saved


def _flat(value: dict[str, object], prefix: str = "") -> dict[str, object]:
    pairs: dict[str, object] = {}
    for name, item in value.items():
        pairs.update(_flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {prefix + name: item})
    return pairs


def _absolute(config: TrainConfig) -> TrainConfig:
    """The same with paths that still hold when a later command starts in another folder."""

    def full(path: Path | None) -> Path | None:
        return path.resolve() if path else None

    data = config.data
    files = {name: full(getattr(data, name)) for name in ("data", "images", "masks", "splits", "salt")}
    return replace(config, data=replace(data, **files))  # type: ignore[arg-type]


class Watcher:
    """Turns what training reports into bars and lines."""

    def __init__(self, config: TrainConfig, progress: Progress) -> None:
        self.epochs, self.progress = config.epochs, progress
        self.task: TaskID | None = None
        self.rows: Sequence[Mapping[str, float]] = ()

    def read(self, done: int, total: int) -> None:
        """Pictures read."""
        self._advance("reading", done, total, "")
        if done == total:
            self._close()

    def tick(self, tick: "Tick") -> None:
        """A batch is done."""
        self.epochs = tick.epochs
        self._advance(f"epoch {tick.epoch}/{tick.epochs}", tick.step, tick.steps, f"loss {tick.loss:.4f}")

    def epoch(self, state: "TrainingState") -> None:
        """An epoch is done."""
        self._close()
        self.rows, row = state.rows, state.rows[-1]
        star = " *" if state.best_epoch == state.epoch else ""
        numbers = "  ".join(f"{name} {row[name]:.4f}" for name in SHOWN if name in row)
        say(
            f"epoch {state.epoch}/{self.epochs}  {numbers}  lr {row['learning_rate']:.2g}  {row['seconds']:.0f} s{star}"
        )

    def _advance(self, text: str, done: int, total: int, note: str) -> None:
        if self.task is None:
            self.task = self.progress.add_task(text, total=total, note=note)
        self.progress.update(self.task, description=text, completed=done, total=total, note=note)

    def _close(self) -> None:
        if self.task is not None:
            self.progress.remove_task(self.task)
            self.task = None
