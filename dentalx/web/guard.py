"""The door: who may ask, from where, how much, and what leaves with every answer. Plain ASGI, around everything else.

A page on this machine can be reached by any page in the same browser: by a post from a foreign site, and by a name
that its owner lets point at 127.0.0.1 (DNS rebinding). So the `Host` must be one of ours, and whoever says from which
page he comes must come from ours.
"""

import asyncio
import base64
import binascii
import ipaddress
import re
import secrets
from dataclasses import dataclass, field

from dentalx.web.asgi import HEADERS, App, Message, Receive, Send, refuse

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Of the page's own machinery what this page uses; the rest (a proxy, files by path, code that is edited …) is shut.
OPEN = re.compile(
    r"/(|health|config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|static/.*|assets/.*|svelte/.*"
    r"|api/v1/(predict|models)|samples/\d\.jpg|results/[\w-]+/[\w.-]+"
    r"|gradio_api/(upload|upload_progress|queue/(join|data)|heartbeat/\w+|startup-events|info|app_id|cancel|reset))/?"
)
_PAUSE_S = 1.0  # after a wrong password
_BASIC = ((b"www-authenticate", b'Basic realm="dentalx", charset="UTF-8"'),)
_REPLACED = {name for name, _ in HEADERS} | {b"server"}


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
        if refused is not None:
            if refused[0] == 401 and b"authorization" in headers:
                await asyncio.sleep(_PAUSE_S)
            await refuse(send, *refused, _BASIC if refused[0] == 401 else ())
            return
        await _Passage(self.rules.most_bytes, receive, send).run(self.app, scope)


def refusal(method: str, path: str, headers: dict[bytes, str], rules: Rules) -> tuple[int, str] | None:
    """Why a request is not let through: a status and a sentence; None where it is."""
    host = headers.get(b"host", "")
    if not rules.knows(host):
        return 421, "this server is not known under that name; start it with --allow-host NAME"
    if not _is_ours(method, path, headers, host):
        return 403, "requests from other sites are refused"
    if rules.password is not None and path != "/health" and not _is_right(headers, rules.password):
        return 401, "a password is needed"
    if not OPEN.fullmatch(path):
        return 404, "there is nothing here"
    length = headers.get(b"content-length", "0")
    if not length.isdigit() or int(length) > rules.most_bytes:
        return 413, f"more than {rules.most_bytes >> 20} MiB; make the file smaller"
    return None


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


@dataclass
class _Passage:
    """One request on its way in, counted, and its answer on its way out, with our headers."""

    left: int
    receive: Receive
    send: Send
    begun: bool = False
    over: bool = False

    async def run(self, app: App, scope: Message) -> None:
        try:
            await app(scope, self.take, self.give)
        except Exception:
            if not self.over:
                raise

    async def take(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0 and not self.over:
            self.over = True
            if not self.begun:
                await refuse(self.send, 413, "the request is too large; make the file smaller")
        return {"type": "http.disconnect"} if self.over else message

    async def give(self, message: Message) -> None:
        if self.over:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            kept = [(name, value) for name, value in message.get("headers", []) if _stays(name.lower())]
            message = {**message, "headers": [*kept, *HEADERS]}
        await self.send(message)


def _stays(name: bytes) -> bool:
    return name not in _REPLACED and not name.startswith(b"access-control-")
