"""Where figures are drawn, and the one place that imports matplotlib; no pyplot, so no global state.

A figure is a function that draws into whatever figure it is given; here it becomes a PNG for slides, or SVG that takes
its colours and letters from the page around it.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx import DISCLAIMER
from dentalx.files import replacing

Drawing = Callable[[Any], None]  # takes a matplotlib figure

DPI = 200
ACCENT, SECOND, GOOD, BAND = "#0072b2", "#d55e00", "#00805f", "#d7e8f3"
INK, QUIET, EDGE, GRID, PAPER = "#1b1e21", "#5f666d", "#c3c8cc", "#e6e8ea", "#ffffff"
_NAMES = {
    ACCENT: "accent", SECOND: "second", GOOD: "good", BAND: "band", INK: "ink", QUIET: "quiet", EDGE: "edge",
    GRID: "grid", PAPER: "card", "#000000": "ink",
}  # fmt: skip
_STYLE = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "axes.edgecolor": EDGE,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 11,
    "legend.frameon": False,
    "text.parse_math": False,
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Chart:
    """A figure that can be drawn.

    Attributes:
        name: of its file, without the ending.
        title: what it shows.
        caption: how it is read.
        size: (width, height) in inches.
        draw: draws it.
        wide: whether it needs a page's whole width.
    """

    name: str
    title: str
    caption: str
    size: tuple[float, float]
    draw: Drawing
    wide: bool = False


def png(path: Path, chart: Chart, note: str = DISCLAIMER) -> None:
    """Write a chart, its title and a note below it as a PNG for slides.

    Raises:
        InputError: no permission or no space.
    """
    with _figure(chart.size) as figure:
        chart.draw(figure)
        if chart.title:
            figure.suptitle(chart.title, x=0.01, ha="left", fontsize=12, weight="bold")
        if note:
            figure.supxlabel(_folded(note, chart.size[0]), fontsize=7, color=QUIET, x=0.995, ha="right")
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png", metadata={"Software": None})


def svg(chart: Chart) -> str:
    """A chart as an element that stands in a page of HTML: no address, no name that another figure has too."""
    with _figure(chart.size, svg_salt=chart.name) as figure:
        figure.patch.set_visible(False)
        chart.draw(figure)
        for axes in figure.axes:
            axes.patch.set_visible(False)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _for_page(written.getvalue(), chart)


@contextmanager
def _figure(size: tuple[float, float], svg_salt: str = "") -> Iterator[Any]:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE | {"svg.hashsalt": svg_salt}):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        yield figure


def _for_page(written: str, chart: Chart) -> str:
    """Only the element, with the page's colours; identifiers that nothing refers to are taken out."""
    from xml.sax.saxutils import quoteattr

    body = re.sub(r"<metadata>.*?</metadata>", "", written[written.index("<svg") :], flags=re.DOTALL)
    opening, _, inner = body.partition(">")
    box = re.search(r'viewBox="[^"]*"', opening)
    inner = inner.replace("xlink:href", "href")
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', inner))
    inner = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", inner)
    for colour, name in _NAMES.items():
        inner = inner.replace(colour, f"var(--{name})")
    inner = re.sub(r"<!--.*?-->", "", inner, flags=re.DOTALL)
    inner = re.sub(r"\s*\n\s*", "\n", inner)
    return f'<svg {box[0] if box else ""} role="img" aria-label={quoteattr(chart.title)}>{inner.rstrip()}'


def _folded(note: str, inches: float) -> str:
    """In lines that fit below a figure, in letters of 7 points."""
    import textwrap

    return "\n".join(textwrap.wrap(note, max(20, int(inches * 19))))


def whole_numbers(axes: Any, first: float, last: float) -> None:
    """An x axis from `first` to `last` with a tick at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(first - 0.5, last + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10 if last < 1000 else 6, integer=True, min_n_ticks=1))


def distance_axis(axes: Any, least: float) -> None:
    """An x axis of pixels by orders of magnitude, from 0 where the least distance is not above 1."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log" if least > 1 else "symlog", **({} if least > 1 else {"linthresh": 1}))
    if least > 1:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(left=least / 1.2 if least > 1 else 0)


def shortened(name: str, most: int = 26) -> str:
    """A name in at most so many letters, on one line; letters that no file can hold are replaced.

    >>> shortened("a very long name of a class indeed", 12)
    'a very long…'
    """
    line = " ".join(name.encode("utf-8", "replace").decode("utf-8").split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
