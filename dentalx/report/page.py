"""The evaluation as a page of Markdown, written to be read."""

from collections.abc import Iterator, Sequence
from typing import Any

from dentalx import DISCLAIMER
from dentalx.evaluation.scores import ImageScore, Result

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
BASELINES = {"all_background": "all background", "all_foreground": "all foreground", "mean_shape": "mean shape"}
FEW_PATIENTS = 20


def report_markdown(result: Result, worst: Sequence[ImageScore], with_pictures: bool) -> str:
    """The page; links to the figures beside it.

    Args:
        result: of `evaluation.SemanticEvaluation`.
        worst: pictures to list, worst first.
        with_pictures: whether `worst_and_best.png` was written.
    """
    metrics = result.metrics
    parts = [
        f"# Evaluation: {_cell(', '.join(result.classes))}",
        f"> {DISCLAIMER}",
        _headline(metrics),
        _subject(metrics),
        "## Scores",
        _scores(metrics),
        _without_leaks(metrics),
        *_classes(metrics),
        "## Whole pictures",
        _whole_pictures(metrics),
        "## Pictures",
        "![Dice of every picture](dice_per_image.png)",
        *(["![Worst and best pictures](worst_and_best.png)"] if with_pictures else []),
        _worst(worst),
        "## How to read this",
        "\n".join(f"- {line}" for line in _notes(metrics)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def interval(entry: dict[str, Any]) -> str:
    """A mean with its limits.

    >>> interval({"mean": 0.8971, "ci95": [0.885, 0.91]})
    '0.897 [0.885, 0.910]'
    """
    limits = "" if entry["ci95"] is None else f" [{', '.join(number(limit) for limit in entry['ci95'])}]"
    return f"{number(entry['mean'])}{limits}"


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


def _headline(metrics: dict[str, Any]) -> str:
    dice = metrics["dice"]
    if dice["mean"] is None:
        return "**No Dice**: in no picture was anything of the classes there or predicted."
    beside = "; ".join(f"{number(metrics['baselines'][key]['dice']['mean'])} {name}" for key, name in _known(metrics))
    return (
        f"**Dice {interval(dice)}**, the mean over {_many(dice['n'], 'picture')} of "
        f"{_many(metrics['n_patients'], 'patient')}{_undefined(dice)}. "
        f"Without looking at the pictures one reaches {beside}."
    )


def _subject(metrics: dict[str, Any]) -> str:
    rows = [("Model", metrics["model"]), ("Data", metrics["data"]), ("Split", metrics["split"])]
    threshold = metrics["threshold"].get("value")
    if threshold is not None:
        chosen = metrics["threshold"].get("chosen_on")
        rows.append(("Threshold", f"probability ≥ {threshold:g}" + (f", chosen on {chosen}" if chosen else "")))
    lines = [f"| {name} | {_cell(str(value))} |" for name, value in rows if value]
    return "\n".join(["| | |", "|---|---|", *lines]) if lines else ""


def _scores(metrics: dict[str, Any]) -> str:
    known = list(_known(metrics))
    head = ["", "mean [95 %]", "median (quartiles)", "pooled", "n", "undefined", *(name for _, name in known)]
    rows = []
    for key in (name for name in TITLES if name in metrics):
        beside = [number(metrics["baselines"][baseline].get(key, {}).get("mean")) for baseline, _ in known]
        rows.append([TITLES[key], *_entry(metrics[key]), *beside])
    return _table(head, rows)


def _without_leaks(metrics: dict[str, Any]) -> str:
    """The scores beside those without the pictures that training had seen; nothing where none had been."""
    rest = metrics.get("without_leaks")
    if rest is None:
        return ""
    told = (
        f"**Leak**: {_many(rest['n_left_out'], 'picture')} of these, or of their patients, are in an earlier split "
        "too, which the run was told to allow."
    )
    if not rest["n_images"]:
        return f"{told} None is left without them."
    head = ["", "all pictures", f"without them ({rest['n_images']})"]
    rows = [[TITLES[key], interval(metrics[key]), interval(rest[key])] for key in TITLES if key in rest]
    return f"{told}\n\n{_table(head, rows)}"


def _classes(metrics: dict[str, Any]) -> list[str]:
    if len(metrics["classes"]) < 2:
        return []
    shown = ("dice", "iou", "precision", "recall")
    head = ["class", *(f"{TITLES[key]} [95 %]" for key in shown), "pooled Dice", "n", "undefined"]
    rows = []
    for name, block in metrics["classes"].items():
        dice = block["dice"]
        cells = [interval(block[key]) for key in shown]
        rows.append([_cell(name), *cells, number(dice["pooled"]), str(dice["n"]), str(dice["n_undefined"])])
    return ["## Classes", _table(head, rows)]


def _whole_pictures(metrics: dict[str, Any]) -> str:
    blocks = metrics["classes"]
    head = ["", "found", "missed", "false alarms", "rightly empty", "sensitivity", "specificity"]
    keys = ("true_positive_images", "missed_images", "false_alarm_images", "true_negative_images")
    rows = []
    for name, block in blocks.items():
        level = block["image_level"]
        ratios = [number(level["sensitivity"]), number(level["specificity"])]
        rows.append([_cell(name), *(str(level[key]) for key in keys), *ratios])
    return "Is any of it there, and was any predicted?\n\n" + _table(head, rows)


def _worst(worst: Sequence[ImageScore]) -> str:
    if not worst:
        return ""
    listed = ", ".join(f"`{score.short_hash}` ({number(score.dice)})" for score in worst)
    return (
        f"Worst: {listed}. Pictures go by six letters made from their names, since names may be patients'; "
        "`per_image.csv` has the names."
    )


def _notes(metrics: dict[str, Any]) -> Iterator[str]:
    how = metrics["interval"]
    yield (
        "Everything is counted at the pictures' own size. *Mean*: each picture counts the same. *Pooled*: each pixel "
        "counts the same, so large objects weigh more; the two are different numbers."
    )
    yield metrics["empty_rule"]
    yield (
        f"[ ]: {how['level']:.0%} interval for the mean, from {how['resamples']} resamples of patients, each with all "
        f"pictures (seed {how['seed']}). It speaks of other patients like these, not of other devices or clinics."
    )
    if "ci95_reason" in metrics["dice"]:
        yield f"No interval for Dice: {metrics['dice']['ci95_reason']}."
    elif metrics["n_patients"] < FEW_PATIENTS:
        yield f"With {_many(metrics['n_patients'], 'patient')} alone the intervals are rough, and rather too narrow."
    if metrics["n_patients"] == metrics["n_images"]:
        yield "Each picture was taken for another patient; if some share one unnoticed, the intervals are too narrow."
    for key, name in _known(metrics):
        yield f"*{name.capitalize()}*: {metrics['baselines'][key]['what']}."
    yield "The truth is what its authors drew; two people who draw the same thing do not agree perfectly either."
    yield from (_cell(note) for note in metrics["notes"])


def _known(metrics: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((key, name) for key, name in BASELINES.items() if key in metrics["baselines"])


def _entry(entry: dict[str, Any]) -> list[str]:
    median = number(entry["median"])
    if entry["quartiles"] is not None:
        median += f" ({'–'.join(number(value) for value in entry['quartiles'])})"
    return [interval(entry), median, number(entry.get("pooled")), str(entry["n"]), str(entry["n_undefined"])]


def _undefined(entry: dict[str, Any]) -> str:
    left_out = entry["n_undefined"]
    return f" ({_many(left_out, 'picture')} left out: nothing there, nothing predicted)" if left_out else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Text from outside that cannot break a table or a line."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _many(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
