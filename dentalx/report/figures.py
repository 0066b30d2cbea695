"""Every figure of a report, and the one place that imports matplotlib; no pyplot, so no global state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx import DISCLAIMER
from dentalx.evaluation.scores import ImageScore, Result
from dentalx.files import replacing
from dentalx.overlay import AGREED, CONFUSED, MISSED, SPURIOUS, Colour, compare
from dentalx.report.page import BASELINES, interval, number
from dentalx.samples import Grey, Mask

DPI = 150
CELL_PX = 800  # longer side of a radiograph in a figure
TRAIN, VALIDATION, QUIET, GOOD = "#0072B2", "#D55E00", "#767676", "#009E73"
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.8,
    "axes.edgecolor": "#B0B0B0",
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 12,
    "legend.frameon": False,
    "text.parse_math": False,
}


@contextmanager
def _figure(path: Path, size: tuple[float, float], note: str = DISCLAIMER) -> Iterator[Any]:
    """A figure of (width, height) inches that is on disk as PNG when the block ends."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        yield figure
        if note:
            figure.supxlabel(note, fontsize=8, color=QUIET, x=0.995, ha="right")
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png", metadata={"Software": None})


def curves(path: Path, log_rows: Sequence[Mapping[str, Any]]) -> None:
    """Loss, Dice and learning rate over epochs, as `report.write_curves` says."""
    epochs = _column(log_rows, "epoch", start=1)
    with _figure(path, (14, 4.2), note="") as figure:
        loss, dice, rate = figure.subplots(1, 3)
        _pair(loss, epochs, log_rows, "loss", "Loss")
        _pair(dice, epochs, log_rows, "dice", "Dice")
        _mark_best(dice, epochs, _column(log_rows, "val_dice"))
        dice.set_ylim(-0.02, 1.02)
        _line(rate, epochs, _column(log_rows, "learning_rate"), QUIET, "learning rate")
        rate.set_title("Learning rate")
        rate.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for axes in (loss, dice, rate):
            _epoch_axis(axes, epochs)
        rate.set_ylim(bottom=0)


def dice_per_image(path: Path, result: Result) -> None:
    """Every picture's Dice, sorted, with mean and interval; for several classes their means beside it."""
    entry = result.metrics["dice"]
    scores = np.array([score.dice for score in result.worst(len(result.scores))])
    several = len(result.classes) > 1
    size = (13, max(4.8, 1.4 + 0.24 * len(result.classes))) if several else (9, 4.8)
    with _figure(path, size) as figure:
        axes = figure.subplots(1, 2, width_ratios=(3, 2)) if several else [figure.subplots()]
        _sorted_dice(axes[0], scores, entry, result)
        if several:
            _class_dice(axes[1], result)


def worst_and_best(
    path: Path,
    worst: Sequence[ImageScore],
    best: Sequence[ImageScore],
    pictures: Callable[[str], tuple[Grey, Mask, Mask]],
) -> None:
    """Radiograph and comparison of the worst (left) and best pictures (right), under hashes, not names."""
    blocks = {"worst": worst, "best": best} if best else {"only picture": worst}
    loaded = {name: [_small_pair(*pictures(score.image_id)) for score in block] for name, block in blocks.items()}
    aspect = max(plain.shape[0] / plain.shape[1] for pairs in loaded.values() for plain, _ in pairs)
    size = (8.0 * len(blocks), 0.75 + len(worst) * (3.95 * min(aspect, 1.5) + 0.3))
    with _figure(path, size) as figure:
        columns = figure.subfigures(1, len(blocks), wspace=0.02, squeeze=False)[0]
        for column, (name, block) in zip(columns, blocks.items(), strict=True):
            grid = column.subplots(len(worst), 2, squeeze=False)
            for axes in grid.flat:
                axes.set_axis_off()
                axes.set_anchor("N")
            for row, (score, pair) in enumerate(zip(block, loaded[name], strict=True)):
                for axes, picture in zip(grid[row], pair, strict=True):
                    axes.imshow(picture, interpolation="lanczos")
                grid[row, 0].set_title(f"{_ordinal(row)}{name} · Dice {number(score.dice)}", fontsize=11)
                grid[row, 1].set_title(score.short_hash, loc="right", color=QUIET, fontsize=9, weight="normal")
        _colours(figure, several=any(len(score.counts.tp) > 1 for score in worst))


def _colours(figure: Any, several: bool) -> None:
    from matplotlib.patches import Patch

    names = {"agreed": AGREED, "missed": MISSED, "spurious": SPURIOUS} | ({"wrong class": CONFUSED} if several else {})
    handles = [Patch(color=_unit(tone), label=name) for name, tone in names.items()]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(names), fontsize=10, handlelength=1.2)


