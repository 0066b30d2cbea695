"""Which files a report consists of."""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.evaluation.scores import Result
from dentalx.foreign_text import TableWriter
from dentalx.metrics import BOUNDARY_SCORES, SCORES
from dentalx.report.blocks import Figure
from dentalx.report.cards import write_cards
from dentalx.report.figures import curves, png, probability_charts, score_charts, sheet, svg
from dentalx.report.gallery import Pictures, chosen, look, views
from dentalx.report.markdown import markdown
from dentalx.report.page import page_of
from dentalx.report.results import write_results
from dentalx.report.sections import Material
from dentalx.report.web import web
from dentalx.runs import Run

FIGURES = "figures"  # the folder of PNG files beside a report
_OURS = (
    "ladder", "dice_per_image", "distances", "class_dice", "strata_*", "comparison", "threshold", "precision_recall",
    "roc", "reliability", "froc", "gallery",
)  # fmt: skip


def write_evaluation(folder: Path, result: Result, pictures: Pictures | None = None, run: Run | None = None) -> None:
    """Write the report, the cards, the tables, the figures and, last, `metrics.json` into a folder.

    Args:
        folder: made where missing; files of an earlier report are replaced.
        result: of `evaluation.SemanticEvaluation`.
        pictures: called for the few pictures that are shown, once each; None shows none.
        run: what was evaluated, for the model card; None where that is nothing but masks.

    Raises:
        InputError: no permission or no space, or the run cannot be read.
    """
    files.write_text(folder / "per_image.csv", per_image_csv(result))
    charts = [*score_charts(result), *probability_charts(result)]
    shown = list(look(chosen(result), pictures)) if pictures is not None else []
    _clear(folder / FIGURES)
    for chart in charts:
        png(folder / FIGURES / f"{chart.name}.png", chart)
    drawn = {
        chart.name: Figure(f"{FIGURES}/{chart.name}.png", chart.title, chart.caption, svg(chart), chart.wide)
        for chart in charts
    }
    material = Material(result, drawn, tuple(views(shown)), f"{FIGURES}/gallery.png", run is not None)
    if shown:
        sheet(folder / material.sheet, shown, material.lines)
    page = page_of(material)
    files.write_text(folder / "report.md", markdown(page))
    files.write_text(folder / "report.html", web(page))
    write_results(folder, result)
    write_cards(folder, material, run)
    files.write_json(folder / "metrics.json", result.metrics)


def _clear(folder: Path) -> None:
    """Take away the figures of an earlier report, and nothing else."""
    for name in _OURS:
        for path in folder.glob(f"{name}.png"):
            path.unlink(missing_ok=True)


def write_curves(path: Path, log_rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw a run's loss, Dice and learning rate over its epochs.

    Args:
        path: the PNG to write.
        log_rows: one an epoch, as in `log.csv`; numbers or their text under `epoch`, `loss`, `val_loss`, `dice`,
            `val_dice`, `learning_rate`. What is missing is left out.

    Raises:
        ValueError: there are no rows.
        InputError: no permission or no space.
    """
    if not log_rows:
        raise ValueError("curves need at least one epoch, got no rows")
    curves(path, log_rows)


def per_image_csv(result: Result) -> str:
    """A row for each picture and class: counts, from which any rule can be recomputed, and scores, empty where 0/0."""
    text = io.StringIO()
    table = TableWriter(text)
    head = ["image_id", "patient_id", "class", "tp", "fp", "fn", "tn", "agreed", *SCORES, *BOUNDARY_SCORES]
    table.writerow([*head, "prediction"])
    for score in result.scores:
        counts = score.counts
        values = {name: function(counts) for name, function in SCORES.items()}
        values |= score.boundary.values if score.boundary else {}
        for k, name in enumerate(result.classes):
            numbers = [int(part[k]) for part in (counts.tp, counts.fp, counts.fn, counts.tn)]
            scored = [_cell(values, s, k) for s in (*SCORES, *BOUNDARY_SCORES)]
            row = [_plain(score.image_id), _plain(score.patient_id), name, *numbers, score.agreed, *scored]
            table.writerow([*row, score.problem or "ok"])
    return text.getvalue()


def _cell(values: Mapping[str, Any], score: str, k: int) -> str:
    """A score of a class; empty where it is undefined or was not measured."""
    return "" if score not in values or math.isnan(values[score][k]) else f"{values[score][k]:.6f}"


def _plain(name: str) -> str:
    """A file's name as text that can be written as UTF-8, which not all names on a disk are."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
