"""DICOM's way from stored values to grey, on arrays alone: modality, values of interest, inversion, each once.

The order is that of PS3.3 C.7.6.3.1.2 and PS3.4 N.2: Modality LUT or rescale, then VOI LUT or window, then the
Presentation LUT. MONOCHROME1 and the shape INVERSE mean the same inversion, made once and last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.config import GreyRule
from dentalx.samples import Grey

Values = NDArray[np.float64]
TAILS = (0.5, 99.5)  # percent; what lies outside is clipped where no window says better
LEAST_SPREAD = 0.1  # of black to white, between the tails, that a step must leave
MOST_CLIPPED = 0.5  # share of the pixels that a step may make black or white which lie in between
_BLACK, _NEAR = 1 / 512, 0.1


@dataclass(frozen=True)
class Rescale:
    """output = slope × stored + intercept.

    >>> Rescale(2, -1)(np.array([0.0, 3.0])).tolist()
    [-1.0, 5.0]
    """

    slope: float
    intercept: float

    def __call__(self, values: Values) -> Values:
        return values * self.slope + self.intercept


@dataclass(frozen=True)
class Table:
    """A look-up table of PS3.3 C.11.1 and C.11.2; below and above it its first and last entry hold.

    Attributes:
        first: the input that the first entry belongs to.
        entries: (N,) output values.
        maximum: the output's full scale, 2^bits - 1.

    >>> Table(10, np.uint16([5, 7, 9]), 15)(np.array([0.0, 11.0, 99.0])).tolist()
    [5.0, 7.0, 9.0]
    """

    first: int
    entries: NDArray[np.uint16]
    maximum: int

    def __call__(self, values: Values) -> Values:
        places = np.clip(np.floor(values) - self.first, 0, len(self.entries) - 1).astype(np.int64)
        found: Values = self.entries[places].astype(np.float64)
        return found


@dataclass(frozen=True)
class Window:
    """The windows of PS3.3 C.11.2.1.2 and C.11.2.1.3, to [0, 1].

    LINEAR: ((x - (c - 1/2)) / (w - 1) + 1/2); LINEAR_EXACT: (x - c) / w + 1/2; both clipped.
    SIGMOID: 1 / (1 + exp(-4 (x - c) / w)).

    >>> Window(2048, 4096)(np.array([0.0, 4095.0])).tolist()
    [0.0, 1.0]
    >>> Window(100, 200, "LINEAR_EXACT")(np.array([0.0, 50.0, 100.0])).tolist()
    [0.0, 0.25, 0.5]
    """

    centre: float
    width: float
    function: str = "LINEAR"

    @property
    def valid(self) -> bool:
        """Whether the standard allows this window: finite, a known function, width ≥ 1 (LINEAR) or > 0."""
        if (
            self.function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID")
            or not np.isfinite([self.centre, self.width]).all()
        ):
            return False
        return self.width >= 1 if self.function == "LINEAR" else self.width > 0

    def __call__(self, values: Values) -> Values:
        if self.function == "SIGMOID":
            exponent = np.clip(-4 * (values - self.centre) / self.width, -700, 700)
            return np.asarray(1 / (1 + np.exp(exponent)))
        if self.function == "LINEAR_EXACT":
            return np.clip((values - self.centre) / self.width + 0.5, 0, 1)
        middle = self.centre - 0.5
        if self.width == 1:  # a threshold: the standard's division by w - 1 is never reached
            return (values > middle).astype(np.float64)
        return np.clip((values - middle) / (self.width - 1) + 0.5, 0, 1)


Step = Window | Table


@dataclass(frozen=True)
class Chain:
    """What a file says of its grey.

    Attributes:
        modality: first step, or None.
        voi: what the second step may be, the preferred one first; none where the file names none that can be used.
        inverse: whether low is bright (MONOCHROME1, or Presentation LUT Shape INVERSE).
        named: whether the file names a window or table for the second step, usable or not.
    """

    modality: Rescale | Table | None = None
    voi: tuple[Step, ...] = ()
    inverse: bool = False
    named: bool = False


def render(
    stored: NDArray[np.integer], chain: Chain, rule: GreyRule = "voi", padding: NDArray[np.bool_] | None = None
) -> tuple[Grey, bool]:
    """Return grey of stored values, and whether what the file names for its grey was used.

    Every level that occurs is computed once in float64, then looked up. The first VOI step that fits is taken. Where
    none does, the values from the 0.5th to the 99.5th percentile are spread over [0, 1].

    Args:
        stored: (H, W) integers, of no more than 65536 levels from lowest to highest.
        chain: what the file says.
        rule: "voi" as above; "percentile" ignores the file's VOI step; "full" spreads lowest to highest value.
        padding: (H, W), true where no picture is: left out of the percentiles and made black.

    Returns:
        (H, W) float32 in [0, 1]; and False where the file names a VOI step that the rule asks for and none fits.

    Raises:
        ValueError: more than 65536 levels.

    >>> render(np.array([[0, 50, 100]]), Chain(inverse=True), "full")[0].tolist()
    [[1.0, 0.5, 0.0]]
    """
    low, high = int(stored.min()), int(stored.max())
    if high - low > 65_535:
        raise ValueError(f"values {low}…{high} do not fit 16 bits")
    places = (stored.astype(np.int32) - low).astype(np.uint16)
    counts = np.bincount((places if padding is None or padding.all() else places[~padding]).ravel(), minlength=1)
    levels = np.arange(low, high + 1, dtype=np.float64)
    values = levels if chain.modality is None else chain.modality(levels)
    counts = np.pad(counts, (0, len(levels) - len(counts)))
    shown = _fitting(values, counts, chain.voi) if rule == "voi" else None
    table = _spread_out(values, counts, rule) if shown is None else shown
    plane: Grey = (1 - table if chain.inverse else table).astype(np.float32)[places]
    if padding is not None:
        plane[padding] = 0
    return plane, rule != "voi" or shown is not None or not chain.named


def quantile(values: Values, counts: NDArray[np.int64], percent: float) -> float:
    """The smallest value that at least `percent` of all pixels do not exceed (nearest rank).

    Args:
        values: (N,) of each level, in any order.
        counts: (N,) pixels of each level.
        percent: 0…100.

    >>> quantile(np.array([30.0, 10.0, 20.0]), np.array([1, 1, 2]), 50)
    20.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[order])
    rank = max(1, int(np.ceil(reached[-1] * percent / 100)))
    return float(values[order][np.searchsorted(reached, rank)])


