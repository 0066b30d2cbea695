"""predict.py killed, run twice at a time, and with pictures that go away, through the real command."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faulty import ROOT, Capture, refused, write_picture

from dentalx import cli
from dentalx.journal import NAME, Journal

pytestmark = pytest.mark.usefixtures("loaded_once")


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != NAME]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_killed_in_the_middle_and_gone_on(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    """kill -9 leaves nothing half-written under a result's name; the end is that of a run that nobody killed."""
    pictures, output = tmp_path / "in", tmp_path / "out"
    for number in range(24):
        write_picture(pictures / f"{number:02}.png", 64, 128)
    (output / "masks").mkdir(parents=True)
    (output / "masks" / ".part1.a.png").write_bytes(b"left by an earlier kill")
    words = ["--run", str(tiny_run), "--input", str(pictures), "--output"]
    command = [sys.executable, "predict.py", *words, str(output)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list((output / "masks").glob("[!.]*"))) < 4:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    done = (output / NAME).read_bytes().count(b"\n")
    assert 2 <= done < 24
    assert cli.run("predict", [*words, str(tmp_path / "whole")]) == 0
    whole = contents(tmp_path / "whole")
    left = {name: data for name, data in contents(output).items() if ".part" not in name}
    assert {name: whole[name] for name in left if name.endswith(".png")} == {
        name: data for name, data in left.items() if name.endswith(".png")
    }
    capfd.readouterr()
    assert cli.run("predict", [*words, str(output), "--resume"]) == 0
    said = capfd.readouterr().out
    assert f"going on in {output}" in said
    assert f", {done} of them before" in said
    assert contents(output) == whole


def test_two_at_a_time(capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    with Journal(output):
        for more in ((), ("--resume",)):
            line = refused(capfd, "predict", "--run", tiny_run, "--input", data / "images", "--output", output, *more)
            assert f"another command is writing to {output}; wait until it ends, or choose another" in line


def test_results_would_lie_over_the_pictures(capfd: Capture, data: Path, tiny_run: Path) -> None:
    line = refused(capfd, "predict", "--run", tiny_run, "--input", data / "masks", "--output", data)
    assert f"--input {data / 'masks'} lies in {data / 'masks'}, where results go; choose another --output" in line


def test_earlier_results_are_told(capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path) -> None:
    words = ["--run", str(tiny_run), "--input", str(data / "images"), "--output", str(tmp_path / "out")]
    assert cli.run("predict", words) == 0
    assert "earlier results" not in capfd.readouterr().out
    assert cli.run("predict", words) == 0
    assert "holds earlier results, which are replaced; --resume keeps those that are whole" in capfd.readouterr().out


def test_a_picture_goes_away_before_it_is_read(
    capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed as failed with its reason, and made when it is back."""
    from dentalx.datasets import images

    found, gone = images.find_pictures(data / "images"), data / "images" / "p3.png"
    monkeypatch.setattr(images, "find_pictures", lambda path, output: found)
    kept = gone.read_bytes()
    gone.unlink()
    words = ["--run", str(tiny_run), "--input", str(data / "images"), "--output", str(tmp_path / "out")]
    assert cli.run("predict", words) == 1
    assert f"WARNING: cannot read {gone}: No such file" in capfd.readouterr().err
    gone.write_bytes(kept)
    assert cli.run("predict", [*words, "--resume"]) == 0
    assert ", 5 of them before" in capfd.readouterr().out
