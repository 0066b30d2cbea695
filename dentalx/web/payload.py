"""What an event of the page may carry: rewritten from what was understood before the page's library sees it.

The library reads a file from wherever a request says that it lies. So a file is a token of the register of uploads, and
nothing else: every other field that a request gives for it (`url`, `is_stream`, `meta` …) is dropped.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dentalx.errors import InputError
from dentalx.web.asgi import App, Message, Receive, Send, refuse
from dentalx.web.uploads import Uploads

JOIN = "/gradio_api/queue/join"
MOST_BYTES = 2**16  # numbers, names and a token need no more
_DEEPEST, _LONGEST = 4, 4096
_FILE = frozenset({"path", "url", "size", "orig_name", "mime_type", "is_stream", "meta"})
_SESSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUERIES = {  # of the page's own addresses; all other parameters (deep links …) are dropped
    "/gradio_api/queue/data": {"session_hash"},
    "/gradio_api/upload": {"upload_id"},
    "/gradio_api/upload_progress": {"upload_id"},
}
_NOT_READ = "the event cannot be read: "


def rewritten(body: bytes, uploads: Uploads, events: Mapping[int, int]) -> bytes:
    """An event's JSON, made anew from the fields that the page uses.

    Args:
        body: as it came.
        uploads: the register; the token of a file becomes the path that stands for it.
        events: how many values each event of the page takes.

    Raises:
        InputError: it is not JSON, has other types than an event, or names a file that is not in the register.
    """
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{_NOT_READ}it is not JSON") from error
    if not isinstance(event, dict) or not isinstance(event.get("data"), list):
        raise InputError(f"{_NOT_READ}expected an object with a list of data")
    session, function, trigger = event.get("session_hash"), event.get("fn_index"), event.get("trigger_id")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise InputError(f"{_NOT_READ}expected a session of at most 64 letters and digits")
    if type(function) is not int or not (trigger is None or type(trigger) is int):
        raise InputError(f"{_NOT_READ}expected the numbers of an event and of what caused it")
    if events.get(function) != len(event["data"]):
        raise InputError(f"{_NOT_READ}the page has no such event, or it takes another number of values")
    clean = {
        "data": _clean(event["data"], uploads, 0),
        "event_data": _clean(event.get("event_data"), uploads, 0),
        "fn_index": function,
        "trigger_id": trigger,
        "session_hash": session,
    }
    return json.dumps(clean).encode()


def _no_number(name: str) -> None:
    raise ValueError(name)


def _clean(value: Any, uploads: Uploads, depth: int) -> Any:
    """A value of an event: plain values, lists and objects of them, and uploads."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    if depth < _DEEPEST and isinstance(value, list):
        return [_clean(item, uploads, depth + 1) for item in value]
    if depth < _DEEPEST and isinstance(value, dict):
        if _FILE & value.keys():
            return {"path": uploads.path(value.get("path")), "meta": {"_type": "gradio.FileData"}}
        return {key: _clean(item, uploads, depth + 1) for key, item in value.items()}
    raise InputError(f"{_NOT_READ}a value is too long or too deep")


@dataclass(frozen=True)
class Payloads:
    """An ASGI application that rewrites what events and addresses carry, in front of the page.

    Attributes:
        app: the page and its addresses.
        uploads: the register.
        events: how many values each event of the page takes.
    """

    app: App
    uploads: Uploads
    events: Mapping[int, int]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in one sentence."""
        if scope["type"] == "http" and not scope["path"].startswith(("/api/", "/results/")):
            kept = _QUERIES.get(scope["path"].rstrip("/"), set())
            given = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
            scope = {**scope, "query_string": urlencode([(k, v) for k, v in given if k in kept]).encode()}
            if scope["path"].rstrip("/") == JOIN and scope["method"] == "POST":
                await self._join(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _join(self, scope: Message, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
            if len(body) > MOST_BYTES:
                await refuse(send, 413, f"{_NOT_READ}it has more than {MOST_BYTES >> 10} KiB")
                return
        try:
            body = rewritten(body, self.uploads, self.events)
        except InputError as error:
            await refuse(send, 400, str(error))
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        replaced = (b"content-length", b"content-type", b"transfer-encoding")
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in replaced]
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.app({**scope, "headers": headers}, replay, send)
