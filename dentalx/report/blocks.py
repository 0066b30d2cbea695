"""What a report says before it is a page: sections of text, tables and figures, which `web` and `markdown` write.

All text is plain: what is a letter for HTML or Markdown is made harmless where it is written.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True)
class Code:
    """A file's name, or a hash."""

    text: str


@dataclass(frozen=True)
class Link:
    """To a file beside the page."""

    text: str
    target: str


Inline = str | Strong | Code | Link
Line = tuple[Inline, ...]


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        parts: in their order.
        kind: "" for plain, "lead", "warning" or "quiet".
    """

    parts: Line
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Line, ...]


@dataclass(frozen=True)
class Facts:
    """Names with what is so called."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tiles:
    """Few numbers, large: name, number, and what stands below it."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows.

    Attributes:
        head: of each column.
        rows: as many cells each.
        words: whether the cells hold words rather than numbers.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure, as a file beside the page and as lines within it.

    Attributes:
        file: of the PNG.
        title: what it shows.
        caption: how it is read.
        svg: the same within a page of HTML.
        wide: whether it needs a whole row.
    """

    file: str
    title: str
    caption: str
    svg: str
    wide: bool = False


@dataclass(frozen=True)
class View:
    """A radiograph with outlines, within a page of HTML.

    Attributes:
        group: "worst", "median", "best", or "only" where there is but one.
        label: what stands for its name.
        score: its Dice, written.
        data: the picture as a `data:` address.
        size: its (width, height) in pixels.
        truth, prediction: paths of SVG in those pixels; empty where lines would be too many.
        note: what was done to it.
    """

    group: str
    label: str
    score: str
    data: str
    size: tuple[int, int]
    truth: str
    prediction: str
    note: str


@dataclass(frozen=True)
class Gallery:
    """Pictures to look at.

    Attributes:
        file: the PNG of them for slides.
        views: the same for a page of HTML.
        lines: what the outlines of truth and of the prediction are called.
    """

    file: str
    views: tuple[View, ...]
    lines: tuple[str, str] = ("truth", "prediction")


Block = Text | Bullets | Facts | Tiles | Table | Figure | Gallery


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        title: its heading.
        blocks: what it says.
        folded: whether a page of HTML shows it only when asked.
    """

    title: str
    blocks: tuple[Block, ...]
    folded: bool = False


@dataclass(frozen=True)
class Page:
    """A whole page."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def text(*parts: Inline, kind: str = "") -> Text:
    """A paragraph of these parts."""
    return Text(parts, kind)
