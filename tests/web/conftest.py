"""One server for every test of the page."""

from collections.abc import Iterator

import pytest
from web_models import Site, site


@pytest.fixture(scope="session")
def page() -> Iterator[Site]:
    """A server with two models."""
    with site() as running:
        yield running
