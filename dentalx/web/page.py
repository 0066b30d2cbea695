"""The page: what stands where, and what happens when. The one importer of gradio; nothing of it leaves this machine."""

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from dentalx import DISCLAIMER, __version__
from dentalx.report.style import LETTERS
from dentalx.web.about import about
from dentalx.web.answers import Answers, Asked, told
from dentalx.web.look import CSS
from dentalx.web.looked import Card
from dentalx.web.picture import MOST_BYTES, SAMPLES, Picture, sample
from dentalx.web.script import script
from dentalx.web.tables import message
from dentalx.web.waiting import BUSY, SETTLED

FORMATS = "PNG, JPEG, TIFF, BMP or DICOM"
MOST_QUEUED = 64  # events that are not answered yet
THRESHOLD, OPACITY = "Confidence threshold", "Opacity of the colours"
EMPTY = message(f"Open a radiograph ({FORMATS}) or a sample. Its outlines and numbers will appear here.", "empty")
_LOCAL = (  # what script.py says, and on a telephone the way to the next image
    '<p id="dx-refused" role="alert"></p><p id="dx-waiting" role="status"></p>'
    '<a class="dx-another" href="#open">Open another image</a>'
)
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
    page = build(answers)
    app.state.events = {number: len(event.inputs) for number, event in page.fns.items() if event.inputs}
    page.queue(max_size=MOST_QUEUED)
    page.has_launched = True  # otherwise a mounted page's own check of paths returns at once
    return gr.mount_gradio_app(
        app,
        page,
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
        js=script(),
    )


def build(answers: Answers) -> Any:
    """The page's parts and its events."""
    cards = answers.shelf.cards
    with gr.Blocks(title="dentalx", analytics_enabled=False) as page:
        gr.HTML(_head())
        token = gr.State("")
        with gr.Row(elem_id="both"):
            with gr.Column(scale=1, min_width=280, elem_id="left"):
                with gr.Column(elem_id="open"):
                    file = gr.File(label="Radiograph", elem_id="drop", height=130)
                    gr.HTML(f'<p class="dx-label">{FORMATS}. Or try a synthetic sample:</p>')
                    with gr.Row(elem_id="samples"):
                        buttons = [gr.Button(f"Sample {n + 1}", elem_id=f"sample-{n}") for n in range(len(SAMPLES))]
                with gr.Column(elem_id="controls"):
                    names = [card.name for card in cards]
                    model = gr.Dropdown(names, value=names[0], label="Model", visible=len(names) > 1, elem_id="model")
                    facts = gr.HTML(about(cards[0]), elem_id="about", apply_default_css=False)
                    threshold = gr.Slider(
                        0, 1, step=0.01, label=THRESHOLD, elem_id="threshold", buttons=[], **_limit(cards[0])
                    )
                    opacity = gr.Slider(0, 1, 0.35, step=0.05, label=OPACITY, elem_id="opacity", buttons=[])
                    agree = gr.Checkbox(False, label=_AGREE, visible=_numbers(cards[0]), elem_id="agree")
            with gr.Column(scale=3, min_width=320, elem_id="right"):
                gr.HTML(_LOCAL, elem_id="local")
                shown = gr.HTML(EMPTY, elem_id="result", apply_default_css=False)
        gr.HTML(f'<div class="dx-notice" role="note" tabindex="0">{escape(DISCLAIMER)}</div>', elem_id="notice")
        parts = _Parts(file, buttons, model, facts, threshold, opacity, agree, token, shown)
        _wire(page, answers, parts)
    return page


@dataclass(frozen=True)
class _Parts:
    """The parts of the page that events read and write."""

    file: Any
    buttons: list[Any]
    model: Any
    facts: Any
    threshold: Any
    opacity: Any
    agree: Any
    token: Any
    shown: Any


