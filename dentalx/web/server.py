"""A server for the page: a socket, a private folder, models loaded in the background, all cleared at the end."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dentalx.errors import InputError, install_hint
from dentalx.web.answers import Answers
from dentalx.web.desk import Desk
from dentalx.web.folders import private_folder
from dentalx.web.guard import LOOPBACK, Guard, Rules
from dentalx.web.payload import Payloads
from dentalx.web.said import sentence
from dentalx.web.shelf import Shelf
from dentalx.web.uploads import STALE_S, Uploads

EVERY = frozenset({"0.0.0.0", "::"})
LEAST_PASSWORD = 8
UPLOADS = "uploads"
_TIDY_S = 30.0
_QUIET = {  # what a library asks the network about, is told to leave alone
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where the page is served, and for whom.

    Attributes:
        host: an address or a name of this machine.
        port: 0 for any that is free.
        password: None for none, which only loopback addresses allow.
        names: under which it may be asked for besides, as behind a proxy.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    password: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"--port must lie in 0…65535, got {self.port}")
        if self.password is not None and len(self.password) < LEAST_PASSWORD:
            raise InputError(f"the password has fewer than {LEAST_PASSWORD} letters; choose a longer one")
        if self.password is None and self.host not in LOOPBACK:
            raise InputError(
                f"--host {self.host} lets other machines in, which needs a password; "
                "give --password-file FILE, or leave --host out"
            )

    @property
    def rules(self) -> Rules:
        """Who may ask."""
        every = self.host in EVERY
        own = {socket.gethostname().lower(), socket.getfqdn().lower()} if every else {self.host.lower()}
        hosts = LOOPBACK | own | {name.lower() for name in self.names}
        return Rules(hosts, every, self.password)


def serve(shelf: Shelf, place: Place, say: Say, prepare: Callable[[], None] = lambda: None) -> None:
    """Serve the page until Ctrl-C, or another signal that ends a program.

    Args:
        shelf: the models; they are loaded when the page can be seen.
        place: where, and for whom.
        say: tells the user a fact.
        prepare: what is to be done before the models are loaded.

    Raises:
        InputError: the library of the page is missing, or the address is not to be had.
    """
    with _stopped_by_signals(), private_folder() as folder, listen(place) as listening:
        app, answers = application(shelf, place, folder)
        say(f"the page is at {address(place, listening)}; stop it with Ctrl-C")
        stop = threading.Event()

        def load() -> None:
            _load(shelf, prepare, say)

        threading.Thread(target=_tidy, args=(answers, stop), daemon=True).start()
        try:
            server(app, threading.Thread(target=load, daemon=True).start).run(sockets=[listening])
        finally:
            stop.set()
            answers.uploads.clear()


def application(shelf: Shelf, place: Place, folder: Path) -> tuple[Guard, Answers]:
    """The guarded page and addresses, and what stands behind them.

    Args:
        shelf: the models.
        place: who may ask.
        folder: for uploads, until they are read; this user's alone.

    Raises:
        InputError: the library of the page is missing.
    """
    os.environ.update(_QUIET, GRADIO_TEMP_DIR=str(folder / UPLOADS))
    try:
        from dentalx.web.api import application as addresses
        from dentalx.web.page import mount
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("gradio", "fastapi", "uvicorn"):
            raise
        raise InputError(f"the page needs {error.name}, which is not installed; {install_hint('web')}") from error
    uploads = Uploads(folder / UPLOADS)
    uploads.folder.mkdir(mode=0o700, exist_ok=True)
    answers = Answers(shelf, Desk(), folder, uploads)

    async def mounted() -> Any:
        return mount(addresses(answers), answers)

    # Where no event loop runs, gradio makes its own and never closes them.
    app = asyncio.run(mounted())
    return Guard(Payloads(app, uploads, app.state.events), place.rules), answers


def server(app: Guard, begun: Callable[[], None]) -> Any:
    """A server for the application that says nothing and calls `begun` when it answers."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            begun()

    for name in ("uvicorn.error", "asyncio", "httpx"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    settings = uvicorn.Config(
        app,
        access_log=False,
        log_level="critical",
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return Server(settings)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Signals that end a process end it as Ctrl-C does, so that the folder is removed."""
    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def listen(place: Place) -> Iterator[socket.socket]:
    """A socket at the place's address.

    Raises:
        InputError: the address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((place.host, place.port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                f"cannot listen on {place.host}, port {place.port}: {reason}; choose another --port"
            ) from error
        yield listening


def address(place: Place, listening: socket.socket) -> str:
    """What to type into a browser."""
    port = listening.getsockname()[1]
    host = "127.0.0.1" if place.host in EVERY else place.host
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _load(shelf: Shelf, prepare: Callable[[], None], say: Say) -> None:
    started = time.perf_counter()
    try:
        prepare()
        shelf.load(say)
    except Exception as error:
        say(f"the models cannot be loaded: {sentence(error)}")
        return
    say(f"ready after {time.perf_counter() - started:.0f} s")


def _tidy(answers: Answers, stop: threading.Event) -> None:
    while not stop.wait(_TIDY_S):
        answers.desk.tidy()
        answers.uploads.tidy()
        sweep(answers.uploads.folder, STALE_S)


def sweep(folder: Path, older_s: float) -> None:
    """Remove what the page's library left in its folder."""
    limit = time.time() - older_s
    for path in sorted(folder.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < limit:
                path.rmdir() if path.is_dir() else path.unlink()
