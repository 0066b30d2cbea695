"""Tooth numbers that agree with each other: one of each, in the order of the arch.

A network numbers each tooth by itself. Here each object is given the number that fits it, the others and the place
where it stands, all at once, by linear assignment (Kuhn's problem, `scipy.optimize.linear_sum_assignment`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dentalx.teeth import FDI, arch_place, is_upper

SAME = 0.5  # two objects with a larger IoU are one tooth with two numbers
MOVED = 1.0  # what standing a tooth's width from where a number belongs takes from its score
FARTHEST = 3.0  # widths; farther is not worse
LEAST_TEETH = 4  # of a jaw, from which the places of its numbers are judged

# Mesiodistal widths in mm from the middle outwards: Nelson, "Wheeler's Dental Anatomy, Physiology and Occlusion".
_WIDTHS = {
    (True, True): (8.5, 6.5, 7.5, 7.0, 7.0, 10.0, 9.0, 8.5),
    (False, True): (5.0, 5.5, 7.0, 7.0, 7.0, 11.0, 10.5, 10.0),
    (True, False): (6.5, 5.1, 7.0, 7.3, 8.2),
    (False, False): (4.2, 4.1, 5.0, 7.7, 9.9),
}  # by upper, permanent

Floats = NDArray[np.float64]
Numbers = NDArray[np.integer]


@dataclass(frozen=True)
class Change:
    """What was done to one object.

    Attributes:
        index: of the object as it came.
        before: its number.
        after: its new number; None where it was left out.
        why: a few words.
    """

    index: int
    before: int
    after: int | None
    why: str


def consistent(
    columns: Floats, numbers: Numbers, scores: Floats, ious: Floats, known: Sequence[int] = FDI
) -> tuple[list[int | None], list[Change]]:
    """Give each object its number anew.

    Objects that cover each other are one tooth: the best is kept, the others' numbers remain in question with their
    own scores. A number fits an object by the score it was given there, less `MOVED` for every width it stands from
    where that number belongs; where that is, is told by all the teeth of the jaw (a robust line through them).
    No object changes its jaw, and none its dentition unless an object that is the same tooth says so. The order in
    which objects come plays no part.

    Args:
        columns: (N,) x of each object's middle.
        numbers: (N,) FDI numbers.
        scores: (N,) in [0, 1].
        ious: (N, N) of their masks.
        known: the numbers that may be given: those that are classes of the model, among them all of `numbers`.

    Returns:
        The number of each object, None for those left out; and what changed, in the order of the objects.

    Raises:
        ValueError: a number is no FDI number, or none of the known ones.

    >>> consistent(np.array([1.0, 9.0]), np.array([11, 11]), np.array([0.9, 0.6]), np.eye(2))[0]
    [11, None]
    """
    if strange := {int(number) for number in numbers} - set(known):
        raise ValueError(f"{min(strange)} is no FDI number that may be given")
    given: list[int | None] = [None] * len(numbers)
    order = np.lexsort((numbers, columns, -scores)).tolist()
    why: dict[int, str] = {}
    for upper in (True, False):
        jaw = [i for i in order if is_upper(int(numbers[i])) == upper]
        of_jaw = sorted({number for number in known if is_upper(number) == upper})
        votes: dict[int, list[int]] = {}
        for i in jaw:
            owner = next((k for k in votes if ious[i, k] > SAME), i)
            votes.setdefault(owner, []).append(i)
            if owner != i:
                why[i] = f"the same tooth as another object, {int(numbers[owner])}"
        for i, number in _assigned(votes, columns, numbers, scores, of_jaw).items():
            given[i] = number
            why[i] = f"{int(numbers[i])} is another tooth or does not belong there"
    changes = [
        Change(i, int(before), after, why[i])
        for i, (before, after) in enumerate(zip(numbers, given, strict=True))
        if after != before
    ]
    return given, changes


def _assigned(
    votes: dict[int, list[int]], columns: Floats, numbers: Numbers, scores: Floats, known: Sequence[int]
) -> dict[int, int | None]:
    """The number of each tooth of one jaw; `votes` has each tooth's best object and all the objects that are it."""
    teeth = list(votes)
    if not teeth:
        return {}
    gains = _gains(votes, columns, numbers, scores, known)
    rows, chosen = linear_sum_assignment(gains, maximize=True)
    return {teeth[r]: known[c] if c < len(known) else None for r, c in zip(rows, chosen, strict=True)}


def _gains(
    votes: dict[int, list[int]], columns: Floats, numbers: Numbers, scores: Floats, known: Sequence[int]
) -> Floats:
    """What each of T teeth gains by each of F known numbers, and by none of them, (T, F + T)."""
    teeth = list(votes)
    fit = np.zeros((len(teeth), len(known)))
    for row, tooth in enumerate(teeth):
        for i in votes[tooth]:
            column = known.index(int(numbers[i]))
            fit[row, column] = max(fit[row, column], scores[i])
    voted = fit > 0
    away = _widths_away(columns[teeth], [int(numbers[i]) for i in teeth], known)
    fit -= MOVED * np.minimum(away, FARTHEST)
    primary = np.array([int(numbers[i]) > 50 for i in teeth])[:, None] != np.array([n > 50 for n in known])[None]
    fit[~voted & ((away >= 1) | primary)] = -np.inf  # a number nobody named needs its very place and dentition
    nothing = np.full((len(teeth), len(teeth)), -MOVED * FARTHEST)
    return np.asarray(np.maximum(np.hstack([fit, nothing]), -1e6), np.float64)


def _widths_away(columns: Floats, numbers: Sequence[int], known: Sequence[int]) -> Floats:
    """How many widths of a tooth each of N teeth stands from where each of F numbers belongs, (N, F).

    The line from places to columns goes through the teeth by the median of the slopes and of the rests (Theil, 1950;
    Sen, 1968). `FARTHEST` where there are too few teeth for one.
    """
    places = np.array([_place(number) for number in numbers])
    differences = places[:, None] - places[None]
    apart = np.triu(np.abs(differences) > 1e-6, 1)
    if len(set(numbers)) < LEAST_TEETH or not apart.any():
        return np.full((len(numbers), len(known)), FARTHEST)
    slopes = (columns[:, None] - columns[None])[apart] / differences[apart]
    slope = float(np.median(slopes))
    if abs(slope) < 1e-6:
        return np.full((len(numbers), len(known)), FARTHEST)
    start = float(np.median(columns - slope * places))
    stands = (columns - start) / slope
    away = np.abs(stands[:, None] - np.array([_place(number) for number in known])[None])
    widths = np.array([_width(number) for number in known])
    return np.asarray(away / widths, np.float64)


def _place(number: int) -> float:
    """Millimetres of a tooth's middle from the middle of its arch laid straight, to the patient's left."""
    widths = _WIDTHS[is_upper(number), number < 50]
    steps = int(abs(arch_place(number)))
    return float(np.copysign(sum(widths[:steps]) + widths[steps] / 2, arch_place(number)))


def _width(number: int) -> float:
    return _WIDTHS[is_upper(number), number < 50][int(abs(arch_place(number)))]
