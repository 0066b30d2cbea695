"""Blocks as Markdown, for a reader of files and of repositories."""

import re

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
    Strong,
    Table,
    Text,
    Tiles,
)


def markdown(page: Page) -> str:
    """The page as Markdown; figures are links to the files beside it."""
    parts = [f"# {plain(page.title)}", plain(page.subtitle), f"> {DISCLAIMER}"]
    for section in page.sections:
        blocks = [_block(block) for block in section.blocks]
        parts += [f"## {plain(section.title)}", *blocks] if section.title else blocks
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(words: str) -> str:
    """Words from outside that cannot break a line, a table or a link.

    >>> plain("a | b\\n# c <i> [x](y)")
    'a \\\\| b # c &lt;i> [x]\\\\(y)'
    """
    line = " ".join(_written(words).split())
    line = re.sub(r"([\\|`*])", r"\\\1", line).replace("<", "&lt;")
    line = line.replace("](", "]\\(").replace("]:", "]\\:").replace("][", "]\\[")
    return re.sub(r"^([#>+=~-])", r"\\\1", line)


def _written(words: str) -> str:
    """Words that can be written as UTF-8, which not all names on a disk are."""
    return words.encode("utf-8", "backslashreplace").decode("utf-8")


def _block(block: Block) -> str:
    match block:
        case Text(parts, kind):
            return f"> **Mind:** {_line(parts)}" if kind == "warning" else _line(parts)
        case Bullets(items):
            return "\n".join(f"- {_line(item)}" for item in items)
        case Facts(rows):
            lines = [f"| {plain(name)} | {plain(value)} |" for name, value in rows]
            return "\n".join(["| | |", "|---|---|", *lines])
        case Tiles():
            return ""  # the same numbers stand in the table of scores
        case Table(head, rows, words):
            aligned = ["---", *["---" if words else "---:"] * (len(head) - 1)]
            return "\n".join([_row(head), "| " + " | ".join(aligned) + " |", *map(_row, rows)])
        case Figure(file, title, caption):
            return f"![{plain(title)}]({file})" + (f"\n\n{plain(caption)}" if caption else "")
        case Gallery(file):
            return f"![Worst, middle and best pictures]({file})"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(plain(cell) for cell in cells) + " |"


def _line(parts: Line) -> str:
    return "".join(_inline(part, first=not i) for i, part in enumerate(parts))


def _inline(part: Inline, first: bool) -> str:
    match part:
        case Strong(words):
            return f"**{plain(words)}**"
        case Code(words):
            kept = " ".join(_written(words).replace("`", "'").split())
            return f"`{kept}`"
        case Link(words, target):
            return f"[{plain(words)}]({target})"
        case str(words):
            said = (plain(words) if first else plain(f".{words.lstrip()}")[1:]).strip()
            before, after = words[:1].isspace(), words[-1:].isspace()
            return f"{' ' * before}{said}{' ' * after}" if said else " "
