"""Training: from a data set to a run folder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx.config import TrainConfig, to_json
from dentalx.covering import vanished
from dentalx.datasets import open_source
from dentalx.datasets.pipeline import Loader, batch_indices, evaluation_dataset, training_dataset
from dentalx.datasets.shares import Share, evaluation_share
from dentalx.datasets.sides import sides
from dentalx.errors import InputError
from dentalx.files import write_json
from dentalx.labelling import labelling_of
from dentalx.losses import WeightedSum
from dentalx.memory import free_memory
from dentalx.metrics.streaming import MeanDice
from dentalx.models import Network, build_network
from dentalx.recipe import written
from dentalx.runs import Run
from dentalx.samples import Source
from dentalx.training import machine
from dentalx.training.balance import EVEN, Balance, find_balance
from dentalx.training.callbacks import Keeper, NanGuard, Ticker
from dentalx.training.census import census, doubtful, facts, keep_statistics, suspicions
from dentalx.training.instances import train_instances
from dentalx.training.optimiser import build_optimiser
from dentalx.training.plan import complete
from dentalx.training.ramp import Ramp
from dentalx.training.record import check_data, common
from dentalx.training.reporter import Reporter as Reporter
from dentalx.training.splitting import prepare_splits
from dentalx.training.state import TrainingState, recall, restore, write_copies
from dentalx.training.team import ALONE as ALONE
from dentalx.training.team import Team
from dentalx.training.team import open_team as open_team
from dentalx.training.threshold import choose_threshold
from dentalx.training.together import boards, common_ground


def train(config: TrainConfig, run: Run, reporter: Reporter, team: Team = ALONE) -> TrainingState:
    """Train, or go on training, until `run` holds the best and last weights, the log and the threshold.

    Of several processes each calls it, and one writes.

    Raises:
        InputError: the data, the settings or the machine do not allow it; what was done before is kept.
    """
    if config.task == "instance":
        return train_instances(config, run, reporter, team)
    team.check_alone(config)
    keras.utils.set_random_seed(config.seed)
    source = open_source(config.data, config.model.image_size)
    check_data(run, source)
    splits = prepare_splits(config, run, source, reporter, team)
    config = complete(config, source, splits["train"])
    for reason in config.reasons:
        reporter.say(reason)
    carried = replace(config, batch_size=min(config.batch_size, len(splits["train"])))  # what a step holds
    team.check_batch(carried.batch_size)
    if config.enhance:
        reporter.say(f"every picture is enhanced first: {written(config.enhance)}")
    loaders = {
        name: Loader(source, splits[name], config.model.image_size, enhance=config.enhance) for name in ("train", "val")
    }
    prepare(loaders, reporter)
    shares = look_at_masks(loaders, source.classes, reporter)
    balance = find_balance(config.balance, source.classes, shares, reporter, loaders["train"].labelling)
    if team.chief:
        keep_statistics(run, loaders["train"], source.classes)
    try:
        with team.together():
            with team.strategy.scope():
                network = prepare_network(carried, run, shares, reporter)
            if team.chief and not run.last.is_file():
                write_json(run.config, describe(config, source, shares, network))
            state = fit(config, run, network.model, Learning(loaders["train"], loaders["val"], balance, team), reporter)
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(machine.out_of_memory(carried)) from error
    if team.chief:
        reporter.say("choosing the threshold on the validation pictures, at their own size")
        choose_threshold(run, source, splits["val"])
    return state


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
    if reason := sides(classes).reason:
        reporter.say(f"images are not flipped: {reason}")
    covers = [cover for loader in loaders.values() for cover in loader.covers.values()]
    hidden = vanished(covers, classes)
    for line in (*hidden, *(line for part in found.values() for line in suspicions(part))):
        reporter.warn(line)
    for name, share in zip(classes, found["train"].prevalence, strict=True):
        if share == 0:
            under = next((f" ({line})" for line in hidden if line.startswith(f"{name}: ")), "")
            raise InputError(f"no training mask holds class {name!r}{under}; check --classes and the masks")
    return found["train"].prevalence


def prepare_network(config: TrainConfig, run: Run, shares: NDArray[np.float64], reporter: Reporter) -> Network:
    """Build the network; tell where the encoder comes from and what the machine can carry."""
    resuming = run.last.is_file()
    network = build_network(
        config.model,
        len(shares),
        prevalence=shares,
        precision=config.precision,
        encoder_weights="none" if resuming else None,
        labelling=labelling_of(config.data.overlapping),
    )
    machine.check_memory(network.core, config, free_memory())
    if not resuming:
        origin = network.provenance
        if origin.source == "scratch":
            reporter.warn(f"the encoder is trained from scratch, its weights are random ({origin.reason})")
        else:
            reporter.say(f"encoder weights: {origin.source}, {len(origin.taken)} layers, {len(origin.missing)} missing")
    hint = machine.bfloat16_hint(config)
    if hint:
        reporter.say(hint)
    return network


def describe(config: TrainConfig, source: Source, shares: NDArray[np.float64], network: Network) -> dict[str, Any]:
    """What config.json holds."""
    return {
        **common(config, source, network.model.count_params()),
        "masks": getattr(source, "mask_codes", None),
        "prevalence": dict(zip(source.classes, [round(float(share), 6) for share in shares], strict=True)),
        "encoder": to_json(network.provenance),
    }


@dataclass(frozen=True)
class Learning:
    """What is learnt from, what the epochs are judged by, how much the classes count, and on which devices."""

    train: Loader
    val: Loader
    balance: Balance = EVEN
    team: Team = ALONE


def fit(config: TrainConfig, run: Run, model: keras.Model, learning: Learning, reporter: Reporter) -> TrainingState:
    """Train from where `run` stands to the end, committing epochs as `Keeper` says."""
    loader, balance, team = learning.train, learning.balance, learning.team
    batch = min(config.batch_size, len(loader))
    steps = max(1, len(loader) // batch)
    team.synchronise(model)
    overlapping = config.data.overlapping
    loss = WeightedSum(config.loss, class_weights=balance.class_weights, overlapping=overlapping)
    with team.strategy.scope():
        metrics = [MeanDice(name="dice", overlapping=overlapping)]
        model.compile(build_optimiser(config, steps), loss, metrics=metrics, jit_compile=config.xla)
        state = (restore if team.chief else recall)(run, model)
    team.check_agreement(common_ground(config, {"train": loader, "val": learning.val}, model, state))
    if state.epoch and team.chief:
        reporter.say(f"going on after epoch {state.epoch} of {config.epochs}")
        write_copies(run, state)
    if state.epoch >= config.epochs or state.ended:
        return state

    def pictures(epoch: int, step: int) -> list[str]:
        indices = batch_indices(config.seed, epoch, step, len(loader), config.batch_size)
        return [loader.records[index].image_id for index in indices]

    keeper = Keeper(run if team.chief else None, config, state, reporter.epoch)
    guards = [Ramp(loss, config.epochs), NanGuard(pictures), Ticker(steps, reporter.tick)]
    judged, judged_steps = validation(learning, config.batch_size)
    model.fit(
        team.data(lambda share: lessons(config, learning, state.epoch, share)),
        validation_data=judged,
        validation_steps=judged_steps,
        initial_epoch=state.epoch,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=[*guards, *boards(run, team), keeper],
        shuffle=False,
        verbose=0,
    )
    return keeper.state


def lessons(config: TrainConfig, learning: Learning, start_epoch: int, share: Share) -> Any:
    """The batches of all epochs from `start_epoch` on, or a share of each."""
    return training_dataset(
        learning.train,
        batch_size=config.batch_size,
        augment=config.augment,
        seed=config.seed,
        start_epoch=start_epoch,
        epochs=config.epochs,
        crops=learning.balance.crops,
        share=share,
    )[0]


def validation(learning: Learning, batch_size: int) -> tuple[Any, int | None]:
    """The validation pictures as `fit` takes them, and how many steps they are; None: until they end."""
    team, loader = learning.team, learning.val
    if team.replicas == 1:
        return evaluation_dataset(loader, batch_size), None
    whole = team.replicas * -(-min(batch_size, len(loader)) // team.replicas)
    return team.data(lambda share: evaluation_share(loader, whole, share)[0]), -(-len(loader) // whole)
