"""Many values, NaN among them, as a few numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Summary:
    """What is said of N values, of which `n` are defined.

    Attributes:
        mean, median: of the defined values; None where there is none.
        quartiles: the 25th and 75th percentile, or None.
        n: values that are defined.
        n_undefined: values that are NaN and left out.
    """

    mean: float | None
    median: float | None
    quartiles: tuple[float, float] | None
    n: int
    n_undefined: int


def summarise(values: ArrayLike) -> Summary:
    """The summary of (N,) values; NaN is left out and counted.

    >>> summarise([0.5, np.nan, 1.0])
    Summary(mean=0.75, median=0.75, quartiles=(0.625, 0.875), n=2, n_undefined=1)
    """
    given = np.asarray(values, np.float64).ravel()
    known = given[~np.isnan(given)]
    undefined = len(given) - len(known)
    if not len(known):
        return Summary(None, None, None, 0, undefined)
    low, middle, high = (float(value) for value in np.quantile(known, (0.25, 0.5, 0.75)))
    return Summary(float(known.mean()), middle, (low, high), len(known), undefined)
