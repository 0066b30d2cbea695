"""Figures of probabilities: the threshold, precision and recall, the ROC, FROC, and whether probabilities come true."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dentalx.evaluation.scores import Result
from dentalx.report.figures.canvas import ACCENT, BAND, QUIET, SECOND, Chart
from dentalx.report.words import SPLITS, number

WIDTH = 5.0
_SQUARE = (WIDTH, 3.7)


def probability_charts(result: Result) -> Iterator[Chart]:
    """The figures that an evaluation's probabilities allow; none where it saw masks alone."""
    metrics = result.metrics
    sweep = _numbers(result.about.threshold.get("curve"))
    tested = metrics.get("curves", {})
    if np.isfinite(sweep).any() or np.isfinite(_numbers(tested.get("dice"))).any():
        yield _sweep(sweep, tested, metrics)
    if tested.get("average_precision") is not None:
        yield _precision_recall(tested, metrics)
    if tested.get("auc") is not None:
        yield _roc(tested)
    if metrics.get("calibration", {}).get("n_pixels"):
        yield _reliability(metrics["calibration"], len(result.classes) > 1 and "one_by_one" not in metrics)
    if metrics.get("froc", {}).get("lesions"):
        yield _froc(metrics["froc"])


def _sweep(chosen_on: Any, tested: dict[str, Any], metrics: dict[str, Any]) -> Chart:
    threshold = metrics["threshold"]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        if np.isfinite(chosen_on).any():
            at = np.arange(1, len(chosen_on) + 1) / (len(chosen_on) + 1)
            axes.plot(at, chosen_on, color=QUIET, lw=1.6, ls="--", label="where it was chosen")
        here = _numbers(tested.get("dice"))
        if np.isfinite(here).any():
            axes.plot(_numbers(tested["thresholds"]), here, color=ACCENT, lw=2, label="these pictures")
        value = threshold.get("value")
        if value is not None:
            axes.axvline(value, color=SECOND, lw=1.2, label=f"chosen: {value:.3g}")
        axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), xlabel="threshold", ylabel="mean Dice")
        axes.legend(loc="lower left", fontsize=9)

    where = (
        f" It was chosen on {SPLITS.get(threshold['chosen_on'], threshold['chosen_on'])}."
        if threshold.get("chosen_on")
        else ""
    )
    caption = f"Flat means that the threshold hardly matters.{where} Never choose it on the pictures that are scored."
    return Chart("threshold", "Dice at every threshold", caption, (WIDTH, 3.5), draw)


def _precision_recall(found: dict[str, Any], metrics: dict[str, Any]) -> Chart:
    counts = [metrics["counts"][name] for name in metrics["counts"]]
    there = sum(c["tp"] + c["fn"] for c in counts) / max(1, sum(sum(c.values()) for c in counts))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        label = f"average precision {number(found['average_precision'])}"
        axes.plot(_numbers(found["recall"]), _numbers(found["precision"]), color=ACCENT, lw=2, label=label)
        axes.axhline(there, color=QUIET, lw=1, ls=":", label=f"by chance {number(there)}")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="recall", ylabel="precision")
        axes.legend(loc="lower left", fontsize=9)

    caption = "Of all pixels of all pictures together, at 256 levels."
    return Chart("precision_recall", "Precision against recall", caption, _SQUARE, draw)


def _roc(found: dict[str, Any]) -> Chart:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        label = f"area {number(found['auc'])}"
        axes.plot(_numbers(found["false_positive_rate"]), _numbers(found["recall"]), color=ACCENT, lw=2, label=label)
        axes.plot([0, 1], [0, 1], color=QUIET, lw=1, ls=":", label="by chance 0.500")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="1 − specificity", ylabel="sensitivity")
        axes.legend(loc="lower right", fontsize=9)

    caption = "Of pixels: every pixel of background flatters it. Read precision and recall beside it."
    return Chart("roc", "Receiver operating characteristic", caption, _SQUARE, draw)


def _reliability(found: dict[str, Any], several: bool) -> Chart:
    after = found.get("after_temperature")

    def draw(figure: Any) -> None:
        axes, below = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        axes.plot([0, 1], [0, 1], color=QUIET, lw=1, ls=":", label="as it should be")
        lines = [(found, ACCENT, "-", "as predicted")] + ([(after, SECOND, "--", "with temperature")] if after else [])
        for block, tone, style, name in lines:
            points = [(b["confidence"], b["frequency"]) for b in block["bins"] if b["n"]]
            label = f"{name}, ECE {number(block['ece'])}"
            axes.plot(*zip(*points, strict=True), "o", ls=style, color=tone, ms=4, lw=1.6, label=label)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="how often right" if several else "how often there")
        axes.legend(loc="upper left", fontsize=9)
        bins = found["bins"]
        shares = np.array([b["n"] for b in bins]) / found["n_pixels"]
        below.bar([b["low"] for b in bins], shares, [b["high"] - b["low"] for b in bins], align="edge", color=BAND)
        below.set(xlabel="probability of the chosen class" if several else "predicted probability", ylabel="share")

    caption = "Above the diagonal too cautious, below it too sure. The bars say how many pixels a point stands for."
    return Chart("reliability", "Do probabilities come true?", caption, (WIDTH, 4.4), draw)


def _froc(found: dict[str, Any]) -> Chart:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot(_numbers(found["false_positives"]), _numbers(found["sensitivity"]), color=ACCENT, lw=2)
        points = np.array([(limit, value) for limit, value in found["at"] if value is not None])
        if len(points):
            axes.plot(points[:, 0], points[:, 1], "o", color=ACCENT, ms=5)
        axes.set(xlim=(0, 8.2), ylim=(-0.02, 1.02), xlabel="false alarms a picture", ylabel="share of pieces found")

    caption = f"{found['lesions']} connected pieces in {found['pictures']} pictures; found where they overlap enough."
    return Chart("froc", "Pieces found, at so many false alarms", caption, (WIDTH, 3.5), draw)


def _numbers(values: Any) -> Any:
    """A list with None as an array with NaN."""
    return np.array([np.nan if value is None else float(value) for value in values or ()])
