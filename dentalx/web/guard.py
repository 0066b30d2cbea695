"""The door: who may ask, from where, how much, and what leaves with every answer. Plain ASGI, around everything else.

A page on this machine can be reached by any page in the same browser: by a post from a foreign site, and by a name
that its owner lets point at 127.0.0.1 (DNS rebinding). So the `Host` must be one of ours, and whoever says from which
page he comes must come from ours.
"""

import base64
import binascii
import ipaddress
import re
import secrets
from dataclasses import dataclass, field

from dentalx.web.asgi import App, Message, Receive, Send, refuse
from dentalx.web.passage import MOST_ARRIVING, SENTENCES, Passage
from dentalx.web.turnstile import Turnstile

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Of the page's own machinery what this page uses; the rest (a proxy, files by path, code that is edited …) is shut.
OPEN = re.compile(
    r"/(|health|config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|static/.*|assets/.*|svelte/.*"
    r"|api/v1/(predict|models)|samples/\d\.jpg|results/[\w-]+/[\w.-]+"
    r"|gradio_api/(upload|upload_progress|queue/(join|data)|heartbeat/\w+|startup-events|info|app_id|cancel|reset))/?"
)
_BASIC = ((b"www-authenticate", b'Basic realm="dentalx", charset="UTF-8"'),)
_TAKES = (  # our own addresses; behind them lies the page, which would say that there is nothing
    (re.compile(r"/(api/v1/predict|gradio_api/(upload|queue/join|cancel))/?"), "POST"),
    (re.compile(r"/(health|api/v1/models|samples/.*|results/.*|gradio_api/(upload_progress|queue/data))/?"), "GET"),
)
_FILES = ("/api/v1/predict", "/gradio_api/upload")
Refused = tuple[int, str] | None
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Rules:
    """Who may ask.

    Attributes:
        hosts: names in lower case that the server is reached under, without ports.
        any_address: whether every bare IP address is one of them too, as where all of the machine's are listened on.
        password: None for none.
        most_bytes: of a request.
    """

    hosts: frozenset[str] = LOOPBACK
    any_address: bool = False
    password: str | None = field(default=None, repr=False)
    most_bytes: int = 2**27 + 2**16

    def knows(self, host: str) -> bool:
        """Whether a `Host` header names this server."""
        name = _name(host)
        return name in self.hosts or (self.any_address and _is_address(name))


@dataclass(frozen=True)
class Guard:
    """An ASGI application that lets through to another what the rules allow."""

    app: App
    rules: Rules
    turnstile: Turnstile = field(default_factory=Turnstile)
    _arriving: list[str] = field(default_factory=list)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it in one line."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = refusal(scope["method"], scope["path"], headers, self.rules)
        more: Headers = ()
        if self.rules.password is not None:
            refused, more = self._judged(refused, (scope.get("client") or ("",))[0], scope["path"], headers)
        if refused is not None:
            more += ((b"allow", (_taken(scope["path"]) or "").encode()),) if refused[0] == 405 else ()
            await refuse(send, *refused, more)
            return
        passage = Passage(scope["path"], self.rules.most_bytes, receive, send, more)
        scope = {**scope, "headers": [pair for pair in scope["headers"] if self._believed(*pair)]}
        if scope["method"] == "POST" and scope["path"].rstrip("/") in _FILES:
            await self._file(passage, scope)
        else:
            await passage.run(self.app, scope)

    def _judged(self, refused: Refused, address: str, path: str, headers: dict[bytes, str]) -> tuple[Refused, Headers]:
        """What a request is told where a password is needed, and headers with it."""
        if path == "/health" or (refused is not None and refused[0] in (403, 421)):
            return refused, ()
        if b"authorization" not in headers:
            return refused, _BASIC
        wait_s = self.turnstile.wait_s(address, headers)
        if wait_s:
            return (429, f"a password was wrong; the next one is judged in {wait_s} s"), (
                (b"retry-after", str(wait_s).encode()),
            )
        if refused is not None and refused[0] == 401:
            self.turnstile.failed(address)
            return refused, _BASIC
        self.turnstile.passed(address)
        return refused, () if self.turnstile.knows(headers) else (self.turnstile.cookie,)

    def _believed(self, name: bytes, value: bytes) -> bool:
        """Whether a header is passed on: none that names another host than ours as the page's."""
        name = name.lower()
        if name == b"x-forwarded-host":
            return self.rules.knows(value.decode("latin-1").partition(",")[0].strip())
        return not name.startswith(b"x-gradio-")

    async def _file(self, passage: Passage, scope: Message) -> None:
        if len(self._arriving) >= MOST_ARRIVING:
            await refuse(passage.send, 503, SENTENCES[503], passage.more)
            return
        self._arriving.append(scope["path"])
        try:
            await passage.run(self.app, scope)
        finally:
            self._arriving.pop()


def refusal(method: str, path: str, headers: dict[bytes, str], rules: Rules) -> Refused:
    """Why a request is not let through: a status and a sentence; None where it is."""
    host = headers.get(b"host", "")
    if not rules.knows(host):
        return 421, "this server is not known under that name; start it with --allow-host NAME"
    if not _is_ours(method, path, headers, host):
        return 403, "requests from other sites are refused"
    if rules.password is not None and path != "/health" and not _is_right(headers, rules.password):
        return 401, "a password is needed"
    if not OPEN.fullmatch(path):
        return 404, SENTENCES[404]
    if (taken := _taken(path)) not in (None, method):
        return 405, f"this address takes {taken} alone"
    length = headers.get(b"content-length", "0")
    if not length.isdigit() or int(length) > rules.most_bytes:
        return 413, f"more than {rules.most_bytes >> 20} MiB; make the file smaller"
    return None


def _taken(path: str) -> str | None:
    """The one method that an address of ours takes."""
    return next((method for addresses, method in _TAKES if addresses.fullmatch(path)), None)


def _is_ours(method: str, path: str, headers: dict[bytes, str], host: str) -> bool:
    """Whether a browser that says from where a request comes says: from our own page, or typed by the user."""
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
    if origin is not None and re.sub(r"^https?://", "", origin.lower()) != host.lower():
        return False
    if site in (None, "same-origin", "none"):
        return True
    followed = headers.get(b"sec-fetch-mode") == "navigate" and headers.get(b"sec-fetch-dest") == "document"
    return method == "GET" and path == "/" and followed  # a link to the page, on another page


def _is_right(headers: dict[bytes, str], password: str) -> bool:
    """Whether HTTP Basic gives the password, under any user's name (RFC 7617)."""
    kind, _, code = headers.get(b"authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        given = base64.b64decode(code.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return secrets.compare_digest(given, password.encode())


def _name(host: str) -> str:
    """A `Host` header without its port, in lower case.

    >>> _name("LocalHost:7860"), _name("[::1]:80"), _name("10.0.0.1")
    ('localhost', '::1', '10.0.0.1')
    """
    found = re.fullmatch(r"\[([0-9a-f:.]+)\](?::\d+)?|([^:\[\]]+)(?::\d+)?", host.lower())
    return (found[1] or found[2]) if found else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
