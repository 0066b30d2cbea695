"""How a training went, epoch by epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.report.figures.canvas import ACCENT, GOOD, QUIET, SECOND, Chart, png, whole_numbers


def curves(path: Path, log_rows: Sequence[Mapping[str, Any]]) -> None:
    """Loss, Dice and learning rate over epochs, as `report.write_curves` says."""
    epochs = _column(log_rows, "epoch", start=1)

    def draw(figure: Any) -> None:
        loss, dice, rate = figure.subplots(1, 3)
        _pair(loss, epochs, log_rows, "loss", "Loss")
        _pair(dice, epochs, log_rows, "dice", "Dice")
        _mark_best(dice, epochs, _column(log_rows, "val_dice"))
        dice.set_ylim(-0.02, 1.02)
        _line(rate, epochs, _column(log_rows, "learning_rate"), QUIET, "learning rate")
        rate.set_title("Learning rate")
        rate.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for axes in (loss, dice, rate):
            axes.set_xlabel("epoch")
            whole_numbers(axes, epochs.min(), epochs.max())
        rate.set_ylim(bottom=0)

    png(path, Chart("curves", "", "", (14, 4.2), draw), note="")


def _pair(axes: Any, epochs: NDArray[np.float64], rows: Sequence[Mapping[str, Any]], key: str, title: str) -> None:
    _line(axes, epochs, _column(rows, key), ACCENT, "training")
    _line(axes, epochs, _column(rows, f"val_{key}"), SECOND, "validation")
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


def _column(rows: Sequence[Mapping[str, Any]], key: str, start: int | None = None) -> NDArray[np.float64]:
    """One value a row, NaN where there is none; counted from `start` where no row has the key."""
    values = np.array([float(row[key]) if row.get(key) not in (None, "") else np.nan for row in rows])
    if start is not None and np.isnan(values).any():
        return np.arange(start, start + len(rows), dtype=np.float64)
    return values
