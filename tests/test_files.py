"""Files are whole or absent."""

import errno
import os
import stat
import zipfile
from pathlib import Path

import pytest

from dentalx.datasets.public.unpack import unpack
from dentalx.datasets.writers.staging import Stage
from dentalx.errors import InputError
from dentalx.files import (
    file_digest,
    file_stamp,
    open_regular,
    parsed_line,
    read_json,
    read_text,
    replacing,
    sweep,
    temporary_name,
    write_json,
    write_text,
)
from dentalx.journal import Journal
from dentalx.scoring.unfinished import Unfinished


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_keeps_every_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "x.weights.h5") as temporary:
        assert temporary.name.endswith(".weights.h5")
        assert temporary.parent == tmp_path
        temporary.touch()
    assert (tmp_path / "x.weights.h5").exists()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_private_file_is_its_owners_alone_from_its_creation(tmp_path: Path, umask: int) -> None:
    path, before = tmp_path / "names.csv", os.umask(umask)
    try:
        (tmp_path / f".part{os.getpid()}.names.csv").symlink_to(tmp_path / "planted")
        path.write_text("older, and readable")
        with replacing(path, private=True) as temporary:
            assert stat.S_IMODE(temporary.lstat().st_mode) == 0o600 and temporary.stat().st_size == 0
            temporary.write_text("names")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_text() == "names"
    assert not (tmp_path / "planted").exists()


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    def fill() -> None:
        with replacing(tmp_path / "a.bin"):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"cannot write .*a\.bin: No space left on device; check .* free space"):
        fill()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_text(tmp_path / "file" / "below.txt", "x")


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "a.json", {"dice": float("nan")})
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\x00"])
def test_what_is_no_json_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json is not valid JSON"):
        read_json(tmp_path / "a.json")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1, 2, 3]")
    with pytest.raises(InputError, match="larger than 4 bytes"):
        read_json(tmp_path / "a.json", limit=4)


def test_only_what_a_killed_program_left_is_swept(tmp_path: Path) -> None:
    kept = [tmp_path / ".part.png", tmp_path / "a.part12.png", tmp_path / "below" / "b.png"]
    swept = [tmp_path / ".part12.a.png", tmp_path / "below" / ".part7.b.json"]
    (tmp_path / "below").mkdir()
    for path in kept + swept:
        path.write_bytes(b"")
    sweep(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    sweep(tmp_path / "nowhere")


@pytest.mark.parametrize("line", [b"", b"{", b"[" * 100_000, b"\xff", b"3", b'["a"]'])
def test_a_line_that_is_no_json_object_says_nothing(line: bytes) -> None:
    assert parsed_line(line) is None


def test_a_line_of_json_is_an_object() -> None:
    assert parsed_line(b'{"name": "a", "kept": {"n": 1}}\n') == {"name": "a", "kept": {"n": 1}}


def test_a_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")  # as FIPS 180-4 and RFC 1321 have it
    assert file_digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(tmp_path / "a", "md5") == "900150983cd24fb0d6963f7d28e17f72"
    with pytest.raises(InputError, match=r"cannot read .*b: No such file or directory; check permissions"):
        file_digest(tmp_path / "b")


def test_a_stamp_tells_that_a_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert file_stamp(path) is None
    path.write_bytes(b"abc")
    os.utime(path, ns=(5, 7))
    assert file_stamp(path) == (3, 7)


def test_a_planted_link_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary names cannot be guessed; files that a later command goes on with are no links."""
    names = {temporary_name(tmp_path / "last.weights.h5").name for _ in range(9)}
    assert len(names) == 9
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("journal.jsonl", "unfinished.jsonl"):
        (tmp_path / name).symlink_to(victim)
    with pytest.raises(InputError, match="cannot write"):
        Journal(tmp_path)
    with pytest.raises(InputError, match="cannot write"):
        Unfinished(tmp_path / "unfinished.jsonl", 1, False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link to another folder"):
        Stage(tmp_path / "data", {})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("mine")
    (tmp_path / ".part.new").symlink_to(tmp_path / "full")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.txt", "x")
    unpack(tmp_path / "a.zip", tmp_path / "new")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["kept"]
    assert (tmp_path / "new" / "x.txt").read_text() == "x"
    assert victim.read_text() == "mine"


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "journal.jsonl"
    os.mkfifo(pipe)
    for use in (lambda: file_digest(pipe), lambda: read_json(pipe), lambda: read_text(pipe), lambda: Journal(tmp_path)):
        with pytest.raises(InputError, match="journal"):
            use()
    with pytest.raises(InputError, match="is a folder, a device or a pipe"):
        open_regular(tmp_path)
