"""One file, whatever it is and whatever it makes a decoder raise, never ends a batch."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dentalx.deidentify
from dentalx.cli import main
from dentalx.deidentify.table import Row, read_table

STAGES = ("file_digest", "suffix_of", "find_text", "read_grey", "coded_name", "write_bare", "looks_like_dicom")
RAISED = (
    ValueError("Doe"),
    KeyError("Doe"),
    RecursionError("Doe"),
    MemoryError("Doe"),
    OSError(5, "Doe"),
    ZeroDivisionError(),
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "bad.png", "c.png"):
        Image.fromarray(np.full((30, 40), 90, np.uint8)).save(tmp_path / "in" / name)
    return tmp_path / "in"


def run(source: Path) -> tuple[int, dict[str, Row]]:
    words = ["--input", source, "--output", source.parent / "out", "--salt", source.parent / "salt"]
    code = main(["deidentify", *map(str, words)])
    return code, {Path(row.original).name: row for row in read_table(source.parent / "out-PRIVATE.csv")}


CASES = [(stage, RAISED[0]) for stage in STAGES] + [("write_bare", raised) for raised in RAISED[1:]]


@pytest.mark.parametrize(
    ("stage", "raised"), CASES, ids=lambda part: part if isinstance(part, str) else type(part).__name__
)
def test_an_exception_anywhere_is_one_failed_row(source, monkeypatch, capsys, stage, raised) -> None:
    whole = getattr(dentalx.deidentify, stage)
    calls = []

    def broken(*arguments: object) -> object:
        calls.append(arguments)
        path = arguments[0]
        if len(calls) == 2 or (isinstance(path, Path) and path.name == "bad.png"):
            raise raised
        return whole(*arguments)

    monkeypatch.setattr(dentalx.deidentify, stage, broken)
    code, rows = run(source)
    assert code == 1
    assert {name: row.status for name, row in rows.items()} == {"a.png": "ok", "bad.png": "failed", "c.png": "ok"}
    assert "bad.png" in rows["bad.png"].reason
    said = "".join(capsys.readouterr())
    assert "bad.png" in said and "Traceback" not in said
    assert isinstance(raised, OSError) or "Doe" not in said  # an exception's text may quote the file


def test_broken_files_of_every_kind_are_listed_and_the_rest_is_done(source) -> None:
    heads = {
        "p.png": b"\x89PNG\r\n\x1a\n",
        "j.jpg": b"\xff\xd8\xff\xe0",
        "t.tif": b"II*\0\x08\0\0\0",
        "d.dcm": bytes(128) + b"DICM",
    }
    for name, head in heads.items():
        (source / name).write_bytes(head + b"\1\2\3" * 50)
    code, rows = run(source)
    assert code == 1
    assert {row.status for name, row in rows.items() if name in heads} == {"failed"}
    assert all(rows[name].status == "ok" for name in ("a.png", "bad.png", "c.png"))
    for row in rows.values():
        assert "remove" not in row.reason and "delete" not in row.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_a_failed_row(source) -> None:
    (source / "shut").mkdir(mode=0o000)
    code, rows = run(source)
    (source / "shut").chmod(0o700)
    assert code == 1 and "cannot list" in rows["shut"].reason and rows["c.png"].status == "ok"


def test_a_folder_that_cannot_be_listed_is_a_failed_row(source, monkeypatch) -> None:
    (source / "shut").mkdir()
    whole = Path.iterdir

    def listed(path: Path) -> object:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(Path, "iterdir", listed)
    code, rows = run(source)
    assert code == 1 and "cannot list" in rows["shut"].reason and rows["c.png"].status == "ok"
