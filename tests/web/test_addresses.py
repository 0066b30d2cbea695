"""The addresses beside the page, asked as programs ask."""

import io
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from web_models import Site

from dentalx import DISCLAIMER
from dentalx.datasets.readers.raster import decompress
from dentalx.geometry import rle_decode
from dentalx.web.picture import MOST_BYTES

BOUNDARY = "xxboundaryxx"


def png(shape: tuple[int, int] = (40, 80), level: int = 204) -> bytes:
    """The upper half bright."""
    pixels = np.zeros(shape, np.uint8)
    pixels[: shape[0] // 2] = level
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def ask(page: Site, path: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(page.address + path, data, named)
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


def predict(page: Site, data: bytes, name: str = "Doe_John.png", **fields: str) -> tuple[int, dict[str, Any]]:
    """POST /api/v1/predict as curl -F does."""
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
    status, answer, headers = ask(
        page, "api/v1/predict", body, Content_Type=f"multipart/form-data; boundary={BOUNDARY}"
    )
    assert headers["cache-control"] == "no-store"
    return status, json.loads(answer)


def test_classes_areas_and_outlines(page: Site) -> None:
    status, answer = predict(page, png())
    assert status == 200
    assert answer["disclaimer"] == DISCLAIMER
    assert answer["model"] == {"name": "bright", "task": "semantic", "classes": ["bright"], "threshold": 0.5}
    assert answer["image"] == {"height": 40, "width": 80}
    assert answer["classes"] == [
        {"name": "bright", "fdi": None, "count": 1, "area_px": 1600, "area_mm2": None, "share": 0.5, "confidence": 0.8}
    ]
    (found,) = answer["objects"]
    mask = rle_decode(list(decompress(found["segmentation"]["counts"], 3200)), (40, 80))
    assert mask[:20].all() and not mask[20:].any()
    assert (found["bbox"], found["area"], found["category_id"]) == ([0, 0, 80, 20], 1600, 1)
    assert "Doe" not in json.dumps(answer)


def test_objects_and_numbers_that_agree(page: Site) -> None:
    _, answer = predict(page, png(), model="numbered")
    assert [(row["fdi"], row["count"]) for row in answer["classes"]] == [(36, 2), (None, 1), (37, 1)]
    assert [found["score"] for found in answer["objects"]] == [0.9, 0.7, 0.6, 0.55]
    _, all_of_them = predict(page, png(), model="numbered", threshold="0.1")
    assert len(all_of_them["objects"]) == 5
    _, agreed = predict(page, png(), model="numbered", consistent_numbers="true")
    assert [(row["fdi"], row["count"]) for row in agreed["classes"]] == [(36, 1), (None, 1), (37, 1)]
    assert len(agreed["changes"]) == 2


def test_the_threshold_is_the_askers(page: Site) -> None:
    assert predict(page, png(), threshold="0.81")[1]["classes"][0]["area_px"] == 0
    assert predict(page, png(), threshold="0.79")[1]["classes"][0]["area_px"] == 1600


@pytest.mark.parametrize(
    ("data", "fields", "status", "told"),
    [
        (b"Dear colleague", {}, 400, "the file is no picture"),
        (b"", {}, 400, "the file is empty"),
        (png()[:60], {}, 400, "the file is truncated or damaged"),
        (png(), {"threshold": "7"}, 400, "threshold must lie in 0…1, got 7"),
        (png(), {"threshold": "nan"}, 422, "threshold"),
        (png(), {"model": "other"}, 400, "choose one of bright, numbered"),
    ],
)
def test_what_is_wrong_is_one_sentence(page: Site, data: bytes, fields: dict[str, str], status: int, told: str) -> None:
    answered, answer = predict(page, data, **fields)
    assert answered == status
    assert list(answer) == ["error"]
    assert told in answer["error"]
    assert str(page.folder) not in answer["error"]


def test_what_went_wrong_here_is_told_here_alone(
    page: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(page.bright), "__call__", lambda *args: 1 / 0)
    assert predict(page, png()) == (500, {"error": "something went wrong; the terminal says what"})
    assert "ZeroDivisionError" in caplog.text
    assert "Doe" not in caplog.text


def test_models_and_a_sign_of_life(page: Site) -> None:
    assert json.loads(ask(page, "health")[1]) == {"status": "ready"}
    listed = json.loads(ask(page, "api/v1/models")[1])
    assert [model["name"] for model in listed["models"]] == ["bright", "numbered"]


def test_too_much_is_refused_before_it_is_read(page: Site) -> None:
    headers = {"Content_Length": str(2 * MOST_BYTES), "Content_Type": "application/octet-stream"}
    status, body, _ = ask(page, "api/v1/predict", b"x", **headers)
    assert status == 413
    assert "128 MiB" in json.loads(body)["error"]


def test_nothing_else_is_open(page: Site) -> None:
    for path in ("docs", "openapi.json", "monitoring", "gradio_api/file=x", "gradio_api/proxy=http://x", "login"):
        assert ask(page, path)[0] == 404, path
    assert ask(page, "results/abc/mask.png")[0] == 400


def test_headers_of_every_answer(page: Site) -> None:
    for path in ("", "health", "nothing"):
        _, _, headers = ask(page, path, Origin=page.address.rstrip("/"))
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-frame-options"] == "DENY"
        assert not [name for name in headers if name.startswith("access-control")]


def test_other_sites_are_refused(page: Site) -> None:
    assert ask(page, "health", Host="evil.example")[0] == 421
    assert ask(page, "api/v1/models", Origin="http://evil.example")[0] == 403


def test_nothing_stays_on_the_disk(page: Site, tmp_path: Path) -> None:
    predict(page, png())
    predict(page, b"broken")
    assert [path for path in page.folder.rglob("*") if path.is_file() and path.stat().st_size] == []
    assert page.folder.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize(
    ("path", "method", "body", "kind", "status"),
    [
        ("nothing", "GET", None, "", 404),
        ("api/v1/predict", "GET", None, "", 405),
        ("api/v1/models", "DELETE", None, "", 405),
        ("health", "POST", b"", "", 405),
        ("config", "PUT", b"", "", 405),
        ("gradio_api/queue/join", "GET", None, "", 405),
        ("api/v1/predict", "POST", b"{}", "application/json", 422),
        ("api/v1/predict", "POST", b"", "", 422),
        ("api/v1/predict", "POST", b"--x", "multipart/form-data", 400),
        ("api/v1/predict", "POST", b"no form at all", "multipart/form-data; boundary=x", 400),
        ("api/v1/predict", "POST", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--', "m", 422),
        ("gradio_api/cancel", "POST", b"{", "application/json", 422),
        ("gradio_api/upload", "POST", b"", "", 422),
        ("gradio_api/queue/data", "GET", None, "", 422),
        ("samples/9.jpg", "GET", None, "", 400),
        ("results/x/y", "GET", None, "", 400),
        ("static/nothing.js", "GET", None, "", 404),
    ],
)
def test_every_error_is_one_sentence(
    page: Site, path: str, method: str, body: bytes | None, kind: str, status: int
) -> None:
    kinds = {"m": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(page.address + path, body, {"Content-Type": kinds.get(kind, kind)}, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=60):
        pass
    with refused.value as answer:
        said = json.loads(answer.read())
        assert (answer.code, list(said)) == (status, ["error"])
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
    assert said["error"] and "\n" not in said["error"]


def test_no_browser_keeps_what_the_page_says(page: Site) -> None:
    for path in ("", "config", "health", "api/v1/models", "theme.css", "gradio_api/info"):
        assert ask(page, path)[2]["cache-control"] == "no-store", path


def test_as_many_wait_as_is_written(page: Site) -> None:
    promised = (Path(__file__).resolve().parents[2] / "docs" / "serve.md").read_text("utf-8")
    assert "eight more may wait" in " ".join(promised.split())
    with ThreadPoolExecutor(16) as pool, page.answers.shelf._network:
        asked = [pool.submit(predict, page, png()) for _ in range(12)]
        refused = [done.result() for done in islice(as_completed(asked), 3)]
        assert ask(page, "health")[0] == 200
    assert [status for status, _ in refused] == [503] * 3
    assert refused[0][1]["error"].startswith("8 images are waiting already")
    assert sorted(one.result()[0] for one in asked) == [200] * 9 + [503] * 3
