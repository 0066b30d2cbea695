"""The command `predict`."""

import time

from dentalx import DISCLAIMER, runs
from dentalx.cli.commands import Predict
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.enhance import instead
from dentalx.errors import InputError
from dentalx.files import make_folder
from dentalx.runs import Run


def predict(command: Predict) -> int:
    """Predict a folder; 1 where some pictures failed."""
    from dentalx.datasets.images import find_pictures  # light: a wrong folder is told before TensorFlow is loaded

    pictures = find_pictures(command.input)
    if not 0 <= command.opacity <= 1:
        raise InputError(f"--opacity must lie in 0…1, got {command.opacity}")
    run = Run(command.run) if command.run else runs.newest()
    recipe = instead(command.enhance, runs.describe(run).train.enhance)
    make_folder(command.output)
    load_tensorflow()
    from dentalx.inference import Row, doubtful, load_predictor, predict_folder

    predictor = load_predictor(run, command.precision, recipe)
    say(f"{len(pictures)} pictures, run {predictor.name}, classes: {', '.join(predictor.classes)}")
    started = time.perf_counter()
    with bar() as progress:
        task = progress.add_task("predicting", total=len(pictures), note="")

        def show(done: int, row: Row) -> None:
            rate = done / (time.perf_counter() - started)
            progress.update(task, completed=done, note=f"{rate:.1f} pictures/s")
            if row.status != "ok":
                warn(row.reason)

        rows = predict_folder(predictor, pictures, command.output, opacity=command.opacity, progress=show)
    failed = [row for row in rows if row.status != "ok"]
    seconds = time.perf_counter() - started
    say(f"{len(rows) - len(failed)} of {len(rows)} pictures done in {seconds:.1f} s; results in {command.output}")
    for line in doubtful(rows):
        warn(line)
    if failed:
        say(f"{len(failed)} failed, listed with their reasons in {command.output / 'predictions.csv'}")
    say(DISCLAIMER)
    return 1 if failed else 0
