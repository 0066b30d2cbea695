"""How far two outlines lie apart, in two dimensions, weighed by length.

An outline runs between pixels: at every corner of the pixel grid whose four pixels differ lies an *element*, as long as
the contour within the unit square around that corner (0.5 √(y² + x²) where one pixel differs from three, one side where
two differ from two, twice the diagonal piece at a saddle). Beyond the picture's edge is background. This is the
definition of Nikolov et al., "Clinically applicable segmentation of head and neck anatomy", J Med Internet Res
23:e26151, 2021 (*surface-distance*); elements weighed by length make scores independent of how
the contour lies on the grid.

The empty rule: nothing in truth and nothing predicted is NaN; where one of them is empty, the normalised surface
distance is 0 and every distance is the picture's diagonal, `one_empty` says so.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.metrics.counts import Floats
from dentalx.samples import UNLABELLED, Mask

Spacing = tuple[float, float]  # rows, columns: the size of a pixel in the unit that distances are wanted in
Binary = NDArray[np.bool_] | NDArray[np.uint8]

_PX: Spacing = (1.0, 1.0)
_INSIDE = 15  # the code of a corner whose four pixels are all of the object; 0 is a corner outside
_DENSE = 16  # where more than one corner in so many is an element, a distance transform is quicker than a tree
_SLACK = 1e-9  # of a share: 19 of 20 equal lengths are 95 %, whatever floating point makes of their sum


@dataclass(frozen=True)
class OutlineDistances:
    """Distances between two outlines, one for each element, ascending, with the elements' lengths.

    Attributes:
        to_prediction: from every element of truth to the nearest element of the prediction.
        truth_lengths: the lengths of these elements.
        to_truth, prediction_lengths: the other way.
        one_empty: only one of the two masks has anything in it; distances are then the picture's diagonal.
    """

    to_prediction: Floats
    truth_lengths: Floats
    to_truth: Floats
    prediction_lengths: Floats
    one_empty: bool = False


def outline_distances(
    truth: Binary, prediction: Binary, spacing: Spacing = _PX, counted: NDArray[np.bool_] | None = None
) -> OutlineDistances:
    """All distances between the outlines of two masks, exact.

    Args:
        truth: (H, W) bool, or uint8 of which all but 0 is the object.
        prediction: the same.
        spacing: height and width of a pixel.
        counted: (H, W) bool, False where truth is not known. There truth is taken to be what was predicted, and
            elements that touch such a pixel are not measured.

    Raises:
        ValueError: the masks are not (H, W) of one size, or the spacing is not positive.

    >>> truth, prediction = np.zeros((2, 9, 9), bool)
    >>> truth[2:5, 2:5] = prediction[2:5, 4:7] = True
    >>> float(outline_distances(truth, prediction).to_truth.max())
    2.0
    """
    first, second = _object(truth, "truth"), _object(prediction, "prediction")
    _check(first, second, spacing)
    if counted is not None:
        empty = [not (mask & counted).any() for mask in (first, second)]
        first = np.where(counted, first, second)
    else:
        empty = [not mask.any() for mask in (first, second)]
    if any(empty):
        return _empty(first.shape, all(empty), spacing)
    rows, columns = _around(first | second)
    hidden = None if counted is None else ~counted[rows, columns]
    one = _Outline(first[rows, columns], spacing, hidden)
    two = _Outline(second[rows, columns], spacing, hidden)
    return OutlineDistances(*one.distances(two), *two.distances(one))


def nsd(distances: OutlineDistances, tolerance: float) -> float:
    """Normalised surface distance, in [0, 1]: the share of both outlines' length within `tolerance` of the other.

    >>> same = np.array([0.0]), np.array([2.0])
    >>> nsd(OutlineDistances(*same, np.array([3.0]), np.array([2.0])), tolerance=1)
    0.5
    """
    if not tolerance >= 0:
        raise ValueError(f"tolerance must not be negative, got {tolerance}")
    whole = distances.truth_lengths.sum() + distances.prediction_lengths.sum()
    if whole == 0 or distances.one_empty:
        return 0.0 if distances.one_empty else math.nan
    near = distances.truth_lengths[distances.to_prediction <= tolerance].sum()
    near += distances.prediction_lengths[distances.to_truth <= tolerance].sum()
    return float(near / whole)


def hausdorff(distances: OutlineDistances, percentile: float = 100.0) -> float:
    """The larger of the two directed percentiles of distance, weighed by length; 100 is Hausdorff's, 95 HD95."""
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile must lie in (0, 100], got {percentile}")
    return max((_percentile(*side, percentile) for side in _sides(distances)), default=math.nan)


