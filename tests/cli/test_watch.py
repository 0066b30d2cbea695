"""A folder that fills: whole pictures are predicted as they come, until Ctrl-C."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx.cli.watch import watch
from dentalx.errors import InputError


@dataclass
class Row:
    file: str
    status: str = "ok"
    reason: str = ""


def write(path: Path) -> bytes:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    return path.read_bytes()


def test_pictures_are_taken_when_they_are_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that grows between two looks waits; Ctrl-C ends it with what was done."""
    whole = write(tmp_path / "a.png")
    rounds: list[list[str]] = []
    looks = 0

    def work(pictures: list[Path], show: object) -> list[Row]:
        rounds.append([path.name for path in pictures])
        for done, path in enumerate(pictures, start=1):
            show(done, Row(str(path)))  # type: ignore[operator]
        if len(rounds) == 1:
            (tmp_path / "b.png").write_bytes(whole[:20])
        if len(rounds) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return []

    def grow(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks < 6 and (tmp_path / "b.png").exists():
            (tmp_path / "b.png").write_bytes(whole[: 20 + looks])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dentalx.cli.watch.time.sleep", grow)
        assert watch(tmp_path, tmp_path / "out", work, 0.01) == 0  # type: ignore[arg-type]
    assert rounds == [["a.png"], ["a.png", "b.png"]]
    assert looks >= 6
    said = capfd.readouterr().out
    assert said.count(f"{tmp_path / 'a.png'}: done") == 1
    assert "ended: 2 of 2 pictures done" in said


def test_a_failed_picture_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.png")
    rounds = 0

    def work(pictures: list[Path], show: object) -> list[Row]:
        nonlocal rounds
        rounds += 1
        show(1, Row(str(pictures[0]), "failed", "a.png is broken"))  # type: ignore[operator]
        if rounds == 2:
            raise KeyboardInterrupt
        write(tmp_path / "b.png")
        return []

    assert watch(tmp_path, tmp_path / "out", work, 0.01) == 1  # type: ignore[arg-type]
    assert capfd.readouterr().err.count("a.png is broken") == 1


def test_what_is_no_folder_is_not_watched(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder not found"):
        watch(tmp_path / "nowhere", tmp_path / "out", lambda pictures, show: [])
