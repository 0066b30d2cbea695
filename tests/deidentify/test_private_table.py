"""The private table leads nowhere but into the output folder, and links lead nothing out of it."""

import csv
import os
import stat
from pathlib import Path

import pytest
from PIL import Image

from dentalx.cli import main
from dentalx.deidentify.table import Row, read_table, write_table
from dentalx.errors import InputError

CODE = "0123456789abcdef"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in" / "images").mkdir(parents=True)
    Image.new("L", (30, 20), 90).save(tmp_path / "in" / "images" / "Doe.png")
    return tmp_path / "in"


def run(source: Path, *words: str) -> int:
    salt, output = source.parent / "salt", source.parent / "out"
    return main(["deidentify", "--input", str(source), "--output", str(output), "--salt", str(salt), *words])


OUTSIDE = (
    "../victim.png",
    "/etc/victim.png",
    f"images/../../{CODE}.png",
    f"{CODE}/./{CODE}.png",
    "victim.png",
    f"images\\..\\{CODE}.png",
    f"C:/{CODE}.png",
    f"{CODE}.png/",
    f"{CODE}.png\n",
    f"{CODE}.py",
)


@pytest.mark.parametrize("output", OUTSIDE)
def test_a_table_that_names_a_file_elsewhere_is_refused_and_nothing_is_removed(source, capsys, output) -> None:
    victim = source.parent / "victim.png"
    victim.write_text("mine")
    original = (source / "images" / "Doe.png").resolve().as_posix()
    write_table(source.parent / "out-PRIVATE.csv", [Row(output, original, "0" * 64, "cover", "ok")])
    assert run(source) == 2
    said = capsys.readouterr().err
    assert "row 1" in said and "--table" in said and "victim" not in said
    assert victim.read_text() == "mine" and not (source.parent / "out").exists()


def test_an_output_of_another_mode_is_removed_within_the_folder_alone(source) -> None:
    original = (source / "images" / "Doe.png").resolve().as_posix()
    write_table(source.parent / "out-PRIVATE.csv", [Row(f"images/{CODE}.png", original, "0" * 64, "cover", "ok")])
    (source.parent / "elsewhere").mkdir()
    victim = source.parent / "elsewhere" / f"{CODE}.png"
    victim.write_text("mine")
    (source.parent / "out").mkdir()
    (source.parent / "out" / "images").symlink_to(victim.parent)
    assert run(source) == 1  # a link leads out of the output: nothing is written or removed there
    assert [path.name for path in victim.parent.iterdir()] == [victim.name]
    assert "a link in" in read_table(source.parent / "out-PRIVATE.csv")[0].reason


def test_a_link_in_the_tables_place_is_replaced_and_not_written_through(source) -> None:
    victim = source.parent / "victim"
    (source.parent / "out-PRIVATE.csv").symlink_to(victim)
    assert run(source) == 0
    assert not victim.exists() and not (source.parent / "out-PRIVATE.csv").is_symlink()


def test_a_pipe_in_the_tables_place_blocks_nobody(source, capsys) -> None:
    os.mkfifo(source.parent / "out-PRIVATE.csv")
    assert run(source) == 2
    assert "out-PRIVATE.csv" in capsys.readouterr().err


def test_the_table_is_its_owners_alone_whatever_the_umask_and_what_was_there(source) -> None:
    table, before = source.parent / "out-PRIVATE.csv", os.umask(0)
    try:
        write_table(table, [])
        table.chmod(0o666)
        assert run(source) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(table.stat().st_mode) == 0o600
    with table.open(newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["ok"]


def test_a_copy_in_a_format_of_an_earlier_version_is_made_again(source) -> None:
    path = source / "images" / "Doe.png"
    Image.open(path).save(path.with_suffix(".jpg"))
    path.unlink()
    assert run(source) == 0
    table = source.parent / "out-PRIVATE.csv"
    (row,) = read_table(table)
    old = source.parent / "out" / "images" / f"{CODE}.jpg"
    old.write_bytes(b"\xff\xd8\xff and a name after the end")
    write_table(table, [Row(f"images/{CODE}.jpg", row.original, row.sha256, row.mode, "ok")])
    assert run(source) == 0
    assert not old.exists() and read_table(table)[0].output == row.output


def test_a_copy_of_earlier_rules_is_made_again(source) -> None:
    assert run(source) == 0
    table = source.parent / "out-PRIVATE.csv"
    (row,) = read_table(table)
    copy = source.parent / "out" / row.output
    good = copy.read_bytes()
    copy.write_bytes(good + b"a name after the end")
    assert run(source) == 0 and copy.read_bytes() != good  # believed, since it is in the table
    lines = [line.rpartition(",")[0] for line in table.read_text().splitlines()]  # as earlier versions wrote it
    table.write_text("\n".join(lines) + "\n")
    assert run(source) == 0 and copy.read_bytes() == good


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for number, content in enumerate((b"not,ours\n1,2\n", b"", b"\xff\xfe\0")):
        (tmp_path / f"{number}.csv").write_bytes(content)
        with pytest.raises(InputError, match="--table"):
            read_table(tmp_path / f"{number}.csv")
