"""What the page and the JSON address have in common: a file comes in, an answer goes out, errors become sentences."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dentalx import DISCLAIMER, __version__
from dentalx.errors import InputError
from dentalx.web.desk import Desk
from dentalx.web.drawing import objects
from dentalx.web.looked import Card, Looked, view
from dentalx.web.picture import Picture, read_picture, under
from dentalx.web.said import sentence
from dentalx.web.shelf import BusyError, Shelf
from dentalx.web.tables import message, result
from dentalx.web.uploads import Uploads

AT_ONCE = 2  # pictures that are decoded, each of which may take hundreds of megabytes


@dataclass(frozen=True)
class Asked:
    """How somebody wants to see a result.

    Attributes:
        threshold: in [0, 1]; None means the model's own.
        opacity: of the colours, in [0, 1].
        consistent: whether tooth numbers are made to agree.
    """

    threshold: float | None = None
    opacity: float = 0.35
    consistent: bool = False

    def __post_init__(self) -> None:
        for name, value in (("threshold", self.threshold), ("opacity", self.opacity)):
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(f"{name} must be a number in 0…1")
            if not 0 <= value <= 1:
                raise InputError(f"{name} must lie in 0…1, got {value:g}")


@dataclass(frozen=True)
class Answers:
    """The models, what is kept of their answers, and how it is told.

    Attributes:
        shelf: the models.
        desk: what is kept.
        folder: for files while they are read, this user's alone.
        uploads: files that the page has not asked about yet.
    """

    shelf: Shelf
    desk: Desk
    folder: Path
    uploads: Uploads
    _reading: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def read(self, source: Callable[[], bytes], card: Card) -> Picture:
        """The image of a file, whose bytes are in memory for no longer than it is decoded.

        Raises:
            InputError: it is none, or too large for this model.
        """
        with self._reading:
            return read_picture(source(), self.folder, card.grey, self.shelf.limits(card))

    def taken(self, path: str, card: Card) -> Picture:
        """An upload's picture; the upload is forgotten.

        Raises:
            InputError: the path stands for no upload, or as `read`.
        """
        return self.read(lambda: self.uploads.take(path), card)

    def look(self, picture: Picture, card: Card) -> Looked:
        """Show a picture to a model, in the grey that it learnt from.

        Raises:
            InputError: as `Shelf.look`.
        """
        return self.shelf.look(under(picture, card.grey, self.folder), card)

    def show(self, picture: Picture, card: Card, asked: Asked, owner: str) -> tuple[str, str]:
        """Have a model look at a picture, and keep what it said for its owner.

        Returns:
            the name it is kept under, and what the page says of it.
        """
        token = self.desk.put(self.look(picture, card), owner)
        return token, self.again(token, asked)

    def again(self, token: str, asked: Asked) -> str:
        """What the page says of a kept result, seen in another way; no network is asked.

        Raises:
            InputError: it is no longer kept.
        """
        looked = self.desk.get(token)
        limit = looked.card.threshold if asked.threshold is None else asked.threshold
        seen = view(looked, limit, asked.consistent)
        return result(looked, seen, token, (limit, asked.opacity, asked.consistent))


def as_json(looked: Looked, asked: Asked) -> dict[str, Any]:
    """An answer as POST /api/v1/predict gives it; docs/serve.md says what each field is."""
    seen = view(looked, asked.threshold, asked.consistent)
    height, width = looked.picture.grey.shape
    classes = []
    for row in seen.rows:
        mean = None if row.confidence is None else round(row.confidence, 4)
        size = None if row.area_mm2 is None else round(row.area_mm2, 2)
        found = {"name": row.name, "fdi": row.fdi, "count": row.count, "area_px": row.area_px, "area_mm2": size}
        classes.append({**found, "share": round(row.share, 6), "confidence": mean})
    return {
        "disclaimer": DISCLAIMER,
        "dentalx": __version__,
        "model": described(looked.card),
        "threshold": looked.card.threshold if asked.threshold is None else asked.threshold,
        "image": {"height": height, "width": width},
        "classes": classes,
        "objects": objects(looked, seen),
        "warnings": list(looked.warnings),
        "changes": list(seen.changes),
    }


def described(card: Card) -> dict[str, Any]:
    """A model as GET /api/v1/models lists it."""
    return {"name": card.name, "task": card.task, "classes": list(card.classes), "threshold": card.threshold}


def told(error: Exception) -> str:
    """The same as the page shows it."""
    return message(sentence(error), "quiet" if isinstance(error, BusyError) else "warning")