def hd95(distances: OutlineDistances) -> float:
    """`hausdorff` at the 95th percentile."""
    return hausdorff(distances, 95.0)


def assd(distances: OutlineDistances) -> float:
    """Average symmetric surface distance: the mean over both outlines' length."""
    sides = _sides(distances)
    whole = sum(float(lengths.sum()) for _, lengths in sides)
    return sum(float(values @ lengths) for values, lengths in sides) / whole if sides else math.nan


def masd(distances: OutlineDistances) -> float:
    """Mean average surface distance: the mean of the two directed averages, however long each outline is."""
    means = [float(values @ lengths / lengths.sum()) for values, lengths in _sides(distances)]
    return sum(means) / len(means) if means else math.nan


def default_tolerance(width_px: int) -> float:
    """2 px in a picture 1,000 px wide, and in proportion in others.

    >>> default_tolerance(2048)
    4.096
    """
    return 2.0 * width_px / 1000


@dataclass(frozen=True)
class BoundaryScores:
    """The boundary scores of a picture's classes.

    Attributes:
        values: name in `BOUNDARY_SCORES` to (K,) float64, NaN where undefined.
        one_empty: (K,) bool, where distances are the picture's diagonal since truth or prediction is empty.
    """

    values: dict[str, Floats]
    one_empty: NDArray[np.bool_]


def boundary_scores(
    truth: Mask,
    prediction: Mask,
    classes: int,
    tolerance: float | None = None,
    spacing: Spacing = _PX,
    labelling: Labelling = EXCLUSIVE,
) -> BoundaryScores:
    """NSD, HD95 and ASSD of each class 1…K.

    Args:
        truth: (H, W) uint8 of 0…K, 255 not counted.
        prediction: (H, W) uint8 of 0…K.
        classes: K.
        tolerance: of NSD, in the unit of `spacing`; by default `default_tolerance` of the picture's width.
        spacing: height and width of a pixel; distances are in its unit.
        labelling: what the values of the masks mean.

    >>> mask = np.array([[0, 1, 1], [0, 1, 1]], np.uint8)
    >>> {name: value.tolist() for name, value in boundary_scores(mask, mask, 1).values.items()}
    {'nsd': [1.0], 'hd95': [0.0], 'assd': [0.0]}
    """
    limit = default_tolerance(truth.shape[1]) * spacing[1] if tolerance is None else tolerance
    unknown = truth == UNLABELLED
    counted = ~unknown if unknown.any() else None
    values = {name: np.full(classes, np.nan) for name in BOUNDARY_SCORES}
    one_empty = np.zeros(classes, bool)
    for k in range(classes):
        one, two = (labelling.of_class(mask, k + 1) for mask in (truth, prediction))
        distances = outline_distances(one, two, spacing, counted)
        one_empty[k] = distances.one_empty
        for name, score in BOUNDARY_SCORES.items():
            values[name][k] = score(distances, limit)
    return BoundaryScores(values, one_empty)


BOUNDARY_SCORES: dict[str, Callable[[OutlineDistances, float], float]] = {
    "nsd": nsd,
    "hd95": lambda distances, tolerance: hd95(distances),
    "assd": lambda distances, tolerance: assd(distances),
}


