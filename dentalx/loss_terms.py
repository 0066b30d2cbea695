"""Losses by name, and sums of them as text: "bce+dice", "0.5*focal+tversky"."""

import math

TERMS = ("bce", "dice", "focal", "tversky", "generalised_dice", "lovasz")
_OLDER = {"bce_dice": "bce+dice"}


def loss_terms(text: str) -> dict[str, float]:
    """The terms of a sum and their weights.

    Raises:
        ValueError: an unknown term, the same one twice, or a weight that is not a positive number.

    >>> loss_terms("bce_dice"), loss_terms("0.5*focal + tversky")
    ({'bce': 1.0, 'dice': 1.0}, {'focal': 0.5, 'tversky': 1.0})
    """
    found: dict[str, float] = {}
    for part in _OLDER.get(text.strip(), text).split("+"):
        weight, _, name = ("1", "", part.strip()) if "*" not in part else part.strip().partition("*")
        name = name.strip()
        if name not in TERMS:
            raise ValueError(
                f"loss must be a sum of {', '.join(TERMS)}, for example bce+dice or 0.5*focal+dice, got {text!r}"
            )
        if name in found:
            raise ValueError(f"loss names {name} twice, got {text!r}")
        found[name] = _positive(weight, text)
    return found


def _positive(weight: str, text: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"a weight in the loss must be a positive number, got {weight.strip()!r} in {text!r}")
    return value