def _fitting(values: Values, counts: NDArray[np.int64], steps: Sequence[Step]) -> Values | None:
    """The grey that the first step gives which shows the values; None where none does."""
    low, high = quantile(values, counts, TAILS[0]), quantile(values, counts, TAILS[1])
    for step in steps:
        if isinstance(step, Table):
            grey, clipped = np.clip(step(values) / step.maximum, 0, 1), 0.0
        else:
            grey = step(values)
            clipped = 0.0 if low == high else _clipped(grey, (values - low) / (high - low), counts)
        if low == high or (_spread(grey, counts) >= LEAST_SPREAD and clipped <= MOST_CLIPPED):
            return grey
    return None


def _clipped(grey: Values, places: Values, counts: NDArray[np.int64]) -> float:
    """The share of the pixels that a window makes black or white though they lie in between, which is
    what windows for another depth do.

    What lies at the ends anyway, as air does, is no loss.

    Args:
        grey: (N,) of each level.
        places: (N,) of each level, 0 at the lower tail and 1 at the upper one.
        counts: (N,) pixels of each level.
    """
    lost = ((grey <= _BLACK) & (places > _NEAR)) | ((grey >= 1 - _BLACK) & (places < 1 - _NEAR))
    return float(counts[lost].sum() / max(1, counts.sum()))


def _spread_out(values: Values, counts: NDArray[np.int64], rule: GreyRule) -> Values:
    """Grey without a VOI step: lowest to highest value, without the tails where the rule does not want them."""
    there = values[counts > 0]
    tails = (float(there.min()), float(there.max()))
    if rule != "full" and _spread(values, counts) > 0:
        tails = quantile(values, counts, TAILS[0]), quantile(values, counts, TAILS[1])
    if tails[0] == tails[1]:
        return np.zeros_like(values)
    return np.clip((values - tails[0]) / (tails[1] - tails[0]), 0, 1)


def _spread(values: Values, counts: NDArray[np.int64]) -> float:
    return quantile(values, counts, TAILS[1]) - quantile(values, counts, TAILS[0])
