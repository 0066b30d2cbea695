"""Training: from a data set to a run folder."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx import DISCLAIMER, __version__, runs
from dentalx.config import TrainConfig, to_json
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.pipeline import Loader, batch_indices, evaluation_dataset, training_dataset
from dentalx.datasets.splits import read_splits, split_by_patient, write_splits
from dentalx.datasets.twins import identical_pictures
from dentalx.errors import InputError
from dentalx.files import write_json
from dentalx.losses import LOSSES
from dentalx.memory import free_memory
from dentalx.metrics.streaming import MeanDice
from dentalx.models import Network, build_network, load_network
from dentalx.recipe import written
from dentalx.runs import Run
from dentalx.samples import Record, Source
from dentalx.training import machine
from dentalx.training.callbacks import Keeper, NanGuard, Tick, Ticker
from dentalx.training.census import census, doubtful, facts, suspicions
from dentalx.training.optimiser import build_optimiser
from dentalx.training.state import TrainingState, restore, write_copies
from dentalx.training.threshold import choose_threshold

Splits = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class Reporter:
    """Where a run says how it is going.

    Attributes:
        say: one sentence for the user.
        warn: one sentence the user must not miss.
        read: pictures read so far and in all.
        tick: after each batch.
        epoch: after each epoch, when it is safe on disk.
    """

    say: Callable[[str], None] = field(default=lambda text: None)
    warn: Callable[[str], None] = field(default=lambda text: None)
    read: Callable[[int, int], None] = field(default=lambda done, of: None)
    tick: Callable[[Tick], None] = field(default=lambda tick: None)
    epoch: Callable[[TrainingState], None] = field(default=lambda state: None)


def train(config: TrainConfig, run: Run, reporter: Reporter) -> TrainingState:
    """Train, or go on training, until `run` holds the best and last weights, the log and the threshold.

    Raises:
        InputError: the data, the settings or the machine do not allow it; what was done before is kept.
    """
    keras.utils.set_random_seed(config.seed)
    source = open_source(config.data, config.model.image_size)
    splits = prepare_splits(config, run, source, reporter)
    if config.enhance:
        reporter.say(f"every picture is enhanced first: {written(config.enhance)}")
    loaders = {
        name: Loader(source, splits[name], config.model.image_size, enhance=config.enhance) for name in ("train", "val")
    }
    prepare(loaders, reporter)
    shares = look_at_masks(loaders, source.classes, reporter)
    network = prepare_network(config, run, source, shares, reporter)
    try:
        state = fit(config, run, network.model, loaders, reporter)
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(machine.out_of_memory(config)) from error
    reporter.say("choosing the threshold on the validation pictures, at their own size")
    choose_threshold(run, load_network(run).model, config, source, splits["val"])
    return state


def prepare_splits(config: TrainConfig, run: Run, source: Source, reporter: Reporter) -> Splits:
    """The run's splits.csv where it is resumed, else the given one, else one drawn by patient; written to the run."""
    if run.last.is_file():
        splits = read_splits(run.splits, source.records)
    else:
        splits = new_splits(config, source, reporter)
        write_splits(run.splits, splits)
    for name in ("train", "val"):
        if not splits[name]:
            raise InputError(f"the {name} split is empty; change --fractions or give more pictures")
    sizes = ", ".join(f"{len(records)} {name}" for name, records in splits.items())
    reporter.say(f"{source.name}: {len(source.records)} pictures ({sizes}); classes: {', '.join(source.classes)}")
    for note in source.notes:
        reporter.say(note)
    return splits


def new_splits(config: TrainConfig, source: Source, reporter: Reporter) -> dict[str, tuple[Record, ...]]:
    """The splits that were given, or drawn so that neither a patient nor a radiograph under two names is divided."""
    twins = identical_pictures(source)
    if config.data.splits is None:
        for group in twins:
            reporter.warn(f"the same radiograph under several names, kept in one split: {', '.join(group)}")
        return split_by_patient(source.records, config.data.fractions, config.data.seed, groups=twins)
    splits = read_splits(config.data.splits, source.records)
    split_of = {record.image_id: name for name, records in splits.items() for record in records}
    for group in twins:
        if len({split_of[image_id] for image_id in group}) > 1:
            places = ", ".join(f"{image_id} ({split_of[image_id]})" for image_id in group)
            reporter.warn(f"the same radiograph is in several splits, which makes scores too good: {places}")
    return splits


