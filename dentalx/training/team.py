"""The devices that train together: those of one machine, or of several processes on as many machines as there are.

Every process runs the same program on the same settings. The chief alone speaks and writes; what the others must know
they compute for themselves, or are told by sums over all processes.
"""

import contextlib
import os
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dentalx.cluster import Cluster, Devices
from dentalx.config import TrainConfig
from dentalx.datasets.shares import WHOLE, Share
from dentalx.errors import InputError, LostWorkerError, in_one_line
from dentalx.training.keras_strategy import mended

PATIENCE_S = 600  # for all processes to come up
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)


@dataclass(frozen=True)
class Team:
    """The devices, as TensorFlow knows them.

    Attributes:
        strategy: what the network is built and trained under.
        processes: how many there are.
        index: which of them this one is.
    """

    strategy: tf.distribute.Strategy
    processes: int = 1
    index: int = 0

    @property
    def replicas(self) -> int:
        """n, devices of all processes together: parts that a batch is divided into."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def chief(self) -> bool:
        """Whether this process is the one that speaks and writes."""
        return self.index == 0

    @property
    def share(self) -> Share:
        """This process's part of every batch."""
        local = self.replicas // self.processes
        return Share(self.replicas, self.index * local, local) if self.replicas > 1 else WHOLE

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What several do at once, such as `fit`; says in one line that one of them was lost.

        Raises:
            LostWorkerError: another process ended or cannot be reached.
        """
        if self.replicas == 1:
            yield
            return
        try:
            with mended():
                yield
        except _LOST as error:
            if self.processes == 1:
                raise
            raise LostWorkerError(
                f"process {self.index} of {self.processes} lost another one, and with it the training "
                f"({_reason(error)}); the last whole epoch is kept: start all of them again with --resume, as many as "
                "there are now"
            ) from error

    def check_batch(self, batch: int) -> None:
        """Raise InputError where a batch of so many pictures cannot be divided evenly."""
        if batch % self.replicas:
            raise InputError(
                f"a batch of {batch} pictures cannot be divided over {self.replicas} devices; use a multiple of "
                f"{self.replicas} as --batch-size, with as many training pictures at least, or fewer devices"
            )

    def check_alone(self, config: TrainConfig) -> None:
        """Raise InputError where several devices are asked for what one alone can do."""
        if self.replicas > 1 and config.accumulate > 1:
            raise InputError("--accumulate is for one device; several make large batches themselves: use --batch-size")
        if self.replicas > 1 and config.xla:
            raise InputError("--xla is for one device; leave it out with several")

    def data(self, make: Callable[[Share], Any]) -> Any:
        """What `make` makes of this process's share, as `fit` takes it."""
        if self.replicas == 1:
            return make(WHOLE)
        return self.strategy.distribute_datasets_from_function(lambda context: make(self.share))

    def synchronise(self, model: keras.Model) -> None:
        """Let batch normalisation see the whole batch, not a device's part of it."""
        if self.replicas > 1:
            for layer in model._flatten_layers():
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.synchronized = True

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The sum over all processes of an array of one shape, float64; every process must ask for it."""
        if self.processes == 1:
            return np.asarray(values, np.float64)
        added = _sum_over(self.strategy, self.replicas // self.processes)(tf.constant(values, tf.float64))
        return np.asarray(self.strategy.experimental_local_results(added)[0])

    def check_agreement(self, facts: Mapping[str, bytes]) -> None:
        """Compare what all processes must have in common; every one must ask.

        Args:
            facts: what is compared, in words, and a value of any length.

        Raises:
            InputError: they differ.
        """
        sums = np.zeros((self.processes, len(facts)))
        sums[self.index] = [zlib.crc32(value) for value in facts.values()]
        sums = self.total(sums)
        unlike = [name for name, column in zip(facts, sums.T, strict=True) if len(set(column)) > 1]
        if unlike:
            raise InputError(
                f"the {self.processes} processes differ in {' and '.join(unlike)}; give all of them the same flags, "
                "the same data, and an --output folder that all of them see"
            )


ALONE = Team(tf.distribute.get_strategy())


def open_team(devices: Devices, cluster: Cluster | None) -> Team:
    """The devices asked for; to be called before TensorFlow has done anything.

    Raises:
        InputError: there are no such devices.
    """
    gpus = _visible(devices)
    if cluster is None:
        names = [f"GPU:{n}" for n in range(gpus)] or [f"CPU:{n}" for n in range(_cpus(devices))]
        return ALONE if len(names) == 1 else Team(tf.distribute.MirroredStrategy(names))
    if devices.kind == "cpu" and devices.count > 1:
        raise InputError("--devices cpu:N is for one process; of several each has one CPU device: use --devices cpu")
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": gpus} if gpus else {},
        rpc_layer="grpc",
    )
    with _patience(cluster):
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
        team = Team(strategy, len(cluster.addresses), cluster.index)
        team.total(np.zeros(1))  # the first word that all exchange
    return team


def _visible(devices: Devices) -> int:
    """How many GPUs are used; the others are hidden."""
    gpus = tf.config.list_physical_devices("GPU")
    if devices.kind == "gpu" and len(gpus) < devices.count:
        raise InputError(f"--devices gpu:{devices.count} asks for more GPUs than there are: {len(gpus)}")
    wanted = {"auto": gpus, "gpu": gpus[: devices.count], "cpu": []}[devices.kind]
    if gpus:
        tf.config.set_visible_devices(wanted, "GPU")
    return len(wanted)


def _cpus(devices: Devices) -> int:
    """How many CPU devices there are; asked for more than one, the processor is divided into so many."""
    if devices.kind == "cpu" and devices.count > 1:
        parts = [tf.config.LogicalDeviceConfiguration()] * devices.count
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
        return devices.count
    return 1


@contextlib.contextmanager
def _patience(cluster: Cluster) -> Iterator[None]:
    """End the process, in one line, where the others do not come: TensorFlow waits without end and without a word."""

    def give_up() -> None:
        others = ", ".join(cluster.addresses)
        sys.stderr.write(f"error: waited {PATIENCE_S} s for all of {others}; start every one of them, and open ports\n")
        sys.stderr.flush()
        os._exit(LostWorkerError.exit_code)

    timer = threading.Timer(PATIENCE_S, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reason(error: tf.errors.OpError) -> str:
    """The line of TensorFlow's page that says what happened."""
    lines = [line for line in error.message.splitlines() if line.strip()] or [type(error).__name__]
    return in_one_line(ValueError(next((line for line in lines if "abort" in line.lower()), lines[-1])), 160)


def _sum_over(strategy: tf.distribute.Strategy, local: int) -> Any:
    """A graph that adds up what the first replica of each process is given."""

    def own(values: Any) -> Any:
        context = tf.distribute.get_replica_context()
        first = tf.cast(context.replica_id_in_sync_group % local == 0, values.dtype)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, values * first)

    return tf.function(lambda values: strategy.run(own, (values,)))
