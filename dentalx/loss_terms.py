"""Losses by name, and sums of them as text: "bce+dice", "0.5*focal+tversky", "dice+0:0.01*boundary"."""

import math

TERMS = ("bce", "dice", "focal", "tversky", "generalised_dice", "lovasz", "boundary")
_OLDER = {"bce_dice": "bce+dice"}


def loss_terms(text: str) -> dict[str, tuple[float, float]]:
    """The terms of a sum, and the weight of each in the first and in the last epoch; between them it moves evenly.

    Raises:
        ValueError: an unknown term, the same one twice, or a weight that is not a positive number; one of the two
            weights A:B may be 0.

    >>> loss_terms("bce_dice")
    {'bce': (1.0, 1.0), 'dice': (1.0, 1.0)}
    >>> loss_terms("0.5*focal + 0:0.01*boundary")
    {'focal': (0.5, 0.5), 'boundary': (0.0, 0.01)}
    """
    found: dict[str, tuple[float, float]] = {}
    for part in _OLDER.get(text.strip(), text).split("+"):
        weight, _, name = ("1", "", part.strip()) if "*" not in part else part.strip().partition("*")
        name = name.strip()
        if name not in TERMS:
            raise ValueError(
                f"loss must be a sum of {', '.join(TERMS)}, for example bce+dice or 0.5*focal+dice, got {text!r}"
            )
        if name in found:
            raise ValueError(f"loss names {name} twice, got {text!r}")
        first, moves, last = weight.partition(":")
        found[name] = _number(first, text), _number(last if moves else first, text)
        if not sum(found[name]):
            raise ValueError(f"a weight in the loss must be a positive number, got {weight.strip()!r} in {text!r}")
    if not sum(first for first, _ in found.values()) or not sum(last for _, last in found.values()):
        raise ValueError(f"the loss must not vanish in the first or last epoch, got {text!r}")
    return found


def moving(text: str) -> bool:
    """Whether a weight changes from epoch to epoch.

    >>> moving("bce+dice"), moving("dice+0:0.01*boundary")
    (False, True)
    """
    return any(first != last for first, last in loss_terms(text).values())


def _number(weight: str, text: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"a weight in the loss must be a positive number, got {weight.strip()!r} in {text!r}")
    return value
