"""What was found, in HTML: numbers, chart, warnings, links to files. Every word from outside is escaped."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from dentalx.web.chart import tooth_chart
from dentalx.web.drawing import DOWNLOADS, SHOWN_PX
from dentalx.web.looked import Looked, Measured, View, small

_LISTED = 6  # classes that are named in the table even where nothing was found of them
NO_TEETH = "This model does not tell teeth apart by number, so there is no chart of teeth."


def result(looked: Looked, view: View, token: str, asked: tuple[float, float, bool]) -> str:
    """Everything the page says of one picture.

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
    return (
        f'<div class="dx-result">{_warnings(looked, view)}{_figure(looked, view, f"results/{token}/shown.jpg?{query}")}'
        f'<p class="downloads"><span>Download</span>{links}</p>{_chart(looked, view)}{_table(looked, view)}'
        f"{_objects(looked, view)}{_facts(looked)}</div>"
    )


def message(words: str, kind: str = "warning") -> str:
    """One sentence in place of a result."""
    sentence = words[:1].upper() + words[1:]
    return f'<div class="dx-result"><p class="{kind}" role="alert">{escape(sentence)}</p></div>'


def _warnings(looked: Looked, view: View) -> str:
    found = list(looked.warnings)
    if not any(row.count for row in view.rows):
        found.append("nothing found at this threshold")
    lines = "".join(f"<li>{escape(text[:1].upper() + text[1:])}.</li>" for text in found)
    return f'<ul class="warning" role="status">{lines}</ul>' if found else ""


def _figure(looked: Looked, view: View, address: str) -> str:
    rows, columns = small(looked.picture.grey, SHOWN_PX)
    count = sum(row.count for row in view.rows)
    what = f"{count} objects" if view.found is not None else f"{sum(1 for row in view.rows if row.count)} classes"
    return (
        f'<figure class="dx-view"><img decoding="sync" width="{columns}" height="{rows}" src="{escape(address)}" '
        f'alt="The radiograph with outlines of {what}"></figure>'
    )


def _chart(looked: Looked, view: View) -> str:
    known = looked.card.teeth
    if not known:
        return f'<p class="quiet">{NO_TEETH}</p>'
    legend = (
        '<p class="legend"><span><i class="found"></i>found</span><span><i class="absent"></i>not found</span>'
        "<span>the patient’s right is on the left</span></p>"
    )
    changes = "".join(f"<li>{escape(change)}</li>" for change in view.changes)
    changed = f"<details><summary>{len(view.changes)} numbers changed</summary><ul>{changes}</ul></details>"
    return f'<div class="dx-chart">{tooth_chart(view.rows, known)}{legend}{changed if changes else ""}</div>'


def _table(looked: Looked, view: View) -> str:
    rows = [row for row in view.rows if row.count or len(view.rows) <= _LISTED]
    left_out = len(view.rows) - len(rows)
    size = looked.picture.pixel_mm2 is not None
    head = ["Class", "Count", "Area, px", *(["mm²"] if size else [])]
    head += ["Share", "Confidence"]
    body = [_cells(row, size) for row in rows]
    if not body:
        return ""
    note = f'<p class="quiet">{left_out} more classes: nothing found.</p>' if left_out else ""
    return _grid(head, body) + note


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
    table = _grid(["Object", "Score", "Area, px", "Columns", "Rows"], body)
    return f"<details><summary>Each of the {len(body)} objects</summary>{table}</details>"


def _facts(looked: Looked) -> str:
    height, width = looked.picture.grey.shape
    spacing = looked.picture.spacing
    told = [f"{height} × {width} pixels", f"model {looked.card.name}"]
    if looked.picture.pixel_mm2 is not None:
        told.append("mm² by the calibration the file states; a panoramic’s magnification is not even")
    elif spacing is not None and spacing.row_mm is not None:
        told.append("the file states a pixel size but no calibration, so no millimetres are given")
    return f'<p class="quiet">{escape("; ".join(told))}.</p>'


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in body
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>'
