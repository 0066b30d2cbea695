"""The command `serve`: what it refuses, and where its password comes from."""

import os
import socket
import sys
import time
from pathlib import Path

import pytest
from web_models import Bright, shelf

from dentalx import cli
from dentalx.cli.serve import VARIABLE, password
from dentalx.cli.serve_command import Serve
from dentalx.errors import InputError
from dentalx.web.server import Place, address, application, listen, sweep


@pytest.fixture(autouse=True)
def no_password_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "--host 0.0.0.0 lets other machines in, which needs a password"),
        (["--host", "::"], "needs a password"),
        (["--password", "short"], "the password has fewer than 8 letters"),
        (["--password", "long enough", "--ask-password"], "a password is given in two ways"),
        (["--password-file", "nowhere.txt"], "cannot read the password from nowhere.txt: No such file"),
        (["--run", "nowhere"], "run folder not found: nowhere"),
        (["--prot", "1"], "did you mean --port?"),
    ],
)
def test_what_is_refused_in_one_line(capfd: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert cli.run("serve", words) == 2
    said = capfd.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_where_the_password_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert password(Serve()) is None
    monkeypatch.setenv(VARIABLE, "from around")
    assert password(Serve()) == "from around"
    file = tmp_path / "password.txt"
    file.write_text("from a file\r\nand more\n")
    assert password(Serve(password_file=file)) == "from a file"
    assert password(Serve(password="typed")) == "typed"
    monkeypatch.setattr("getpass.getpass", lambda words: "asked for")
    assert password(Serve(ask_password=True)) == "asked for"
    file.write_text("\n")
    with pytest.raises(InputError, match="is empty, expected the password"):
        password(Serve(password_file=file))


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1, port {port}"), listen(Place(port=port)):
            pass


def test_what_to_type_into_a_browser() -> None:
    place = Place("0.0.0.0", 0, "long enough")
    with listen(place) as listening:
        assert address(place, listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("gradio", "dentalx.web.page"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(InputError, match=r'the page needs gradio, which is not installed; .*pip install "\.\[web\]"'):
        application(shelf(Bright()), Place(), tmp_path)


def test_uploads_that_were_broken_off_are_swept(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "picture.png").write_bytes(b"x")
    before = time.time() - 1000
    for path in (tmp_path / "old" / "picture.png", tmp_path / "old"):
        os.utime(path, (before, before))
    sweep(tmp_path, 300)
    sweep(tmp_path, 300)
    assert not (tmp_path / "old" / "picture.png").exists()
    assert (tmp_path / "new" / "picture.png").exists()
