"""Free-response curves: how many of the objects are found at the price of how many false ones a picture.

Bunch, Hamilton, Sanderson and Simmons, "A free response approach to the measurement and characterization of
radiographic observer performance", 1977.
"""

from collections.abc import Sequence

import numpy as np

from dentalx.evaluation.average_precision import Floats, Scored


def free_response(pictures: Sequence[Scored], overlap: int = 0) -> tuple[Floats, Floats]:
    """The curve of one class over pictures, from the best score downwards; what fell on crowds is left out.

    Args:
        pictures: all of them, those without objects too.
        overlap: which of the overlaps that `pictures` were matched at.

    Returns:
        (P,) false objects a picture and (P,) share of the true objects found, one for each score that there is,
        behind (0, 0).

    >>> one = Scored(np.array([0.9, 0.8, 0.7]), np.array([[True, False, True]]), np.zeros((1, 3), bool), 4)
    >>> none = Scored(np.array([0.8]), np.array([[False]]), np.zeros((1, 1), bool), 0)
    >>> [values.tolist() for values in free_response([one, none])]
    [[0.0, 0.0, 1.0, 1.0], [0.0, 0.25, 0.25, 0.5]]
    """
    objects = sum(picture.objects for picture in pictures)
    if not objects:
        raise ValueError("a free-response curve needs at least one true object")
    counted = [~picture.ignored[overlap] for picture in pictures]
    scores = np.concatenate([picture.scores[kept] for picture, kept in zip(pictures, counted, strict=True)])
    hit = np.concatenate([picture.hit[overlap][kept] for picture, kept in zip(pictures, counted, strict=True)])
    order = np.argsort(-scores, kind="stable")
    scores, hit = scores[order], hit[order]
    last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]  # equal scores are found together
    false, found = np.cumsum(~hit)[last] / len(pictures), np.cumsum(hit)[last] / objects
    return np.concatenate([[0.0], false]), np.concatenate([[0.0], found])