def prepare(loaders: Mapping[str, Loader], reporter: Reporter) -> None:
    """Read every picture once, so that a bad file is found before the first epoch."""
    total = sum(len(loader) for loader in loaders.values())
    before = 0
    for loader in loaders.values():

        def show(done: int, of: int, before: int = before) -> None:
            reporter.read(before + done, total)

        loader.prepare(show)
        before += len(loader)
    for line in doubtful(loaders.values()):
        reporter.warn(line)


def look_at_masks(loaders: Mapping[str, Loader], classes: tuple[str, ...], reporter: Reporter) -> NDArray[np.float64]:
    """The (K,) shares of the training pixels; tells what the masks hold and what looks wrong in them.

    Raises:
        InputError: a class is in no training mask.
    """
    found = {name: census(loader, len(classes)) for name, loader in loaders.items()}
    for line in facts(found["train"], classes):
        reporter.say(line)
    for part in found.values():
        for line in suspicions(part):
            reporter.warn(line)
    for name, share in zip(classes, found["train"].prevalence, strict=True):
        if share == 0:
            raise InputError(f"no training mask holds class {name!r}; check --classes and the masks")
    return found["train"].prevalence


def prepare_network(
    config: TrainConfig, run: Run, source: Source, shares: NDArray[np.float64], reporter: Reporter
) -> Network:
    """Build the network and write config.json; tell where the encoder comes from and what the machine can carry."""
    resuming = run.last.is_file()
    network = build_network(
        config.model,
        len(source.classes),
        prevalence=shares,
        precision=config.precision,
        encoder_weights="none" if resuming else None,
    )
    machine.check_memory(network.core, config, free_memory())
    if not resuming:
        origin = network.provenance
        if origin.source == "scratch":
            reporter.warn(f"the encoder is trained from scratch, its weights are random ({origin.reason})")
        else:
            reporter.say(f"encoder weights: {origin.source}, {len(origin.taken)} layers, {len(origin.missing)} missing")
        write_json(run.config, describe(config, source, shares, network))
    hint = machine.bfloat16_hint(config)
    if hint:
        reporter.say(hint)
    return network


def describe(config: TrainConfig, source: Source, shares: NDArray[np.float64], network: Network) -> dict[str, Any]:
    """What config.json holds."""
    origin = network.provenance
    return {
        "format": runs.FORMAT,
        "config": to_json(config),
        "classes": list(source.classes),
        "data": {"name": source.name, "pictures": len(source.records), "fingerprint": fingerprint(source)},
        "masks": getattr(source, "mask_codes", None),
        "prevalence": dict(zip(source.classes, [round(float(share), 6) for share in shares], strict=True)),
        "encoder": to_json(origin),
        "parameters": network.model.count_params(),
        "device": machine.device_name(),
        "versions": {
            "dentalx": __version__,
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "disclaimer": DISCLAIMER,
    }


def fit(
    config: TrainConfig, run: Run, model: keras.Model, loaders: Mapping[str, Loader], reporter: Reporter
) -> TrainingState:
    """Train from where `run` stands to the end, committing after every epoch."""
    batch = min(config.batch_size, len(loaders["train"]))
    steps = max(1, len(loaders["train"]) // batch)
    optimiser = build_optimiser(config, steps)
    metrics = [MeanDice(name="dice")]
    model.compile(optimiser, LOSSES[config.loss](), metrics=metrics, jit_compile=False)
    state = restore(run, model)
    if state.epoch:
        reporter.say(f"going on after epoch {state.epoch} of {config.epochs}")
        write_copies(run, state)
    if state.epoch >= config.epochs or state.ended:
        return state
    data, steps = training_dataset(
        loaders["train"],
        batch_size=config.batch_size,
        augment=config.augment,
        seed=config.seed,
        start_epoch=state.epoch,
        epochs=config.epochs,
    )

    def pictures(epoch: int, step: int) -> list[str]:
        indices = batch_indices(config.seed, epoch, step, len(loaders["train"]), config.batch_size)
        return [loaders["train"].records[index].image_id for index in indices]

    keeper = Keeper(run, config, state, reporter.epoch)
    board = keras.callbacks.TensorBoard(run.tensorboard, write_graph=False)
    callbacks = [NanGuard(pictures), Ticker(steps, reporter.tick), board, keeper]
    model.fit(
        data,
        validation_data=evaluation_dataset(loaders["val"], config.batch_size),
        initial_epoch=state.epoch,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    return keeper.state
