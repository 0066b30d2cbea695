"""Names and other text from outside, made safe for a line on a terminal and for a cell of a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

_JOINERS = "\u200c\u200d"  # belong to words of several scripts, and move nothing
# Control characters, marks of format (direction of writing, invisible ones), half characters, line ends.
_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# What spreadsheets take for the beginning of a formula, wide forms included; after quotes it was escaped by `cell`.
_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
_DELIMITERS = ",;\t"  # of equal counts the first is taken
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_LINE_END = "\r\n"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.ASCII)


def visible(text: str) -> str:
    """Return `text` with escapes for all that a terminal obeys instead of showing it, so that it stays one line.

    These are control characters, marks that change the direction of writing or show nothing, and halves of
    characters (https://www.unicode.org/reports/tr36/, section 3).

    >>> visible("a\\x1b[31m.png"), visible("x\\u202egnp.exe"), visible("two\\nlines"), visible("Zahnärztin 2\\xa0a")
    ('a\\\\x1b[31m.png', 'x\\\\u202egnp.exe', 'two\\\\nlines', 'Zahnärztin 2\\xa0a')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _UNSHOWN and c not in _JOINERS else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class _Writer(Protocol):
    """What csv.writer returns."""

    def writerow(self, row: Iterable[Any], /) -> Any: ...


class _UnixLines:
    """A file that gets the lines of csv.writer, which quotes both characters of its own line end, with another one."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, line: str) -> None:
        self._file.write(line.removesuffix(_LINE_END) + "\n")


class TableWriter:
    """Writes CSV with commas and Unix line ends; text that a spreadsheet would run as a formula becomes plain text.

    Args:
        file: open for writing text, with newline="" where it is a file.
    """

    def __init__(self, file: Any) -> None:
        self._writer: _Writer = csv.writer(_UnixLines(file), lineterminator=_LINE_END)

    def writerow(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self._writer.writerow([cell(value) for value in row])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write several rows."""
        for row in rows:
            self.writerow(row)


def cell(value: Any) -> Any:
    """Return a value as a cell of a table; a quote comes before text that looks like a formula. `uncell` removes it.

    https://owasp.org/www-community/attacks/CSV_Injection

    >>> cell("=1+1"), cell("-0.25"), cell(-0.25), cell("@SUM(A1)"), cell("'=1+1"), cell("'s Hertogenbosch")
    ("'=1+1", '-0.25', -0.25, "'@SUM(A1)", "''=1+1", "'s Hertogenbosch")
    """
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def uncell(text: str) -> str:
    """Return what `cell` made a cell of.

    >>> uncell("'=1+1"), uncell("''=1+1"), uncell("=1+1"), uncell("'s Hertogenbosch")
    ('=1+1', "'=1+1", '=1+1', "'s Hertogenbosch")
    """
    return text[1:] if text.startswith("'") and _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text.lstrip("'"))


def table_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as the text of a CSV file.

    >>> table_text([["file", "area"], ["=a.png", 3]])
    "file,area\\n'=a.png,3\\n"
    """
    text = io.StringIO(newline="")
    TableWriter(text).writerows(rows)
    return text.getvalue()


def table_rows(text: str, **dialect: Any) -> Iterator[list[str]]:
    """Yield the rows of a CSV file that `TableWriter` or another program wrote.

    Args:
        text: of the file, with its own line ends: those within a cell count.
        dialect: as csv.reader takes it.

    Cells end at commas, or at semicolons or tabs where the first line has more of these: spreadsheets write them where
    the comma is the decimal mark. A first line such as "sep=;" says so and is no row.

    Raises:
        csv.Error: it is no CSV.

    >>> list(table_rows("sep=;\\na;b\\n1,5;2\\n"))
    [['a', 'b'], ['1,5', '2']]
    """
    named = _SEPARATOR.match(text)
    text = text[named.end() :] if named else text
    dialect = {"delimiter": named[1] if named else _delimiter(text), **dialect}
    for row in csv.reader(io.StringIO(text, newline=""), **dialect):
        yield [uncell(value) for value in row]


def _delimiter(text: str) -> str:
    """The character that ends cells, by the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)


def table_records(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """Return the column names, and each row by column name; missing cells are empty, surplus ones are left out.

    Raises:
        csv.Error: it is no CSV.

    >>> table_records("file,area\\n'=a.png\\n")
    (['file', 'area'], [{'file': '=a.png', 'area': ''}])
    """
    head, *rows = [row for row in table_rows(text) if row] or [[]]
    head = [name.strip() for name in head]
    return head, [dict(zip(head, [*row, *[""] * (len(head) - len(row))], strict=False)) for row in rows]


TableError = csv.Error
