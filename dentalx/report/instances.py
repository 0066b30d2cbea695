"""The evaluation of objects one by one as files and as lines for a terminal."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx import files
from dentalx.evaluation.scores import About, Result, short_hash
from dentalx.report.blocks import Block, Bullets, Code, Figure, Page, Section, Strong, Table, Tiles, text
from dentalx.report.cards import write_model_card
from dentalx.report.figures.canvas import png, svg
from dentalx.report.figures.objects import object_charts, objects_sheet
from dentalx.report.markdown import markdown
from dentalx.report.sections import Material
from dentalx.report.tables import write_tables
from dentalx.report.web import web
from dentalx.report.words import SPLITS, interval, many, number
from dentalx.runs import Run
from dentalx.samples import Grey, Instances

COLUMNS = ("", "objects", "AP", "AP50", "AP75", "AR100", "box AP", "precision", "recall", "F1", "PQ", "count error")
WITH_INTERVALS = {"AP50": "AP50", "AP": "AP", "precision": "precision", "recall": "recall", "f1": "F1", "pq": "PQ"}
FIGURES = "figures"
SHOWN = 3  # worst and best pictures, each
_FEW = 4  # classes whose intervals are shown one by one
_CONFUSIONS = 12  # pairs of numbers that are listed

Looked = tuple[Grey, Instances, Instances]


@dataclass(frozen=True)
class Pictures:
    """The pictures of an evaluation.

    Attributes:
        classes: K names.
        ranked: (image_id, PQ), worst first.
        look: image_id to (radiograph, truth, found).
    """

    classes: tuple[str, ...]
    ranked: Sequence[tuple[str, float]]
    look: Callable[[str], Looked]


def write_instances(
    folder: Path,
    metrics: dict[str, Any],
    per_image: Sequence[Sequence[Any]],
    pictures: Pictures | None = None,
    run: Run | None = None,
) -> None:
    """Write the report, the model card, `per_image.csv`, the figures and, last, `metrics.json` into a folder.

    Args:
        folder: made where missing; files of an earlier report are replaced.
        metrics: of `scoring.instances.score_instances`.
        per_image: rows, the first of which says what the columns are.
        pictures: called for the few pictures that are shown; None shows none.
        run: what was evaluated, for the model card.

    Raises:
        InputError: no permission or no space, or the run cannot be read.
    """
    write_tables(folder, {"per_image": per_image, "curves": curves_table(metrics["curves"])})
    figures = []
    for chart in object_charts(metrics["curves"]):
        png(folder / FIGURES / f"{chart.name}.png", chart)
        figures.append(Figure(f"{FIGURES}/{chart.name}.png", chart.title, chart.caption, svg(chart)))
    sheet = folder / FIGURES / "objects.png"
    if pictures is not None and pictures.ranked:
        figures.append(_sheet(sheet, pictures))
    else:
        sheet.unlink(missing_ok=True)
    page = page_of(metrics, tuple(figures))
    files.write_text(folder / "report.md", markdown(page))
    files.write_text(folder / "report.html", web(page))
    result = Result(About(metrics["model"], metrics["data"], metrics["split"]), tuple(metrics["classes"]), (), metrics)
    results = Section("Results", (Table(COLUMNS, tuple(score_rows(metrics))), *_interval_blocks(metrics)))
    write_model_card(folder, Material(result, of_run=run is not None), run, results)
    files.write_json(folder / "metrics.json", metrics)


def page_of(metrics: dict[str, Any], figures: tuple[Figure, ...] = ()) -> Page:
    """All that the report says."""
    split = SPLITS.get(metrics["split"], metrics["split"])
    counted = f"{many(metrics['n_images'], 'picture')}, {many(metrics['n_patients'], 'patient')}"
    names = list(metrics["classes"])
    title = ", ".join(names) if len(names) <= 4 else f"{len(names)} classes"
    made = (part(metrics, figures) for part in (_opening, _scores, _teeth, _leaks, _figures, _reading))
    sections = tuple(section for section in made if section)
    return Page(
        f"Objects one by one: {title}", f"{metrics['model']} · {metrics['data']} · {split} · {counted}", sections
    )


def headline(metrics: dict[str, Any]) -> list[str]:
    """What was scored, a table with a row a class, the same with intervals, and the field's single number."""
    table = _aligned([COLUMNS, *score_rows(metrics)])
    limits = [f"95 % intervals: {_how(metrics)}", *_aligned(interval_table(metrics))]
    subject = f"{metrics['n_images']} pictures of {metrics['n_patients']} patients, {metrics['data']}"
    chosen = f"precision to count error of objects of score {metrics['score']:g} and more, chosen on validation"
    rules = f"AP of masks and of boxes by COCO's rules; {chosen}"
    return [f"{subject} ({metrics['split']})", *table, rules, *limits, f"pooled_iou {_pooled(metrics)}"]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def score_rows(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row as `COLUMNS` for each class, behind one for all."""
    return [_row(name, block) for name, block in _named(metrics).items()]


def interval_table(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    """Its head, then a row for each of `WITH_INTERVALS`: of all classes, and of each one where they are few."""
    named = _named(metrics)
    shown = list(named)[: len(named) if len(metrics["classes"]) <= _FEW else 1]
    rows = [(what, *(interval(_entry(named[name], key)) for name in shown)) for key, what in WITH_INTERVALS.items()]
    return [("", *shown), *rows]


def _named(metrics: dict[str, Any]) -> dict[str, Any]:
    return {"all": metrics, **metrics["classes"]} if len(metrics["classes"]) > 1 else metrics["classes"]


def _entry(block: dict[str, Any], key: str) -> dict[str, Any]:
    """A score as `words.interval` takes it."""
    return {"mean": block["segm"][key] if key in block["segm"] else block[key], "ci95": block["ci95"][key]}


def curves_table(curves: dict[str, dict[str, list[float]]]) -> list[list[Any]]:
    """Every point of the free-response curves, of masks at an IoU of 0.5."""
    rows: list[list[Any]] = [["class", "false_per_image", "found"]]
    for name, curve in curves.items():
        points = zip(curve["false_per_image"], curve["found"], strict=True)
        rows += [[name, false, found] for false, found in points]
    return rows


def _row(name: str, block: dict[str, Any]) -> tuple[str, ...]:
    masks = [number(block["segm"][key]) for key in ("AP", "AP50", "AP75", "AR100")]
    counted = [number(block[key]) for key in ("precision", "recall", "f1", "pq")]
    error = "–" if block["count_error"] is None else f"{block['count_error']:.2f}"
    objects = str(block["matched"] + block["missed"])
    return (name, objects, *masks, number(block["bbox"]["AP"]), *counted, error)


def _opening(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section:
    below = {
        "AP50": "masks, mean over classes",
        "AP": "masks, IoU 0.50 to 0.95",
        "f1": f"objects of score {metrics['score']:g} and more",
        "pq": "of the same objects",
    }
    tiles = tuple(_tile(metrics, key, what) for key, what in below.items())
    said = text(
        Strong(f"AP50 of masks {interval(_entry(metrics, 'AP50'))}"),
        f", the mean over the classes that the truth holds; "
        f"{metrics['matched']} of {metrics['matched'] + metrics['missed']} objects found and {metrics['spurious']} "
        f"made up at score {metrics['score']:g}.",
        kind="lead",
    )
    warnings = tuple(text(note, kind="warning") for note in metrics["notes"])
    return Section("", (Tiles(tiles), said, *warnings))


def _tile(metrics: dict[str, Any], key: str, what: str) -> tuple[str, str, str]:
    entry = _entry(metrics, key)
    limits = f"; 95 %: {' to '.join(map(number, entry['ci95']))}" if entry["ci95"] else ""
    return WITH_INTERVALS[key], number(entry["mean"]), what + limits


def _scores(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section:
    pooled = text(Code("pooled_iou"), f" {_pooled(metrics)}.")
    rows = tuple(score_rows(metrics))
    return Section("Scores", (Table(("class", *COLUMNS[1:]), rows), *_interval_blocks(metrics), pooled))


def _interval_blocks(metrics: dict[str, Any]) -> tuple[Block, ...]:
    said = text(f"With their 95 % intervals: {_how(metrics)}.")
    head, *rows = interval_table(metrics)
    return said, Table(head, tuple(rows))


def _how(metrics: dict[str, Any]) -> str:
    """How the intervals were made, or why there are none."""
    reasons, how = metrics.get("ci95_reason", {}), metrics["interval"]
    if len(reasons) == len(WITH_INTERVALS):
        return f"none, {next(iter(reasons.values()))}"
    averaged = how["resamples_average_precision"]
    return f"patients drawn again {how['resamples']:,} times, for AP {averaged:,} times"


def _pooled(metrics: dict[str, Any]) -> str:
    pooled, score = metrics["pooled_iou"], f"{metrics['score']:g}"
    return f"{number(pooled['value'])}, from score {score} on, as others report it; it says little: {pooled['what']}"


def _teeth(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section | None:
    found = metrics.get("teeth")
    if found is None:
        return None
    outcomes = tuple((kind, str(count)) for kind, count in found["outcomes"].items())
    wrong = sorted((pair for pair in found["confusion"] if None not in pair[:2] and pair[0] != pair[1]), key=_often)
    blocks: list[Block] = [
        text(
            f"Of the teeth that were found {number(found['numbering'])} bear their number; a picture has "
            f"{number(found['count_error']['mean_absolute'])} teeth too many or too few in the mean, and "
            f"{many(found['mirrored_pictures'], 'picture')} of {found['count_error']['n_images']} are mirrored."
        ),
        Table(("what became of a tooth", "teeth"), outcomes),
    ]
    if wrong:
        rows = tuple((str(true), str(called), str(count)) for true, called, count in wrong[:_CONFUSIONS])
        blocks += [text("The numbers most often taken for each other:"), Table(("tooth", "called", "times"), rows)]
    return Section("Numbers of teeth", tuple(blocks))


def _often(pair: list[int]) -> int:
    return -pair[2]


def _leaks(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section | None:
    rest = metrics.get("without_leaks")
    if rest is None:
        return None
    said = f"{many(rest['n_left_out'], 'picture')}, or their patients, are in an earlier split too. Without them:"
    return Section(
        "Without leaks", (text(said, kind="warning"), Table(("class", *COLUMNS[1:]), tuple(score_rows(rest))))
    )


def _figures(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section | None:
    return Section("Figures", figures) if figures else None


def _reading(metrics: dict[str, Any], figures: tuple[Figure, ...]) -> Section:
    return Section("How to read this", (Bullets(tuple((line,) for line in _notes(metrics))),))


def _notes(metrics: dict[str, Any]) -> Iterator[str]:
    yield (
        "AP: average precision by COCO's definition, over ten overlaps from 0.50 to 0.95, at 101 recalls, at most 100 "
        "objects of a class and picture; AP50 and AP75 at one overlap; AR100 the recall over the ten. Of masks, but "
        "for box AP. All objects count, whatever their score."
    )
    yield (
        f"Precision, recall, F1 and PQ: of objects of score {metrics['score']:g} and more, chosen on validation; an "
        "object is found where a mask of its class has an IoU above 0.5 with it, each mask once. PQ is F1 times the "
        "mean IoU of what was found (Kirillov et al., 2019)."
    )
    yield "Count error: how many objects of the class too many or too few a picture has, in the mean."
    if any(metrics["ci95"].values()):
        yield (
            "The intervals speak of other patients of the same kind, pictured in the same way, not of another clinic, "
            "device, annotator or training run. With fewer than about twenty patients they are rather too narrow, "
            "and where nothing or everything is found they are a point, which is no certainty."
        )
        if metrics["n_patients"] == metrics["n_images"]:
            yield "Each picture is taken to be of another patient; if some share one, the intervals are too narrow."
    yield "A class that is not in the truth has no AP and is left out of the mean. Crowds count neither way."


def _sheet(path: Path, pictures: Pictures) -> Figure:
    ranked = list(pictures.ranked)
    worst = ranked[: min(SHOWN, (len(ranked) + 1) // 2)]
    best = ranked[len(worst) :][::-1][:SHOWN]
    shown = []
    for group, image_id, quality in [*(("worst", *each) for each in worst), *(("best", *each) for each in best)]:
        try:
            shown.append((f"{group}, {short_hash(image_id)}, PQ {number(quality)}", pictures.look(image_id)))
        except Exception:  # one illustration less does not end an evaluation that is done
            continue
    width, height = objects_sheet(path, shown, pictures.classes)
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    image = f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
    inside = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Worst and best pictures">{image}</svg>'
    caption = "Outlines of the true objects on the left, of those found on the right, with their scores."
    return Figure(f"{FIGURES}/{path.name}", "The worst and the best pictures by PQ", caption, inside, wide=True)
