"""The server's own folder: private, gone at the end, and swept by the next server where a server was killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from dentalx.web.folders import LOCK, PREFIX, private_folder, sweep_killed

RUNS = """
import sys
from dentalx.web.folders import private_folder
with private_folder() as folder:
    (folder / "image-of-a-patient").write_bytes(b"x")
    sys.stdout.write(f"{folder}\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_folder_is_private_and_goes() -> None:
    with private_folder() as folder:
        (folder / "left").write_bytes(b"x")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_what_a_killed_server_left_goes_and_a_running_ones_stays() -> None:
    root = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-c", RUNS]
    with subprocess.Popen(words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        left = Path(server.stdout.readline().strip())
        with private_folder() as other:
            assert left.exists() and other.exists()
        server.send_signal(signal.SIGKILL)
        server.wait(10)
    assert (left / "image-of-a-patient").exists()
    with private_folder() as next_one:
        assert not left.exists()
        with private_folder():
            assert next_one.exists()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / LOCK).touch()
    (tmp_path / f"{PREFIX}link").symlink_to(mine)
    (tmp_path / f"{PREFIX}file").touch()
    starting, old, piped = (tmp_path / f"{PREFIX}{name}" for name in ("starting", "old", "piped"))
    for folder in (starting, old, piped):
        folder.mkdir()
    os.mkfifo(piped / LOCK)
    (old / "link").symlink_to(mine)
    before = time.time() - 1000
    os.utime(old, (before, before))
    sweep_killed(tmp_path)
    assert starting.exists() and (mine / LOCK).exists()
    assert (tmp_path / f"{PREFIX}link").is_symlink() and (tmp_path / f"{PREFIX}file").exists()
    assert not old.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_stays(tmp_path: Path) -> None:
    theirs = tmp_path / f"{PREFIX}theirs"
    theirs.mkdir()
    (theirs / LOCK).touch()
    os.chown(theirs, 12345, 12345)
    sweep_killed(tmp_path)
    assert (theirs / LOCK).exists()
