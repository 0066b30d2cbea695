"""A mask of classes as objects: the separate pieces of each class, or its teeth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dentalx.datasets.tooth_names import tooth_numbers
from dentalx.datasets.writers.scene import Drawn
from dentalx.postprocess import Labels, fill_holes, largest, remove_small, split, teeth_among
from dentalx.predict_config import PredictConfig
from dentalx.samples import Mask, Prediction

HEAD = (
    *("file", "object", "class", "fdi", "score", "area_px", "box_y1", "box_x1", "box_y2", "box_x2"),
    *("centroid_y", "centroid_x"),
)
_EVERYWHERE = np.ones((3, 3), np.int32)


@dataclass(frozen=True)
class Piece:
    """One object of a mask.

    Attributes:
        label: its class, 1…K.
        score: mean probability of its class over its pixels.
        area: pixels.
        box: (y1, x1, y2, x2), end excluded.
        centroid: (y, x), of pixel centres.
    """

    label: int
    score: float
    area: int
    box: tuple[int, int, int, int]
    centroid: tuple[float, float]

    def cells(self, classes: Sequence[str]) -> list[str | int]:
        """Its cells of objects.csv behind its picture and number, as `HEAD` names them."""
        name = classes[self.label - 1]
        fdi = tooth_numbers(tuple(classes))[self.label - 1]
        box = [f"{side:.1f}" for side in self.box]
        centroid = [f"{value:.1f}" for value in self.centroid]
        return [name, "" if fdi is None else fdi, f"{self.score:.4f}", self.area, *box, *centroid]


def tidied(prediction: Prediction, classes: int, config: PredictConfig) -> Mask:
    """The mask of K classes, of which those that overlap are tidied one by one."""
    layers = prediction.labelling.layers(prediction.mask, classes)
    return prediction.labelling.merged([_tidied(layer, config) for layer in layers])


def _tidied(mask: Mask, config: PredictConfig) -> Mask:
    """A mask as the configuration wants it: holes are filled first, then small pieces go, then all but the largest."""
    if config.fill_holes:
        mask = fill_holes(mask)
    if config.min_area > 1:
        mask = remove_small(mask, config.min_area)
    return largest(mask) if config.largest else mask


def told_apart(prediction: Prediction, classes: Sequence[str], split_teeth: bool) -> tuple[list[Labels], list[Piece]]:
    """The objects of a mask: class by class, pieces in reading order, teeth from left to right.

    Returns:
        (H, W) int32 with the number of each pixel's object, 1…N, of overlapping classes one a class, and the N objects.
    """
    mask = prediction.mask
    layers = [np.zeros(mask.shape, np.int32) for _ in prediction.labelling.layers(mask, len(classes))]
    found = list[Piece]()
    teeth = teeth_among(classes) if split_teeth else ()
    for k in range(1, len(classes) + 1):
        plane = prediction.of_class(k)
        labels = split(plane) if k in teeth else ndimage.label(plane, _EVERYWHERE)[0]
        layers[min(k, len(layers)) - 1][plane] = labels[plane] + len(found)
        boxes, probability = ndimage.find_objects(labels), prediction.of_probability(k)
        found += [_piece(labels, number, box, k, probability) for number, box in enumerate(boxes, start=1)]
    return layers, found


def _piece(labels: Labels, number: int, box: tuple[slice, slice], k: int, probability: NDArray[np.float32]) -> Piece:
    own = labels[box] == number
    rows, columns = np.nonzero(own)
    top, left = box[0].start, box[1].start
    centroid = (top + float(rows.mean()) + 0.5, left + float(columns.mean()) + 0.5)
    score = float(probability[box][own].mean(dtype=np.float64))
    return Piece(k, score, len(rows), (top, left, box[0].stop, box[1].stop), centroid)


def drawn(layers: Sequence[Labels], found: Sequence[Piece]) -> Iterator[Drawn]:
    """The objects as writers of data sets take them, painted one at a time."""
    for number, piece in enumerate(found, start=1):
        yield Drawn(piece.label, layers[min(piece.label, len(layers)) - 1] == number)
