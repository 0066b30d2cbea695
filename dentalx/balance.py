"""What `--class-weights`, `--crop` and `--foreground-crops` ask for: rare classes that are to count for more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WEIGHTED_TERMS = (
    "bce",
    "focal",
)  # a mean over pixels, most of which are background; the others are a mean over classes
BACKGROUND = "background"
FOREGROUND = 0.33  # nnU-Net's share
_WORDS = "class_weights must be auto, none or NAME=W each"


@dataclass(frozen=True)
class BalanceConfig:
    """What is done in training for classes that fill few pixels; nothing unless asked for.

    Attributes:
        class_weights: of pixels in bce and focal, by the class that they truly are: "auto", "none", or "NAME=W" each.
        crop: (rows, columns) of what the network sees in training, cut out of the letterboxed picture; None: all of it.
        foreground_crops: share of the crops that lie around a pixel of some class; the others lie anywhere.
    """

    class_weights: tuple[str, ...] = ("none",)
    crop: tuple[int, int] | None = None
    foreground_crops: float = FOREGROUND

    def __post_init__(self) -> None:
        given_weights(self.class_weights)
        if not 0 <= self.foreground_crops <= 1:
            raise ValueError(f"foreground_crops must lie in [0, 1], got {self.foreground_crops}")
        if self.crop is None and self.foreground_crops != FOREGROUND:
            raise ValueError("foreground_crops is a share of crops, and there are none; give crop too")
        if self.crop is not None and min(self.crop) < 32:
            raise ValueError(f"crop sides must be at least 32, got {self.crop[0]}×{self.crop[1]}")

    def check(self, task: str, image_size: tuple[int, int] | None, terms: Sequence[str]) -> None:
        """Refuse what the rest of the settings leaves no room for.

        Args:
            task: "semantic" or "instance".
            image_size: (rows, columns) that pictures are letterboxed to; None where that is still to be chosen.
            terms: of the loss.

        Raises:
            ValueError: the task has no classes of pixels, the crop is larger than the picture, or no term has weights.
        """
        weighted = given_weights(self.class_weights) is not None
        if task != "semantic" and (weighted or self.crop):
            raise ValueError(f"class_weights and crop are of task semantic, not of task {task}; leave them out")
        if self.crop and image_size and (self.crop[0] > image_size[0] or self.crop[1] > image_size[1]):
            sizes = ["×".join(map(str, size)) for size in (self.crop, image_size)]
            raise ValueError(f"crop {sizes[0]} must fit into image_size {sizes[1]}")
        if weighted and not set(terms) & set(WEIGHTED_TERMS):
            raise ValueError(
                f"class_weights are for {' and '.join(WEIGHTED_TERMS)}, and the loss has only {', '.join(terms)}, "
                "which let every class count alike; leave them out, or add bce to the loss"
            )


def given_weights(words: Sequence[str]) -> Literal["auto"] | dict[str, float] | None:
    """What the words of `--class-weights` mean; None is none.

    Raises:
        ValueError: they mean nothing, a class is there twice, or a weight is not a positive number.

    >>> given_weights(["auto"]), given_weights(["caries=8", "background=0.5"]), given_weights(["none"])
    ('auto', {'caries': 8.0, 'background': 0.5}, None)
    """
    if tuple(words) in ((), ("none",)):
        return None
    if tuple(words) == ("auto",):
        return "auto"
    found: dict[str, float] = {}
    for word in words:
        name, is_pair, weight = word.rpartition("=")
        if not is_pair or not name:
            raise ValueError(f"{_WORDS}, got {word!r}")
        if name in found:
            raise ValueError(f"class_weights name {name} twice, got {' '.join(words)!r}")
        found[name] = _positive(weight, word)
    return found


def class_weights(
    words: Sequence[str], classes: Sequence[str], shares: NDArray[np.float64]
) -> tuple[float, ...] | None:
    """The K + 1 weights of pixels that are truly background, class 1, … class K; None where all weigh the same.

    "auto" is 1 / (√fₗ Σₖ √fₖ), fₗ the share of the training pixels that class l has, background one of them: inverse to
    the square root of how frequent a class is, such that the mean over the training pixels is 1 and the loss keeps its
    scale. The root, after Mahajan et al., "Exploring the Limits of Weakly Supervised Pretraining", ECCV 2018, lies half
    way between equal weights and weights inverse to frequency (as in Eigen and Fergus, ICCV 2015), which would let a
    class of a thousandth of the pixels count a thousand times. Given weights are taken as they are, and 1 for what is
    not named.

    Args:
        words: as `given_weights` reads them.
        classes: K names.
        shares: (K,) of the labelled training pixels.

    Raises:
        ValueError: a name is none of the classes.

    >>> class_weights(["auto"], ["caries"], np.array([0.01])), class_weights(["caries=8"], ["caries"], np.array([0.01]))
    ((0.9179, 9.1325), (1.0, 8.0))
    """
    given = given_weights(words)
    if given is None:
        return None
    if given == "auto":
        roots = np.sqrt(np.clip([1 - shares.sum(), *shares], 1e-6, 1))
        return tuple(round(float(weight), 4) for weight in 1 / (roots * roots.sum()))
    names = (BACKGROUND, *classes)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"class_weights name {unknown[0]!r}, which is none of {', '.join(names)}")
    return tuple(given.get(name, 1.0) for name in names)


def pairs_of_weights(
    words: Sequence[str], classes: Sequence[str], shares: NDArray[np.float64]
) -> tuple[tuple[float, ...], ...] | None:
    """Of overlapping classes K pairs, pixels elsewhere and pixels of the class; None where all weigh the same.

    Arguments and errors as `class_weights`, which "auto" asks of each class by itself.

    >>> pairs_of_weights(["caries=8"], ["teeth", "caries"], np.array([0.2, 0.01]))
    ((1.0, 1.0), (1.0, 8.0))
    """
    if given_weights(words) == "auto":
        alone = [class_weights(words, (name,), shares[[k]]) for k, name in enumerate(classes)]
        return tuple(pair for pair in alone if pair)
    given = class_weights(words, classes, shares)
    return None if given is None else tuple((given[0], weight) for weight in given[1:])


def rarity(shares: NDArray[np.float64]) -> tuple[float, ...]:
    """How much likelier a crop lies around one class than around another: inverse to the square root of its share.

    Args:
        shares: (K,) of the labelled training pixels, above 0.

    >>> rarity(np.array([0.25, 0.01]))
    (2.0, 10.0)
    """
    return tuple(float(root) for root in np.round(1 / np.sqrt(np.clip(shares, 1e-6, 1)), 4))


def _positive(weight: str, word: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{_WORDS}, W a positive number, got {word!r}")
    return value


EVEN = BalanceConfig()
