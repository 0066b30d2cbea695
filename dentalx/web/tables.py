"""What was found, in HTML: numbers, chart, warnings, links to files. Every word from outside is escaped."""

from collections.abc import Sequence
from html import escape
from itertools import count
from urllib.parse import urlencode

from dentalx.web.chart import shades_legend, tooth_chart
from dentalx.web.drawing import DOWNLOADS
from dentalx.web.looked import Looked, Measured, View
from dentalx.web.outlines import tone
from dentalx.web.remarks import remarks
from dentalx.web.viewer import figure
from dentalx.web.words import many

_LISTED = 6  # classes that are named in the table even where nothing was found of them
NO_TEETH = "This model does not number teeth, so there is no chart of teeth."
_NO_LIMIT = {False: "no confidence threshold", True: "each class at its own confidence threshold"}
_NUMBERS = count(1)


def result(looked: Looked, view: View, token: str, asked: tuple[float, float, bool]) -> str:
    """Return everything the page says of one image: the radiograph first, then doubts, files, chart and numbers.

    Args:
        looked: what was kept.
        view: what is seen of it.
        token: the name it is kept under.
        asked: threshold, opacity and whether numbers are made to agree, for the links.
    """
    query = urlencode({"threshold": f"{asked[0]:g}", "opacity": f"{asked[1]:g}", "consistent": int(asked[2])})
    links = "".join(
        f'<a class="download" download="{each.name}" href="results/{token}/{each.name}?{query}">{each.label}</a>'
        for each in DOWNLOADS.values()
        if each.offered(looked)
    )
    return _answer(
        f"{figure(looked, view, f'results/{token}/radiograph.jpg', asked[1])}{_facts(looked, asked[0])}"
        f'{remarks(looked, view)}<p class="downloads"><span>Download</span>{links}</p>{_chart(looked, view)}'
        f"{_table(looked, view)}{_objects(looked, view)}"
    )


def message(words: str, kind: str = "warning") -> str:
    """Return one sentence in place of a result."""
    sentence = words[:1].upper() + words[1:]
    return _answer(f'<p class="{kind}" role="alert">{escape(sentence)}</p>')


def _answer(content: str) -> str:
    """Wrap an answer; its number makes it differ from every other, so that the page knows that it is new."""
    return f'<div class="dx-result" data-answer="{next(_NUMBERS)}">{content}</div>'


def _chart(looked: Looked, view: View) -> str:
    known = looked.card.teeth
    if not known:
        return f'<p class="quiet">{NO_TEETH}</p>'
    changes = "".join(f"<li>{escape(change)}</li>" for change in view.changes)
    counted = many(len(view.changes), "number")
    changed = (
        f'<details data-fold="changes"><summary>{counted} changed</summary><ul>{changes}</ul></details>'
        if changes
        else ""
    )
    return f'<div class="dx-chart">{tooth_chart(view.rows, known)}{shades_legend()}{changed}</div>'


def _table(looked: Looked, view: View) -> str:
    rows = [(k, row) for k, row in enumerate(view.rows, start=1) if row.count or len(view.rows) <= _LISTED]
    left_out = len(view.rows) - len(rows)
    size = looked.picture.pixel_mm2 is not None
    head = ["Class", "Areas" if view.found is None else "Objects", "Area, px", *(["mm²"] if size else [])]
    head += ["Share of image", "Confidence"]
    body = [_cells(row, size) for _, row in rows]
    if not body:
        return ""
    note = (
        f'<p class="quiet">Nothing found of {many(left_out, "other class", "other classes")}.</p>' if left_out else ""
    )
    turns = view.found is not None and len(view.rows) == 1  # of one class neighbours have several colours
    keys = [(k, "" if turns else tone(k, row.fdi is not None)) if row.count else None for k, row in rows]
    return _grid(head, body, keys) + note


def _cells(row: Measured, size: bool) -> list[str]:
    area = ["" if row.area_mm2 is None else f"{row.area_mm2:.1f}"] if size else []
    sure = "–" if row.confidence is None else f"{row.confidence:.2f}"
    return [row.name, f"{row.count:,}", f"{row.area_px:,}", *area, f"{100 * row.share:.2f} %", sure]


def _objects(looked: Looked, view: View) -> str:
    if view.found is None or not len(view.found.instances):
        return ""
    found, classes = view.found, looked.card.classes
    body = []
    for index, label in enumerate(found.instances.labels.tolist()):
        y1, x1, y2, x2 = (round(float(side)) for side in found.boxes[index])
        area = int(found.instances.masks[index].sum())
        score = f"{found.instances.scores[index]:.2f}"
        body.append([classes[label - 1], score, f"{area:,}", f"{x1}…{x2}", f"{y1}…{y2}"])
    colours = ["" if len(classes) == 1 else tone(k, row.fdi is not None) for k, row in enumerate(view.rows, start=1)]
    keys = [(k, colours[k - 1]) for k in found.instances.labels.tolist()]
    table = _grid(["Object", "Confidence", "Area, px", "Columns", "Rows"], body, keys)
    title = "The object" if len(body) == 1 else f"Each of the {len(body)} objects"
    return f'<details data-fold="objects"><summary>{title}</summary>{table}</details>'


def _facts(looked: Looked, threshold: float) -> str:
    height, width = looked.picture.grey.shape
    spacing = looked.picture.spacing
    limit = f"confidence threshold {threshold:.2f}"
    if threshold == looked.card.threshold:
        limit = f"{limit}, the model’s own" if threshold else _NO_LIMIT[bool(looked.card.thresholds)]
    told = [f"Model {looked.card.name}", limit, f"{height} × {width} pixels"]
    if looked.picture.pixel_mm2 is not None:
        told.append("mm² by the calibration that the file states; a panoramic’s magnification is not even")
    elif spacing is not None and spacing.row_mm is not None:
        told.append("the file states a pixel size but no calibration, so no millimetres are given")
    return f'<p class="quiet">{escape("; ".join(told))}.</p>'


def _grid(head: Sequence[str], body: Sequence[Sequence[str]], keys: Sequence[tuple[int, str] | None]) -> str:
    """A table; a row with a key and a colour (of its class, 1…K) is linked to its outlines."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    rows = "".join(
        f'<tr{f" data-key={key[0]}" if key else ""}><th scope="row">{_named(cells[0], key)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
        + "</tr>"
        for cells, key in zip(body, keys, strict=True)
    )
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _named(name: str, key: tuple[int, str] | None) -> str:
    """A class's name; where there are outlines of it, a button that shows them."""
    if key is None:
        return escape(name)
    swatch = f'<i style="--tone:{key[1]}"></i>' if key[1] else ""
    return (
        f'<button type="button" class="name" data-key="{key[0]}" aria-pressed="false">{swatch}{escape(name)}</button>'
    )
