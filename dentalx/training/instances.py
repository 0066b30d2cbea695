"""Training for objects one by one: from a data set to a run folder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from dentalx.config import TrainConfig
from dentalx.datasets import open_source
from dentalx.datasets.instance_pipeline import Feed, InstanceLoader, training_batches
from dentalx.datasets.instances import check_source, load_instances, mirrored_labels
from dentalx.datasets.pipeline import batch_indices
from dentalx.errors import InputError
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.files import write_json
from dentalx.inference.instances import InstancePredictor
from dentalx.models.maskrcnn import LOSSES, Anchors, MaskRCNN, fit_anchors
from dentalx.models.maskrcnn import run as network
from dentalx.recipe import written
from dentalx.runs import Run
from dentalx.samples import Record, Source
from dentalx.training import machine
from dentalx.training.callbacks import Keeper, NanGuard, Ticker, Watch
from dentalx.training.census import doubtful, keep_statistics
from dentalx.training.instance_validation import AP50, JUDGED, validation
from dentalx.training.objects_seen import Seen, facts, look
from dentalx.training.optimiser import build_optimiser
from dentalx.training.pictures import Board
from dentalx.training.record import check_data, common
from dentalx.training.reporter import Reporter
from dentalx.training.splitting import prepare_splits
from dentalx.training.state import TrainingState, recall, restore, write_copies
from dentalx.training.team import ALONE, Team
from dentalx.training.together import boards, common_ground

LOGGED = ("loss", *LOSSES, *JUDGED)


@dataclass(frozen=True)
class Prepared:
    """What an epoch needs.

    Attributes:
        loaders: of "train" and "val".
        classes: K names.
        anchors: fitted to the training boxes.
        most: M, objects that a picture is padded to.
        team: the devices it is done on.
    """

    loaders: Mapping[str, InstanceLoader]
    classes: tuple[str, ...]
    anchors: Anchors
    most: int
    team: Team = ALONE


def train_instances(config: TrainConfig, run: Run, reporter: Reporter, team: Team = ALONE) -> TrainingState:
    """Train, or go on training, until `run` holds the best and last weights, the log and the score.

    Raises:
        InputError: the data, the settings or the machine do not allow it; what was done before is kept.
    """
    network.check_model(config)
    team.check_alone(config)
    keras.utils.set_random_seed(config.seed)
    if not config.xla:  # where every operation must be deterministic, Keras compiles nothing
        # Without it the threads of RoIAlign's gradient add to one pixel at a time, and some sums are lost.
        tf.config.experimental.enable_op_determinism()
    source = open_source(config.data, config.model.image_size)
    check_source(source)
    check_data(run, source)
    splits = prepare_splits(config, run, source, reporter, team)
    team.check_batch(min(config.batch_size, len(splits["train"])))
    if config.enhance:
        reporter.say(f"every picture is enhanced first: {written(config.enhance)}")
    prepared = replace(prepare(config, source, splits, reporter), team=team)
    if team.chief:
        keep_statistics(run, prepared.loaders["train"], prepared.classes)
    try:
        with team.together():
            with team.strategy.scope():
                model = prepare_network(config, run, source, prepared, reporter)
            state = fit_instances(config, run, model, prepared, reporter)
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(machine.out_of_memory(config)) from error
    if team.chief:
        reporter.say("choosing the score on the validation pictures, at their own size")
        choose_score(run, config, source, splits["val"])
    return state


def prepare(config: TrainConfig, source: Source, splits: Mapping[str, Any], reporter: Reporter) -> Prepared:
    """Read every picture once, tell what the training pictures hold, and fit the anchors to it.

    Raises:
        InputError: files are bad, or a class is in no training picture.
    """
    size, classes = config.model.image_size, tuple(source.classes)
    loaders = {name: InstanceLoader(source, splits[name], size, config.enhance) for name in ("train", "val")}
    total, before = sum(len(loader) for loader in loaders.values()), 0
    for loader in loaders.values():

        def show(done: int, of: int, before: int = before) -> None:
            reporter.read(before + done, total)

        loader.prepare(show)
        before += len(loader)
    for line in doubtful(loaders.values()):
        reporter.warn(line)
    seen = look(loaders["train"], len(classes))
    for line in facts(seen, classes):
        reporter.say(line)
    _check_classes(seen, classes)
    return Prepared(loaders, classes, fit_anchors(seen.boxes, seen.labels), seen.most)


def _check_classes(seen: Seen, classes: tuple[str, ...]) -> None:
    absent = [name for name, count in zip(classes, seen.per_class, strict=True) if not count]
    if absent:
        crowds = f" ({seen.crowds} are crowds, iscrowd in COCO, which are not learnt)" if seen.crowds else ""
        tiny = f" ({seen.tiny} are too small at the network's size)" if seen.tiny else ""
        raise InputError(
            f"no training picture holds an object of class {', '.join(absent)} that can be seen at the network's size"
            f"{crowds}{tiny}; leave the class out with --classes, or give a larger --image-size"
        )


def prepare_network(config: TrainConfig, run: Run, source: Source, prepared: Prepared, reporter: Reporter) -> MaskRCNN:
    """Build the network and write config.json; tell where its weights come from."""
    model = network.build(config, len(prepared.classes), prepared.anchors)
    model.compiled = config.xla
    if config.instances.recompute:
        model.recompute()
    if run.last.is_file():
        return model
    transfer = network.start(model, config)
    if transfer is None:
        reporter.warn("the network is trained from scratch, its weights are random")
    else:
        left = [*transfer.missing, *transfer.unfitting]
        reporter.say(f"weights of {len(transfer.taken)} layers taken over, {len(transfer.unused)} in the file unused")
        if left:
            reporter.say(f"random weights in {len(left)} layers: {', '.join(left)}")
    if prepared.team.chief:
        record = common(config, source, model.count_params())
        write_json(run.config, {**record, **network.described(prepared.anchors, transfer, config)})
    if hint := machine.bfloat16_hint(config):
        reporter.say(hint)
    return model


def fit_instances(
    config: TrainConfig, run: Run, model: MaskRCNN, prepared: Prepared, reporter: Reporter
) -> TrainingState:
    """Train from where `run` stands to the end, committing epochs as `Keeper` says."""
    loader, seed, team = prepared.loaders["train"], config.seed, prepared.team
    feed = Feed(config.batch_size, prepared.most, config.augment, mirrored_labels(prepared.classes), seed)
    steps = max(1, len(loader) // config.batch_size)
    team.synchronise(model)
    with team.strategy.scope():
        model.compile(build_optimiser(config, steps), jit_compile=config.xla)
        state = (restore if team.chief else recall)(run, model)
    team.check_agreement(common_ground(config, prepared.loaders, model, state))
    if state.epoch and team.chief:
        reporter.say(f"going on after epoch {state.epoch} of {config.epochs}")
        write_copies(run, state)
    if state.epoch >= config.epochs or state.ended:
        return state

    def pictures(epoch: int, step: int) -> list[str]:
        indices = batch_indices(seed, epoch, step, len(loader), config.batch_size)
        return [loader.records[index].image_id for index in indices]

    watch = Watch(AP50, LOGGED, lambda trained: network.bare(trained, prepared.anchors))
    keeper = Keeper(run if team.chief else None, config, state, reporter.epoch, watch)
    judge, judged = validation(prepared.loaders["val"], prepared.classes, feed, team)
    judge.board = Board(run.tensorboard, prepared.classes, config.epochs) if team.chief else None
    model.fit(
        team.data(lambda share: training_batches(loader, feed, state.epoch, config.epochs, share)[0]),
        validation_data=judged,
        initial_epoch=state.epoch,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=[NanGuard(pictures), Ticker(steps, reporter.tick), judge, *boards(run, team), keeper],
        shuffle=False,
        verbose=0,
    )
    return keeper.state


def choose_score(run: Run, config: TrainConfig, source: Source, records: Any) -> None:
    """Write thresholds.json: the score from which an object counts, that with the best F1 on validation."""
    classes = tuple(source.classes)
    model = network.load_instance_network(run)
    predictor = InstancePredictor(model, classes, 0.0, run.folder.name, config.enhance)
    evaluation = InstanceEvaluation(classes)
    for record in records:
        _add(evaluation, predictor, source, record)
    value = evaluation.best_score()
    counted = evaluation.metrics(value)
    chosen = {
        "rule": "objects of score >= value",
        "chosen_on": "val",
        "value": value,
        "f1": counted["f1"],
        "pictures": counted["n_images"],
    }
    write_json(run.thresholds, chosen)


def _add(evaluation: InstanceEvaluation, predictor: InstancePredictor, source: Source, record: Record) -> None:
    sample = load_instances(source, record)
    found = predictor(sample.image)
    evaluation.add(Truth(sample.instances, sample.crowd), Predicted(found.instances, found.boxes))
