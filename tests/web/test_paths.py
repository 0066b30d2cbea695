"""Files of others by their paths, asked of the real server: nothing is read, nothing removed, nobody waits."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_servers import PASSWORD
from test_addresses import BOUNDARY, png

HERE = Path(__file__).resolve().parent
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forked")


class Client:
    """A program that asks one of the servers as the page does."""

    def __init__(self, address: str, password: str | None) -> None:
        self.address = address
        self.headers = {}
        if password is not None:
            self.headers["Authorization"] = "Basic " + base64.b64encode(f":{password}".encode()).decode()
        config = json.loads(self.ask("config")[1])
        kinds = {part["id"]: part["type"] for part in config["components"]}
        self.events = config["dependencies"]
        self.opened = next(d["id"] for d in self.events if d["inputs"] and kinds[d["inputs"][0]] == "file")

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, data, self.headers | named)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def join(self, body: dict[str, Any] | bytes) -> tuple[int, str]:
        """Status and answer of an event that is asked for."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, answer = self.ask("gradio_api/queue/join", data, Content_Type="application/json")
        return status, answer.decode()

    def event(self, file: Any, **more: Any) -> tuple[int, str]:
        """Status and answer of "a file was dropped"; of an event that is taken what the page is told in the end."""
        session = f"s{time.monotonic_ns()}"
        body = {"data": [file, "bright", 0.5, 0.35, False], "fn_index": self.opened, "session_hash": session, **more}
        status, answer = self.join(body)
        if status != 200:
            return status, answer
        request = urllib.request.Request(
            f"{self.address}gradio_api/queue/data?session_hash={session}", None, self.headers
        )
        with urllib.request.urlopen(request, timeout=60) as stream:
            return 200, next(line.decode() for line in stream if b"process_completed" in line)

    def upload(self, data: bytes, name: str = "Doe_John.png") -> list[str]:
        """What the page is told of an upload."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        answer: list[str] = json.loads(self.ask("gradio_api/upload", body, Content_Type=kind)[1])
        return answer


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """A client of each server; their temporary folders lie in one of the test's."""
    folder = tmp_path_factory.mktemp("servers")
    around = os.environ | {"PYTHONPATH": f"{HERE.parents[1]}{os.pathsep}{HERE}", "TMPDIR": str(folder)}
    words = [sys.executable, str(HERE / "real_servers.py")]
    servers = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=around, start_new_session=True)
    found: dict[str, str] = {}
    assert servers.stdout is not None
    try:
        while len(found) < 2:
            line = servers.stdout.readline()
            assert line, "the servers ended"
            found |= re.findall(r"(\w+) the page is at (\S+);", line)
        yield {name: _answering(found[name], PASSWORD if name == "locked" else None) for name in found}
    finally:
        os.killpg(servers.pid, signal.SIGTERM)
        servers.wait(20)
        servers.stdout.read()  # until the forked ones have ended too
        servers.stdout.close()
    assert list(folder.glob("dentalx-*")) == []  # whatever was tried, nothing stays


def _answering(address: str, password: str | None) -> Client:
    limit = time.monotonic() + 60
    while True:
        try:
            return Client(address, password)
        except OSError:
            assert time.monotonic() < limit
            time.sleep(0.1)


