"""An exported network beside the one it was made from, on the same pictures."""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.enhance import apply
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.metrics import count, dice
from dentalx.preprocess import Letterbox, resize_plane, to_uint8
from dentalx.recipe import EnhanceConfig
from dentalx.runtimes.card import Digits, Exported
from dentalx.runtimes.framed import Network, Pixels, Probability
from dentalx.samples import UNLABELLED, Grey, Mask

# The most that an export may differ: of probabilities the largest difference, of pixels the share with another class,
# of Dice to the truth the mean loss.
DIFFERENCE: dict[Digits, float] = {"fp32": 1e-3, "fp16": 0.1, "int8": 1.0}
DISAGREEMENT: dict[Digits, float] = {"fp32": 1e-4, "fp16": 1e-3, "int8": 1e-2}
LOSS: dict[Digits, float] = {"fp32": 1e-3, "fp16": 1e-3, "int8": 5e-3}


@dataclass(frozen=True)
class Check:
    """What was found on some pictures.

    Attributes:
        pictures: how many.
        difference: of any probability, the largest.
        disagreement: share of all pixels, at the pictures' own sizes, that are given another class.
        agreement: mean Dice between the two masks; None where neither finds anything.
        before, after: mean Dice to the truth, of the run and of the export; None where there is no truth.
        seconds: (of the run, of the export), the median time of the network alone for one picture.
    """

    pictures: int
    difference: float
    disagreement: float
    agreement: float | None
    before: float | None
    after: float | None
    seconds: tuple[float, float]

    def complaint(self, precision: Digits, most: float | None = None) -> str | None:
        """Why it is not good enough, in words; None where it is.

        Args:
            precision: of the export.
            most: share of pixels that may be given another class; None for `DISAGREEMENT`.
        """
        share = DISAGREEMENT[precision] if most is None else most
        loss = 0.0 if self.before is None or self.after is None else self.before - self.after
        if not self.difference <= DIFFERENCE[precision]:  # NaN is none either
            return f"its probabilities differ by {self.difference:.2g}, more than {DIFFERENCE[precision]:g}"
        if self.disagreement > share:
            return f"{self.disagreement:.2%} of the pixels are given another class, more than {share:.2%}"
        if loss > LOSS[precision]:
            return f"Dice to the truth falls by {loss:.4f}, more than {LOSS[precision]:g}"
        return None

    def as_json(self) -> dict[str, Any]:
        """For export.json."""
        return {
            "pictures": self.pictures,
            "largest_difference": _rounded(self.difference),
            "mask_disagreement": _rounded(self.disagreement),
            "dice_between_masks": _rounded(self.agreement),
            "dice_to_truth_before": _rounded(self.before),
            "dice_to_truth_after": _rounded(self.after),
            "network_seconds_before": _rounded(self.seconds[0]),
            "network_seconds_after": _rounded(self.seconds[1]),
        }


@dataclass(frozen=True)
class Asked:
    """What is needed to ask both networks.

    Attributes:
        size: (H, W) of the networks.
        enhance: what is done to a picture first.
        thresholds: from which a pixel counts, of one class or of each that overlaps.
        classes: K.
        labelling: what channels mean.
    """

    size: tuple[int, int]
    enhance: EnhanceConfig
    thresholds: tuple[float, ...]
    classes: int
    labelling: Labelling = EXCLUSIVE


def asked_of(exported: Exported) -> Asked:
    """The same, as the card says it."""
    card = exported.card
    return Asked(card.size, card.enhance, card.thresholds or (card.threshold,), len(card.classes), card.labelling)


def compare(before: Network, after: Network, pictures: Iterable[tuple[Grey, Mask | None]], asked: Asked) -> Check:
    """Show both networks the same pictures.

    Args:
        before: of the run, (B, H, W, 1) at one size.
        after: of the export.
        pictures: with the truth or None.
        asked: about them.

    Raises:
        ValueError: no picture.
    """
    largest, different, pixels = 0.0, 0, 0
    times: list[tuple[float, float]] = []
    scores: list[tuple[float, float, float]] = []
    for image, truth in pictures:
        seen = to_uint8(apply(image, asked.enhance) if asked.enhance else image)
        frame = Letterbox((seen.shape[0], seen.shape[1]), asked.size)
        small = frame.apply_levels(seen)[np.newaxis, ..., np.newaxis]
        if not times:  # what a library does at its first call is not timed
            before(small), after(small)
        (first, first_s), (second, second_s) = _timed(before, small), _timed(after, small)
        largest = max(largest, _difference(first, second))
        masks = [_mask(frame.undo(found), image.shape, asked) for found in (first, second)]
        different += int(np.count_nonzero(masks[0] != masks[1]))
        pixels += masks[0].size
        times.append((first_s, second_s))
        against = truth if truth is not None else np.full_like(masks[0], UNLABELLED)
        scores.append(
            (_dice(masks[0], masks[1], asked), _dice(against, masks[0], asked), _dice(against, masks[1], asked))
        )
    if not times:
        raise ValueError("no picture to compare on")
    agreement, was, now = (_mean([score[i] for score in scores]) for i in range(3))
    seconds = statistics.median(time[0] for time in times), statistics.median(time[1] for time in times)
    return Check(len(times), largest, different / pixels, agreement, was, now, seconds)


def _timed(network: Network, pixels: Pixels) -> tuple[Probability, float]:
    started = time.perf_counter()
    found = network(pixels)[0]
    return found, time.perf_counter() - started


def _difference(first: Probability, second: Probability) -> float:
    if first.shape != second.shape:
        return float("inf")
    return float(np.abs(first - second).max())  # NaN where there is one


def _mask(probability: NDArray[np.float32], size: tuple[int, ...], asked: Asked) -> Mask:
    if probability.shape[:2] != size:
        planes = [resize_plane(probability[..., c], (size[0], size[1])) for c in range(probability.shape[-1])]
        probability = np.stack(planes, -1)
    return asked.labelling.classify(probability, asked.thresholds)


def _dice(truth: Mask, mask: Mask, asked: Asked) -> float:
    """Mean over the classes that either holds; NaN where none does."""
    truths, masks = (asked.labelling.views(side, asked.classes) for side in (truth, mask))
    single = asked.classes if len(truths) == 1 else 1
    each = np.concatenate([dice(count(one, two, single)) for one, two in zip(truths, masks, strict=True)])
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def _mean(values: list[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return statistics.fmean(known) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
