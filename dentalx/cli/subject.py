"""What predicts: a run folder, an exported network, or a run folder by way of another library."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dentalx import runs
from dentalx.cli.console import say
from dentalx.cli.predict_command import Predict
from dentalx.errors import InputError
from dentalx.files import file_digest
from dentalx.recipe import EnhanceConfig
from dentalx.runs import Run
from dentalx.runtimes import KIND_OF, Exported, find, installed, read
from dentalx.runtimes.card import SEEN

if TYPE_CHECKING:
    from dentalx.inference import Predictor

MEASURED, TURNS = 3, 3  # pictures, and how often each is shown, where the fastest runtime is looked for


@dataclass(frozen=True)
class Subject:
    """A run or an export.

    Attributes:
        run: the run folder; for an export, what was given.
        exported: None for a run folder.
        task: "semantic" or "instance".
        enhance: what is done to a picture before the network sees it.
    """

    run: Run
    exported: Exported | None
    task: str
    enhance: EnhanceConfig

    @property
    def name(self) -> str:
        """The run's."""
        return self.exported.card.name if self.exported else self.run.folder.resolve().name

    @property
    def needs_tensorflow(self) -> bool:
        """Whether its network is run by TensorFlow, or perhaps."""
        return self.exported is None or self.exported.card.kind == "saved_model"

    @property
    def files(self) -> list[Path]:
        """All that its predictions depend on."""
        if self.exported is not None:
            return sorted(path for path in self.exported.folder.iterdir() if path.is_file())
        return [self.run.config, self.run.thresholds, self.run.seen, *self.run.weights]


def subject_of(command: Predict) -> Subject:
    """What --run means.

    Raises:
        InputError: it is neither a run nor an export, or --runtime is not for it.
    """
    exported = find(command.run) if command.run else None
    if command.run and exported is not None:
        if command.runtime not in ("tensorflow", "auto") and KIND_OF[command.runtime] != exported.card.kind:
            raise InputError(f"--run {command.run} is an export for {exported.card.kind}; leave --runtime out")
        return Subject(Run(command.run), exported, "semantic", exported.card.enhance)
    run = Run(command.run) if command.run else runs.newest()
    trained = runs.describe(run).train
    if command.runtime != "tensorflow" and trained.task == "instance":
        raise InputError(f"--runtime {command.runtime} cannot run a Mask R-CNN; leave it out")
    return Subject(run, None, trained.task, trained.enhance)


def load(subject: Subject, command: Predict, recipe: EnhanceConfig | None, pictures: list[Path]) -> "Predictor":
    """The predictor that was asked for.

    Raises:
        InputError: it cannot be loaded.
    """
    from dentalx.inference import load_exported, load_predictor

    if subject.exported is not None:
        return load_exported(subject.exported, command.precision, recipe)
    if command.runtime == "tensorflow":
        return load_predictor(subject.run, command.precision, recipe)
    if command.runtime != "auto":
        return load_exported(export_of(subject.run, command.runtime), command.precision, recipe)
    return fastest(candidates(subject.run, command, recipe), pictures)


def export_of(run: Run, runtime: str) -> Exported:
    """The run's export for a runtime, made first where there is none or it is of other weights.

    Raises:
        InputError: it cannot be made.
    """
    from dentalx.export import Wishes, export_network

    exported = kept(run, runtime)
    if exported is None:
        say(f"exporting {run.folder} for {runtime}; the export is kept in it")
        exported = export_network(run, Wishes(KIND_OF[runtime])).exported
    return exported


def kept(run: Run, runtime: str) -> Exported | None:
    """The run's own export in float32, if it has one of the weights, thresholds and statistics that it has now."""
    from dentalx.export import Wishes, folder_of, weights_digest

    try:
        exported = read(folder_of(run, Wishes(KIND_OF[runtime])))
    except InputError:
        return None
    card, description = exported.card, runs.describe(run)
    limits = runs.threshold(run), runs.thresholds(run, description)
    seen = file_digest(run.seen) if run.seen.is_file() else None
    now = (weights_digest(run), *limits, description.train.enhance, seen)
    then = (card.weights, card.threshold, card.thresholds, card.enhance, card.digests.get(SEEN))
    return exported if then == now else None


def candidates(run: Run, command: Predict, recipe: EnhanceConfig | None) -> "dict[str, Predictor]":
    """TensorFlow, and what the run was exported for in float32 and can be run here."""
    from dentalx.inference import load_exported, load_predictor

    found = {"tensorflow": load_predictor(run, command.precision, recipe)}
    for runtime in (name for name in installed() if name != "tensorflow"):
        if command.precision == "float32" or (runtime, command.precision) == ("openvino", "mixed_bfloat16"):
            exported = kept(run, runtime)
            if exported is not None:
                found[runtime] = load_exported(exported, command.precision, recipe)
    return found


def fastest(found: "dict[str, Predictor]", pictures: list[Path]) -> "Predictor":
    """Of several predictors that say the same, the one that takes the shortest time for the first pictures."""
    from dentalx.datasets.images import read_grey

    if len(found) == 1:
        say("runtime tensorflow: the run is exported for no other; python -m dentalx export --format openvino does it")
        return found["tensorflow"]
    images = []
    for path in pictures:
        try:
            images.append(read_grey(path, rule=found["tensorflow"].grey))
        except InputError:
            continue  # it is told when its turn comes
        if len(images) == MEASURED:
            break
    times: dict[str, list[float]] = {name: [] for name in found}
    for turn in range(TURNS + 1):
        for name, predictor in found.items():
            started = time.perf_counter()
            for image in images:
                predictor.probability(image)
            if turn:  # what a library does at its first call is not counted
                times[name].append((time.perf_counter() - started) / max(1, len(images)))
    medians = {name: statistics.median(each) for name, each in times.items()}
    best = min(medians, key=lambda name: medians[name])
    say(f"runtime {best}: " + ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in medians.items()))
    return found[best]
