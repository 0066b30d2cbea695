"""One server and one browser for every test of the page."""

from collections.abc import Iterator

import pytest
from browsing import Users, chromium
from web_models import Site, site


@pytest.fixture(scope="session")
def page() -> Iterator[Site]:
    """A server with two models."""
    with site() as running:
        yield running


@pytest.fixture(scope="session")
def users(page: Site) -> Iterator[Users]:
    """A browser, and whoever uses it."""
    with chromium(page.address) as started:
        yield started
