"""What is wrong with the numbers of teeth: which tooth was called which, and by which kind of mistake.

Teeth are paired by their masks alone, so that a tooth that is found and called wrongly is told from one that is missed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.metrics.objects import Overlaps, label_confusion, match, object_errors
from dentalx.teeth import FDI, are_neighbours, in_other_dentition, mirrored

# What a tooth that was found was called.
RIGHT = "right"
MIRRORED = "mirrored"  # the same tooth of the other side
QUADRANT = "quadrant swap"  # the same tooth of the other jaw
SWAP = "neighbour swap"  # its neighbour, which got this tooth's number in return
SHIFTED = "neighbour"  # its neighbour, which did not
DENTITION = "other dentition"  # the primary tooth for the permanent one in its place, or the other way round
OTHER = "other number"
NUMBER_ERRORS = (MIRRORED, QUADRANT, SWAP, SHIFTED, DENTITION, OTHER)
OUTCOMES = (RIGHT, *NUMBER_ERRORS, "missed", "merged", "split", "spurious")

_LEAST_TEETH = 3  # of which more than half must be the other side's before a whole picture is called mirrored

Numbers = NDArray[np.integer]


@dataclass
class ToothErrors:
    """Counts of the pictures so far.

    Attributes:
        outcomes: how many teeth met each of `OUTCOMES`; "merged" and "split" are true teeth, as in
            `metrics.object_errors`, "spurious" are all predicted ones without a partner.
        confusion: (F + 1, F + 1) over `teeth.FDI`, rows truth; row 0 counts the spurious, column 0 the missed.
        mirrored_pictures: those whose teeth are mostly the other side's.
        count_errors: predicted minus true teeth, one a picture.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(FDI) + 1,) * 2, np.int64))
    mirrored_pictures: int = 0
    count_errors: list[int] = field(default_factory=list)

    def add(self, found: Overlaps, truth: Numbers, prediction: Numbers, above: float = 0.5) -> None:
        """Count one picture.

        Args:
            found: overlaps of its N true and M predicted teeth.
            truth: (N,) FDI numbers.
            prediction: (M,) FDI numbers.
            above: two masks are one tooth where their IoU is larger.

        Raises:
            ValueError: a number is no FDI number.
        """
        matching, places = match(found.iou, above), [_places(truth), _places(prediction)]
        named = zip(truth[matching.truth].tolist(), prediction[matching.prediction].tolist(), strict=True)
        kinds = number_errors(list(named))
        alone = object_errors(found, matching)
        self.outcomes.update([*kinds, *alone.truth.values(), *["spurious"] * len(alone.prediction)])
        self.confusion += label_confusion(matching, places[0], places[1], len(FDI))
        self.mirrored_pictures += len(kinds) >= _LEAST_TEETH and 2 * kinds.count(MIRRORED) > len(kinds)
        self.count_errors.append(len(prediction) - len(truth))

    def summary(self) -> dict[str, Any]:
        """Everything as JSON values; `numbering` is the share of the found teeth that bear their number.

        `confusion` lists only what happened: [true, predicted, how often], null for nobody.
        """
        found = sum(self.outcomes[kind] for kind in (RIGHT, *NUMBER_ERRORS))
        errors = np.array(self.count_errors, np.int64)
        names = [None, *FDI]
        return {
            "outcomes": {kind: self.outcomes[kind] for kind in OUTCOMES},
            "numbering": self.outcomes[RIGHT] / found if found else None,
            "mirrored_pictures": self.mirrored_pictures,
            "count_error": {
                "mean_absolute": float(np.abs(errors).mean()) if len(errors) else None,
                "mean": float(errors.mean()) if len(errors) else None,
                "exact": int((errors == 0).sum()),
                "n_images": len(errors),
            },
            "confusion": [[names[i], names[j], int(self.confusion[i, j])] for i, j in np.argwhere(self.confusion)],
        }


def number_errors(named: Sequence[tuple[int, int]]) -> list[str]:
    """What befell the number of each tooth of one picture that was found.

    Args:
        named: true and predicted FDI number of each.

    Returns:
        `RIGHT` or one of `NUMBER_ERRORS` for each.

    >>> number_errors([(11, 11), (11, 21), (46, 16), (14, 15), (15, 14), (36, 37), (75, 35), (18, 31)])
    ['right', 'mirrored', 'quadrant swap', 'neighbour swap', 'neighbour swap', 'neighbour', 'other dentition', \
'other number']
    """
    given = set(named)
    return [_number_error(true, called, (called, true) in given) for true, called in named]


def _number_error(true: int, called: int, returned: bool) -> str:
    if true == called:
        return RIGHT
    if called == mirrored(true):
        return MIRRORED
    if true % 10 == called % 10 and (true < 50) == (called < 50):
        return QUADRANT
    if are_neighbours(true, called):
        return SWAP if returned else SHIFTED
    return DENTITION if called == in_other_dentition(true) else OTHER


def _places(numbers: Numbers) -> NDArray[np.int64]:
    """1…F in `teeth.FDI`."""
    known = {number: place for place, number in enumerate(FDI, start=1)}
    for number in numbers.tolist():
        if number not in known:
            raise ValueError(f"{number} is no FDI number")
    return np.array([known[number] for number in numbers.tolist()], np.int64)
