"""Who may ask: names, sites, passwords, sizes."""

import asyncio
import base64
from typing import Any

import pytest

from dentalx.errors import InputError
from dentalx.web.asgi import Message
from dentalx.web.guard import Guard, Rules, refusal
from dentalx.web.server import Place

HERE = {b"host": b"127.0.0.1:7860"}
LOCAL = Rules()
LOCKED = Rules(password="correct horse")


def asked(rules: Rules = LOCAL, method: str = "GET", path: str = "/", **headers: str) -> int | None:
    """The status of the refusal; None where the request is let through."""
    named = {"host": "127.0.0.1:7860"} | {name.replace("_", "-"): value for name, value in headers.items()}
    found = refusal(method, path, {name.encode(): value for name, value in named.items()}, rules)
    return None if found is None else found[0]


def basic(password: str, user: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:7860", "[::1]:7860"])
def test_our_own_names(host: str) -> None:
    assert asked(host=host) is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost.", "127.0.0.1:x", "10.0.0.1"]
)
def test_a_foreign_name_may_be_rebinding(host: str) -> None:
    assert asked(host=host) == 421


def test_where_every_address_is_listened_on_a_bare_one_is_ours() -> None:
    rules = Place("0.0.0.0", password="correct horse", names=("Xray.Example",)).rules
    assert asked(rules, host="10.0.0.1:7860") == 401
    assert asked(rules, host="xray.example") == 401
    assert asked(rules, host="evil.example") == 421
    assert asked(Place("10.0.0.1", password="correct horse").rules, host="10.0.0.2") == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", "http://127.0.0.1", "file://"])
def test_a_foreign_page_may_not_post(origin: str) -> None:
    for path in ("/api/v1/predict", "/gradio_api/upload", "/gradio_api/queue/join"):
        assert asked(method="POST", path=path, origin=origin) == 403


def test_our_own_page_and_programs_may() -> None:
    assert asked(method="POST", path="/api/v1/predict", origin="http://127.0.0.1:7860") is None
    assert asked(method="POST", path="/api/v1/predict", origin="https://127.0.0.1:7860") is None  # behind a proxy
    assert asked(method="POST", path="/api/v1/predict") is None


def test_a_foreign_page_may_lead_here_but_not_look_in() -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert asked(**link) is None
    assert asked(path="/api/v1/models", **link) == 403
    assert asked(method="POST", **link) == 403
    assert asked(**(link | {"sec_fetch_dest": "iframe"})) == 403
    assert asked(path="/samples/0.jpg", sec_fetch_site="same-site") == 403
    assert asked(path="/samples/0.jpg", sec_fetch_site="same-origin") is None


def test_the_password() -> None:
    assert asked(LOCKED) == 401
    assert asked(LOCKED, authorization=basic("correct horse")) is None
    assert asked(LOCKED, authorization=basic("correct horse", "anybody")) is None
    for wrong in (basic("correct"), basic(""), "Basic !", "Basic", "Bearer correct horse", basic("correct horse ")):
        assert asked(LOCKED, authorization=wrong) == 401
    assert asked(LOCKED, path="/health") is None
    assert asked(LOCKED, path="/results/x/mask.png") == 401
    colon = Rules(password="a:b:c:d:e")
    assert asked(colon, authorization=basic("a:b:c:d:e", "user")) is None


def test_a_password_is_not_shown() -> None:
    assert "horse" not in repr(LOCKED)
    assert "horse" not in repr(Place(password="correct horse"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", None),
        ("/assets/index.js", None),
        ("/gradio_api/heartbeat/abc", None),
        ("/gradio_api/file=/etc/passwd", 404),
        ("/gradio_api/proxy=http://evil.example", 404),
        ("/gradio_api/vibe-edit", 404),
        ("/gradio_api/call/predict", 404),
        ("/results/a/../../secret", 404),
        ("/health\n", 404),
    ],
)
def test_only_what_the_page_uses_is_open(path: str, status: int | None) -> None:
    assert asked(path=path) == status


@pytest.mark.parametrize(("length", "status"), [("10", None), (str(2**28), 413), ("-1", 413), ("many", 413)])
def test_the_size_that_is_told(length: str, status: int | None) -> None:
    assert asked(method="POST", path="/api/v1/predict", content_length=length) == status


def passed(rules: Rules, chunks: list[bytes]) -> list[Message]:
    """What is sent where an application reads all of a request that does not tell its size."""
    sent: list[Message] = []
    waiting = list(chunks)

    async def app(scope: Message, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            if not message["more_body"]:
                break
        head = [(b"server", b"x"), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"done"})

    async def receive() -> Message:
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/predict", "headers": list(HERE.items())}
    asyncio.run(Guard(app, rules)(scope, receive, send))
    return sent


def test_the_size_that_comes() -> None:
    rules = Rules(most_bytes=100)
    assert [message.get("status") for message in passed(rules, [b"x" * 60, b"x" * 40])] == [200, None]
    refused = passed(rules, [b"x" * 60, b"x" * 60, b"x"])
    assert refused[0]["status"] == 413
    assert b"too large" in refused[1]["body"]
    assert len(refused) == 2


def test_a_request_that_stops_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dentalx.web.passage.SILENT_S", 0.01)
    sent: list[Message] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ConnectionError

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/predict", "headers": list(HERE.items())}
    guard = Guard(app, LOCAL)
    asyncio.run(guard(scope, receive, send))
    assert [message.get("status") for message in sent] == [408, None]
    assert guard._arriving == []


def test_headers_of_others_do_not_leave() -> None:
    names = {name for name, _ in passed(LOCAL, [b""])[0]["headers"]}
    assert b"content-security-policy" in names
    assert not names & {b"server", b"access-control-allow-origin"}


def test_websockets_are_refused() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(None, LOCAL)({"type": "websocket"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"host": "0.0.0.0"}, "--host 0.0.0.0 lets other machines in, which needs a password"),
        ({"host": "192.168.0.7"}, "needs a password"),
        ({"password": "short"}, "fewer than 8 letters"),
        ({"port": 70000}, "--port must lie in 0…65535, got 70000"),
    ],
)
def test_a_place_that_is_none(place: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Place(**place)
