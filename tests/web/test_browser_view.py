"""What a dentist does with an answer: waits for it, moves its settings, looks closer, goes from chart to outline."""

import time
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, Users, answer, cell, drop, link, other
from test_addresses import png
from web_models import Site

from dentalx import DISCLAIMER
from dentalx.web import answers, api
from dentalx.web.drawing import radiograph
from dentalx.web.picture import MOST_BYTES
from dentalx.web.waiting import TOO_LARGE

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")
DELAY_S = 3.0


@pytest.fixture(scope="module")
def tab(users: Users) -> Any:
    return users.new(viewport={"width": 1440, "height": 900})


def choose(tab: Any, model: str) -> None:
    before = tab.inner_text("#about")
    tab.click("#model input")
    tab.get_by_role("option", name=model).click()
    tab.wait_for_function("said => document.querySelector('#about').innerText !== said", arg=before)


def faded(tab: Any, selector: str) -> float:
    """The opacity that an element is seen with."""
    return float(
        tab.evaluate(
            """selector => { let e = document.querySelector(selector), seen = 1;
            for (; e; e = e.parentElement) seen *= getComputedStyle(e).opacity; return seen; }""",
            selector,
        )
    )


def outlined(tab: Any) -> list[str]:
    return list(tab.locator("svg.outlines title").all_text_contents())


def test_while_an_answer_is_under_way_image_and_numbers_are_dimmed_together(
    tab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tab, png((60, 120)))
    first = answer(tab)
    assert (cell(tab, 2), outlined(tab)) == ("3,600", ["bright, confidence 0.80, 3,600 px"])
    slow = answers.view
    monkeypatch.setattr(answers, "view", lambda *args: time.sleep(DELAY_S) or slow(*args))
    tab.fill("#threshold input[type=number]", "0.9")
    tab.wait_for_selector("#result.busy")
    tab.wait_for_timeout(1000)
    assert tab.get_attribute(".dx-result", "data-answer") == first
    for part in (".dx-view img", "svg.outlines", ".dx-result table", "a.download"):
        assert faded(tab, part) < 0.5, part
    assert (cell(tab, 2), outlined(tab)) == ("3,600", ["bright, confidence 0.80, 3,600 px"])
    assert tab.inner_text("#dx-waiting") == "Working…"
    other(tab, first)
    assert (cell(tab, 2), outlined(tab)) == ("0", [])
    tab.wait_for_function("() => getComputedStyle(document.querySelector('.dx-result')).opacity === '1'")
    assert tab.inner_text("#dx-waiting") == ""


