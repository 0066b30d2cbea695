"""The page in a headless Chromium: dropped, slid, taken away; two users; nothing beyond this machine."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from browsing import CHROMIUM, Users, answer, cell, drop, link, other
from PIL import Image
from test_addresses import png
from web_models import Site

from dentalx import DISCLAIMER

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def tab(users: Users) -> Any:
    """The first user's page, opened once, which costs seconds."""
    return users.new()


def eventually(true: Callable[[], bool], seconds: float = 300) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


def test_dropped_slid_and_taken_away(page: Site, tab: Any) -> None:
    assert DISCLAIMER in tab.inner_text(".dx-notice")
    drop(tab, png((60, 120)))
    first = answer(tab)
    assert (cell(tab, 1), cell(tab, 2), cell(tab, 4)) == ("1", "3,600", "0.80")
    assert "no chart of teeth" in tab.inner_text(".dx-result")
    asked = page.bright.asked
    tab.fill("#threshold input[type=number]", "0.9")
    second = other(tab, first)
    assert cell(tab, 2) == "0"
    assert "Nothing found at this confidence threshold" in tab.inner_text(".dx-result .warning")
    tab.locator("#opacity input[type=range]").press("ArrowRight")
    other(tab, second)
    assert "threshold=0.9&opacity=0.4" in link(tab)
    assert page.bright.asked == asked
    with tab.expect_download() as caught:
        tab.click("a.download >> text=Mask")
    mask = np.asarray(Image.open(Path(caught.value.path())))
    assert (caught.value.suggested_filename, mask.shape, mask.any()) == ("mask.png", (60, 120), False)
    assert "Doe" not in tab.content()
    assert DISCLAIMER in tab.inner_text(".dx-notice")
    left = [path for path in page.folder.rglob("*") if path.is_file() and path.stat().st_size]
    assert left == [] and not list(page.folder.rglob("*Doe*"))


def test_a_bad_file_is_one_sentence(page: Site, tab: Any) -> None:
    drop(tab, b"Dear colleague, this is no picture")
    tab.wait_for_selector(".dx-result p.warning")
    said = tab.inner_text(".dx-result")
    assert said.startswith("The file is no picture")
    assert "Traceback" not in tab.content() and str(page.folder) not in said


def test_samples_and_another_model(tab: Any) -> None:
    tab.click("#sample-1")
    first = answer(tab)
    tab.click("#model input")
    tab.get_by_role("option", name="numbered").click()
    tab.wait_for_selector(".dx-chart svg.teeth")
    second = other(tab, first)
    assert tab.locator("svg.teeth g").count() == 32
    assert tab.locator("svg.teeth g.found").count() == 2
    assert [tab.locator(f"svg.teeth g.{kind}").count() for kind in ("absent", "unknown")] == [0, 30]
    tab.check("#agree input")
    other(tab, second)
    assert "consistent=1" in link(tab)
    assert "2 numbers changed" in tab.inner_text(".dx-chart")


def test_two_users_see_their_own(page: Site, tab: Any, users: Users) -> None:
    other_user = users.new()
    drop(tab, png((60, 120)))
    drop(other_user, png((80, 120), 255))
    tab.wait_for_selector(".dx-result >> text=60 × 120 pixels")
    other_user.wait_for_selector(".dx-result >> text=80 × 120 pixels")
    mine, theirs = link(tab), link(other_user)
    assert mine.split("/")[1] != theirs.split("/")[1]
    assert tab.request.get(users.address + theirs).ok  # as long as it is kept
    before = len(page.answers.desk)
    other_user.context.close()
    assert eventually(lambda: len(page.answers.desk) == before - 1)
    assert tab.request.get(users.address + mine).ok
    assert not tab.request.get(users.address + theirs).ok


def test_nothing_is_asked_of_other_machines(users: Users, tab: Any) -> None:
    """Of all that the tests above did."""
    kinds = {(urlsplit(url).scheme, urlsplit(url).hostname) for url in users.asked}
    assert kinds - {("data", None), ("blob", None)} == {("http", "127.0.0.1")}
    assert users.errors == []
