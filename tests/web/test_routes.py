"""The addresses of the page's library: each one known, and which of them are open."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from web_models import Site

from dentalx.web.guard import OPEN

fastapi = pytest.importorskip("fastapi")
# What stands behind the door, as the library has it in the range of requirements-web.txt. A new address fails the test:
# read what it takes and gives before it is added here, and open it in the guard only where the page needs it.
SHUT = """
GET /openapi.json /login /logout /gradio_api/deep_link /pwa_icon/{size} /pwa_icon /monitoring /monitoring/summary
GET /monitoring/{key} /gradio_api/user /gradio_api/login_check /gradio_api/token /gradio_api/dev/reload /gradio_api/runs
GET /gradio_api/openapi.json /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}
GET /gradio_api/proxy={url_path:path} /gradio_api/file={path_or_url:path} /gradio_api/file/{path:path}
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8 /gradio_api/queue/status
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext} /gradio_api/theme.css
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file /gradio_api/vibe-code
GET /gradio_api/call/{api_name}/{event_id} /gradio_api/call/v2/{api_name}/{event_id}
HEAD /openapi.json /gradio_api/proxy={url_path:path} /gradio_api/file={path_or_url:path}
POST /login /gradio_api/stream/{event_id} /gradio_api/stream/{event_id}/close /gradio_api/api/{api_name}
POST /gradio_api/run/{api_name} /gradio_api/call/v2/{api_name} /gradio_api/call/{api_name} /gradio_api/component_server
POST /gradio_api/process_recording /gradio_api/vibe-edit /gradio_api/undo-vibe-edit /gradio_api/vibe-code
POST /gradio_api/vibe-starter-queries
"""
PASSED = """
GET / /config /theme.css /favicon.ico /robots.txt /manifest.json
GET /static/{path:path} /assets/{path:path} /svelte/{path:path}
GET /gradio_api/app_id /gradio_api/info /gradio_api/startup-events /gradio_api/heartbeat/{session_hash}
GET /gradio_api/queue/data /gradio_api/upload_progress
HEAD /
POST /gradio_api/reset /gradio_api/queue/join /gradio_api/cancel /gradio_api/upload
"""
OURS = "/health /api/v1/models /api/v1/predict /gradio_api/upload /gradio_api/upload_progress"


def in_a_loop_of_its_own(awaitable: Any) -> Any:
    """Run it in another thread: in this one the browser of other tests may have a loop that runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, awaitable).result()


def listed(text: str) -> set[tuple[str, str]]:
    return {(line.split()[0], path) for line in text.strip().splitlines() for path in line.split()[1:]}


def routes(found: Any) -> Iterator[Any]:
    """Every route, those of included routers and of what is mounted too."""
    for route in found:
        inner = getattr(route, "original_router", route)
        if nested := getattr(inner, "routes", None):
            yield from routes(nested)
        else:
            yield route


@pytest.fixture(scope="module")
def app(page: Site) -> Any:
    from dentalx.web.api import application
    from dentalx.web.page import mount

    async def mounted() -> Any:  # where no event loop runs, the library makes its own and never closes them
        return mount(application(page.answers), page.answers)

    return in_a_loop_of_its_own(mounted())


def test_every_address_of_the_library_is_known(app: Any) -> None:
    mounted = next(route for route in app.routes if hasattr(route, "routes") and not hasattr(route, "endpoint"))
    found = {(method, route.path.rstrip("/") or "/") for route in routes(mounted.routes) for method in route.methods}
    assert found - listed(SHUT) - listed(PASSED) == set()
    assert listed(PASSED) - found == set()
    for method, path in found:
        example = re.sub(r"\{[^}]*\}", "x", path)
        assert bool(OPEN.fullmatch(example)) == ((method, path) in listed(PASSED)), (method, path)


def test_ours_are_asked_before_the_librarys(app: Any) -> None:
    first = [route.path for route in app.routes if hasattr(route, "methods")]
    assert set(OURS.split()) <= set(first)
    assert not hasattr(app.routes[-1], "methods")  # what is mounted comes last


def test_the_library_is_held_to_a_range() -> None:
    lines = (Path(__file__).resolve().parents[2] / "requirements-web.txt").read_text("utf-8").split()
    assert any(re.fullmatch(r"gradio>=\d+\.\d+,<\d+\.\d+", line) for line in lines)


def test_its_own_check_of_paths_is_on(page: Site, tmp_path: Path) -> None:
    """A mounted page's own check returns at once unless the page says that it was launched."""
    from gradio.context import LocalContext
    from gradio.exceptions import InvalidPathError
    from gradio.processing_utils import _check_allowed

    from dentalx.web.page import build

    async def built() -> Any:
        return build(page.answers)

    blocks = in_a_loop_of_its_own(built())
    held = LocalContext.blocks.set(blocks)
    try:
        _check_allowed(tmp_path / "own.png", True)  # as the library leaves it: anything goes
        blocks.has_launched = True
        with pytest.raises(InvalidPathError):
            _check_allowed(tmp_path / "own.png", True)
    finally:
        LocalContext.blocks.reset(held)
