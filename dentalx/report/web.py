"""Blocks as one page of HTML that needs nothing beside it: no network, no script, no other file to be read."""

from html import escape
from string import Template

from dentalx import DISCLAIMER
from dentalx.report.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Figure,
    Gallery,
    Inline,
    Line,
    Link,
    Page,
    Section,
    Strong,
    Table,
    Text,
    Tiles,
    View,
)
from dentalx.report.style import STYLE
from dentalx.report.words import GROUPS

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header>
<h1>$title</h1>
<p class="subtitle">$subtitle</p>
<p class="disclaimer"><strong>$before</strong>$after</p>
</header>
<main>
$sections
</main>
<footer><p>$disclaimer</p></footer>
</body>
</html>
""")


def web(page: Page) -> str:
    """The page as HTML: every word escaped, every picture within it."""
    before, after = DISCLAIMER.split(":", 1)
    return _PAGE.substitute(
        title=_safe(page.title),
        subtitle=_safe(page.subtitle),
        style=STYLE,
        before=_safe(before),
        after=_safe(":" + after),
        disclaimer=_safe(DISCLAIMER),
        sections="\n".join(_section(section) for section in page.sections),
    )


def _safe(words: str) -> str:
    """Text that HTML takes for text, and that can be written as UTF-8."""
    return escape(" ".join(words.encode("utf-8", "backslashreplace").decode("utf-8").split()))


def _section(section: Section) -> str:
    figures: list[str] = []
    parts: list[str] = []
    for block in (*section.blocks, None):
        if isinstance(block, Figure):
            figures.append(_figure(block))
            continue
        if figures:
            parts.append('<div class="figures">' + "\n".join(figures) + "</div>")
            figures = []
        if block is not None:
            parts.append(_block(block))
    body = "\n".join(parts)
    if section.folded:
        return f"<section><details><summary><h2>{_safe(section.title)}</h2></summary>\n{body}\n</details></section>"
    heading = f"<h2>{_safe(section.title)}</h2>\n" if section.title else ""
    return f"<section>{heading}{body}</section>"


def _block(block: Block) -> str:
    match block:
        case Text(parts, kind):
            return f'<p class="{kind}">{_line(parts)}</p>' if kind else f"<p>{_line(parts)}</p>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{_line(item)}</li>" for item in items) + "</ul>"
        case Facts(rows):
            return "<dl>" + "".join(f"<div><dt>{_safe(n)}</dt><dd>{_safe(v)}</dd></div>" for n, v in rows) + "</dl>"
        case Tiles(rows):
            return '<div class="tiles">' + "".join(_tile(*row) for row in rows) + "</div>"
        case Table():
            return _table(block)
        case Figure():
            return _figure(block)
        case Gallery():
            return _gallery(block)


def _tile(name: str, value: str, below: str) -> str:
    return f'<div><span>{_safe(name)}</span><b>{_safe(value)}</b><span class="quiet">{_safe(below)}</span></div>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in table.head)
    rows = "".join(
        f'<tr><th scope="row">{_safe(row[0])}</th>' + "".join(f"<td>{_safe(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    kind = "words" if table.words else "numbers"
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _figure(figure: Figure) -> str:
    kind = ' class="wide"' if figure.wide else ""
    caption = f"<span>{_safe(figure.caption)}</span>" if figure.caption else ""
    return (
        f"<figure{kind}><figcaption><b>{_safe(figure.title)}</b></figcaption>"
        f"{figure.svg}<figcaption>{caption}</figcaption></figure>"
    )


def _gallery(gallery: Gallery) -> str:
    first, second = map(_safe, gallery.lines)
    switches = (
        f'<input type="checkbox" id="truth" checked><label for="truth"><i class="truth"></i>{first}</label>'
        '<input type="checkbox" id="prediction" checked>'
        f'<label for="prediction"><i class="prediction"></i>{second}</label>'
        '<span class="quiet">switch a line off to see what is below it; click a picture to enlarge it</span>'
    )
    groups = []
    for group, title in GROUPS.items():
        views = [view for view in gallery.views if view.group == group]
        if views:
            groups.append(f"<h3>{title}</h3><div>" + "".join(_view(view) for view in views) + "</div>")
    return f'<div class="gallery">{switches}<div class="views">{"".join(groups)}</div></div>'


def _view(view: View) -> str:
    width, height = view.size
    lines = "".join(
        f'<path class="{name}" d="{path}"/>'
        for name, path in (("truth", view.truth), ("prediction", view.prediction))
        if path
    )
    said = f"Radiograph {_safe(view.label)}, Dice {_safe(view.score)}, with outlines"
    note = f'<span class="quiet">{_safe(view.note)}</span>' if view.note else ""
    return (
        f'<figure tabindex="0"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{said}">'
        f'<image width="{width}" height="{height}" href="{view.data}"/>{lines}</svg>'
        f"<figcaption>Dice <b>{_safe(view.score)}</b> <code>{_safe(view.label)}</code>{note}</figcaption></figure>"
    )


def _line(parts: Line) -> str:
    return "".join(_inline(part) for part in parts)


def _inline(part: Inline) -> str:
    match part:
        case Strong(words):
            return f"<strong>{_safe(words)}</strong>"
        case Code(words):
            return f"<code>{_safe(words)}</code>"
        case Link(words, target):
            return f'<a href="{_safe(target)}">{_safe(words)}</a>'
        case str(words):
            spaces = (" " if words[:1].isspace() else "", " " if words[-1:].isspace() else "")
            return f"{spaces[0]}{_safe(words)}{spaces[1]}" if words.strip() else " "