class _Outline:
    """The elements of one mask, (H, W) bool; corners are numbered row by row on a grid of (H + 1, W + 1)."""

    def __init__(self, mask: NDArray[np.bool_], spacing: Spacing, hidden: NDArray[np.bool_] | None) -> None:
        codes = _codes(mask)
        self._is_element = ((codes - np.uint8(1)) < _INSIDE - 1).ravel()  # 0 wraps round to 255
        self._at = np.flatnonzero(self._is_element)
        self._lengths = _lengths(spacing)[codes.ravel()[self._at]]
        self._measured = slice(None) if hidden is None else _codes(hidden).ravel()[self._at] == 0
        self._columns, self._spacing = codes.shape[1], spacing

    def nearest(self, at: NDArray[np.intp]) -> Floats:
        """The distance from each of these corners to the nearest element; two exact ways, the quicker one taken."""
        if len(self._at) * _DENSE < self._is_element.size:
            values: Floats = cKDTree(self._places(self._at)).query(self._places(at))[0]
        else:
            empty = ~self._is_element.reshape(-1, self._columns)
            values = distance_transform_edt(empty, sampling=self._spacing).ravel()[at]
        return values

    def _places(self, at: NDArray[np.intp]) -> Floats:
        row, column = np.divmod(at, self._columns)
        return np.stack([row * self._spacing[0], column * self._spacing[1]], 1)

    def distances(self, other: "_Outline") -> tuple[Floats, Floats]:
        """From every measured element to the other outline, ascending, and the elements' lengths."""
        at, lengths = self._at[self._measured], self._lengths[self._measured]
        values = np.zeros(len(at))
        apart = ~other._is_element[at]
        if apart.any():
            values[apart] = other.nearest(at[apart])
        order = np.argsort(values, kind="stable")
        return values[order], lengths[order]


def _codes(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H + 1, W + 1): which of the four pixels around each corner are set: 8 4 above, 2 1 below."""
    wide = np.pad(mask.view(np.uint8), 1)
    codes: NDArray[np.uint8] = wide[:-1, :-1] * np.uint8(8)
    codes += wide[:-1, 1:] * np.uint8(4)
    codes += wide[1:, :-1] * np.uint8(2)
    codes += wide[1:, 1:]
    return codes


def _lengths(spacing: Spacing) -> Floats:
    """(16,) the length of contour around a corner of each code."""
    height, width = spacing
    piece = math.hypot(height, width) / 2
    alike = {0b0000: 0.0, 0b1111: 0.0, 0b0011: width, 0b1100: width, 0b0101: height, 0b1010: height}
    saddles = {0b0110: 2 * piece, 0b1001: 2 * piece}
    return np.array([(alike | saddles).get(code, piece) for code in range(16)])


def _sides(distances: OutlineDistances) -> list[tuple[Floats, Floats]]:
    sides = (
        (distances.to_prediction, distances.truth_lengths),
        (distances.to_truth, distances.prediction_lengths),
    )
    return [side for side in sides if len(side[0])]


def _percentile(values: Floats, lengths: Floats, percentile: float) -> float:
    shares = lengths.cumsum() / lengths.sum()
    return float(values[min(int(np.searchsorted(shares, percentile / 100 - _SLACK)), len(values) - 1)])


def _object(mask: Binary, name: str) -> NDArray[np.bool_]:
    if mask.ndim != 2 or mask.dtype not in (np.bool_, np.uint8):
        raise ValueError(f"{name} must be (H, W) bool or uint8, got {mask.shape} {mask.dtype}")
    return np.ascontiguousarray(mask if mask.dtype == np.bool_ else mask != 0)


def _check(first: Binary, second: Binary, spacing: Spacing) -> None:
    if first.shape != second.shape:
        sizes = ["×".join(map(str, mask.shape)) for mask in (first, second)]
        raise ValueError(f"truth is {sizes[0]} but the prediction is {sizes[1]} (rows×columns)")
    if not (len(spacing) == 2 and all(0 < side < math.inf for side in spacing)):
        raise ValueError(f"spacing must be two positive numbers, rows and columns, got {spacing}")


def _empty(shape: tuple[int, ...], both: bool, spacing: Spacing) -> OutlineDistances:
    nothing = np.zeros(0)
    if both:
        return OutlineDistances(nothing, nothing, nothing, nothing)
    diagonal, one = np.array([math.hypot(shape[0] * spacing[0], shape[1] * spacing[1])]), np.ones(1)
    return OutlineDistances(diagonal, one, diagonal, one, one_empty=True)


def _around(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest rectangle around an object, one pixel wider on every side where the picture goes on."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
