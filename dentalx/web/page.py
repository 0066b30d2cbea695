"""The page: what stands where, and what happens when. The one importer of gradio; nothing of it leaves this machine."""

import contextlib
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from dentalx import DISCLAIMER, __version__
from dentalx.report.style import LETTERS
from dentalx.web.answers import Answers, Asked, told
from dentalx.web.look import CSS
from dentalx.web.looked import Card
from dentalx.web.picture import MOST_BYTES, SAMPLES, Picture, sample
from dentalx.web.tables import message

EMPTY = message("Open a radiograph, or click a sample: the outlines appear here.", "empty")
_LETTERS = [name.strip('"') for name in LETTERS.split(",")]
_COLOURS = {
    "body_background_fill": "--paper",
    "background_fill_primary": "--card",
    "background_fill_secondary": "--paper",
    "block_background_fill": "--card",
    "border_color_primary": "--grid",
    "block_border_color": "--grid",
    "body_text_color": "--ink",
    "body_text_color_subdued": "--quiet",
    "block_label_text_color": "--quiet",
    "block_title_text_color": "--quiet",
    "input_background_fill": "--paper",
    "slider_color": "--accent",
    "checkbox_background_color_selected": "--accent",
    "checkbox_border_color_selected": "--accent",
    "loader_color": "--accent",
}


def mount(app: Any, answers: Answers) -> Any:
    """Put the page at the root of a FastAPI application, without its links, its documentation and its monitoring."""
    return gr.mount_gradio_app(
        app,
        build(answers),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MOST_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=_theme(),
        css=CSS,
    )


def build(answers: Answers) -> Any:
    """The page's parts and its events."""
    cards = answers.shelf.cards
    with gr.Blocks(title="dentalx", analytics_enabled=False) as page:
        gr.HTML(_head())
        token = gr.State("")
        with gr.Row():
            with gr.Column(scale=1, min_width=280, elem_id="left"):
                file = gr.File(label="Radiograph", elem_id="drop", height=150)
                gr.HTML('<p class="dx-label">PNG, JPEG, TIFF, BMP or DICOM. Or a sample, drawn by dentalx:</p>')
                with gr.Row(elem_id="samples"):
                    buttons = [gr.Button(f"Sample {n + 1}", elem_id=f"sample-{n}") for n in range(len(SAMPLES))]
                names = [card.name for card in cards]
                model = gr.Dropdown(names, value=names[0], label="Model", visible=len(names) > 1, elem_id="model")
                threshold = gr.Slider(0, 1, step=0.01, elem_id="threshold", **_limit(cards[0]))
                opacity = gr.Slider(0, 1, 0.35, step=0.05, label="Opacity", elem_id="opacity")
                agree = gr.Checkbox(False, label=_AGREE, visible=_numbers(cards[0]), elem_id="agree")
            with gr.Column(scale=3, min_width=320, elem_id="right"):
                shown = gr.HTML(EMPTY, elem_id="result", apply_default_css=False)
        gr.HTML(f'<div class="dx-notice" role="note">{escape(DISCLAIMER)}</div>')
        parts = _Parts(file, buttons, model, threshold, opacity, agree, token, shown)
        _wire(page, answers, parts)
    return page


class _Parts:
    """The parts of the page that events read and write."""

    def __init__(self, *parts: Any) -> None:
        self.file, self.buttons, self.model, self.threshold, self.opacity, self.agree, self.token, self.shown = parts


def _wire(page: Any, answers: Answers, parts: _Parts) -> None:
    views = [parts.threshold, parts.opacity, parts.agree]
    outputs = [parts.token, parts.shown, parts.threshold, parts.agree]
    one = {"concurrency_limit": 2, "concurrency_id": "network", "api_visibility": "private"}

    def show(picture: Picture | None, name: str, opacity: float, agree: bool, owner: str) -> tuple[Any, ...]:
        card = answers.shelf.card(name)
        numbers, limit = _numbers(card), _limit(card)
        changes = gr.update(**limit), gr.update(visible=numbers, value=agree and numbers)
        if picture is None:
            return "", EMPTY, *changes
        return *answers.show(picture, card, Asked(None, opacity, agree and numbers), owner), *changes

    def opened(path: str | None, name: str, opacity: float, agree: bool, request: gr.Request) -> tuple[Any, ...]:
        try:
            data = _taken(path)
            if data is None:
                return gr.skip(), *[gr.skip()] * 3, None
            return *show(answers.read(data, answers.shelf.card(name)), name, opacity, agree, _owner(request)), None
        except Exception as error:
            answers.desk.forget(_owner(request))
            return "", told(error), gr.skip(), gr.skip(), None

    def guarded(make: Any) -> Any:
        def event(kept: str, name: str, opacity: float, agree: bool, request: gr.Request) -> tuple[Any, ...]:
            try:
                return show(make(kept), name, opacity, agree, _owner(request))
            except Exception as error:
                return "", told(error), gr.skip(), gr.skip()

        return event

    def again(kept: str, threshold: float, opacity: float, agree: bool) -> str:
        try:
            return answers.again(kept, Asked(threshold, opacity, agree)) if kept else EMPTY
        except Exception as error:
            return told(error)

    inputs = [parts.model, parts.opacity, parts.agree]
    parts.file.upload(opened, [parts.file, *inputs], [*outputs, parts.file], show_progress_on=parts.shown, **one)
    for number, button in enumerate(parts.buttons):
        drawn = guarded(lambda kept, number=number: sample(number))
        button.click(drawn, [parts.token, *inputs], outputs, show_progress_on=parts.shown, **one)
    other = guarded(lambda kept: answers.desk.get(kept).picture if kept else None)
    parts.model.change(other, [parts.token, *inputs], outputs, show_progress_on=parts.shown, **one)
    for part in views:
        part.input(
            again,
            [parts.token, *views],
            [parts.shown],
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=2,
            api_visibility="private",
        )

    def closed(request: gr.Request) -> None:
        answers.desk.forget(_owner(request))

    page.unload(closed)


_AGREE = "One tooth of each number, in the order of the arch"


def _limit(card: Card) -> dict[str, Any]:
    """The slider's value and words for a model."""
    if card.task == "instance":
        label = "Shown from this score"
    elif len(card.classes) == 1:
        label = "Counts from this probability"
    else:
        label = "Left out below this probability"
    return {"value": round(card.threshold, 2), "label": label}


def _numbers(card: Card) -> bool:
    return card.task == "instance" and bool(card.teeth)


def _owner(request: Any) -> str:
    return str(request.session_hash)


def _taken(path: str | None) -> bytes | None:
    """An uploaded file's bytes; the file and its folder are gone afterwards."""
    if path is None:
        return None
    file = Path(path)
    try:
        return file.read_bytes()
    finally:
        file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            file.parent.rmdir()


def _head() -> str:
    return (
        f'<header class="dx-head"><h1>dentalx</h1><p>Outlines and numbers of a dental radiograph. The picture stays on '
        f"this machine and is forgotten when the page is closed. Version {__version__}.</p></header>"
    )


def _theme() -> Any:
    both = {name: f"var({tone})" for name, tone in _COLOURS.items()}
    dark = {f"{name}_dark": tone for name, tone in both.items()}
    theme = gr.themes.Base(font=_LETTERS, font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"])
    return theme.set(**both, **dark)
