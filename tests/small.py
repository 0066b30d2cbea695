"""A network so small that every format is written in a second or two, and what stands for its run."""

from pathlib import Path

import keras
import numpy as np

from dentalx.files import file_digest, write_json
from dentalx.recipe import OFF
from dentalx.runtimes.card import FILES, NAME, Card, Digits, Exported, Kind

SIZE = (32, 64)
CLASSES = ("teeth", "mandible")


def network(channels: int = 3) -> keras.Model:
    """What the U-Nets are made of: scaled bytes, convolutions, halving, doubling, joining, logits."""
    keras.utils.set_random_seed(7)
    image = keras.Input((None, None, 1), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 127.5, -1.0)(image)
    fine = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(scaled)
    coarse = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(keras.layers.MaxPooling2D()(fine))
    coarse = keras.layers.BatchNormalization()(coarse)
    joined = keras.layers.Concatenate()([keras.layers.UpSampling2D()(coarse), fine])
    return keras.Model(image, keras.layers.Conv2D(channels, 3, padding="same")(joined))


def pictures(count: int = 3) -> list[np.ndarray]:
    """(1, 32, 64, 1) uint8 each."""
    rng = np.random.default_rng(5)
    return [rng.integers(0, 256, (1, *SIZE, 1), dtype=np.uint8) for _ in range(count)]


def card(folder: Path, kind: Kind, precision: Digits = "fp32", classes: tuple[str, ...] = CLASSES) -> Card:
    """What would be said of the files in a folder."""
    sums = {name: file_digest(folder / name) for name in FILES[kind] if (folder / name).exists()}
    return Card(kind, precision, "small", classes, SIZE, 0.5, "voi", OFF, "0" * 64, sums)


def carded(folder: Path, kind: Kind, precision: Digits = "fp32") -> Exported:
    """The folder with its card written."""
    made = card(folder, kind, precision)
    write_json(folder / NAME, made.as_json())
    return Exported(folder, made)
