"""Standard output and error that are closed, full, broken, or of few characters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAYS = "from dentalx.cli import console, streams; streams.protect(); console.say('diş \\x1b[31m', ':tooth: two'); "
SAYS += "console.warn('ş\\nerror: none'); raise SystemExit(streams.exit_code(0))"


def run(words: list[str], shell: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python program with its streams as the shell says."""
    line = f'exec "$0" "$@" {shell}'
    environment = {**os.environ, "PYTHONUTF8": "0", **environment}
    command = ["bash", "-c", line, sys.executable, *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("encoding", "unbuffered"), [("cp1252", ""), ("ascii", "1")])
def test_characters_that_the_encoding_lacks_become_escapes(encoding: str, unbuffered: str) -> None:
    ended = run(["-c", SAYS], PYTHONIOENCODING=encoding, PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stdout) == (0, "di\\u015f \\x1b[31m\n:tooth: two\n")
    assert ended.stderr == "WARNING: \\u015f\\nerror: none\n"


@pytest.mark.parametrize(
    ("shell", "code", "complaint"),
    [
        (">&-", 0, ""),
        (">&- 2>&- <&-", 0, ""),
        (">/dev/full", 1, "error: cannot write to standard output: No space left on device"),
        (">/dev/full 2>/dev/full", 1, ""),
        ("| true", 0, ""),
    ],
)
def test_streams_that_take_nothing(shell: str, code: int, complaint: str) -> None:
    ended = run(["-c", SAYS], shell)
    assert ended.returncode == code
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize("words", [["--version"], ["phantoms", "--help"]])
def test_what_is_only_said_and_cannot_be_written_is_a_failure(words: list[str]) -> None:
    ended = run(["-m", "dentalx", *words], ">/dev/full")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


def test_a_wrong_command_keeps_its_code_where_nobody_listens() -> None:
    for shell in ("2>/dev/full", ">&- 2>&-"):
        assert run(["-m", "dentalx", "what"], shell).returncode == 2


def test_a_file_never_gets_the_number_of_a_closed_stream() -> None:
    """A library that writes to descriptor 1 would write into it."""
    program = "import os; from dentalx.cli import streams; streams.protect(); raise SystemExit(os.dup(0) < 3)"
    assert run(["-c", program], ">&- 2>&- <&-").returncode == 0


def test_an_error_stays_one_line_whatever_is_named() -> None:
    ended = run(["-m", "dentalx", "a\x1b[2Jb\nerror: forged\u202e"])
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "a\\x1b[2Jb\\nerror: forged\\u202e" in ended.stderr
