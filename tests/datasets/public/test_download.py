"""Fetching against a server in a thread: breaks, lies, and everything an archive from outside may try."""

import hashlib
import http.server
import io
import json
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import pytest

from dentalx.cli import main
from dentalx.datasets import public
from dentalx.datasets.public import SETS, Patience, PublicFile, PublicSet, download, listed
from dentalx.datasets.public.http import check_address, fetch
from dentalx.datasets.public.unpack import UnpackLimits, unpack
from dentalx.errors import InputError

BODY = bytes(range(256)) * 2000
FAST = Patience(tries=4, pause_s=0.001, timeout_s=2.0)
WHOLE, BREAKING, NO_RANGE, CHANGING = "whole", "breaking", "no-range", "changing"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        name = self.path.strip("/")
        answer = getattr(self, "do_" + name.replace("-", "_").split(".")[0], None)
        if answer:
            answer()
        else:
            self.send_error(404)

    def send(self, body, status=200, most=None, **headers):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body[:most])

    def part(self, tag, most=None):
        """Answer a range as RFC 9110 asks: only if the tag is still the same."""
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            said = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
            self.send(BODY[start:], 206, most, ETag=tag, Content_Range=said)
        else:
            self.send(BODY, 200, most, ETag=tag)

    def do_whole(self):
        self.part('"1"')

    def do_breaking(self):
        self.part('"1"', 100_000)
        self.close_connection = True

    def do_changing(self):
        first = len(self.server.asked) == 1
        self.part('"1"' if first else '"2"', 100_000 if first else None)

    def do_no_range(self):
        self.send(BODY, 200, 300_000 if len(self.server.asked) < 3 else None)

    def do_lying(self):
        self.send(BODY, 206, None, ETag='"1"', Content_Range=f"bytes 7-{len(BODY)}/{len(BODY)}")

    def do_busy(self):
        if len(self.server.asked) < 3:
            self.send(b"", 503, Retry_After="0")
        else:
            self.send(BODY)

    def do_round(self):
        self.send_response(302)
        self.send_header("Location", "/round")
        self.end_headers()

    def do_leads_away(self):
        self.send_response(302)
        self.send_header("Location", "http://example.org/x")
        self.end_headers()

    def do_to_file(self):
        self.send_response(302)
        self.send_header("Location", "file:///etc/hostname")
        self.end_headers()

    def do_slow(self):
        time.sleep(1.0)
        self.send(BODY)

    def do_set(self):
        self.send(self.server.archive)

    def do_record(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        item = {"key": "set.zip", "size": len(self.server.archive), "links": {"self": f"{base}/set.zip"}}
        item["checksum"] = "md5:" + hashlib.md5(self.server.archive, usedforsecurity=False).hexdigest()
        self.send(json.dumps({"files": [item | self.server.other], "metadata": {"license": {"id": "cc0"}}}).encode())


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked, made.archive, made.other = [], zipped({"images/a.png": b"a", "inner.zip": b"PK"}), {}
    made.url = f"http://127.0.0.1:{made.server_port}/"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def zipped(files, **info):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for key, value in info.items():
                setattr(member, key, value)
            archive.writestr(member, content)
    return data.getvalue()


def get(server, name, target, patience=FAST):
    seen = []
    fetch(server.url + name, target, lambda done, of: seen.append((done, of)), patience)
    assert target.read_bytes() == BODY
    assert [p.name for p in target.parent.iterdir()] == [target.name]
    assert seen[-1] == (len(BODY), len(BODY))
    return server.asked


def test_a_whole_file_comes(server, tmp_path):
    assert get(server, WHOLE, tmp_path / "a.bin") == [("/whole", None, None)]


def test_a_broken_connection_is_gone_on_with(server, tmp_path):
    asked = get(server, BREAKING, tmp_path / "a.bin")
    assert [r for _, r, _ in asked] == [None, *(f"bytes={n}00000-" for n in (1, 2, 3, 4, 5))]
    assert {tag for _, r, tag in asked if r} == {'"1"'}


def test_a_later_call_goes_on_and_a_changed_file_begins_anew(server, tmp_path):
    with pytest.raises(InputError, match=r"goes on from 100000 bytes"):
        fetch(server.url + CHANGING, tmp_path / "a.bin", lambda done, of: None, Patience(1, 0.001, 2.0))
    assert (tmp_path / ".part.a.bin").stat().st_size == 100_000
    asked = get(server, CHANGING, tmp_path / "a.bin")
    assert asked[1] == ("/changing", "bytes=100000-", '"1"')


def test_interrupting_keeps_the_part(server, tmp_path):
    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.url + WHOLE, tmp_path / "a.bin", stop, FAST)
    kept = (tmp_path / ".part.a.bin").stat().st_size
    assert 0 < kept < len(BODY)
    assert get(server, WHOLE, tmp_path / "a.bin")[-1][1] == f"bytes={kept}-"


