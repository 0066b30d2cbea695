"""The command `predict`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.enhance import instead
from dentalx.cli.predict_command import Predict
from dentalx.errors import InputError
from dentalx.files import make_folder
from dentalx.recipe import EnhanceConfig
from dentalx.runs import Run

if TYPE_CHECKING:
    from dentalx.inference import Row

Work = Callable[[Callable[[int, "Row"], None]], list["Row"]]


def predict(command: Predict) -> int:
    """Predict a folder; 1 where some pictures failed."""
    from dentalx.datasets.images import find_pictures  # light: a wrong folder is told before TensorFlow is loaded

    pictures = find_pictures(command.input)
    if not 0 <= command.opacity <= 1:
        raise InputError(f"--opacity must lie in 0…1, got {command.opacity}")
    run = Run(command.run) if command.run else runs.newest()
    trained = runs.describe(run).train
    if command.score is not None and (trained.task != "instance" or not 0 <= command.score <= 1):
        raise InputError(f"--score is for runs of --task instance and lies in 0…1, got {command.score}")
    recipe = instead(command.enhance, trained.enhance)
    make_folder(command.output)
    load_tensorflow()
    from dentalx.inference import doubtful

    work = (objects if trained.task == "instance" else masks)(command, run, recipe, pictures)
    started = time.perf_counter()
    with bar() as progress:
        task = progress.add_task("predicting", total=len(pictures), note="")

        def show(done: int, row: "Row") -> None:
            rate = done / (time.perf_counter() - started)
            progress.update(task, completed=done, note=f"{rate:.1f} pictures/s")
            if row.status != "ok":
                warn(row.reason)

        rows = work(show)
    failed = [row for row in rows if row.status != "ok"]
    seconds = time.perf_counter() - started
    say(f"{len(rows) - len(failed)} of {len(rows)} pictures done in {seconds:.1f} s; results in {command.output}")
    for line in doubtful(rows):
        warn(line)
    if failed:
        say(f"{len(failed)} failed, listed with their reasons in {command.output / 'predictions.csv'}")
    say(DISCLAIMER)
    return 1 if failed else 0


def masks(command: Predict, run: Run, recipe: EnhanceConfig | None, pictures: list[Path]) -> Work:
    """What a run of --task semantic does with the pictures."""
    from dentalx.inference import load_predictor, predict_folder

    predictor = load_predictor(run, command.precision, recipe)
    say(f"{len(pictures)} pictures, run {predictor.name}, classes: {', '.join(predictor.classes)}")
    return lambda show: predict_folder(predictor, pictures, command.output, opacity=command.opacity, progress=show)


def objects(command: Predict, run: Run, recipe: EnhanceConfig | None, pictures: list[Path]) -> Work:
    """What a run of --task instance does with them."""
    from dentalx.inference import load_instance_predictor, predict_objects

    predictor = load_instance_predictor(run, command.precision, recipe, command.score)
    classes = ", ".join(predictor.classes)
    say(f"{len(pictures)} pictures, run {predictor.name}, objects of score {predictor.min_score:g} and more: {classes}")
    opacity, consistent = command.opacity, command.consistent_numbers
    return lambda show: predict_objects(
        predictor, pictures, command.output, opacity=opacity, consistent=consistent, progress=show
    )
