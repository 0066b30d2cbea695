"""The radiograph with its outlines, the original next to it, and the buttons of both: HTML that `script.py` moves."""

from html import escape

from dentalx.web.drawing import GRID_PX
from dentalx.web.looked import Looked, View, small
from dentalx.web.outlines import outlines_svg, tone

_MOST_NAMED = 8  # classes that a legend names; the table names all
_HELP = "Plus and minus zoom, arrow keys move, 0 fits, O shows or hides the outlines."


def figure(looked: Looked, view: View, address: str, opacity: float) -> str:
    """Return the radiograph, as large as there is room, with outlines over it and the original next to it.

    Args:
        looked: what is kept.
        view: what is seen of it.
        address: of the radiograph, relative to the page.
        opacity: of the colours, in [0, 1]; half as much for objects, whose outlines set them apart.
    """
    rows, columns = small(looked.picture.grey, GRID_PX)
    fill = opacity / 2 if view.found is not None else opacity
    image = (
        f'<img decoding="sync" draggable="false" width="{columns}" height="{rows}" src="{escape(address)}" alt="{{}}">'
    )
    return (
        f'<figure class="dx-view" style="--fill:{fill:g};--columns:{columns};--rows:{rows}">{_tools()}'
        f'<div class="dx-panes"><div class="dx-pane" tabindex="0" role="group" '
        f'aria-label="Radiograph with outlines. {_HELP}"><div class="dx-sheet">{image.format("The radiograph")}'
        f"{outlines_svg(looked, view)}</div></div>"
        f'<div class="dx-pane original" tabindex="0" role="group" aria-label="Original radiograph. {_HELP}" hidden>'
        f'<div class="dx-sheet">{image.format("The original radiograph")}</div></div></div>{_legend(view)}'
        '<figcaption aria-live="polite"></figcaption></figure>'
    )


def _tools() -> str:
    return (
        '<div class="dx-tools" role="toolbar" aria-label="View">'
        '<button type="button" data-do="outlines" aria-pressed="true">Outlines</button>'
        '<button type="button" data-do="original" aria-pressed="false">Original alongside</button>'
        '<span class="dx-zoom"><button type="button" data-do="out" aria-label="Zoom out">−</button>'
        '<output aria-live="polite" aria-label="Zoom">100 %</output>'
        '<button type="button" data-do="in" aria-label="Zoom in">+</button>'
        '<button type="button" data-do="fit">Fit</button></span></div>'
    )


def _legend(view: View) -> str:
    """Name the colours where there are several; teeth have their numbers."""
    named = [(k, row) for k, row in enumerate(view.rows, start=1) if row.count and row.fdi is None]
    teeth = any(row.count and row.fdi is not None for row in view.rows)
    if len(named) + teeth < 2 or len(named) > _MOST_NAMED:
        return ""
    entries = "".join(
        f'<span data-key="{k}"><i style="--tone:{tone(k)}"></i>{escape(row.name)}</span>' for k, row in named
    )
    return f'<p class="legend">{entries}</p>'
