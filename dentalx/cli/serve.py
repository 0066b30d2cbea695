"""The command `serve`."""

import getpass
import os
from pathlib import Path

from dentalx import DISCLAIMER, runs
from dentalx.cli.console import load_tensorflow, say, warn
from dentalx.cli.serve_command import Serve
from dentalx.errors import InputError
from dentalx.files import check_regular_size

VARIABLE = "DENTALX_PASSWORD"


def serve(command: Serve) -> int:
    """Serve the page until it is interrupted."""
    from dentalx.web.guard import LOOPBACK
    from dentalx.web.server import Place
    from dentalx.web.server import serve as serve_page
    from dentalx.web.shelf import open_shelf

    place = Place(command.host, command.port, password(command), command.allow_host)
    shelf = open_shelf(command.run or [runs.newest().folder])
    say(DISCLAIMER)
    for card in shelf.cards:
        named = ", ".join(card.classes[:6]) + (f" … ({len(card.classes)})" if len(card.classes) > 6 else "")
        say(f"model {card.name}: {named}")
    if place.host not in LOOPBACK:
        warn("the connection is not encrypted: pictures and password can be read on the way; see docs/serve.md")
    serve_page(shelf, place, say, load_tensorflow)
    say("stopped; nothing is kept")
    return 0


def password(command: Serve) -> str | None:
    """The password that was given, in whichever way; None for none.

    Raises:
        InputError: it is given twice, or the file cannot be read or is empty.
    """
    ways = [command.password is not None, command.password_file is not None, command.ask_password]
    if sum(ways) > 1:
        raise InputError("a password is given in two ways; keep one of --password, --password-file, --ask-password")
    if command.password is not None:
        return command.password
    if command.password_file is not None:
        return _first_line(command.password_file)
    if command.ask_password:
        return getpass.getpass("password for the page: ")
    return os.environ.get(VARIABLE) or None


def _first_line(path: Path) -> str:
    try:
        check_regular_size(path, 4096)
        line = path.read_text("utf-8").split("\n")[0].strip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise InputError(f"cannot read the password from {path}: {reason}; check the path") from error
    if not line:
        raise InputError(f"the first line of {path} is empty, expected the password")
    return line