@dataclass(frozen=True)
class _Handlers:
    """What is answered to each event. A new image keeps the settings; another model brings its own threshold."""

    answers: Answers

    def opened(
        self, path: str | None, name: str, threshold: float, opacity: float, agree: bool, request: gr.Request
    ) -> tuple[Any, ...]:
        """Token, result and an empty drop zone, for an uploaded file."""
        try:
            if path is None:
                return gr.skip(), gr.skip(), None
            card = self.answers.shelf.card(name)
            with self.answers.shelf.place():
                picture = self.answers.taken(path, card)
                return *self._show(picture, name, (threshold, opacity, agree), request), None
        except Exception as error:
            self.answers.desk.forget(_owner(request))
            return "", told(error), None

    def sample(self, number: int) -> Any:
        """What answers with token and result for a synthetic radiograph."""

        def event(name: str, threshold: float, opacity: float, agree: bool, request: gr.Request) -> tuple[Any, ...]:
            try:
                with self.answers.shelf.place():
                    return self._show(sample(number), name, (threshold, opacity, agree), request)
            except Exception as error:
                return "", told(error)

        return event

    def model(self, kept: str, name: str, opacity: float, agree: bool, request: gr.Request) -> tuple[Any, ...]:
        """Token, result and what the controls say, for another model and the same image."""
        changes: tuple[Any, ...] = (gr.skip(), gr.skip(), gr.skip())
        try:
            card = self.answers.shelf.card(name)
            numbers = _numbers(card)
            changes = gr.update(**_limit(card)), gr.update(visible=numbers, value=agree and numbers), about(card)
            if not kept:
                return gr.skip(), gr.skip(), *changes
            picture = self.answers.desk.get(kept).picture
            with self.answers.shelf.place():
                return *self._show(picture, name, (round(card.threshold, 2), opacity, agree), request), *changes
        except Exception as error:
            return "", told(error), *changes

    def again(self, kept: str, name: str, threshold: float, opacity: float, agree: bool) -> Any:
        """The same result seen in another way; without one, what the page says stays."""
        try:
            asked = _asked(self.answers.shelf.card(name), threshold, opacity, agree)
            if not kept:
                return gr.skip()
            seen = self.answers.again(kept, asked)
            return seen if self.answers.desk.holds(kept) else gr.skip()  # another image has come meanwhile
        except Exception as error:
            return told(error)

    def closed(self, request: gr.Request) -> None:
        """Forget what the page was shown."""
        self.answers.desk.forget(_owner(request))

    def _show(
        self, picture: Picture, name: str, asked: tuple[float, float, bool], request: gr.Request
    ) -> tuple[str, str]:
        card = self.answers.shelf.card(name)
        return self.answers.show(picture, card, _asked(card, *asked), _owner(request))


def _wire(page: Any, answers: Answers, parts: _Parts) -> None:
    handlers = _Handlers(answers)
    views = [parts.threshold, parts.opacity, parts.agree]
    settings, answer = [parts.model, *views], [parts.token, parts.shown]
    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    # The shelf says who waits, for the page and the addresses alike.
    network = {"concurrency_limit": None, "js": BUSY["image"], **quiet}
    events = [parts.file.upload(handlers.opened, [parts.file, *settings], [*answer, parts.file], **network)]
    for number, button in enumerate(parts.buttons):
        events.append(button.click(handlers.sample(number), settings, answer, **network))
    changed = [*answer, parts.threshold, parts.agree, parts.facts]
    events.append(parts.model.change(handlers.model, [parts.token, parts.model, *views[1:]], changed, **network))
    seen = {"trigger_mode": "always_last", "concurrency_limit": 2, "js": BUSY["view"], **quiet}
    again = [part.input(handlers.again, [parts.token, *settings], [parts.shown], **seen) for part in views]
    for what, ended in (("image", events), ("view", again)):
        for event in ended:
            event.then(None, None, None, js=SETTLED[what], api_visibility="private")
    page.unload(handlers.closed)


_AGREE = "Consistent tooth numbers: each number once, in the order of the arch"


def _asked(card: Card, threshold: float, opacity: float, agree: bool) -> Asked:
    """What the controls ask for; the slider's two decimals mean the model's own threshold where they are its own."""
    own = abs(threshold - round(card.threshold, 2)) < 1e-6
    return Asked(None if own else threshold, opacity, agree and _numbers(card))


def _limit(card: Card) -> dict[str, Any]:
    """The slider's value and its line of help for a model."""
    own = f"This model’s own: {card.threshold:.2f}."
    if card.task == "instance":
        info = f"Objects that the model is less sure of are not shown. {own}"
    elif card.thresholds:
        limits = f"{min(card.thresholds):.2f} to {max(card.thresholds):.2f}"
        info = f"Each class has its own threshold ({limits}); lower ones are raised to this value. 0 changes none."
    elif len(card.classes) == 1:
        info = f"Pixels that the model is less sure of are not counted. {own}"
    else:
        info = f"Pixels whose most probable class is less probable are left out. {own}"
    return {"value": round(card.threshold, 2), "info": info}


def _numbers(card: Card) -> bool:
    return card.task == "instance" and bool(card.teeth)


def _owner(request: Any) -> str:
    return str(request.session_hash)


def _head() -> str:
    return (
        f'<header class="dx-head"><h1>dentalx <small>{__version__}</small></h1>'
        "<p>Outlines and measurements of a dental radiograph. The image stays on the machine that serves this page and "
        "is forgotten when the page is closed.</p></header>"
    )


def _theme() -> Any:
    both = {name: f"var({tone})" for name, tone in _COLOURS.items()}
    dark = {f"{name}_dark": tone for name, tone in both.items()}
    theme = gr.themes.Base(font=_LETTERS, font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"])
    return theme.set(**both, **dark)