@pytest.fixture(params=["open", "locked"])
def client(request: pytest.FixtureRequest, clients: dict[str, Client]) -> Client:
    """Each of the two."""
    return clients[request.param]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A picture that nobody uploaded, in a folder of its own."""
    path = tmp_path / "own" / "victim.png"
    path.parent.mkdir()
    path.write_bytes(png())
    return path


META = {"_type": "gradio.FileData"}
FORMS: dict[str, Callable[[str], Any]] = {
    "path": lambda path: {"path": path, "meta": META},
    "path of a stream": lambda path: {"path": path, "meta": META, "is_stream": True},
    "path without meta": lambda path: {"path": path},
    "other meta": lambda path: {"path": path, "meta": {"_type": "other"}},
    "url": lambda path: {"path": "x", "url": f"file://{path}", "meta": META},
    "url alone": lambda path: {"url": f"file://{path}", "meta": META},
    "path as url": lambda path: {"path": f"file://{path}", "meta": META},
    "file=": lambda path: {"path": f"/gradio_api/file={path}", "url": f"/gradio_api/file={path}", "meta": META},
    "list": lambda path: [{"path": path, "meta": META}],
    "nested": lambda path: {"value": {"path": path, "meta": META}},
    "text": lambda path: path,
    "number": lambda path: {"path": 7, "orig_name": path},
    "traversal": lambda path: {"path": f"./../../../../../../../../{path}", "meta": META},
    "zero byte": lambda path: {"path": f"{path}\0.png", "meta": META},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_path_is_neither_read_nor_removed(client: Client, victim: Path, form: str) -> None:
    status, answer = client.event(FORMS[form](str(victim)))
    assert "dx-view" not in answer and "results/" not in answer
    assert str(victim) not in answer
    if form not in ("text", "nested"):
        assert status == 400
        assert list(json.loads(answer)) == ["error"]
    assert victim.read_bytes() == png()


def test_what_was_uploaded_is_shown_once(client: Client) -> None:
    (token,) = client.upload(png())
    assert "Doe" not in token and "/" not in token
    file = {
        "path": token,
        "url": "file:///etc/passwd",
        "is_stream": True,
        "orig_name": "../../x",
        "meta": {"_type": "?"},
    }
    assert "dx-view" in client.event(file)[1]
    assert client.event(file) == (400, client.event({"path": "never", "meta": META})[1])


def test_nobody_waits_for_a_pipe_or_a_device(client: Client, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero"), Path("/dev/stdin"), tmp_path):
        assert client.event({"path": str(path), "meta": META})[0] == 400
    (token,) = client.upload(png())
    assert "dx-view" in client.event({"path": token, "meta": META})[1]  # both workers are free
    assert (tmp_path / "pipe.png").exists()


def test_nothing_is_fetched_for_a_request(client: Client, clients: dict[str, Client]) -> None:
    for url in (clients["open"].address + "samples/0.jpg", "http://127.0.0.1:1/x.png", "https://example.org/x.png"):
        for file in ({"path": url, "meta": META}, {"path": "x", "url": url, "meta": META}):
            assert client.event(file)[0] == 400


def test_fields_that_the_page_does_not_send_are_dropped_in_every_event(client: Client, victim: Path) -> None:
    file = {"path": str(victim), "meta": META, "is_stream": True}
    for event in client.events:
        for data, more in (([file] * 5, None), ([None] * 5, file), ([[[file]]] * 5, None)):
            body = {"data": data, "event_data": more, "fn_index": event["id"], "session_hash": "s", "batched": True}
            assert client.join(body)[0] == 400
    assert victim.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 60000,
        b'{"data": [NaN]}',
        b"\xff\xfe",
        b'{"data": []}',
        b'{"data": [], "session_hash": 1}',
    ],
)
def test_an_event_that_is_none_is_refused_in_one_sentence(client: Client, body: bytes) -> None:
    status, answer = client.join(body)
    assert status == 400
    assert json.loads(answer)["error"].startswith("the event cannot be read: ")
    assert client.join(b'{"data": ["' + b"x" * 70000 + b'"]}')[0] == 413


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file={}",
        "gradio_api/file/{}",
        "file={}",
        "gradio_api/proxy=file://{}",
        "gradio_api/stream/{}",
        "static/{}",
        "static/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f{}",
        "assets/{}",
        "assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e{}",
        "svelte/%2f{}",
        "gradio_api/custom_component/x/client/component/{}",
        "results/x/{}",
    ],
)
def test_no_address_gives_a_file_away(client: Client, victim: Path, path: str) -> None:
    status, body = client.ask(path.format(victim))
    assert status in (400, 403, 404)
    assert png() not in body


def test_an_event_that_the_page_does_not_have_is_refused(client: Client) -> None:
    for function, data in ((-1, []), (99, []), (10**30, []), (client.opened, []), (client.opened, [None] * 6)):
        status, answer = client.join({"data": data, "fn_index": function, "session_hash": "s"})
        assert (status, list(json.loads(answer))) == (400, ["error"])


def test_links_to_states_are_not_followed(client: Client) -> None:
    plain = json.loads(client.ask("config")[1])
    linked = json.loads(client.ask("config?deep_link=..%2F..%2Fx&page=x")[1])
    assert plain == linked
    assert "deep_link_state" not in linked