def test_a_server_without_ranges_is_asked_from_the_beginning(server, tmp_path):
    assert [r for _, r, _ in get(server, NO_RANGE, tmp_path / "a.bin")] == [None] * 3


def test_a_busy_server_is_asked_again(server, tmp_path):
    assert len(get(server, "busy", tmp_path / "a.bin")) == 3


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "404"),
        ("round", "redirects in circles"),
        ("leads-away", "is not https"),
        ("to-file", "no web address"),
        ("lying", "another part than was asked for"),
    ],
)
def test_refused_for_good(server, tmp_path, name, says):
    with pytest.raises(InputError, match=says):
        fetch(server.url + name, tmp_path / "a.bin", lambda done, of: None, FAST)
    assert not (tmp_path / "a.bin").exists()


def test_a_silent_server_is_given_up(server, tmp_path):
    with pytest.raises(InputError, match="broke off again and again"):
        fetch(server.url + "slow", tmp_path / "a.bin", lambda done, of: None, Patience(1, 0.001, 0.1))


@pytest.mark.parametrize("url", ["http://example.org/a", "file:///etc/passwd", "ftp://localhost/a", "localhost/a", ""])
def test_only_https(url):
    with pytest.raises(InputError, match="not https"):
        check_address(url)
    check_address("https://example.org/a")
    with pytest.raises(InputError, match="not https"):
        check_address("http://127.0.0.1/a", "https://example.org/a")


def a_set(server, digest=None):
    return PublicSet("t", "https://example.org", "CC0", (PublicFile(server.url + "set.zip", "set.zip", digest, "x"),))


def fetched(wanted, folder):
    said = []
    return download(wanted, folder, said.append, lambda name: lambda done, of: None, FAST), " | ".join(said)


def test_a_set_is_fetched_checked_unpacked_and_written_down(server, tmp_path):
    sha = hashlib.sha256(server.archive).hexdigest()
    folders, said = fetched(a_set(server, f"sha256:{sha}"), tmp_path)
    assert folders == [tmp_path / "set"] and (tmp_path / "set" / "images" / "a.png").read_bytes() == b"a"
    assert "archives inside, left as they are: inner.zip" in said
    (noted,) = json.loads((tmp_path / "download.json").read_text())["files"]
    assert noted["sha256"] == sha and noted["checked"] == "sha256 x"
    assert fetched(a_set(server, f"sha256:{sha}"), tmp_path)[0] == folders
    assert len(server.asked) == 1


def test_a_wrong_checksum_removes_the_file(server, tmp_path):
    with pytest.raises(InputError, match=f"expected {'0' * 64}"):
        fetched(a_set(server, f"sha256:{'0' * 64}"), tmp_path)
    assert not (tmp_path / "set.zip").exists() and not (tmp_path / "set").exists()


def test_without_a_checksum_the_first_one_counts(server, tmp_path):
    assert "nobody has published a checksum" in fetched(a_set(server), tmp_path)[1]
    (tmp_path / "set.zip").unlink()
    assert "as when it was first fetched" in fetched(a_set(server), tmp_path)[1]
    (tmp_path / "set.zip").unlink()
    server.archive = zipped({"b": b"other"})
    with pytest.raises(InputError, match="as when it was first fetched"):
        fetched(a_set(server), tmp_path)


def test_a_record_lists_the_files(server, tmp_path):
    wanted, licence = listed(PublicSet("t", "p", "CC0", record=server.url + "record"))
    assert licence == "cc0" and wanted.files[0].digest.startswith("md5:")
    assert fetched(wanted, tmp_path)[0] == [tmp_path / "set"]
    for other in ({"key": "../x.zip"}, {"key": 3}, {"checksum": ""}, {"links": {"self": "http://example.org/x"}}):
        server.other = other
        with pytest.raises(InputError):
            listed(PublicSet("t", "p", "CC0", record=server.url + "record"))


