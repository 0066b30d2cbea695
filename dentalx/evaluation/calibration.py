"""Do probabilities mean what they say? Reliability, ECE, Brier score, and one temperature to mend them.

With one class a pixel's probability is that of the class, and it is compared with how often the class is there. With
several it is that of the most probable class, compared with how often that class is right (Guo et al., "On calibration
of modern neural networks", ICML 2017). Pixels of a picture are not independent: these numbers
describe, they do not test.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from dentalx.evaluation.levels import Probability, blocks
from dentalx.metrics import ratio
from dentalx.metrics.counts import Floats, Integers
from dentalx.samples import UNLABELLED, Mask

BINS = 15
TEMPERATURES = (0.05, 20.0)
_LEAST = 1e-7  # probabilities below it count as it: float32 knows none between 1 − 6e-8 and 1


@dataclass(frozen=True)
class Bin:
    """Pixels whose probability lies in [low, high), the last bin's end included.

    Attributes:
        n: pixels.
        confidence: their mean probability; None where there are none.
        frequency: how often the class was there, or the most probable class right.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    frequency: float | None


@dataclass(frozen=True)
class Calibration:
    """How well probabilities fit.

    Attributes:
        bins: equally wide.
        ece: expected calibration error, the mean distance of confidence and frequency, weighed by pixels; None
            without pixels.
        mce: the largest distance in a bin.
        brier: mean squared distance of probability and truth; summed over classes where there are several.
        n_pixels, n: pixels and pictures seen.
    """

    bins: tuple[Bin, ...]
    ece: float | None
    mce: float | None
    brier: float | None
    n_pixels: int
    n: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class CalibrationCounts:
    """Probabilities against truth, picture by picture; memory does not grow.

    Args:
        bins: their number, at least 1.
    """

    def __init__(self, bins: int = BINS) -> None:
        if bins < 1:
            raise ValueError(f"bins must be at least 1, got {bins}")
        self._pixels, self._right = np.zeros(bins, np.int64), np.zeros(bins, np.int64)
        self._confidence = np.zeros(bins)
        self._squares = 0.0
        self._n = 0

    def add(self, truth: Mask, probability: Probability) -> None:
        """See one picture.

        Args:
            truth: (H, W) uint8 of 0…K, 255 not counted.
            probability: (H, W) or (H, W, 1) of class 1, or (H, W, K + 1) with background first, in [0, 1].

        Raises:
            ValueError: the sizes differ, a probability lies outside [0, 1], or truth has more classes.
        """
        bins = len(self._pixels)
        for known, value in blocks(truth, probability[..., 0] if probability.shape[2:] == (1,) else probability):
            confidence, right, squares = _judged(*_counted(known, value))
            at = np.minimum((confidence * bins).astype(np.intp), bins - 1)
            self._pixels += np.bincount(at, minlength=bins)
            self._right += np.bincount(at[right], minlength=bins)
            self._confidence += np.bincount(at, confidence, minlength=bins)
            self._squares += squares
        self._n += 1

    def state(self) -> dict[str, Any]:
        """What was counted, as JSON values that `merge` takes."""
        counted = {"pixels": self._pixels, "right": self._right, "confidence": self._confidence}
        return {name: values.tolist() for name, values in counted.items()} | {"squares": self._squares, "n": self._n}

    def merge(self, state: Mapping[str, Any]) -> None:
        """Add what others of the same number of bins have counted.

        Raises:
            ValueError: the number of bins differs.
        """
        if len(state["pixels"]) != len(self._pixels):
            raise ValueError(f"bins must be as many, got {len(state['pixels'])} and {len(self._pixels)}")
        self._pixels += np.array(state["pixels"], np.int64)
        self._right += np.array(state["right"], np.int64)
        self._confidence += np.array(state["confidence"], np.float64)
        self._squares += float(state["squares"])
        self._n += int(state["n"])

    def result(self) -> Calibration:
        """The calibration so far."""
        total = int(self._pixels.sum())
        confidence, frequency = ratio(self._confidence, self._pixels), ratio(self._right, self._pixels)
        edges = np.arange(len(self._pixels) + 1) / len(self._pixels)
        bins = tuple(
            Bin(float(edges[b]), float(edges[b + 1]), int(n), *(_number(v[b]) for v in (confidence, frequency)))
            for b, n in enumerate(self._pixels)
        )
        if not total:
            return Calibration(bins, None, None, None, 0, self._n)
        apart = np.abs(confidence - frequency)
        ece = float(np.nansum(apart * self._pixels) / total)
        return Calibration(bins, ece, float(np.nanmax(apart)), self._squares / total, total, self._n)


