"""What a model is for, what it was trained on and how it was measured: from its run folder and its model card."""

import contextlib
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from dentalx.errors import InputError
from dentalx.files import check_regular_size, read_json
from dentalx.runs import Description, Run
from dentalx.runtimes import Exported
from dentalx.web.looked import Card
from dentalx.web.words import many

MODEL_CARD = "model_card.md"
MEANT_FOR = "research on radiographs like those that it was trained on"
NOT_MEANT_FOR = "diagnosis, treatment, triage, or any decision about a patient without a clinician"
_MOST_BYTES, _MOST_LETTERS, _LISTED = 2**20, 400, 6
_IN_CARD = re.compile(r"^- (Meant for|Not meant for|Not known): (.+)$", re.MULTILINE)


def of_run(run: Run, description: Description) -> tuple[tuple[str, str], ...]:
    """Return facts about a run, each a term and a phrase."""
    card = dict(_IN_CARD.findall(_text(run.evaluation / MODEL_CARD)))
    facts = [
        ("Meant for", card.get("Meant for", MEANT_FOR)),
        ("Not meant for", card.get("Not meant for", NOT_MEANT_FOR)),
        *([("Not known", card["Not known"])] if "Not known" in card else []),
        ("Trained on", _data(description)),
        ("Network", description.network),
        ("Measured", "; ".join(_measured(_content(run.evaluation / "metrics.json"))) or "not on test images yet"),
    ]
    return tuple((term, _short(said)) for term, said in facts)


def of_export(exported: Exported) -> tuple[tuple[str, str], ...]:
    """Return facts about an exported network, which does not say what it was trained on."""
    said = exported.card
    network = f"run {said.name}, exported as {said.kind}, {said.precision}; {said.size[0]}×{said.size[1]} pixels"
    facts = [
        ("Meant for", MEANT_FOR),
        ("Not meant for", NOT_MEANT_FOR),
        ("Trained on", "not stated in the export; the model card of its run states it"),
        ("Network", network),
    ]
    return tuple((term, _short(said)) for term, said in facts)


def about(card: Card) -> str:
    """Return what the page says about a model, in HTML: one line, and the rest folded."""
    what = "Outlines objects one by one" if card.task == "instance" else "Outlines areas"
    count = many(len(card.classes), "class", "classes")
    if len(card.teeth) > _LISTED:
        named = f"teeth {_range(card)}" + ("" if len(card.teeth) == len(card.classes) else " and more")
    else:
        named = ", ".join(card.classes[:_LISTED]) + (" …" if len(card.classes) > _LISTED else "")
    trained = dict(card.about).get("Trained on", "")
    line = f"{what}, {count}: {named}." + (f" Trained on: {trained}." if trained else "")
    facts = "".join(f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in card.about)
    more = f"<details><summary>About this model</summary><dl>{facts}</dl></details>" if facts else ""
    return f'<div class="dx-about"><p>{escape(line)}</p>{more}</div>'


def _range(card: Card) -> str:
    return f"by FDI number ({min(card.teeth)}–{max(card.teeth)})"


def _data(description: Description) -> str:
    data = description.raw.get("data")
    data = data if isinstance(data, dict) else {}
    name, count = str(data.get("name", "")), data.get("pictures")
    kind = ", synthetic radiographs without patients" if name.startswith("phantoms") else ""
    size = f", {many(count, 'image')} in all" if isinstance(count, int) else ""
    return f"{name or 'not stated'}{kind}{size}"


def _measured(metrics: dict[str, Any]) -> Iterator[str]:
    """Yield what the last evaluation says, in short."""
    count, split = metrics.get("n_images"), metrics.get("split")
    if not isinstance(count, int):
        return
    where = f"{many(count, 'image')} of {metrics.get('data', 'unknown data')}" + (f" ({split})" if split else "")
    with contextlib.suppress(KeyError, TypeError, ValueError):
        if metrics.get("task") == "instance":
            yield f"average precision {float(metrics['segm']['AP']):.2f} of masks on {where}"
        else:
            low, high = (float(value) for value in metrics["dice"]["ci95"])
            yield f"mean Dice {float(metrics['dice']['mean']):.2f} (95 % CI {low:.2f} to {high:.2f}) on {where}"


def _content(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is none that can be read: the page does without it."""
    with contextlib.suppress(InputError):
        content = read_json(path, limit=2**26) if path.is_file() else {}
        return content if isinstance(content, dict) else {}
    return {}


def _text(path: Path) -> str:
    """A text file of at most a mebibyte; "" where there is none that can be read."""
    with contextlib.suppress(InputError, OSError):
        check_regular_size(path, _MOST_BYTES)
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _short(text: str) -> str:
    text = text.rstrip(". ")
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