def _small_pair(image: Grey, truth: Mask, prediction: Mask) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The radiograph and its comparison, small enough for a cell, both (h, w, 3)."""
    scale = min(1.0, CELL_PX / max(image.shape))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
    masks = [np.asarray(cv2.resize(m, size, interpolation=cv2.INTER_NEAREST), np.uint8) for m in (truth, prediction)]
    plain = np.repeat(np.round(small.clip(0, 1) * 255).astype(np.uint8)[..., None], 3, 2)
    return plain, compare(small, masks[0], masks[1], captions=False)


def _sorted_dice(axes: Any, scores: NDArray[np.float64], entry: dict[str, Any], result: Result) -> None:
    axes.set_title("Dice of every picture, sorted")
    where = [result.metrics["data"], result.metrics["split"], f"{len(scores)} pictures"]
    axes.set_title(" · ".join(part for part in where if part), loc="right", color=QUIET, fontsize=10, weight="normal")
    axes.set(ylim=(-0.02, 1.02), xlabel="picture, worst first", ylabel="Dice")
    if not len(scores):
        axes.text(0.5, 0.5, "no picture has a Dice", transform=axes.transAxes, ha="center", color=QUIET)
        return
    ranks = np.arange(1, len(scores) + 1)
    if entry["ci95"] is not None:
        axes.axhspan(*entry["ci95"], color=TRAIN, alpha=0.14, lw=0)
    axes.axhline(entry["mean"], color=TRAIN, lw=1.4, label=f"mean {interval(entry)}")
    axes.plot(
        ranks,
        scores,
        "o",
        color=TRAIN,
        ms=float(np.clip(120 / len(scores), 2, 6)),
        mec="white",
        mew=0.4 if len(scores) <= 100 else 0,
    )
    for key, name in BASELINES.items():
        baseline = result.metrics["baselines"].get(key, {}).get("dice", {}).get("mean")
        if baseline and baseline >= 0.02:  # a line on the axis says nothing
            style = "--" if key == "mean_shape" else ":"
            axes.axhline(baseline, color=QUIET, lw=1.2, ls=style, label=f"{name} {number(baseline)}, without looking")
    axes.legend(loc="lower right")
    _whole_numbers(axes, 1, len(scores))


def _class_dice(axes: Any, result: Result) -> None:
    axes.set_title("Mean Dice of each class")
    axes.set(xlim=(-0.02, 1.02), xlabel="Dice")
    rows = np.arange(len(result.classes))
    axes.set_yticks(rows, [name if len(name) < 24 else name[:22] + "…" for name in result.classes], fontsize=9)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for row, name in zip(rows, result.classes, strict=True):
        entry = result.metrics["classes"][name]["dice"]
        if entry["mean"] is None:
            axes.text(0, row, "never there, never predicted", color=QUIET, va="center", fontsize=9)
            continue
        if entry["ci95"] is not None:
            axes.plot(entry["ci95"], [row, row], color=TRAIN, lw=2, alpha=0.5, solid_capstyle="round")
        axes.plot(entry["mean"], row, "o", color=TRAIN, ms=7, mec="white")


def _pair(axes: Any, epochs: NDArray[np.float64], rows: Sequence[Mapping[str, Any]], key: str, title: str) -> None:
    _line(axes, epochs, _column(rows, key), TRAIN, "training")
    _line(axes, epochs, _column(rows, f"val_{key}"), VALIDATION, "validation")
    axes.set_title(title)
    if axes.lines:
        axes.legend(loc="best")


def _line(axes: Any, epochs: NDArray[np.float64], values: NDArray[np.float64], colour: str, label: str) -> None:
    if np.isfinite(values).any():
        axes.plot(epochs, values, "-o" if len(epochs) <= 40 else "-", color=colour, label=label, lw=1.8, ms=4)


def _mark_best(axes: Any, epochs: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    if not np.isfinite(values).any():
        return
    i = int(np.nanargmax(values))
    axes.axvline(epochs[i], color=GOOD, lw=1, ls=":")
    axes.plot(epochs[i], values[i], "o", ms=9, mfc="none", mec=GOOD, mew=1.8)
    text = f"best {values[i]:.3f}, epoch {epochs[i]:.0f}"
    axes.set_title(text, loc="right", color=GOOD, fontsize=10, weight="normal")


def _epoch_axis(axes: Any, epochs: NDArray[np.float64]) -> None:
    axes.set_xlabel("epoch")
    _whole_numbers(axes, epochs.min(), epochs.max())


def _whole_numbers(axes: Any, first: float, last: float) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(first - 0.5, last + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))


def _column(rows: Sequence[Mapping[str, Any]], key: str, start: int | None = None) -> NDArray[np.float64]:
    """One value a row, NaN where there is none; counted from `start` where no row has the key."""
    values = np.array([float(row[key]) if row.get(key) not in (None, "") else np.nan for row in rows])
    if start is not None and np.isnan(values).any():
        return np.arange(start, start + len(rows), dtype=np.float64)
    return values


def _ordinal(row: int) -> str:
    return ("", "2nd ", "3rd ")[row] if row < 3 else f"{row + 1}th "


def _unit(tone: Colour) -> tuple[float, ...]:
    return tuple(value / 255 for value in tone)
