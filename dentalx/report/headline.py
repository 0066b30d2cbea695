"""An evaluation as a few lines for a terminal."""

from typing import Any

from dentalx.evaluation.scores import Result
from dentalx.report.words import interval, number

SHOWN = ("dice", "iou", "pixel_accuracy", "precision", "recall")
COLUMNS = ("", "mean [95 % interval]", "median", "pooled", "all background", "mean shape")


def headline(result: Result) -> list[str]:
    """What was scored, and a table of the scores beside what one gets without looking at the pictures."""
    metrics = result.metrics
    rows = [COLUMNS, *(_row(metrics, name) for name in SHOWN)]
    if "mean_shape" not in metrics["baselines"]:
        rows = [row[:-1] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    undefined = metrics["dice"]["n_undefined"]
    left_out = f"; {undefined} without a Dice (nothing there, nothing predicted)" if undefined else ""
    subject = (
        f"{metrics['n_images']} pictures of {metrics['n_patients']} patients, {metrics['data']} ({metrics['split']})"
    )
    return [subject + left_out, *table, *_without_leaks(metrics)]


def _without_leaks(metrics: dict[str, Any]) -> list[str]:
    rest = metrics.get("without_leaks")
    if rest is None:
        return []
    known = f"LEAK: {rest['n_left_out']} pictures, or their patients, are in an earlier split too"
    if not rest["n_images"]:
        return [f"{known}; none is left without them"]
    return [f"{known}; without them {rest['n_images']} pictures, dice {interval(rest['dice'])}"]


def _row(metrics: dict[str, Any], name: str) -> tuple[str, ...]:
    entry, baselines = metrics[name], metrics["baselines"]
    guesses = [
        number(baselines[guess][name]["mean"]) for guess in ("all_background", "mean_shape") if guess in baselines
    ]
    guesses += [""] * (2 - len(guesses))
    return (name.replace("_", " "), interval(entry), number(entry["median"]), number(entry["pooled"]), *guesses)
