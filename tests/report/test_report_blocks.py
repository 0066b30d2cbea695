"""Blocks as HTML and as Markdown: whole, harmless, and reading nothing from anywhere."""

import re
from html.parser import HTMLParser

import pytest

from dentalx import DISCLAIMER
from dentalx.report.blocks import (
    Bullets,
    Code,
    Facts,
    Figure,
    Gallery,
    Link,
    Page,
    Section,
    Strong,
    Table,
    Tiles,
    View,
    text,
)
from dentalx.report.markdown import markdown, plain
from dentalx.report.web import web

HOSTILE = '<script>alert("x")</script> | [a](http://b.example) `c` & "d" \udcff\n# e <img src=//f.example/g>'
VOID = {"meta", "img", "br", "input", "image", "path"}


class Balanced(HTMLParser):
    """Notes the elements and what they refer to, and that each one is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src", "srcset", "action", "data")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()


def parsed(page: str) -> Balanced:
    reader = Balanced()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def view(group: str, words: str = "abc123") -> View:
    return View(group, words, "0.500", "data:image/jpeg;base64,AAAA", (4, 3), "M1,1 2,1 2,2Z", "M1,1 3,1 3,2Z", words)


def everything(words: str) -> Page:
    blocks = (
        text(words, Strong(words), " and ", Code(words), Link(words, "data_card.md"), kind="lead"),
        text(words, kind="warning"),
        Bullets(((words,), (Strong(words), words))),
        Facts(((words, words),)),
        Tiles(((words, words, words),)),
        Table((words, words), ((words, words), (words, words))),
        Table((words, words), ((words, words),), words=True),
        Figure("figures/one.png", words, words, '<svg viewBox="0 0 1 1"></svg>'),
        Figure("figures/two.png", words, "", '<svg viewBox="0 0 1 1"></svg>', wide=True),
        Gallery("figures/gallery.png", tuple(view(group, words) for group in ("worst", "median", "best"))),
    )
    return Page(words, words, (Section("", blocks), Section(words, blocks[:2], folded=True)))


def test_a_page_of_html_is_whole_and_reads_nothing() -> None:
    page = web(everything("plain words"))
    found = parsed(page)
    assert page.startswith("<!doctype html>")
    assert "script" not in found.seen and "link" not in found.seen and "iframe" not in found.seen
    assert "default-src 'none'" in page
    assert set(found.addresses) == {"data_card.md", "data:image/jpeg;base64,AAAA"}
    assert not re.search(r"https?:|//|@import|url\(", page)
    assert page.count(DISCLAIMER.split(":")[1].strip()) == 2  # above and below
    assert "<summary>" in page


def test_words_from_outside_are_words_in_html() -> None:
    page = web(everything(HOSTILE))
    found = parsed(page)
    page.encode("utf-8")
    assert "script" not in found.seen and "img" not in found.seen
    assert set(found.addresses) == {"data_card.md", "data:image/jpeg;base64,AAAA"}
    assert "&lt;script&gt;" in page


def test_words_from_outside_are_words_in_markdown() -> None:
    page = re.sub("`[^`]*`", "", markdown(everything(HOSTILE)).replace("\\`", ""))  # code is read as it stands
    page.encode("utf-8")
    assert "<script" not in page and "<img" not in page
    assert "](http" not in page
    assert "\n# e" not in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}  # two cells, whatever is in them


def test_markdown_shows_what_html_shows() -> None:
    page = markdown(everything("plain words"))
    assert page.startswith("# plain words\n\nplain words\n\n> " + DISCLAIMER)
    assert "![plain words](figures/one.png)" in page
    assert "](figures/gallery.png)" in page
    assert "> **Mind:** plain words" in page
    assert "[plain words](data_card.md)" in page
    assert "**plain words** and `plain words`" in page
    assert "nan" not in page


@pytest.mark.parametrize(
    ("words", "written"), [("# a", "\\# a"), ("- a", "\\- a"), ("a\n\n> b", "a > b"), ("`", "\\`")]
)
def test_no_line_becomes_something_else(words: str, written: str) -> None:
    assert plain(words) == written


def test_spaces_between_parts_stay() -> None:
    page = web(Page("t", "s", (Section("a", (text("one ", Strong("two"), " three", " ", Code("four")),)),)))
    assert "<p>one <strong>two</strong> three <code>four</code></p>" in page
    page = markdown(Page("t", "s", (Section("a", (text("one ", Strong("two"), " three", " ", Code("four")),)),)))
    assert "one **two** three `four`" in page


def test_figures_that_follow_each_other_stand_together() -> None:
    figure = Figure("a.png", "title", "caption", "<svg></svg>")
    page = web(Page("t", "s", (Section("a", (figure, figure, text("between"), figure)),)))
    assert page.count('<div class="figures">') == 2
