"""Figures of scores: beside baselines and people, picture by picture, class by class, group by group."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.evaluation.aggregate import image_values
from dentalx.evaluation.scores import Result
from dentalx.report.figures.canvas import (
    ACCENT,
    BAND,
    GOOD,
    PAPER,
    QUIET,
    SECOND,
    Chart,
    distance_axis,
    shortened,
    whole_numbers,
)
from dentalx.report.words import BASELINES, interval, number, short_title

WIDTH = 5.0  # inches of a figure that is read on a telephone too
_MANY = 400  # pictures that are drawn one by one
_ROWS = 60  # rows of a forest


def score_charts(result: Result) -> Iterator[Chart]:
    """The figures that an evaluation's scores allow."""
    metrics = result.metrics
    if metrics["dice"]["mean"] is None:
        return
    yield _ladder(metrics)
    yield _per_image(result)
    if metrics.get("hd95", {}).get("mean") is not None:
        yield _distances(result)
    if len(result.classes) > 1:
        rows = {name: block["dice"] for name, block in metrics["classes"].items()}
        yield _forest("class_dice", "Dice of each class", rows, metrics["dice"]["mean"], "all classes")
    for index, (name, block) in enumerate(metrics.get("strata", {}).items()):
        groups = {f"{group} ({found['n_images']})": found["dice"] for group, found in block["groups"].items()}
        title = f"Dice by {shortened(name, 40)}"
        yield _forest(f"strata_{index + 1}", title, groups, metrics["dice"]["mean"], "all pictures")
    if "comparison" in metrics:
        yield from _comparison(metrics["comparison"])


def _ladder(metrics: dict[str, Any]) -> Chart:
    """The score between what one reaches without looking and what people reach."""
    rows: list[tuple[str, dict[str, Any], str]] = []
    if "raters" in metrics and metrics.get("kind") != "raters":
        rows.append(("two people, one against the other", metrics["raters"]["between"]["dice"], GOOD))
    rows.append(
        ("rater 2 against rater 1" if metrics.get("kind") == "raters" else "this model", metrics["dice"], ACCENT)
    )
    guesses = [key for key in ("mean_shape", "all_foreground", "all_background") if key in metrics["baselines"]]
    rows += [(BASELINES[key], {"ci95": None, **metrics["baselines"][key]["dice"]}, QUIET) for key in guesses]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for row, (_, entry, tone) in enumerate(rows):
            _dot(axes, row, entry, tone)
            if entry["mean"] is not None:
                _beside(axes, entry, row, tone)
        _rows(axes, [name for name, _, _ in rows])
        axes.set(xlim=(-0.02, 1.02), xlabel="Dice")

    caption = "Dots are means over pictures, lines 95 % intervals by patient. Grey: guesses that ignore the picture."
    return Chart("ladder", "How good is that?", caption, (WIDTH, 1.1 + 0.42 * len(rows)), draw)


def _beside(axes: Any, entry: dict[str, Any], row: int, tone: str) -> None:
    """The number above its dot, where it cannot run out of the figure."""
    side = "right" if entry["mean"] > 0.85 else "left" if entry["mean"] < 0.15 else "center"
    axes.annotate(
        number(entry["mean"]), (entry["mean"], row), (0, 6), textcoords="offset points", ha=side, color=tone, fontsize=9
    )


def _per_image(result: Result) -> Chart:
    """Every picture's Dice, sorted, with mean and interval, people and the mean shape."""
    metrics = result.metrics
    entry = metrics["dice"]
    scores = np.array([score.dice for score in result.worst(len(result.scores))])

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        shown = [*scores, *(value for _, value, _, _ in _references(metrics))]
        axes.set(ylim=(_floor(shown), 1.0 + 0.02 * (1 - _floor(shown))), xlabel="picture, worst first", ylabel="Dice")
        if entry["ci95"] is not None:
            axes.axhspan(*entry["ci95"], color=BAND, lw=0)
        axes.axhline(entry["mean"], color=ACCENT, lw=1.2, label=f"mean {interval(entry)}")
        _dots(axes, scores)
        for name, value, tone, style in _references(metrics):
            axes.axhline(value, color=tone, lw=1.2, ls=style, label=f"{name} {number(value)}")
        axes.legend(loc="lower right", fontsize=9)
        whole_numbers(axes, 1, len(scores))

    caption = "What a mean hides stands on the left."
    caption = f"Each dot is a picture. {caption}" if len(scores) <= _MANY else caption
    return Chart("dice_per_image", "Dice of every picture, sorted", caption, (WIDTH, 3.5), draw)


def _floor(values: Sequence[float]) -> float:
    """Where an axis that ends at 1 may begin without losing a dot: at a tenth, or a little below 0."""
    least = np.floor(10 * (min(values, default=0.0) - 0.01)) / 10
    return float(least) if least > 0 else -0.02


