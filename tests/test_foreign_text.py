"""Names from outside in tables: a spreadsheet runs none of them, and reading gives them back."""

import csv
import io
from pathlib import Path

import pytest

from dentalx.datasets.splits import patients_of, read_splits, write_splits
from dentalx.datasets.splits_table import split_rows
from dentalx.deidentify import Row as PrivateRow
from dentalx.deidentify import read_table as read_private
from dentalx.deidentify import write_table as write_private
from dentalx.foreign_text import cell, table_records, table_rows, table_text, uncell, visible
from dentalx.inference.rows import Row, write_table
from dentalx.samples import Record
from dentalx.scoring.groups import _rows

FORMULAS = ["=1+1", "+cmd|' !A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''-x", "-", "="]
PLAIN = ["a.png", "'s Gravenhage", "-0.5", "+3", "1e-3", "-inf", "", "a=b", " =1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_become_text_and_come_back(text: str) -> None:
    assert cell(text) == "'" + text
    assert uncell(cell(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_and_numbers_stay(text: str) -> None:
    assert cell(text) == text
    assert uncell(text) == text


def test_a_table_gives_every_text_back() -> None:
    rows = [[text, "x"] for text in [*FORMULAS, *PLAIN, "a\rb", "a\nb", 'a"b', "a,b"]]
    text = table_text(rows)
    assert list(table_rows(text)) == rows
    first = [row[0] for row in csv.reader(io.StringIO(text, newline="")) if row[0]]
    assert [value for value in first if value[0] in "=+@\t\r\n＝" and value not in PLAIN] == []
    assert table_records("a,b\n1\n1,2,3\n\n")[1] == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]


def test_splits_and_strata_name_the_same_images_again(tmp_path: Path) -> None:
    records = [Record(text, f"+{text}", Path("x.png")) for text in FORMULAS[:6]]
    write_splits(tmp_path / "splits.csv", {"train": records[:3], "val": records[3:5], "test": records[5:]})
    found = read_splits(tmp_path / "splits.csv", records)
    assert {r.image_id for r in found["train"]} == set(FORMULAS[:3])
    assert patients_of(tmp_path / "splits.csv", FORMULAS) == {r.image_id: r.patient_id for r in records}
    assert {row["image_id"] for row in _rows(tmp_path / "splits.csv")} == set(FORMULAS[:6])


def test_private_table_and_predictions(tmp_path: Path) -> None:
    rows = [PrivateRow("", "=HYPERLINK(1)", "@x", "report", "not copied")]
    write_private(tmp_path / "private.csv", rows)
    assert read_private(tmp_path / "private.csv") == rows
    assert "'=HYPERLINK(1)" in (tmp_path / "private.csv").read_text()
    write_table(tmp_path / "predictions.csv", [Row("=a.png", "failed", "@b")], ["-c"])
    head, (row,) = table_records((tmp_path / "predictions.csv").read_text())
    assert (row["file"], row["reason"], head[2]) == ("=a.png", "@b", "-c_area_px")
    assert (tmp_path / "predictions.csv").read_text().startswith("file,status,'-c_area_px")


def test_what_terminals_obey_is_escaped() -> None:
    assert visible("\x1b]0;x\x07\x9b31m\u2066\u200f\u2028\udcff\x7f") == (
        r"\x1b]0;x\x07\x9b31m\u2066\u200f\u2028\udcff\x7f"
    )
    assert visible("می‌خواهم ö 歯 🦷") == "می‌خواهم ö 歯 🦷"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_spreadsheets(tmp_path, separator, encoding):
    """Semicolons and tabs for commas, byte order marks, blanks around cells."""
    path = tmp_path / "splits.csv"
    rows = [["image_id", " patient_id", "split"], ["a; b,c", "p1", " train"], ["é", "p2", "test"]]
    text = "\r\n".join(separator.join(f'"{cell}"' if cell[-1] == "c" else cell for cell in row) for row in rows)
    path.write_bytes(text.encode(encoding))
    assert split_rows(path) == [("a; b,c", "p1", "train"), ("é", "p2", "test")]


def test_a_line_that_names_the_separator():
    assert list(table_rows("sep=;\r\na,b;c\r\n")) == [["a,b", "c"]]
    assert list(table_rows('"a;b;c",d\n1,2\n')) == [["a;b;c", "d"], ["1", "2"]]
    assert list(table_rows("a\nb;c\n")) == [["a"], ["b;c"]]