def test_the_command(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(public.SETS, "here", a_set(server))
    words = ["download", "here", "--output", str(tmp_path / "here")]
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(words) == 2
    assert "--accept-licence" in capsys.readouterr().err and not server.asked
    assert main([*words, "--accept-licence"]) == 0
    said = capsys.readouterr().out
    assert said.index("terms as found: CC0") < said.index("nobody has published") and "next: --data" in said
    assert main(["download"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name} " in said for name in SETS)
    assert main(["download", "tufts"]) == 1
    assert "no program can fetch it" in capsys.readouterr().out
    assert main(["download", "dentx"]) == 2
    assert "did you mean dentex?" in capsys.readouterr().err


def put(folder, data, name="a.zip"):
    (folder / name).write_bytes(data)
    return folder / name


def tarred(**info):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo(info.pop("name", "x/a.png"))
        content = info.pop("content", b"abc")
        member.size = len(content)
        for key, value in info.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def test_archives_are_unpacked(tmp_path):
    assert unpack(put(tmp_path, zipped({"x/a.png": b"abc", "__MACOSX/._a": b"", "x/": b""})), tmp_path / "z") == []
    unpack(put(tmp_path, tarred(), "a.tar.gz"), tmp_path / "t")
    for folder in ("z", "t"):
        assert [p.name for p in (tmp_path / folder).rglob("*") if p.is_file()] == ["a.png"]


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (zipped({"../a": b""}), "a.zip", "leaves its folder"),
        (zipped({"x/../../a": b""}), "a.zip", "leaves its folder"),
        (zipped({"/etc/a": b""}), "a.zip", "leaves its folder"),
        (zipped({"C:\\a": b""}), "a.zip", "leaves its folder"),
        (zipped({"..\\..\\a": b""}), "a.zip", "leaves its folder"),
        (zipped({"a\nb": b""}), "a.zip", "leaves its folder"),
        (zipped({"a": b"/etc/passwd"}, external_attr=0o120777 << 16), "a.zip", "a link"),
        (zipped({"A": b"1", "a": b"2"}), "a.zip", "twice"),
        (zipped({str(n): b"" for n in range(30)}), "a.zip", "as attacks do"),
        (zipped({"a": bytes(2 * 10**6)}), "a.zip", "as attacks do"),
        (zipped({"a": b"x" * 500})[:-60], "a.zip", "is broken"),
        (zipped({"a": b"x" * 500}).replace(b"\x4b\x4c", b"\x4b\x4d", 1)[:40] + b"\xff" * 90, "a.zip", "is broken"),
        (b"no archive", "a.zip", "is broken"),
        (tarred(name="../a"), "a.tar.gz", "leaves its folder"),
        (tarred(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "a.tar.gz", "a link"),
        (tarred(type=tarfile.LNKTYPE, linkname="a"), "a.tar.gz", "a link"),
        (tarred(type=tarfile.FIFOTYPE), "a.tar.gz", "a link or a device"),
        (tarred(content=bytes(2 * 10**6)), "a.tar.gz", "as attacks do"),
        (tarred(content=b"q" * 4000)[:60], "a.tar.gz", "is broken"),
    ],
    ids=lambda value: "data" if isinstance(value, bytes) else str(value),  # gzip writes the time of day
)
def test_archives_that_are_refused(tmp_path, data, name, says):
    limits = UnpackLimits(files=20, size=10**9, ratio=10, slack=10**5)
    with pytest.raises(InputError, match=says):
        unpack(put(tmp_path, data, name), tmp_path / "out", limits)
    assert [p.name for p in tmp_path.rglob("*")] == [name]


def test_the_catalogue_agrees_with_the_page_for_people():
    page = (Path(__file__).parents[3] / "data" / "README.md").read_text("utf-8")
    for name, each in SETS.items():
        assert each.page in page, f"{name} is not in data/README.md"
        assert each.terms in page, f"{name}: data/README.md has other terms"
        assert each.fetchable != bool(each.steps)
        for file in each.files:
            check_address(file.url)
            assert file.digest is None or (file.known_from and len(file.digest) in (4 + 32, 7 + 64))