@dataclass(frozen=True)
class Temperature:
    """A temperature fitted on validation pictures: logits divided by it are calibrated best.

    Attributes:
        value: above 1 the network was too sure, below 1 not sure enough; 1 where there was nothing to learn from.
        nll: mean negative log-likelihood of a pixel at `value`; None without pixels.
        nll_at_one: the same before.
        at_limit: a limit of `TEMPERATURES` is as good; the value is not to be relied on.
        n_pixels: pixels it was fitted on, a sample.
    """

    value: float
    nll: float | None
    nll_at_one: float | None
    at_limit: bool
    n_pixels: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class TemperatureFit:
    """Collects a sample of pixels, of bounded size, and fits one temperature; for validation pictures only.

    Args:
        rng: chooses the pixels.
        limit: pixels held at most, drawn evenly from all that were sampled.
        per_picture: pixels sampled of a picture at most, so that large ones do not outvote the rest.
    """

    def __init__(self, rng: np.random.Generator, limit: int = 200_000, per_picture: int = 20_000) -> None:
        if limit < 1 or per_picture < 1:
            raise ValueError(f"limit and per_picture must be positive, got {limit} and {per_picture}")
        self._rng, self._limit, self._per_picture = rng, limit, per_picture
        self._keys = np.zeros(0)
        self._truth: Mask | None = None
        self._log: NDArray[np.float32] | None = None

    def add(self, truth: Mask, probability: Probability) -> None:
        """Sample one picture; arguments and errors as in `CalibrationCounts.add`."""
        if truth.shape != probability.shape[:2]:
            raise ValueError(f"truth is {truth.shape} but the probability is {probability.shape}")
        at = np.flatnonzero(truth.ravel() != UNLABELLED)
        if len(at) > self._per_picture:
            at = self._rng.choice(at, self._per_picture, replace=False)
        flat = probability.reshape(truth.size, -1)[at]
        for known, value in blocks(truth.ravel()[at][None], flat[None]):
            chosen, wide = _counted(known, value[:, 0] if value.shape[1] == 1 else value)
            everything = _both(wide) if wide.ndim == 1 else wide
            self._keep(chosen, np.log(np.clip(everything, _LEAST, 1 - _LEAST)).astype(np.float32))

    def _keep(self, truth: Mask, log: NDArray[np.float32]) -> None:
        keys = np.concatenate([self._keys, self._rng.random(len(truth))])
        if self._truth is not None and self._log is not None:
            truth, log = np.concatenate([self._truth, truth]), np.concatenate([self._log, log])
        if len(keys) > self._limit:
            kept = np.argpartition(keys, self._limit)[: self._limit]
            keys, truth, log = keys[kept], truth[kept], log[kept]
        self._keys, self._truth, self._log = keys, truth, log

    def result(self) -> Temperature:
        """The temperature with the least negative log-likelihood within `TEMPERATURES`."""
        if self._truth is None or self._log is None or not len(self._truth):
            return Temperature(1.0, None, None, False, 0)
        truth, log = self._truth, self._log.astype(np.float64)
        low, high = np.log(TEMPERATURES)
        found = minimize_scalar(
            lambda x: _nll(truth, log, np.exp(x)), bounds=(low, high), method="bounded", options={"xatol": 1e-4}
        )
        at_limit = bool(min(_nll(truth, log, limit) for limit in TEMPERATURES) <= found.fun + 1e-9)
        return Temperature(float(np.exp(found.x)), float(found.fun), _nll(truth, log, 1.0), at_limit, len(truth))


def with_temperature(probability: Probability, temperature: float) -> NDArray[np.float32]:
    """Probabilities of logits divided by a temperature; which class is most probable does not change.

    Args:
        probability: (..., C) in [0, 1]; C = 1 of one class, else all classes summing to 1.
        temperature: positive.

    >>> with_temperature(np.array([[0.8]]), 2.0).astype(float).round(4).tolist()
    [[0.6667]]
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    single = probability.shape[-1] == 1
    wide = _both(probability[..., 0]) if single else probability
    scaled = _softmax(np.log(np.clip(wide, _LEAST, 1 - _LEAST)) / temperature)
    return (scaled[..., 1:] if single else scaled).astype(np.float32)


def _counted(known: Mask, value: Probability) -> tuple[Mask, Floats]:
    """The pixels that count, and checked classes."""
    counted = known != UNLABELLED
    truth, classes = known[counted], 2 if value.ndim == 1 else value.shape[1]
    if truth.max(initial=0) >= classes:
        raise ValueError(f"truth must lie in 0…{classes - 1} or be 255, got {truth.max()}")
    return truth, value[counted].astype(np.float64)


def _judged(truth: Mask, value: Floats) -> tuple[Floats, NDArray[np.bool_], float]:
    """Each pixel's confidence, whether it came true, and the sum of squared distances."""
    if value.ndim == 1:
        return value, truth == 1, float(((value - truth) ** 2).sum())
    squares = (value**2).sum() - 2 * value[np.arange(len(truth)), truth].sum() + len(truth)
    return value.max(1), value.argmax(1) == truth, float(squares)


def _both(value: Probability) -> Probability:
    return np.stack([1 - value, value], -1)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _nll(truth: Integers | Mask, log: Floats, temperature: float) -> float:
    scaled = log / temperature
    top = scaled.max(1)
    whole = np.log(np.exp(scaled - top[:, None]).sum(1)) + top
    return float((whole - scaled[np.arange(len(truth)), truth]).mean())


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
