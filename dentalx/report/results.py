"""The scores as a table for papers: `results.csv` for a program, `results.tex` for LaTeX with booktabs."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.evaluation.scores import Result
from dentalx.foreign_text import TableWriter
from dentalx.report.words import BASELINES, DISTANCES, TITLES, interval_of, percent, score_text

HEAD = ("of", "class", "score", "mean", "low", "high", "median", "quartile1", "quartile3", "pooled", "n", "n_undefined")
IN_PAPERS = ("dice", "iou", "precision", "recall", "nsd", "hd95")
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "×": r"$\times$", "≥": r"$\geq$", "−": r"$-$", "–": "--",
}  # fmt: skip
_HEADS = {"hd95": "HD95 (px)", "nsd": "NSD", "recall": "Recall"}


@dataclass(frozen=True)
class Row:
    """What has scores.

    Attributes:
        of: whose.
        where: the class, or "foreground".
        block: score's name to its entry.
    """

    of: str
    where: str
    block: dict[str, Any]


def write_results(folder: Path, result: Result) -> None:
    """Write both tables.

    Raises:
        InputError: no permission or no space.
    """
    rows = list(_rows(result))
    files.write_text(folder / "results.csv", results_csv(rows))
    files.write_text(folder / "results.tex", results_tex(rows, result))


def results_csv(rows: list[Row]) -> str:
    """A row for each score of each class of each contender; empty where a number is undefined."""
    text = io.StringIO()
    table = TableWriter(text)
    table.writerow(HEAD)
    for row in rows:
        for name in (name for name in TITLES if name in row.block):
            entry = row.block[name]
            low, high = entry.get("ci95") or (None, None)
            first, third = entry.get("quartiles") or (None, None)
            numbers = (entry["mean"], low, high, entry.get("median"), first, third, entry.get("pooled"))
            written = ["" if value is None else f"{value:.6g}" for value in numbers]
            table.writerow(
                [_plain(row.of), _plain(row.where), name, *written, entry.get("n"), entry.get("n_undefined")]
            )
    return text.getvalue()


def results_tex(rows: list[Row], result: Result) -> str:
    """A table for a paper: means with intervals, a row for each contender and class."""
    metrics = result.metrics
    shown = [name for name in IN_PAPERS if name in metrics]
    head = ["", *(_HEADS.get(name, TITLES[name]) for name in shown)]
    body = [
        [_tex(row.of if row.where == "foreground" else f"{row.of}, {row.where}"), *(_cell(row, name) for name in shown)]
        for row in rows
    ]
    how = metrics["interval"]
    caption = (
        f"Mean over {metrics['n_images']} pictures of {metrics['n_patients']} patients with "
        f"{percent(how['level'], 0)} interval ({how['method']}, {how['resamples']} resamples). {metrics['empty_rule']}"
    )
    lines = [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        "\\centering\\small",
        f"\\caption{{{_tex(caption)}}}",
        "\\begin{tabular}{l" + "r" * len(shown) + "}",
        "\\toprule",
        " & ".join(_tex(name) for name in head) + r" \\",
        "\\midrule",
        *(" & ".join(cells) + r" \\" for cells in body),
        "\\bottomrule",
        "\\end{tabular}",
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _rows(result: Result) -> Iterator[Row]:
    """The people, what was scored, its classes, the guesses."""
    metrics = result.metrics
    people = metrics.get("raters")
    alone = metrics.get("kind") == "raters"
    if people and not alone:
        yield Row(" and ".join(people["names"]), "foreground", people["between"])
        for name, block in people["model_against"].items():
            yield Row(f"this model and {name}", "foreground", block)
    own = " and ".join(people["names"]) if people and alone else metrics["model"] or "this model"
    yield Row(own, "foreground", metrics)
    if len(metrics["classes"]) > 1:
        yield from (Row(own, name, block) for name, block in metrics["classes"].items())
    for key, name in BASELINES.items():
        if key in metrics["baselines"]:
            yield Row(name, "foreground", metrics["baselines"][key])


def _cell(row: Row, name: str) -> str:
    entry = row.block.get(name)
    if entry is None:
        return "--"
    if "ci95" not in entry:
        return _tex(score_text(name, entry["mean"]).removesuffix(" px" if name in DISTANCES else ""))
    return _tex(interval_of(name, entry))


def _tex(words: str) -> str:
    """Words from outside as LaTeX that means nothing but themselves.

    >>> _tex("a_b 5% \\\\input{x}")
    'a\\\\_b 5\\\\% \\\\textbackslash{}input\\\\{x\\\\}'
    """
    line = " ".join(_plain(words).split())
    return re.sub(r"[\\&%$#_{}~^<>|\"×≥−–]", lambda found: _LATEX[found[0]], line)


def _plain(words: str) -> str:
    return words.encode("utf-8", "backslashreplace").decode("utf-8")
