"""What `--preset best` leaves to the data and the machine: sizes, batch, epochs, precision, each with its reason.

The idea is nnU-Net's (Isensee et al., Nature Methods 2021): settings follow from a fingerprint of the data by fixed
rules. The rules here are for a U-Net on ResNet34 and small sets of radiographs.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from dentalx.config import TrainConfig
from dentalx.errors import InputError
from dentalx.memory import free_memory
from dentalx.samples import Record, Source
from dentalx.training import machine

PIXELS = {"CPU": 256 * 512, "GPU": 512 * 1024}  # of the network's picture
STEPS = {"CPU": 1_200, "GPU": 8_000}  # that training takes in all
EPOCHS = (20, 400)
BATCH = 8
BYTES_PER_PIXEL = {"float32": 6_400, "mixed_bfloat16": 3_300, "mixed_float16": 3_300}  # of one step, measured
MEMORY_SHARE = 0.6
LOOKED_AT = 32  # pictures whose sizes are asked


@dataclass(frozen=True)
class Facts:
    """What the rules ask for.

    Attributes:
        pictures: to train on.
        size: (height, width), the medians of the training pictures.
        gpu: whether there is one.
        bfloat16: whether the device computes in it.
        memory: free bytes; None where unknown.
    """

    pictures: int
    size: tuple[int, int]
    gpu: bool
    bfloat16: bool
    memory: int | None

    @property
    def device(self) -> str:
        """What is computed on, as the rules name it."""
        return "GPU" if self.gpu else "CPU"


@dataclass(frozen=True)
class Choice:
    """A setting and the sentence that says why."""

    value: Any
    why: str


def complete(config: TrainConfig, source: Source, records: Sequence[Record]) -> TrainConfig:
    """`config` with everything that it leaves to the data and the machine, and the reasons.

    Args:
        config: as asked for; returned as it is where nothing is left open.
        source: the data set.
        records: its training part.

    Raises:
        InputError: what was asked for does not go together with what was chosen.
    """
    if not config.planned:
        return config
    made = choose(facts_of(config, source, records), config)
    size = config.model.image_size
    if "image_size" in made:
        size = made["image_size"].value
    values = {name: choice.value for name, choice in made.items() if name != "image_size"}
    reasons = tuple(choice.why for choice in made.values())
    try:
        return replace(config, model=replace(config.model, image_size=size), planned=(), reasons=reasons, **values)
    except ValueError as error:
        raise InputError(f"{error}; the image size was chosen by the data and the machine") from error


def facts_of(config: TrainConfig, source: Source, records: Sequence[Record]) -> Facts:
    """Looks at some training pictures and at the machine."""
    size = config.model.image_size
    if config.data.data or config.data.images:  # phantoms are drawn for the size that is asked for
        some = [records[index] for index in np.linspace(0, len(records) - 1, min(LOOKED_AT, len(records)), dtype=int)]
        height, width = np.median([source.load(record).image.shape for record in some], axis=0)
        size = (int(height), int(width))
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return Facts(len(records), size, gpu, machine.computes_in_bfloat16(), free_memory())


def choose(facts: Facts, config: TrainConfig) -> dict[str, Choice]:
    """The settings that `config.planned` names.

    >>> made = choose(Facts(80, (1000, 2000), False, True, None), TrainConfig(planned=("image_size", "epochs")))
    >>> made["image_size"].value, made["epochs"].value
    ((256, 512), 60)
    """
    settled = {
        "precision": config.precision,
        "image_size": config.model.image_size,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
    }
    made = {}
    for name, rule in _RULES.items():
        if name in config.planned:
            made[name] = rule(facts, settled)
            settled[name] = made[name].value
    return made


def _precision(facts: Facts, settled: Mapping[str, Any]) -> Choice:
    if facts.bfloat16:
        return Choice("mixed_bfloat16", f"precision mixed_bfloat16: the {facts.device} computes in it, and faster")
    return Choice("float32", f"precision float32: the {facts.device} has no bfloat16 units")


def _image_size(facts: Facts, settled: Mapping[str, Any]) -> Choice:
    (height, width), device = facts.size, facts.device
    shrink = min(1.0, math.sqrt(PIXELS[device] / (height * width)))
    sides = tuple(max(64, round(side * shrink / 32) * 32) for side in (height, width))
    why = f"the pictures' shape ({height} × {width}, the medians) in at most {PIXELS[device]:,} pixels on a {device}"
    return Choice(sides, f"image size {sides[0]} × {sides[1]}: {why}")


def _batch_size(facts: Facts, settled: Mapping[str, Any]) -> Choice:
    height, width = settled["image_size"]
    each = height * width * BYTES_PER_PIXEL[settled["precision"]]
    fits = BATCH if facts.memory is None else int(facts.memory * MEMORY_SHARE / each)
    batch = max(1, min(BATCH, fits, facts.pictures // 4))
    limits = {BATCH: "enough for batch statistics", facts.pictures // 4: "a quarter of the training pictures"}
    why = limits.get(batch, f"what fits into {MEMORY_SHARE:.0%} of the free memory, about {each / 2**30:.1f} GiB each")
    return Choice(batch, f"batch size {batch}: {why}")


def _epochs(facts: Facts, settled: Mapping[str, Any]) -> Choice:
    steps, aim = max(1, facts.pictures // settled["batch_size"]), STEPS[facts.device]
    epochs = min(max(round(aim / steps), EPOCHS[0]), EPOCHS[1])
    why = f"about {epochs * steps:,} steps, where {aim:,} are aimed at on a {facts.device}"
    return Choice(epochs, f"{epochs} epochs: {why}")


_RULES: Mapping[str, Callable[[Facts, Mapping[str, Any]], Choice]] = {  # in order: each knows what is settled by then
    "precision": _precision,
    "image_size": _image_size,
    "batch_size": _batch_size,
    "epochs": _epochs,
}