def _references(metrics: dict[str, Any]) -> Iterator[tuple[str, float, str, str]]:
    people = metrics.get("raters", {}).get("between", {}).get("dice", {}).get("mean")
    if people is not None and metrics.get("kind") != "raters":
        yield "two people", people, GOOD, "--"
    guess = metrics["baselines"].get("mean_shape", {}).get("dice", {}).get("mean")
    if guess:
        yield "mean shape", guess, QUIET, ":"


def _dots(axes: Any, scores: NDArray[np.float64]) -> None:
    ranks = np.arange(1, len(scores) + 1)
    if len(scores) > _MANY:
        axes.plot(ranks, scores, color=ACCENT, lw=2)
        return
    size = float(np.clip(120 / len(scores), 2.5, 6))
    axes.plot(ranks, scores, "o", color=ACCENT, ms=size, mec=PAPER, mew=0.4 if len(scores) <= 100 else 0)


def _distances(result: Result) -> Chart:
    """The share of pictures whose outlines lie no further apart than so many pixels."""
    curves = {name: image_values(result.scores, key) for name, key in (("HD95", "hd95"), ("mean distance", "assd"))}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for (name, values), tone, style in zip(curves.items(), (ACCENT, SECOND), ("-", "--"), strict=True):
            known = np.sort(values[~np.isnan(values)])
            share = np.arange(1, len(known) + 1) / len(known)
            steps, at = np.concatenate([[known[0]], known]), np.concatenate([[0.0], share])
            label = f"{name}, median {np.median(known):.1f} px"
            axes.step(steps, at, where="post", color=tone, ls=style, lw=1.8, label=label)
        axes.set(ylim=(0, 1.02), xlabel="distance, px", ylabel="share of pictures at or below")
        least = min(float(np.nanmin(values)) for values in curves.values())
        distance_axis(axes, least)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, fontsize=9)

    caption = (
        "HD95: 95 % of the outlines lie no further apart; mean distance: of both outlines. In pixels of each picture, "
        "the diagonal where truth or prediction alone is empty."
    )
    return Chart("distances", "How far the outlines lie apart", caption, (WIDTH, 3.5), draw)


def _forest(name: str, title: str, rows: Mapping[str, dict[str, Any]], middle: float, all_of: str) -> Chart:
    """A dot and an interval a row."""
    shown = dict(list(rows.items())[:_ROWS])

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axvline(middle, color=QUIET, lw=1, ls=":", label=f"{all_of} {number(middle)}")
        for row, entry in enumerate(shown.values()):
            if entry["mean"] is None:
                place = axes.get_yaxis_transform()  # x from 0 to 1 across the axes
                axes.text(0.02, row, "never there, never predicted", transform=place, color=QUIET, va="center")
            _dot(axes, row, entry, ACCENT)
        _rows(axes, [shortened(label) for label in shown])
        lows = [entry["ci95"][0] if entry["ci95"] else entry["mean"] for entry in shown.values()]
        least = _floor([low for low in lows if low is not None])
        axes.set(xlim=(least, 1.0 + 0.02 * (1 - least)), xlabel="Dice")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, fontsize=9)

    left = f" The first {_ROWS} of {len(rows)}; the rest is in metrics.json." if len(rows) > _ROWS else ""
    return Chart(
        name,
        title,
        f"Means with 95 % intervals by patient.{left}",
        (WIDTH, 1.6 + 0.3 * min(len(shown), 10) + 0.2 * max(0, len(shown) - 10)),
        draw,
    )


def _comparison(found: dict[str, Any]) -> Iterator[Chart]:
    """Differences of two predictions with their intervals, of the scores that lie in [0, 1]."""
    rows = {name: entry for name, entry in found["scores"].items() if name not in ("hd95", "assd")}
    rows = {name: entry for name, entry in rows.items() if entry["difference"] is not None}
    if not rows:
        return

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=QUIET, lw=1)
        for row, entry in enumerate(rows.values()):
            _dot(axes, row, {"mean": entry["difference"], "ci95": entry["ci95"]}, ACCENT)
        _rows(axes, [short_title(name) for name in rows])
        ends = [abs(value) for e in rows.values() for value in (e["difference"], *(e["ci95"] or ()))]
        reach = max(*ends, 0.005) * 1.1
        axes.set(xlim=(-reach, reach), xlabel="← the first is better · the second is better →")

    caption = f"The second minus the first, on {found['n_common']} pictures, with 95 % intervals by patient."
    yield Chart("comparison", "Difference of the two", caption, (WIDTH, 1.1 + 0.36 * len(rows)), draw)


def _dot(axes: Any, row: int, entry: dict[str, Any], tone: str) -> None:
    if entry["mean"] is None:
        return
    if entry["ci95"] is not None:
        axes.plot(entry["ci95"], [row, row], color=tone, lw=2.2, alpha=0.55, solid_capstyle="round")
    axes.plot(entry["mean"], row, "o", color=tone, ms=7, mec=PAPER)


def _rows(axes: Any, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=9.5)
    axes.set_ylim(len(names) - 0.4, -0.75)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
