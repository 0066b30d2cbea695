"""Anchors: the boxes that a region proposal network starts from, a few at every cell of every level of the pyramid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STRIDES = (4, 8, 16, 32, 64)  # pixels between the cells of P2 … P6


@dataclass(frozen=True)
class Anchors:
    """Which boxes.

    Attributes:
        sizes: a level's anchors have the area size²; one for each of P2 … P6.
        ratios: height / width; 2 is a box twice as tall as wide.
        scales: every size is used times each of these.
    """

    sizes: tuple[float, ...] = (32, 64, 128, 256, 512)
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    scales: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if len(self.sizes) != len(STRIDES) or min(self.sizes) <= 0:
            raise ValueError(f"anchors need {len(STRIDES)} positive sizes, one a level, got {self.sizes}")
        if not self.ratios or min(self.ratios) <= 0:
            raise ValueError(f"anchors need positive ratios of height to width, got {self.ratios}")
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(f"anchors need positive scales, got {self.scales}")

    @property
    def per_cell(self) -> int:
        """How many stand at each cell."""
        return len(self.ratios) * len(self.scales)


def level_shapes(height: int, width: int) -> tuple[tuple[int, int], ...]:
    """Rows and columns of P2 … P6 of a picture whose sides are multiples of 32.

    >>> level_shapes(64, 96)
    ((16, 24), (8, 12), (4, 6), (2, 3), (1, 2))
    """
    if height % 32 or width % 32 or min(height, width) < 32:
        raise ValueError(f"sides must be multiples of 32, got {height}×{width}")
    return tuple((-(-height // stride), -(-width // stride)) for stride in STRIDES)


def base_anchors(size: float, ratios: tuple[float, ...]) -> Floats:
    """(len(ratios), 4) boxes of area about size² around the origin, whole pixels as in the reference implementations.

    >>> base_anchors(32, (2.0,)).tolist()  # 45 tall, 23 wide, halved and rounded
    [[-23.0, -11.0, 23.0, 11.0]]
    """
    roots = np.sqrt(np.asarray(ratios, np.float32))
    heights, widths = size * roots, size / roots
    return (np.stack([-heights, -widths, heights, widths], 1) / 2).round().astype(np.float32)


def pyramid_anchors(anchors: Anchors, height: int, width: int) -> tuple[Floats, ...]:
    """Every anchor of every level, cell by cell in rows, a cell's scales together, of each its ratios.

    The first cell's anchors are centred on the picture's corner (0, 0), not on the cell's middle: torchvision's way.

    Args:
        anchors: sizes and ratios.
        height: rows of the picture, a multiple of 32.
        width: columns, a multiple of 32.

    Returns:
        for each level (rows × columns × anchors a cell, 4) float32; they may reach over the picture's edge.
    """
    levels = []
    for size, shape in zip(anchors.sizes, level_shapes(height, width), strict=True):
        down, right = height // shape[0], width // shape[1]
        y, x = np.meshgrid(np.arange(shape[0]) * down, np.arange(shape[1]) * right, indexing="ij")
        cells = np.stack([y, x, y, x], -1).reshape(-1, 1, 4).astype(np.float32)
        base = np.concatenate([base_anchors(size * scale, anchors.ratios) for scale in anchors.scales])
        levels.append((cells + base).reshape(-1, 4))
    return tuple(levels)


def fit_anchors(boxes: Floats, labels: NDArray[np.integer] | None = None, ratios: int = 3) -> Anchors:
    """Anchors for a data set's boxes, as they are at the network's size.

    The finest level's size is the 10th percentile of the boxes' √area, but at least twice its stride; each coarser
    level's is twice as large, with one scale between; the ratios are quantiles of height / width. Where the objects
    of a class are less than half as large, as caries on teeth, a third scale and a further ratio are theirs: few among
    many objects, they would have no anchor that comes near them and would never be proposed.

    Args:
        boxes: (N, 4); those without area are left out.
        labels: (N,) their classes; None takes all for one.
        ratios: how many.

    Returns:
        `Anchors()` where there are fewer than 8 boxes.

    >>> tall = np.float32([[0, 0, 40, 20]] * 8)
    >>> fit_anchors(tall).ratios
    (2.0,)
    >>> both, classes = np.float32([[0, 0, 20, 20]] * 20 + [[0, 0, 5, 5]]), np.array([1] * 20 + [2])
    >>> found = fit_anchors(both, classes)
    >>> found.sizes[0], found.scales, found.ratios
    (20.0, (0.25, 1.0, 1.41), (1.0,))
    """
    sides = np.asarray(boxes, np.float64)[:, 2:] - np.asarray(boxes, np.float64)[:, :2]
    known = (sides > 0).all(1)
    sides = sides[known]
    if len(sides) < 8:
        return Anchors()
    roots = np.sqrt(sides.prod(1))
    first = max(float(np.quantile(roots, 0.1)), 2.0 * STRIDES[0])
    sizes = first * 2.0 ** np.arange(len(STRIDES))
    quantiles = (np.arange(ratios) + 0.5) / ratios
    shapes = np.exp(np.quantile(np.log(sides[:, 0] / sides[:, 1]), quantiles))
    scales: tuple[float, ...] = (1.0, 1.41)
    if labels is not None:
        small, ratio = _smallest_class(sides, labels[known])
        share = max(small, STRIDES[0]) / first  # a smaller anchor would fall between the cells
        if share < 0.5:
            scales, shapes = (round(share, 2), *scales), np.append(shapes, ratio)
    return Anchors(tuple(sizes.round(1).tolist()), tuple(dict.fromkeys(shapes.round(2).tolist())), scales)


def _smallest_class(sides: NDArray[np.float64], labels: NDArray[np.integer]) -> tuple[float, float]:
    """√area and height / width in the middle of the class whose objects are smallest."""
    of_class = [sides[labels == label] for label in np.unique(labels)]
    least = min(of_class, key=lambda found: float(np.median(found.prod(1))))
    return float(np.median(np.sqrt(least.prod(1)))), float(np.median(least[:, 0] / least[:, 1]))


def recall(anchors: Anchors, boxes: Floats, height: int, width: int) -> NDArray[np.float64]:
    """(N,) the best IoU that any anchor has with each box: what the region proposal network starts from."""
    best = np.zeros(len(boxes))
    for level in pyramid_anchors(anchors, height, width):
        for i, box in enumerate(boxes):
            top_left, end = np.maximum(level[:, :2], box[:2]), np.minimum(level[:, 2:], box[2:])
            common = np.maximum(end - top_left, 0).prod(1)
            union = (level[:, 2:] - level[:, :2]).prod(1) + (box[2:] - box[:2]).prod() - common
            best[i] = max(best[i], float((common / union).max()))
    return best
