"""A picture seen more than once: flipped, or in tiles, and the probabilities averaged.

Both take a function from a picture's bytes to its probabilities and give one like it, so that they can be put around
each other and around whatever runs the network.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.sides import sides
from dentalx.errors import InputError
from dentalx.inference.predictor import Predictor
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.predict_config import PredictConfig
from dentalx.quality.seen import QUANTILES

Pixels = NDArray[np.uint8]  # (H, W)
Probabilities = NDArray[np.float32]  # (H, W, C)
Network = Callable[[Pixels], Probabilities]
OVERLAP = 0.25  # share of a tile that the next one sees again, at least
LARGER = 1.5  # a picture is cut where a side is longer than so many tiles


@dataclass(frozen=True)
class Flipped:
    """The mean over a picture and its mirror image, turned back.

    Attributes:
        network: what is averaged.
        channels: C numbers: the channel that stands for each one in the mirror image.
    """

    network: Network
    channels: tuple[int, ...]

    def __call__(self, pixels: Pixels) -> Probabilities:
        """(H, W) uint8 to (H, W, C) float32."""
        mirrored = self.network(np.ascontiguousarray(pixels[:, ::-1]))
        back = mirrored[:, ::-1][..., list(self.channels)]
        mean: Probabilities = (self.network(pixels) + back) * np.float32(0.5)
        return mean


def flipped(network: Network, classes: Sequence[str], labelling: Labelling = EXCLUSIVE) -> Flipped:
    """The network with its mirror view; classes that name a side change places.

    Raises:
        InputError: a class names a side, and its other side is no class; or whether it names one is not known.
    """
    found = sides(classes)
    if found.labels is None:
        raise InputError(f"--tta flip cannot be used with this run: {found.reason}; leave --tta out")
    labels = found.labels
    count = labelling.channels(len(classes))
    kept = {labelling.channel(k, count): labelling.channel(label, count) for k, label in enumerate(labels) if k}
    return Flipped(network, tuple(kept.get(channel, channel) for channel in range(count)))


@dataclass(frozen=True)
class Tiled:
    """Large pictures in tiles that overlap evenly, blended by smooth weights that sum to 1.

    Attributes:
        network: what sees each tile.
        tile: (H, W) of a tile, in the picture's pixels; shorter pictures are one tile in that direction.
        larger: how many tiles long a side must be before the picture is cut.
    """

    network: Network
    tile: tuple[int, int]
    larger: float = 1.0

    def __call__(self, pixels: Pixels) -> Probabilities:
        """(H, W) uint8 to (H, W, C) float32."""
        height, width = pixels.shape
        if height <= self.larger * self.tile[0] and width <= self.larger * self.tile[1]:
            return self.network(pixels)
        total: Probabilities | None = None
        for (rows, row_weights), (columns, column_weights) in _pairs(pixels.shape, self.tile):
            found = self.network(np.ascontiguousarray(pixels[rows, columns]))
            weights = (row_weights[:, None] * column_weights)[..., None]
            total = np.zeros((height, width, found.shape[-1]), np.float32) if total is None else total
            total[rows, columns] += found * weights
        assert total is not None
        return np.clip(total, 0, 1, out=total)


def seen_through(predictor: Predictor, config: PredictConfig) -> Predictor:
    """The predictor with the views that are asked for around its network.

    Raises:
        InputError: the classes cannot be mirrored, or `auto` does not know how large the training pictures were.
    """
    network: Network = predictor.networks
    if config.tiles == "auto":
        network = Tiled(network, trained_on(predictor), LARGER)
    elif config.tiles != "off":
        network = Tiled(network, config.tiles)
    if config.tta == "flip":
        network = flipped(network, predictor.classes, predictor.labelling)
    return predictor if network is predictor.networks else dataclasses.replace(predictor, networks=network)


def trained_on(predictor: Predictor) -> tuple[int, int]:
    """(H, W) of the training pictures, in the median.

    Raises:
        InputError: the run does not say it.
    """
    if predictor.seen is None:
        raise InputError(
            f"--tiles auto needs to know how large the training pictures were, and {predictor.name} does not say it; "
            "give --tiles H W"
        )
    middle = QUANTILES.index(0.5)
    looks = predictor.seen.looks
    return max(1, round(looks["height"][middle])), max(1, round(looks["width"][middle]))


Part = tuple[slice, NDArray[np.float32]]


def parts(length: int, tile: int) -> list[Part]:
    """Where tiles lie along one side, evenly, and the weight of each of their pixels; weights sum to 1 everywhere.

    Each weight rises from the tile's ends to its middle as a sine squared, and is divided by the sum at its place.

    Args:
        length: of the side.
        tile: of a tile; a side no longer than that is one tile.

    >>> [(part.start, part.stop) for part, _ in parts(10, 4)]
    [(0, 4), (3, 7), (6, 10)]
    >>> [part.stop for part, _ in parts(3, 4)]
    [3]
    """
    if length <= tile:
        return [(slice(0, length), np.ones(length, np.float32))]
    overlap = min(tile - 1, max(1, round(OVERLAP * tile)))
    count = -(-(length - overlap) // (tile - overlap))
    starts = [(2 * i * (length - tile) + count - 1) // (2 * (count - 1)) for i in range(count)]
    window = np.sin(np.pi * (np.arange(tile) + 0.5) / tile) ** 2
    total = np.zeros(length)
    for start in starts:
        total[start : start + tile] += window
    places = [slice(start, start + tile) for start in starts]
    return [(place, (window / total[place]).astype(np.float32)) for place in places]


def _pairs(size: tuple[int, ...], tile: tuple[int, int]) -> Iterator[tuple[Part, Part]]:
    for rows in parts(size[0], tile[0]):
        for columns in parts(size[1], tile[1]):
            yield rows, columns
