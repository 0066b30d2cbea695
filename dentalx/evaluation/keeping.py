"""Scored pictures as JSON values and back, to the last bit: what an evaluation that is stopped can go on from."""

import math
from typing import Any

import numpy as np

from dentalx.evaluation.scores import ImageScore
from dentalx.metrics import BOUNDARY_SCORES, BoundaryScores, Counts
from dentalx.metrics.counts import Floats
from dentalx.metrics.lesions import Lesions

_PARTS = ("tp", "fp", "fn", "tn")


def score_as_json(score: ImageScore) -> dict[str, Any]:
    """A picture's score as plain JSON values, None for NaN."""
    kept: dict[str, Any] = {
        "image_id": score.image_id,
        "patient_id": score.patient_id,
        "counts": [getattr(score.counts, part).tolist() for part in _PARTS],
        "agreed": score.agreed,
        "dice": None if math.isnan(score.dice) else score.dice,
        "problem": score.problem,
    }
    if score.boundary is not None:
        kept["boundary"] = {name: _listed(score.boundary.values[name]) for name in BOUNDARY_SCORES}
        kept["one_empty"] = score.boundary.one_empty.tolist()
    return kept


def score_from_json(kept: dict[str, Any]) -> ImageScore:
    """The score that `score_as_json` wrote, equal to the last bit.

    Raises:
        KeyError, TypeError, ValueError: it is nothing of the kind.
    """
    boundary = None
    if "boundary" in kept:
        values = {name: _array(kept["boundary"][name]) for name in BOUNDARY_SCORES}
        boundary = BoundaryScores(values, np.array(kept["one_empty"], bool))
    return ImageScore(
        str(kept["image_id"]),
        str(kept["patient_id"]),
        Counts(*(np.array(part, np.int64) for part in kept["counts"])),
        None if kept["agreed"] is None else int(kept["agreed"]),
        math.nan if kept["dice"] is None else float(kept["dice"]),
        boundary,
        str(kept["problem"]),
    )


def lesions_as_json(found: Lesions) -> dict[str, Any]:
    """A picture's pieces as plain JSON values."""
    return {name: values.tolist() for name, values in vars(found).items()}


def lesions_from_json(kept: dict[str, Any]) -> Lesions:
    """The pieces that `lesions_as_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is nothing of the kind.
    """
    found, hits, repeats = (np.array(kept[name], bool) for name in ("found", "hits", "repeats"))
    return Lesions(np.array(kept["areas_px"], np.int64), found, np.array(kept["scores"], np.float64), hits, repeats)


def _listed(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


def _array(values: list[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in values], np.float64)
