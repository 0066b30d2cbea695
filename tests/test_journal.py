"""What is done in a folder, and is believed only after a look."""

import errno
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dentalx.errors import InputError
from dentalx.journal import NAME, Journal, digest

KEPT = {"row": [1, "ü"]}


def filled(folder: Path, identity: str = "one") -> Path:
    """A folder with a picture `a` whose result is written and taken down; the picture."""
    picture = folder.parent / "a.png"
    picture.write_bytes(b"picture")
    with Journal(folder) as journal:
        journal.begin(identity, resume=True)
        (folder / "mask").write_bytes(b"mask")
        journal.add("a", digest(picture), ["mask"], KEPT)
    return picture


def found(folder: Path, picture: Path, identity: str = "one", name: str = "a") -> object:
    with Journal(folder) as journal:
        journal.begin(identity, resume=True)
        return journal.find(name, picture)


def test_what_is_whole_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    picture = filled(folder)
    assert found(folder, picture) == KEPT
    assert found(folder, picture, name="b") is None
    moved = picture.rename(tmp_path / "elsewhere.png")
    assert found(folder, moved) == KEPT


def test_nothing_is_believed(tmp_path: Path) -> None:
    """Another picture, another or no result, other settings: not done; the same again: done."""
    folder = tmp_path / "out"
    picture = filled(folder)
    picture.write_bytes(b"pictura")
    assert found(folder, picture) is None
    picture.unlink()
    assert found(folder, picture) is None
    picture.write_bytes(b"picture")
    (folder / "mask").write_bytes(b"mosk")
    assert found(folder, picture) is None
    (folder / "mask").unlink()
    assert found(folder, picture) is None
    (folder / "mask").write_bytes(b"mask")
    assert found(folder, picture, "another") is None
    assert found(folder, picture) == KEPT


def test_the_last_line_of_a_picture_counts(tmp_path: Path) -> None:
    """Results of other settings lie over the first ones, even where they happen to be equal."""
    folder = tmp_path / "out"
    picture = filled(folder)
    filled(folder, "another")
    assert found(folder, picture) is None
    assert found(folder, picture, "another") == KEPT


@pytest.mark.parametrize("torn", [b'{"name": "b", "sett', b"\xff\xfe\n", b'[1]\n{"name": 3}\n', b"{" * 5000 + b"\n"])
def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path, torn: bytes) -> None:
    folder = tmp_path / "out"
    picture = filled(folder)
    with (folder / NAME).open("ab") as file:
        file.write(torn)
    assert found(folder, picture) == KEPT
    filled(folder)
    assert found(folder, picture) == KEPT
    assert all(line.endswith(b"\n") for line in (folder / NAME).read_bytes().splitlines(keepends=True))


def test_a_result_outside_the_folder_is_not_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    picture = filled(folder)
    line = json.loads((folder / NAME).read_text())
    for outside in ("../a.png", str(picture)):
        line["results"] = {outside: digest(picture)}
        (folder / NAME).write_text(json.dumps(line) + "\n")
        assert found(folder, picture) is None


def test_anew_forgets(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    picture = filled(folder)
    with Journal(folder) as journal:
        assert journal.begin("one", resume=False)
        assert journal.find("a", picture) is None
    assert (folder / NAME).read_bytes() == b""


def test_one_at_a_time_and_none_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom dentalx.journal import Journal\n"
        "held = Journal(Path(sys.argv[1]))\nprint('held', flush=True)\ntime.sleep(60)\n"
    )
    folder = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=r"another command is writing to .*out; wait until it ends, or choose"):
            Journal(folder)
        other.kill()
    Journal(folder).close()


def test_threads_do_not_mix_lines(tmp_path: Path) -> None:
    folder, picture = tmp_path / "out", tmp_path / "a.png"
    picture.write_bytes(b"picture")
    with Journal(folder) as journal:
        journal.begin("one", resume=False)
        known = digest(picture)

        def work(start: int) -> None:
            for number in range(start, start + 50):
                journal.add(str(number), known, [], {"number": number})
                assert journal.find(str(number), picture) == {"number": number}

        threads = [threading.Thread(target=work, args=(start,)) for start in (0, 50, 100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [journal.find(str(number), picture) for number in range(150)] == [{"number": n} for n in range(150)]
        assert journal.skipped == 300
    assert found(folder, picture, name="149") == {"number": 149}


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(path: object, *args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "open", forbid)
    with pytest.raises(InputError, match=r"cannot write .*journal\.jsonl: Permission denied; check permissions"):
        Journal(tmp_path)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """And what was done before goes on to count."""
    folder = tmp_path / "out"
    picture = filled(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = (folder / NAME).read_bytes()
    with Journal(folder) as journal:
        journal.begin("one", resume=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
        try:
            with pytest.raises(InputError, match=r"cannot write .*journal\.jsonl: File too large"):
                journal.add("b", None, [], {"row": "x" * 200})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert journal.find("b", picture) is None
    assert (folder / NAME).read_bytes() == before
    assert found(folder, picture) == KEPT
