"""Numbers as a reader wants them, and what scores are called."""

from typing import Any

TITLES = {
    "dice": "Dice",
    "iou": "IoU",
    "pixel_accuracy": "Pixel accuracy",
    "precision": "Precision",
    "recall": "Recall (sensitivity)",
    "specificity": "Specificity",
    "balanced_accuracy": "Balanced accuracy",
    "volumetric_similarity": "Volumetric similarity",
    "kappa": "Cohen's kappa",
    "mcc": "Matthews' coefficient",
    "nsd": "Normalised surface distance",
    "hd95": "HD95, px",
    "assd": "Mean surface distance, px",
}
SHORT = {"nsd": "NSD", "recall": "Recall", "assd": "ASSD, px"}
BASELINES = {"all_background": "all background", "all_foreground": "all foreground", "mean_shape": "mean shape"}

GROUPS = {"worst": "Worst", "median": "In the middle", "best": "Best", "only": "The only picture"}
SPLITS = {"val": "validation", "train": "training", "test": "test"}
DISTANCES = ("hd95", "assd")  # in pixels, smaller is better


def number(value: float | None) -> str:
    """Three digits, never rounded up to a perfect 1; a dash for what is undefined.

    >>> number(0.99987), number(1.0), number(None)
    ('0.9999', '1.000', '–')
    """
    if value is None:
        return "–"
    for digits in (3, 4, 5, 6):
        text = f"{value:.{digits}f}"
        if float(text) not in (0.0, 1.0) or float(text) == value:
            return text
    return f"{value:.3g}"


def interval(entry: dict[str, Any]) -> str:
    """A mean with its limits.

    >>> interval({"mean": 0.8971, "ci95": [0.885, 0.91]})
    '0.897 [0.885, 0.910]'
    """
    limits = "" if entry["ci95"] is None else f" [{', '.join(number(limit) for limit in entry['ci95'])}]"
    return f"{number(entry['mean'])}{limits}"


def score_text(name: str, value: float | None) -> str:
    """A score as it is said: distances with one digit and px, all else as `number`.

    >>> score_text("hd95", 9.7431), score_text("dice", 0.5)
    ('9.7 px', '0.500')
    """
    return f"{value:.1f} px" if value is not None and name in DISTANCES else number(value)


def interval_of(name: str, entry: dict[str, Any], signed: bool = False) -> str:
    """A score's mean with its limits, distances with one digit.

    >>> interval_of("assd", {"mean": 3.14, "ci95": [2.0, 4.55]})
    '3.1 [2.0, 4.5]'
    >>> interval_of("dice", {"mean": 0.01, "ci95": None}, signed=True)
    '+0.010'
    """
    values = [entry["mean"], *(entry["ci95"] or ())]
    said = [score_text(name, value).removesuffix(" px") for value in values]
    if signed:
        said = [f"+{text}" if (value or 0) > 0 else text for text, value in zip(said, values, strict=True)]
    return f"{said[0]} [{', '.join(said[1:])}]" if said[1:] else said[0]


def percent(share: float, digits: int = 1) -> str:
    """A share of 1.

    >>> percent(0.3947), percent(0.7, 0)
    ('39.5 %', '70 %')
    """
    return f"{100 * share:.{digits}f} %"


def p_value(p: float | None) -> str:
    """Three digits, and no more than that.

    >>> p_value(0.01154), p_value(0.0000038), p_value(None)
    ('0.012', '< 0.001', '–')
    """
    return "–" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"


def many(n: int, thing: str) -> str:
    """A number of things.

    >>> many(1, "picture"), many(2, "picture")
    ('1 picture', '2 pictures')
    """
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def short_title(name: str) -> str:
    """A score's name for a narrow column.

    >>> short_title("nsd"), short_title("dice")
    ('NSD', 'Dice')
    """
    return SHORT.get(name, TITLES.get(name, name))
