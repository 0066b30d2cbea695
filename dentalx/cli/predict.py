"""The command `predict`."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalx import DISCLAIMER, __version__
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.enhance import instead
from dentalx.cli.predict_command import Predict
from dentalx.cli.subject import Subject, load, subject_of
from dentalx.cli.watch import watch
from dentalx.errors import InputError
from dentalx.files import make_folder, sweep
from dentalx.journal import Journal, digest
from dentalx.predict_config import FOLDERS, PredictConfig
from dentalx.recipe import EnhanceConfig, written

if TYPE_CHECKING:
    from dentalx.inference import Row
    from dentalx.inference.folder import Place, Progress

Work = Callable[[list[Path], "Place", PredictConfig, "Progress"], list["Row"]]


def predict(command: Predict) -> int:
    """Predict a folder; 1 where some pictures failed."""
    from dentalx.datasets.images import find_pictures  # light: a wrong folder is told before TensorFlow is loaded
    from dentalx.datasets.passed_over import other_files

    check_apart(command.input, command.output)
    if command.watch and not command.input.is_dir():
        raise InputError(f"--watch needs a folder, --input {command.input} is none")
    pictures = [] if command.watch else find_pictures(command.input, command.output)
    others = other_files(command.input) if command.input.is_dir() else ()
    for note in others:
        say(note)
    config = command.config()
    subject = subject_of(command)
    if command.score is not None and (subject.task != "instance" or not 0 <= command.score <= 1):
        raise InputError(f"--score is for runs of --task instance and lies in 0…1, got {command.score}")
    if subject.task == "instance" and config.of_masks:
        raise InputError(f"{', '.join(config.of_masks)} is for runs of --task semantic; leave it out")
    recipe = instead(command.enhance, subject.enhance)
    make_folder(command.output)
    root = command.input if command.input.is_dir() else command.input.parent
    with Journal(command.output) as journal:
        settings = identity(command, subject, recipe, config)
        begin(command, journal, settings)
        if subject.needs_tensorflow:
            load_tensorflow()
        from dentalx.inference import Place

        work = (objects if subject.task == "instance" else masks)(command, subject, recipe, pictures)
        place = Place(command.output, root, journal, settings, say)
        if command.watch:
            place = dataclasses.replace(place, told=lambda note: None)  # it would be told at every round
            return watch(command.input, command.output, lambda found, show: work(found, place, config, show))
        return carry_out(work, pictures, place, config, others)


def check_apart(pictures: Path, output: Path) -> None:
    """Refuse to write results over the pictures.

    Raises:
        InputError: the pictures lie where results go.
    """
    for folder in FOLDERS:
        if pictures.resolve().is_relative_to((output / folder).resolve()):
            raise InputError(f"--input {pictures} lies in {output / folder}, where results go; choose another --output")


def identity(command: Predict, subject: Subject, recipe: EnhanceConfig | None, config: PredictConfig) -> dict[str, Any]:
    """All that results depend on, but for the pictures."""
    return {
        "dentalx": __version__,
        "run": [digest(path) for path in subject.files],
        "name": subject.name,
        "precision": command.precision,
        "runtime": command.runtime,
        "enhance": None if recipe is None else written(recipe),
        "score": command.score,
        "config": dataclasses.asdict(config),
    }


def begin(command: Predict, journal: Journal, settings: dict[str, Any]) -> None:
    """Say what becomes of earlier results in the folder."""
    there = (command.output / "predictions.csv").exists()
    before = journal.begin(settings, command.resume)
    for folder in FOLDERS:
        sweep(command.output / folder)
    if there or before:
        if command.resume:
            say(f"going on in {command.output}: what is done and whole is not done again")
        else:
            say(f"{command.output} holds earlier results, which are replaced; --resume keeps those that are whole")


def carry_out(work: Work, pictures: list[Path], place: "Place", config: PredictConfig, others: tuple[str, ...]) -> int:
    """Have the work done with a bar, and say what came of it, with what of the folder was passed over."""
    from dentalx.inference import doubtful

    started, journal = time.perf_counter(), place.journal
    assert journal is not None
    with bar() as progress:
        task = progress.add_task("predicting", total=len(pictures), note="")

        def show(done: int, row: "Row") -> None:
            rate = max(0, done - journal.skipped) / (time.perf_counter() - started)
            progress.update(task, completed=done, note=f"{rate:.1f} pictures/s")
            if row.status != "ok":
                warn(row.reason)

        rows = work(pictures, place, config, show)
    failed = [row for row in rows if row.status != "ok"]
    seconds = time.perf_counter() - started
    kept = f", {journal.skipped} of them before" if journal.skipped else ""
    say(f"{len(rows) - len(failed)} of {len(rows)} pictures done in {seconds:.1f} s{kept}; results in {place.output}")
    for line in doubtful(rows):
        warn(line)
    for note in others:
        say(note)
    if failed:
        say(f"{len(failed)} failed, listed with their reasons in {place.output / 'predictions.csv'}")
    say(DISCLAIMER)
    return 1 if failed else 0


def masks(command: Predict, subject: Subject, recipe: EnhanceConfig | None, pictures: list[Path]) -> Work:
    """What a run of --task semantic does with the pictures."""
    from dentalx.inference import predict_folder
    from dentalx.inference.views import seen_through

    predictor = seen_through(load(subject, command, recipe, pictures), command.config())
    say(f"{told(command, pictures)}run {predictor.name}, classes: {', '.join(predictor.classes)}")
    return lambda found, place, config, show: predict_folder(predictor, found, place, config, show)


def objects(command: Predict, subject: Subject, recipe: EnhanceConfig | None, pictures: list[Path]) -> Work:
    """What a run of --task instance does with them."""
    from dentalx.inference import load_instance_predictor, predict_objects

    predictor = load_instance_predictor(subject.run, command.precision, recipe, command.score)
    classes = ", ".join(predictor.classes)
    say(f"{told(command, pictures)}run {predictor.name}, objects of score {predictor.min_score:g} and more: {classes}")
    return lambda found, place, config, show: predict_objects(predictor, found, place, config, show)


def told(command: Predict, pictures: list[Path]) -> str:
    """How many pictures there are, where that is known."""
    return "" if command.watch else f"{len(pictures)} pictures, "
