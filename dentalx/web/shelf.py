"""The models that the page offers: each a run, loaded once, asked one picture at a time."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from dentalx import runs
from dentalx.datasets.decode import DEFAULT_LIMITS, ReadLimits
from dentalx.errors import InputError
from dentalx.runs import Run
from dentalx.runtimes import Exported, find
from dentalx.web import about
from dentalx.web.looked import Card, Looked, from_found, from_prediction
from dentalx.web.picture import OBJECT_LIMITS, Picture

FLOOR = 0.05  # weaker objects are not kept for the slider
MOST_WAITING = 8  # images that may wait while another is looked at
WAIT_S = 300.0  # for models that are being loaded


class BusyError(InputError):
    """Too many pictures wait already, or the models are not there yet."""


@dataclass(frozen=True)
class Shelf:
    """The models, in the order they were given, and who may ask them.

    Attributes:
        sources: run folders and exported networks.
        cards: what is told of each.
    """

    sources: tuple[Run | Exported, ...]
    cards: tuple[Card, ...]
    _loaded: dict[str, Any] = field(default_factory=dict)
    _ready: threading.Event = field(default_factory=threading.Event)
    _failure: list[Exception] = field(default_factory=list)
    _network: threading.Lock = field(default_factory=threading.Lock)
    _places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(1 + MOST_WAITING))

    @property
    def ready(self) -> bool:
        """Whether every model is loaded."""
        return self._ready.is_set() and not self._failure

    def card(self, name: str | None) -> Card:
        """The model of that name; the first for None.

        Raises:
            InputError: there is none of that name; lists them.
        """
        for card in self.cards:
            if name in (None, card.name):
                return card
        raise InputError(f"there is no model of that name; choose one of {', '.join(card.name for card in self.cards)}")

    def limits(self, card: Card) -> ReadLimits:
        """The largest picture that is taken for a model."""
        return OBJECT_LIMITS if card.task == "instance" else DEFAULT_LIMITS

    def load(self, say: Callable[[str], None] = lambda text: None) -> None:
        """Load every model; whoever asks before waits.

        Raises:
            InputError: a run is broken; whoever asks afterwards is told the same.
        """
        try:
            for run, card in zip(self.sources, self.cards, strict=True):
                self.hold(card.name, _predictor(run, card))
                say(f"model {card.name} is loaded")
        except Exception as error:
            self._failure.append(error)
            raise
        finally:
            self._ready.set()

    def hold(self, name: str, predictor: Any) -> None:
        """Have a model's pictures looked at by this predictor."""
        self._loaded[name] = predictor
        if len(self._loaded) == len(self.cards):
            self._ready.set()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """A place among the images that are read and looked at, or wait for it, wherever they came from.

        Raises:
            BusyError: one is looked at and `MOST_WAITING` wait already.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError(f"{MOST_WAITING} images are waiting already; try again in a minute")
        try:
            yield
        finally:
            self._places.release()

    def look(self, picture: Picture, card: Card) -> Looked:
        """Show a picture to a model; one after the other.

        Raises:
            BusyError: the models were not loaded, or not in time.
            InputError: the picture is larger than this model is given.
        """
        _check_size(picture, self.limits(card))
        if not self._ready.wait(WAIT_S):
            raise BusyError("the model is still being loaded; try again in a minute")
        if self._failure:
            raise BusyError("the model could not be loaded; the terminal says why")
        with self._network:
            return _ask(self._loaded[card.name], picture, card)


def open_shelf(places: Sequence[Path]) -> Shelf:
    """Read what runs and exported networks say of themselves; nothing heavy is loaded.

    Args:
        places: run folders; folders or files of exports, as `export` writes them.

    Raises:
        InputError: one is neither, or has no weights.
    """
    sources = [find(place) or Run(place) for place in places]
    cards: list[Card] = []
    for source in sources:
        card, taken = _card(source), {card.name for card in cards}
        names = (card.name if n == 1 else f"{card.name} ({n})" for n in count(1))
        cards.append(replace(card, name=next(name for name in names if name not in taken)))
    return Shelf(tuple(sources), tuple(cards))


def _card(source: Run | Exported) -> Card:
    if isinstance(source, Exported):
        said = source.card
        name = f"{said.name} ({said.kind} {said.precision})"
        limit = _limit(said.classes, said.threshold)
        return Card(name, "semantic", said.classes, limit, said.grey, said.thresholds, about.of_export(source))
    description = runs.describe(source)
    if missing := next((path for path in source.weights if not path.is_file()), None):
        raise InputError(f"{source.folder} has no weights ({missing.name} is missing); train it, or give another run")
    if description.train.data.colour:
        raise InputError(f"{source.folder} sees photographs in colour, which the page does not read; use predict.py")
    limit, task = runs.threshold(source), description.train.task
    if task == "semantic":
        limit = _limit(description.classes, limit)
    each = runs.thresholds(source, description)
    name, facts = source.folder.resolve().name, about.of_run(source, description)
    return Card(name, task, description.classes, limit, description.train.data.grey, each, facts)


def _limit(classes: Sequence[str], threshold: float) -> float:
    """Of several classes the most probable counts, however probable."""
    return threshold if len(classes) == 1 else 0.0


def _predictor(source: Run | Exported, card: Card) -> Any:
    from dentalx.inference import load_exported, load_instance_predictor, load_predictor

    if isinstance(source, Exported):
        return load_exported(source)
    if card.task == "instance":
        return load_instance_predictor(source, min_score=min(FLOOR, card.threshold))
    return load_predictor(source)


def _ask(predictor: Any, picture: Picture, card: Card) -> Looked:
    if card.task == "semantic":
        return from_prediction(picture, card, predictor("picture", picture.grey))
    from dentalx.inference.objects import summarise, with_pixels
    from dentalx.inference.rows import NOTHING

    looked = from_found(picture, card, with_pixels(predictor(picture.grey)))
    row = summarise(Path("picture"), picture.grey, looked.at(card.threshold), predictor)
    return replace(looked, warnings=looked.warnings + tuple(text for text in row.warnings if text != NOTHING))


def _check_size(picture: Picture, limits: ReadLimits) -> None:
    rows, columns = picture.grey.shape
    if rows * columns > limits.megapixels * 1e6:
        raise InputError(
            f"the file is {rows}×{columns} pixels, this model is given at most {limits.megapixels:g} megapixels; "
            "make it smaller"
        )
