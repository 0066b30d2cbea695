"""Training for objects one by one: from a data set to a run folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dentalx.config import TrainConfig
from dentalx.datasets import open_source
from dentalx.datasets.instance_pipeline import Feed, InstanceLoader, Scene, evaluation_batches, training_batches
from dentalx.datasets.instances import check_source, load_instances, mirrored_labels
from dentalx.datasets.pipeline import batch_indices
from dentalx.errors import InputError
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.files import write_json
from dentalx.inference.instances import InstancePredictor, to_picture
from dentalx.models.maskrcnn import LOSSES, Anchors, MaskRCNN, fit_anchors
from dentalx.models.maskrcnn import run as network
from dentalx.preprocess import Letterbox
from dentalx.recipe import written
from dentalx.runs import Run
from dentalx.samples import Instances, Record, Source
from dentalx.training import machine
from dentalx.training.callbacks import Keeper, NanGuard, Ticker, Watch
from dentalx.training.census import doubtful, keep_statistics
from dentalx.training.objects_seen import Seen, facts, look
from dentalx.training.optimiser import build_optimiser
from dentalx.training.record import check_data, common
from dentalx.training.reporter import Reporter
from dentalx.training.splitting import prepare_splits
from dentalx.training.state import TrainingState, restore, write_copies

AP50 = "val_ap50"
LOGGED = ("loss", *LOSSES, "val_loss", *(f"val_{name}" for name in LOSSES), AP50)


@dataclass(frozen=True)
class Prepared:
    """What an epoch needs.

    Attributes:
        loaders: of "train" and "val".
        classes: K names.
        anchors: fitted to the training boxes.
        most: M, objects that a picture is padded to.
    """

    loaders: Mapping[str, InstanceLoader]
    classes: tuple[str, ...]
    anchors: Anchors
    most: int


def train_instances(config: TrainConfig, run: Run, reporter: Reporter) -> TrainingState:
    """Train, or go on training, until `run` holds the best and last weights, the log and the score.

    Raises:
        InputError: the data, the settings or the machine do not allow it; what was done before is kept.
    """
    network.check_model(config)
    keras.utils.set_random_seed(config.seed)
    # Without it the threads of RoIAlign's gradient add to one pixel at a time, and some sums are lost.
    tf.config.experimental.enable_op_determinism()
    source = open_source(config.data, config.model.image_size)
    check_source(source)
    check_data(run, source)
    splits = prepare_splits(config, run, source, reporter)
    if config.enhance:
        reporter.say(f"every picture is enhanced first: {written(config.enhance)}")
    prepared = prepare(config, source, splits, reporter)
    keep_statistics(run, prepared.loaders["train"], prepared.classes)
    model = prepare_network(config, run, source, prepared, reporter)
    try:
        state = fit_instances(config, run, model, prepared, reporter)
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise InputError(machine.out_of_memory(config)) from error
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
    for line in facts(seen, classes, mirrored_labels(classes) is not None):
        reporter.say(line)
    _check_classes(seen, classes)
    return Prepared(loaders, classes, fit_anchors(seen.boxes, seen.labels), seen.most)


def _check_classes(seen: Seen, classes: tuple[str, ...]) -> None:
    absent = [name for name, count in zip(classes, seen.per_class, strict=True) if not count]
    if absent:
        raise InputError(
            f"no training picture holds an object of class {', '.join(absent)} that can be seen at the network's size; "
            "leave the class out with --classes, or give a larger --image-size"
        )


def prepare_network(config: TrainConfig, run: Run, source: Source, prepared: Prepared, reporter: Reporter) -> MaskRCNN:
    """Build the network and write config.json; tell where its weights come from."""
    model = network.build(config, len(prepared.classes), prepared.anchors)
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
    record = common(config, source, model.count_params())
    write_json(run.config, {**record, **network.described(prepared.anchors, transfer, config)})
    if hint := machine.bfloat16_hint(config):
        reporter.say(hint)
    return model


def fit_instances(
    config: TrainConfig, run: Run, model: MaskRCNN, prepared: Prepared, reporter: Reporter
) -> TrainingState:
    """Train from where `run` stands to the end, committing after every epoch."""
    loader, seed = prepared.loaders["train"], config.seed
    feed = Feed(config.batch_size, prepared.most, config.augment, mirrored_labels(prepared.classes), seed)
    steps = max(1, len(loader) // config.batch_size)
    model.compile(build_optimiser(config, steps), jit_compile=False)
    state = restore(run, model)
    if state.epoch:
        reporter.say(f"going on after epoch {state.epoch} of {config.epochs}")
        write_copies(run, state)
    if state.epoch >= config.epochs or state.ended:
        return state
    data, steps = training_batches(loader, feed, state.epoch, config.epochs)

    def pictures(epoch: int, step: int) -> list[str]:
        indices = batch_indices(seed, epoch, step, len(loader), config.batch_size)
        return [loader.records[index].image_id for index in indices]

    watch = Watch(AP50, LOGGED, lambda trained: network.bare(trained, prepared.anchors))
    keeper = Keeper(run, config, state, reporter.epoch, watch)
    board = keras.callbacks.TensorBoard(run.tensorboard, write_graph=False)
    precision = ValidationPrecision(prepared.loaders["val"], prepared.classes)
    model.fit(
        data,
        validation_data=evaluation_batches(prepared.loaders["val"], feed),
        initial_epoch=state.epoch,
        epochs=config.epochs,
        steps_per_epoch=steps,
        callbacks=[NanGuard(pictures), Ticker(steps, reporter.tick), precision, board, keeper],
        shuffle=False,
        verbose=0,
    )
    return keeper.state


class ValidationPrecision(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch, the masks' AP50 of the validation pictures, at the network's size, in the logs.

    Args:
        loader: of the validation pictures.
        classes: K names.
    """

    def __init__(self, loader: InstanceLoader, classes: tuple[str, ...]) -> None:
        super().__init__()
        self.loader, self.classes = loader, classes
        self._graph: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._graph is None:
            spec = tf.TensorSpec([1, *self.loader.size, 1], tf.uint8)
            self._graph = tf.function(self.model.detect, input_signature=[spec])
        evaluation = InstanceEvaluation(self.classes)
        frame = Letterbox(self.loader.size, self.loader.size)
        for index in range(len(self.loader)):
            scene = self.loader[index]
            raw = self._graph(tf.constant(scene.image[None, ..., None]))
            found = to_picture({name: np.asarray(value)[0] for name, value in raw.items()}, frame, 0.0)
            evaluation.add(_truth(scene), Predicted(found.instances, found.boxes))
        value = evaluation.metrics(0.5)["segm"]["AP50"]
        if logs is not None:
            logs[AP50] = 0.0 if value is None else value


def _truth(scene: Scene) -> Truth:
    ones = np.ones(len(scene.labels), np.float32)
    return Truth(Instances(scene.masks > 0, scene.labels.copy(), ones), np.zeros(len(scene.labels), np.bool_))


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
