"""Which files a report consists of."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.evaluation.scores import ImageScore, Result
from dentalx.metrics import BOUNDARY_SCORES, SCORES
from dentalx.report import figures, page
from dentalx.samples import Grey, Mask

Pictures = Callable[[str], tuple[Grey, Mask, Mask]]  # image_id to image, truth and prediction, each (H, W)

SHOWN = 3  # worst and best pictures in the figure, each


def write_evaluation(folder: Path, result: Result, pictures: Pictures | None = None) -> None:
    """Write `per_image.csv`, the figures, `report.md` and, last, `metrics.json` into a folder.

    Args:
        folder: made where missing; files of an earlier report are replaced.
        result: of `evaluation.SemanticEvaluation`.
        pictures: called for the few worst and best pictures alone; None leaves their figure out.

    Raises:
        InputError: no permission or no space.
    """
    files.write_text(folder / "per_image.csv", per_image_csv(result))
    figures.dice_per_image(folder / "dice_per_image.png", result)
    worst, best = extremes(result, SHOWN)
    if pictures is not None and worst:
        figures.worst_and_best(folder / "worst_and_best.png", worst, best, pictures)
    else:
        (folder / "worst_and_best.png").unlink(missing_ok=True)
    text = page.report_markdown(result, worst, with_pictures=pictures is not None and bool(worst))
    files.write_text(folder / "report.md", text)
    files.write_json(folder / "metrics.json", result.metrics)


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
    figures.curves(path, log_rows)


def extremes(result: Result, n: int) -> tuple[tuple[ImageScore, ...], tuple[ImageScore, ...]]:
    """The worst and the best pictures, at most `n` each, none in both; a single one counts as worst."""
    ranked = result.worst(len(result.scores))
    worst = ranked[: min(n, (len(ranked) + 1) // 2)]
    return worst, ranked[len(worst) :][::-1][:n]


def per_image_csv(result: Result) -> str:
    """A row for each picture and class: counts, from which any rule can be recomputed, and scores, empty where 0/0."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
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