def test_outlines_are_never_over_another_image(tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image of a new answer is three seconds late: until then there are no outlines, and numbers are dimmed."""
    tab.fill("#threshold input[type=number]", "0.5")
    before = answer(tab)
    monkeypatch.setattr(api, "radiograph", lambda looked: time.sleep(DELAY_S) or radiograph(looked))
    drop(tab, png((80, 160)))
    tab.wait_for_function("n => document.querySelector('.dx-result').dataset.answer !== n", arg=before)
    tab.wait_for_selector(".dx-result >> text=80 × 160 pixels")
    assert not tab.is_visible(".dx-view img") and not tab.is_visible("svg.outlines")
    assert tab.evaluate("document.querySelector('#result').classList.contains('busy')")
    answer(tab)
    assert tab.is_visible("svg.outlines")


def test_an_answer_that_another_image_has_overtaken_is_not_shown(tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = answer(tab)
    quick, delays = answers.view, iter([1.5])  # of the first view alone
    monkeypatch.setattr(answers, "view", lambda *args: time.sleep(next(delays, 0)) or quick(*args))
    tab.fill("#threshold input[type=number]", "0.8")
    tab.wait_for_selector("#result.busy")
    tab.wait_for_timeout(300)
    tab.click("#sample-2")
    tab.wait_for_selector(".dx-result >> text=512 × 1024 pixels")
    assert other(tab, before) != before
    shown = tab.get_attribute(".dx-result", "data-answer")
    tab.wait_for_timeout(1500)
    assert answer(tab) == shown and "512 × 1024 pixels" in tab.inner_text(".dx-result")


def test_no_control_moves_while_another_image_is_under_way(tab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before, quick = answer(tab), answers.view
    monkeypatch.setattr(answers, "view", lambda *args: time.sleep(1) or quick(*args))
    tab.click("#sample-0")
    tab.wait_for_selector("#controls[inert]", state="attached")
    assert tab.locator("#open[inert]").count() == 1
    other(tab, before)
    assert tab.locator("[inert]").count() == 0
    assert tab.evaluate("document.activeElement.id") == "sample-0"


def test_a_new_image_keeps_the_settings_and_another_model_announces_its_own(tab: Any) -> None:
    tab.fill("#threshold input[type=number]", "0.7")
    tab.wait_for_selector(".dx-result >> text=confidence threshold 0.70")
    before = answer(tab)
    drop(tab, png((40, 100)))
    before = other(tab, before)
    assert "threshold=0.7&" in link(tab)
    assert tab.input_value("#threshold input[type=number]") == "0.7"
    choose(tab, "numbered")
    other(tab, before)
    assert tab.input_value("#threshold input[type=number]") == "0.5"
    assert "confidence threshold 0.50, the model’s own" in tab.inner_text(".dx-result")
    assert "This model’s own: 0.50" in tab.inner_text("#threshold")
    assert tab.inner_text("#threshold").startswith("Confidence threshold")


def test_chart_and_outlines_light_up_together(tab: Any) -> None:
    before = answer(tab)
    tab.click("#sample-1")
    other(tab, before)
    teeth = tab.locator("svg.teeth [role=button]")
    assert teeth.count() == 2
    assert tab.locator("svg.teeth .shade3").count() == 2  # mean scores of 0.725 and 0.70
    tooth = tab.locator("svg.teeth [role=button]", has_text="36").first
    tooth.hover()
    key = tooth.get_attribute("data-key")
    assert tab.locator(".outlines g.on").count() == tab.locator(f'.outlines g[data-key="{key}"]').count() == 2
    assert tab.inner_text(".dx-view figcaption").startswith("Tooth 36: found 2 times")
    tab.locator(f'.outlines g[data-key="{key}"] path').last.click()
    assert tooth.get_attribute("aria-pressed") == "true"
    assert tab.locator(f'tr.on[data-key="{key}"]').count() >= 1
    tab.keyboard.press("Escape")
    tab.mouse.move(5, 5)
    assert tooth.get_attribute("aria-pressed") == "false" and tab.locator(".outlines g.on").count() == 0


def test_the_chart_by_keyboard(tab: Any) -> None:
    """One stop of the tab key; arrows go from tooth to tooth, Enter keeps one lit."""
    assert tab.locator("svg.teeth [tabindex='0']").count() == 1
    tab.locator("svg.teeth [tabindex='0']").focus()
    first = tab.evaluate("document.activeElement.dataset.key")
    for key in ("ArrowRight", "ArrowLeft"):
        tab.keyboard.press(key)
    moved = tab.evaluate("document.activeElement.dataset.key")
    tab.keyboard.press("Enter")
    assert tab.locator(f'svg.teeth [data-key="{moved}"]').get_attribute("aria-pressed") == "true"
    assert {first, moved} <= {"1", "3"}
    tab.keyboard.press("Escape")


def test_zoom_pan_original_and_outlines_off(tab: Any) -> None:
    width = "document.querySelector('.dx-sheet').clientWidth / document.querySelector('.dx-pane').clientWidth"
    assert tab.evaluate(width) == pytest.approx(1, abs=0.02)
    tab.click("[data-do=in]")
    tab.click("[data-do=in]")
    assert tab.evaluate(width) == pytest.approx(2, abs=0.05)
    tab.click("[data-do=original]")
    sheets = "[...document.querySelectorAll('.dx-pane')].map(p => [p.scrollLeft, p.scrollTop, p.clientWidth])"
    pane = tab.locator(".dx-pane").first
    box = pane.bounding_box()
    tab.mouse.move(box["x"] + 200, box["y"] + 100)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    tab.mouse.up()
    tab.wait_for_timeout(200)
    first, second = tab.evaluate(sheets)
    assert first[0] > 0 and first == pytest.approx(second, abs=2)
    assert tab.is_visible(".dx-pane.original img") and tab.locator(".dx-pane.original svg").count() == 0
    before = answer(tab)
    tab.fill("#threshold input[type=number]", "0.4")
    other(tab, before)
    assert tab.evaluate(width) == pytest.approx(2, abs=0.05)  # a moved threshold leaves the view as it is
    pane.focus()
    tab.keyboard.press("o")
    assert not tab.is_visible("svg.outlines")
    tab.keyboard.press("o")
    tab.keyboard.press("0")
    assert tab.is_visible("svg.outlines") and tab.evaluate(width) == pytest.approx(1, abs=0.02)
    tab.click("[data-do=original]")


def test_why_an_upload_was_refused_stays(tab: Any, tmp_path: Path) -> None:
    drop(tab, b"Dear colleague, this is no picture")
    tab.wait_for_selector(".dx-result p.warning")
    tab.fill("#threshold input[type=number]", "0.3")
    tab.locator("#opacity input[type=range]").press("ArrowRight")
    choose(tab, "bright")
    tab.wait_for_timeout(500)
    assert tab.inner_text(".dx-result").startswith("The file is no")
    assert not tab.locator("#result.busy").count()
    large = tmp_path / "large.tif"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    tab.set_input_files("#drop input[type=file]", large)
    tab.wait_for_selector("#dx-refused:not(:empty)")
    tab.wait_for_timeout(500)
    assert tab.inner_text("#dx-refused") == TOO_LARGE
    assert not tab.is_visible(".dx-result") and not tab.locator("#result.busy").count()
    drop(tab, png((60, 120)))
    answer(tab)
    assert tab.inner_text("#dx-refused") == ""


def test_every_control_shows_its_focus(tab: Any) -> None:
    tab.mouse.click(5, 5)
    seen: list[str] = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        name, width = tab.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            const name = e.id || e.dataset?.do || e.getAttribute('aria-label') || e.innerText || e.tagName;
            return [e === document.body ? 'BODY' : name,
            s.outlineStyle === 'none' || e === document.body ? 0 : parseFloat(s.outlineWidth)]; }"""
        )
        if name in seen or name == "BODY":
            break
        seen.append(name)
        assert width >= 2, f"{name} does not show its focus; {seen}"
    assert {"sample-0", "outlines", "original", "in"} <= set(seen), seen


def test_on_a_telephone_the_image_comes_first_and_the_notice_takes_one_line(users: Users) -> None:
    phone = users.new(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    drop(phone, png((60, 120)))
    answer(phone)
    tops = [phone.locator(each).bounding_box()["y"] for each in (".dx-view", "#controls", ".dx-result table", "#drop")]
    assert tops == sorted(tops)
    assert phone.locator(".dx-view").bounding_box()["y"] < 250
    notice = phone.locator(".dx-notice")
    assert notice.bounding_box()["height"] < 36 and notice.inner_text() == DISCLAIMER
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()


def test_a_fault_of_the_server_stays_on_the_page(page: Site, users: Users) -> None:
    alone = users.new()
    alone.route("**/gradio_api/upload*", lambda route: route.fulfill(status=500, body='{"error": "no space"}'))
    drop(alone, png((60, 120)))
    alone.wait_for_selector("#dx-refused:not(:empty)")
    assert not alone.locator("#result.busy").count()
    alone.context.close()
