"""Wrong passwords: slowed together, said, and no hindrance to whoever was let in before."""

import asyncio
import base64
import logging
from typing import Any

import pytest

from dentalx.web.asgi import Message
from dentalx.web.guard import Guard, Rules
from dentalx.web.turnstile import Turnstile


class Door:
    """A guard with a password, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.let_in = 0

        async def app(scope: Message, receive: Any, send: Any) -> None:
            self.let_in += 1
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        self.guard = Guard(app, Rules(password="correct horse"), Turnstile(lambda: self.now))

    def ask(self, password: str | None, address: str = "10.0.0.1", **headers: str) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            sent.append(message)

        named = {"host": "127.0.0.1"} | headers
        if password is not None:
            named["authorization"] = "Basic " + base64.b64encode(f":{password}".encode()).decode()
        pairs = [(name.encode(), value.encode()) for name, value in named.items()]
        scope = {"type": "http", "method": "GET", "path": "/config", "headers": pairs, "client": (address, 1)}
        asyncio.run(self.guard(scope, receive, send))
        return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_many_at_once_are_judged_once() -> None:
    door = Door()
    guesses = [f"guess {number}" for number in range(200)]
    guesses[100] = "correct horse"  # among many it is not found sooner than alone
    assert [door.ask(guess)[0] for guess in guesses] == [401] + [429] * 199
    assert door.let_in == 0


def test_each_further_one_waits_twice_as_long() -> None:
    door = Door()
    waits = []
    for _ in range(8):
        assert door.ask("wrong horse")[0] == 401
        status, headers = door.ask("correct horse")
        assert status == 429
        waits.append(int(headers["retry-after"]))
        door.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert door.ask("correct horse")[0] == 200
    assert door.ask("wrong horse")[0] == 401
    assert door.ask("correct horse")[1]["retry-after"] == "1"


def test_addresses_wait_for_their_own_mistakes() -> None:
    door = Door()
    assert door.ask("wrong horse", "2001:db8::1")[0] == 401
    assert door.ask("wrong horse", "2001:db8::2")[0] == 429  # the same network
    assert door.ask("correct horse", "2001:db8:0:1::1")[0] == 200
    assert door.ask("correct horse", "10.0.0.1")[0] == 200


def test_whoever_was_let_in_does_not_wait_for_others() -> None:
    door = Door()
    cookie = door.ask("correct horse")[1]["set-cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
    mine = cookie.partition(";")[0]
    assert door.ask("wrong horse")[0] == 401
    status, headers = door.ask("correct horse", cookie=mine)
    assert status == 200 and "set-cookie" not in headers
    assert door.ask(None, cookie=mine)[0] == 401  # it is no password
    assert door.ask("wrong horse", cookie=mine)[0] == 401
    assert door.ask("correct horse", cookie="dentalx=guessed; other=1")[0] == 429
    assert door.ask("correct horse", cookie="dentalx=\xe9")[0] == 429


def test_no_password_is_no_wrong_password() -> None:
    door = Door()
    assert [door.ask(None)[0] for _ in range(9)] == [401] * 9
    assert door.ask("correct horse")[0] == 200


def test_it_is_said_in_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            door.ask("wrong horse")
            door.now += 60
    assert "4 wrong passwords in a row from 10.0.0.1; the next try waits" in caplog.text
    assert "horse" not in caplog.text
