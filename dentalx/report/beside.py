"""What stands beside the scores, as lines for a terminal: raters, a comparison, calibration, what could not be used."""

from collections.abc import Iterator
from typing import Any

from dentalx.report.words import interval, number

SHOWN = ("dice", "nsd", "hd95")
TITLES = {"dice": "Dice", "nsd": "NSD", "hd95": "HD95 px", "iou": "IoU"}


def beside(metrics: dict[str, Any]) -> list[str]:
    """The lines, none where nothing was asked for."""
    lines = list(_predictions(metrics.get("predictions")))
    lines += _unreadable(metrics.get("unreadable"))
    lines += _raters(metrics.get("raters"))
    lines += _comparison(metrics.get("comparison"))
    lines += _strata(metrics.get("strata", {}))
    lines += _sure(metrics)
    return lines


def _predictions(block: dict[str, Any] | None) -> Iterator[str]:
    if not block:
        return
    kinds = ("missing", "unreadable", "wrong_size", "extra", "resized")
    wrong = [f"{block[kind]} {kind.replace('_', ' ')}" for kind in kinds if block[kind]]
    said = f"{block['usable']} of {block['expected']} predictions could be used"
    yield f"{said}: {', '.join(wrong)}; {block['what']}" if wrong else said


def _unreadable(block: dict[str, Any] | None) -> Iterator[str]:
    if block:
        yield f"{block['n']} pictures or their truth cannot be read and are left out"


def _raters(block: dict[str, Any] | None) -> Iterator[str]:
    if not block:
        return
    one, two = block["names"]
    rows = {f"{one} and {two}": block["between"]} | {
        f"this and {name}": found for name, found in block["model_against"].items()
    }
    yield f"raters, the same {block['n_images']} pictures ({block['n_absent']} not drawn by both):"
    yield from _table(
        [("", *(TITLES[s] for s in SHOWN)), *((n, *(interval(b[s]) for s in SHOWN)) for n, b in rows.items())]
    )
    if block["n_everywhere"]:
        yield f"in {block['n_everywhere']} of them both raters' masks fill the whole picture: look at these"


def _comparison(block: dict[str, Any] | None) -> Iterator[str]:
    if not block:
        return
    yield f"this minus {block['first']}, {block['n_common']} pictures both have:"
    head = ("", "that", "this", "difference [95 % interval]", "p Wilcoxon", "p permutation", "better in")
    rows: list[tuple[str, ...]] = [head]
    for name in SHOWN:
        found = block["scores"][name]
        apart = interval({"mean": found["difference"], "ci95": found["ci95"]})
        share = found["superiority"]
        better = None if share is None else (1 - share if name == "hd95" else share)
        rows.append(
            (
                TITLES[name],
                number(found["first"]),
                number(found["second"]),
                apart,
                number(found["wilcoxon_p"]),
                number(found["permutation_p"]),
                "–" if better is None else f"{better:.0%}",
            )
        )
    yield from _table(rows)
    yield from block["notes"]


def _strata(block: dict[str, Any]) -> Iterator[str]:
    for division, found in block.items():
        groups = [f"{name}: {interval(group['dice'])} ({group['n_images']})" for name, group in found["groups"].items()]
        yield f"Dice by {division}: {'; '.join(groups)}"


def _sure(metrics: dict[str, Any]) -> Iterator[str]:
    if block := metrics.get("calibration"):
        after = block.get("after_temperature")
        warmed = f"; with temperature {block['temperature']['value']:.3g}, ECE {number(after['ece'])}" if after else ""
        yield f"calibration: ECE {number(block['ece'])}, Brier score {number(block['brier'])}{warmed}"
    if curves := metrics.get("curves"):
        yield f"pixels: average precision {number(curves['average_precision'])}, area under ROC {number(curves['auc'])}"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
