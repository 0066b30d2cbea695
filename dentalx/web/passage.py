"""One request on its way in, counted, and its answer on its way out: with our headers, an error as one sentence."""

import asyncio
import json
import re
from dataclasses import dataclass, field

from dentalx.web.asgi import HEADERS, App, Message, Receive, Send, refuse
from dentalx.web.said import OURS, sentence

ARRIVES_S, SILENT_S = 300.0, 20.0  # a request that takes longer to arrive, or to go on arriving, is given up
MOST_ARRIVING = 16  # files that may arrive at the same time
SENTENCES = {
    400: "the request cannot be read",
    404: "there is nothing here",
    405: "this address does not take that method",
    413: "the request is too large; make the file smaller",
    415: "the request is of a kind that is not read here",
    422: "the request is not as expected",
    500: OURS,
    503: "too many requests wait already; try again in a minute",
}
_REPLACED = frozenset({name for name, _ in HEADERS} | {b"server"})
_KEPT = re.compile(r"/(static|assets|svelte|samples)/.*|/favicon\.ico")  # the same for everybody: a browser may keep it
_MOST_BYTES = 2**16  # of an error


@dataclass
class Passage:
    """A request and its answer.

    Attributes:
        path: that is asked for.
        left: bytes that the request may still have.
        receive: of ASGI.
        send: of ASGI.
        more: headers of the answer besides.
    """

    path: str
    left: int
    receive: Receive
    send: Send
    more: tuple[tuple[bytes, bytes], ...] = ()
    begun: bool = False
    over: bool = False
    _error: tuple[int, list[tuple[bytes, bytes]]] | None = None
    _body: bytearray = field(default_factory=bytearray)
    _limit: float = field(default_factory=lambda: asyncio.get_running_loop().time() + ARRIVES_S)
    _arrived: bool = False
    _stopped: bool = False

    async def run(self, app: App, scope: Message) -> None:
        """Have an application answer; what it raises is an answer too, and told in the terminal."""
        try:
            await app(scope, self.take, self.give)
        except Exception as error:
            if self._stopped:
                return
            sentence(error)
            self._error = self._error or (500, [])
        if self._error is not None and not self.begun and not self.over:
            await self._told()

    async def take(self) -> Message:
        """The next part of the request; the end of it where it is too large or too slow."""
        if self._arrived:
            message = await self.receive()  # waits until the asker is gone
        else:
            try:
                async with asyncio.timeout_at(min(self._limit, asyncio.get_running_loop().time() + SILENT_S)):
                    message = await self.receive()
            except TimeoutError:
                message = {"type": "http.disconnect"}
                await self._stop(408, "the request took too long to arrive; send it again")
        self._stopped = self._stopped or (message["type"] == "http.disconnect" and not self._arrived)
        self._arrived = self._arrived or not message.get("more_body", False)
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            await self._stop(413, SENTENCES[413])
        return {"type": "http.disconnect"} if self.over else message

    async def give(self, message: Message) -> None:
        """Pass a part of the answer on; an error is held back until it can be said in one sentence."""
        if self.over:
            return
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if _stays(name.lower())]
            if message["status"] >= 400:
                self._error = message["status"], kept
                return
            self.begun = True
            message = {**message, "headers": self._headed(kept)}
        elif self._error is not None:
            self._body += message.get("body", b"")[: _MOST_BYTES - len(self._body)]
            return
        await self.send(message)

    def _headed(self, kept: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        if not _KEPT.fullmatch(self.path) and b"cache-control" not in {name.lower() for name, _ in kept}:
            kept.append((b"cache-control", b"no-store"))
        return [*kept, *HEADERS, *self.more]

    async def _told(self) -> None:
        assert self._error is not None
        status, headers = self._error
        words = _sentence(bytes(self._body)) or SENTENCES.get(status, "the request is refused")
        stays = tuple((name, value) for name, value in headers if name.lower() in (b"allow", b"retry-after"))
        self.over = True
        await refuse(self.send, status, words, (*stays, *self.more))

    async def _stop(self, status: int, words: str) -> None:
        if not self.over and not self.begun:
            await refuse(self.send, status, words)
        self.over = self._stopped = True


def _sentence(body: bytes) -> str | None:
    """The sentence of an error that is said as ours are; None of any other."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return (
        said["error"] if isinstance(said, dict) and list(said) == ["error"] and isinstance(said["error"], str) else None
    )


def _stays(name: bytes) -> bool:
    return name not in _REPLACED and not name.startswith(b"access-control-")
