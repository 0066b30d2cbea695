"""What the tests of the page do in a headless Chromium."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
WAIT_MS = 600_000  # a busy machine is no fault of the page
NAME = "Doe_Jane_1970-01-01.png"


class Users:
    """Contexts of one browser, which share nothing, and all that they asked the network for."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address, self.asked = browser, address, []
        self.errors: list[str] = []

    def new(self, **options: Any) -> Any:
        """A page that is ready to be used, in a context with these options."""
        context = self.browser.new_context(accept_downloads=True, **options)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address)
        page.wait_for_selector("#sample-0")
        page.wait_for_selector("#drop input[type=file]", state="attached")
        return page


@contextmanager
def chromium(address: str) -> Iterator[Users]:
    """A browser for which no name but this machine's exists."""
    from playwright.sync_api import sync_playwright

    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as started:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=[alone, *sandbox], timeout=WAIT_MS)
        yield Users(browser, address)
        browser.close()


def drop(tab: Any, data: bytes, name: str = NAME) -> None:
    tab.set_input_files("#drop input[type=file]", {"name": name, "mimeType": "image/png", "buffer": data})


def answer(tab: Any) -> str:
    """The number of the answer that is shown, when it and its image are there."""
    tab.wait_for_selector("#result:not(.busy) .dx-view")
    tab.wait_for_function("() => document.querySelector('.dx-view img').naturalWidth > 0")
    return str(tab.get_attribute(".dx-result", "data-answer"))


def other(tab: Any, before: str) -> str:
    """The number of the next answer."""
    tab.wait_for_function("n => document.querySelector('.dx-result')?.dataset.answer !== n", arg=before)
    return answer(tab)


def link(tab: Any) -> str:
    """Where the first file is taken from, which says what was asked for."""
    return str(tab.get_attribute("a.download", "href"))


def cell(tab: Any, column: int) -> str:
    return str(tab.inner_text(f".dx-result table tbody tr:first-child td:nth-of-type({column})"))
