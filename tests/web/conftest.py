"""One server and one browser for every test of the page."""

import os
from collections.abc import Iterator

import pytest
from browsing import Users, chromium
from web_models import Site, site


@pytest.fixture(autouse=True)
def upload_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the upload folder of the process back after each test: the running server's is where its uploads lie."""
    if folder := os.environ.get("GRADIO_TEMP_DIR"):
        monkeypatch.setenv("GRADIO_TEMP_DIR", folder)


@pytest.fixture(scope="session")
def page() -> Iterator[Site]:
    """A server with two models."""
    with site() as running:
        yield running


@pytest.fixture(scope="module")
def users(page: Site) -> Iterator[Users]:
    """A browser, and whoever uses it; its event loop runs in this thread, and is gone before the next file's tests."""
    with chromium(page.address) as started:
        yield started
