"""The command `evaluate`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import bar, load_tensorflow, say, warn
from dentalx.cli.data_flags import entries
from dentalx.cli.enhance import instead
from dentalx.cli.evaluate_command import Evaluate
from dentalx.cli.evaluate_instances import evaluate_instances
from dentalx.cli.result_flags import views_of
from dentalx.config import DataConfig, MaskEncoding
from dentalx.errors import InputError
from dentalx.files import make_folder
from dentalx.runs import Run

if TYPE_CHECKING:
    from dentalx.datasets.mask_source import MaskWishes
    from dentalx.scoring import Scored

SHOWN = 20  # names of one kind of problem on the screen; problems.csv has all


def evaluate(command: Evaluate) -> int:
    """Score, write the results; 1 where some pictures or predictions could not be used."""
    check(command)
    run = run_of(command)
    output = command.output or (Path("evaluation") if command.predictions or run is None else run.evaluation)
    instances = run is not None and runs.describe(run).train.task == "instance" and command.predictions is None
    if run is not None and instances:
        make_folder(output)
        return evaluate_instances(command, run, data_of(command), output)
    if command.consistent_numbers:
        raise InputError("--consistent-numbers is for runs of --task instance, which number teeth; leave it out")
    if (run is not None and command.predictions is None) or command.against:
        load_tensorflow()
    from dentalx.report import Seen, beside, checklist, headline, write_evaluation, write_tables
    from dentalx.scoring import UNFINISHED

    unfinished = output / UNFINISHED
    if unfinished.is_file():
        say(f"{'going on with' if command.resume else 'starting anew, without'} what {unfinished} holds")
    with bar() as progress:
        task = progress.add_task("evaluating", total=None, note="")
        scored = scored_as(command, run, unfinished, lambda done, of: progress.update(task, completed=done, total=of))
    write_tables(output, scored.tables)
    write_evaluation(output, scored.result, scored.look if command.pictures else None, scored_run(command, run))
    unfinished.unlink(missing_ok=True)
    for line in (*headline(scored.result), *beside(scored.result.metrics)):
        say(line)
    if command.checklist:
        for line in checklist(Seen(scored.result.metrics, scored_run(command, run) is not None, command.pictures)):
            say(line)
    inverted = [note for note in scored.result.about.notes if "inverted masks?" in note]
    for line in (*inverted, *scored.warnings):
        warn(line)
    told = [f"{problem.kind}, {problem.counted}: {problem.reason}" for problem in scored.problems]
    for text in told[:SHOWN]:
        warn(text)
    if len(told) > SHOWN:
        warn(f"{len(told) - SHOWN} more in {output / 'problems.csv'}")
    say(f"report in {output / 'report.html'}", DISCLAIMER)
    return 1 if any(problem.kind not in ("extra", "resized") for problem in scored.problems) else 0


def scored_run(command: Evaluate, run: Run | None) -> Run | None:
    """The run whose predictions were scored; None where a folder's were."""
    return run if command.predictions is None else None


def scored_as(command: Evaluate, run: Run | None, unfinished: Path, progress: Callable[[int, int], None]) -> "Scored":
    """The evaluation that the flags ask for."""
    from dentalx.evaluation import Resampling
    from dentalx.scoring import Folders, Options, score, score_predictions, score_raters

    predicted = wishes(command.prediction_encoding, command.prediction_class_map)
    options = Options(
        progress=progress,
        resampling=Resampling(seed=command.seed),
        tolerance_px=command.tolerance,
        strata=command.strata,
        raters=command.raters,
        rater_wishes=wishes(command.mask_encoding, command.class_map),
        against=command.against,
        against_predictions=command.against_predictions,
        calibrate=command.calibration,
        folders=Folders(command.missing, command.resize_predictions, predicted),
        unfinished=unfinished,
        resume=command.resume,
        views=views_of(command.tta, command.tiles),
    )
    data = data_of(command)
    if command.predictions is not None:
        return score_predictions(command.predictions, data, command.split, options, run)
    if run is None:
        one, two = command.raters
        return score_raters(one, two, data or DataConfig(classes=command.classes), options)
    return score(run, data, command.split, options, instead(command.enhance, runs.describe(run).train.enhance))


def check(command: Evaluate) -> None:
    """Refuse flags that contradict each other.

    Raises:
        InputError: they do.
    """
    if command.tolerance is not None and not 0 <= command.tolerance < 10_000:
        raise InputError(f"--tolerance must be 0 or more pixels, got {command.tolerance:g}")
    if command.seed < 0:
        raise InputError(f"--seed must be 0 or more, got {command.seed}")
    if len(command.raters) not in (0, 2):
        raise InputError(f"--raters takes two folders, one of each person's masks, got {len(command.raters)}")
    alone = bool(command.raters) and command.run is None and command.predictions is None
    if alone and (command.data or command.masks):
        raise InputError("--raters alone takes --images at most; the first folder stands where truth does")
    if alone and (command.against or command.against_predictions):
        raise InputError("--against compares models; give --run or --predictions beside --raters")
    if command.enhance and (command.predictions or alone):
        raise InputError("--enhance is for a run that predicts; masks are taken as they are")
    if views_of(command.tta, command.tiles).views and (command.predictions or alone):
        raise InputError("--tta and --tiles are for a run that predicts; masks are taken as they are")
    check_places(command)


def check_places(command: Evaluate) -> None:
    """Refuse folders that are not there, before anything is written.

    Raises:
        InputError: one is not there, or is no run folder.
    """
    from dentalx.datasets.images import existing_folder

    for folder in (command.predictions, command.against_predictions, *command.raters):
        if folder is not None:
            existing_folder(folder)
    if command.against is not None:
        runs.describe(Run(command.against))


def run_of(command: Evaluate) -> Run | None:
    """The run that is scored, or whose data are taken; None where there need be none.

    Raises:
        InputError: there is none in runs/, or classes are named that a run knows itself.
    """
    if command.run is None and (command.predictions or command.raters):
        return None
    if command.classes:
        raise InputError("--classes is for --predictions and --raters without a run; a run knows its own")
    return Run(command.run) if command.run else runs.newest()


def data_of(command: Evaluate) -> DataConfig | None:
    """The data that the flags name; None where they name none."""
    alone = bool(command.raters) and command.run is None and command.predictions is None
    if not (command.data or command.images or command.masks or alone):
        return None
    return command.data_config(overlapping=command.overlapping)


def wishes(encoding: MaskEncoding, class_map: Path | None) -> "MaskWishes":
    """How masks are written, where the flags say it."""
    from dentalx.datasets.mask_source import MaskWishes

    return MaskWishes.of(DataConfig(mask_encoding=encoding, class_map=entries(class_map)))
