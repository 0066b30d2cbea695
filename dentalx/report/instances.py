"""The evaluation of objects one by one as files and as lines for a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.report.tables import write_tables
from dentalx.report.words import number

COLUMNS = ("", "objects", "AP", "AP50", "AP75", "AR100", "box AP", "precision", "recall", "F1", "PQ", "count error")


def write_instances(folder: Path, metrics: dict[str, Any], per_image: Sequence[Sequence[Any]]) -> None:
    """Write `per_image.csv` and, last, `metrics.json` into a folder.

    Args:
        folder: made where missing; files of an earlier report are replaced.
        metrics: of `scoring.instances.score_instances`.
        per_image: rows, the first of which says what the columns are.

    Raises:
        InputError: no permission or no space.
    """
    write_tables(folder, {"per_image": per_image})
    files.write_json(folder / "metrics.json", metrics)


def headline(metrics: dict[str, Any]) -> list[str]:
    """What was scored, and a table with a row a class."""
    rows = [COLUMNS, *scores(metrics)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    subject = f"{metrics['n_images']} pictures of {metrics['n_patients']} patients, {metrics['data']}"
    chosen = f"precision to count error of objects of score {metrics['score']:g} and more, chosen on validation"
    return [f"{subject} ({metrics['split']})", *table, f"AP of masks and of boxes by COCO's rules; {chosen}"]


def scores(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row as `COLUMNS` for each class, behind one for all."""
    named = {"all": metrics, **metrics["classes"]} if len(metrics["classes"]) > 1 else metrics["classes"]
    return [_row(name, block) for name, block in named.items()]


def _row(name: str, block: dict[str, Any]) -> tuple[str, ...]:
    masks = [number(block["segm"][key]) for key in ("AP", "AP50", "AP75", "AR100")]
    counted = [number(block[key]) for key in ("precision", "recall", "f1", "pq")]
    error = "–" if block["count_error"] is None else f"{block['count_error']:.2f}"
    objects = str(block["matched"] + block["missed"])
    return (name, objects, *masks, number(block["bbox"]["AP"]), *counted, error)
