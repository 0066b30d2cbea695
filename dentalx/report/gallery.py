"""The pictures of a report: worst, middle and best, small, with outlines of truth and prediction."""

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.evaluation.scores import ImageScore, Result
from dentalx.labelling import EXCLUSIVE, Labelling, labelling_of
from dentalx.report.blocks import View
from dentalx.report.words import number
from dentalx.samples import Grey, Mask

Pictures = Callable[[str], tuple[Grey, Mask, Mask]]  # image_id to image, truth and prediction, each (H, W)
Polygon = NDArray[np.int32]  # (N, 2) of x, y in sixteenths of a pixel

SHOWN = 3  # of each group
LONGEST = 960  # pixels of a picture's longer side in a report
QUALITY = 82  # of its JPEG
FINE = 16  # parts of a pixel that an outline is drawn to
_TOO_MANY = 10_000  # corners of the outlines of a mask


@dataclass(frozen=True)
class Shown:
    """A picture that is shown.

    Attributes:
        group: "worst", "median", "best", or "only" where there is but one.
        score: of it.
        grey: (h, w) uint8, not longer than `LONGEST`.
        truth, prediction: outlines on it; none where they would be too many to be told apart.
        crowded: whether one of them was left out for that.
    """

    group: str
    score: ImageScore
    grey: NDArray[np.uint8]
    truth: tuple[Polygon, ...]
    prediction: tuple[Polygon, ...]
    crowded: bool = False


def chosen(result: Result, n: int = SHOWN) -> list[tuple[str, ImageScore]]:
    """At most `n` pictures of each group, none in two; few pictures are worst first, then best."""
    ranked = result.worst(len(result.scores))
    if len(ranked) == 1:
        return [("only", ranked[0])]
    worst = ranked[: min(n, (len(ranked) + 1) // 2)]
    best = ranked[len(worst) :][-n:][::-1]
    between = ranked[len(worst) : len(ranked) - len(best)]
    first = max(0, (len(between) - n) // 2)
    groups = {"worst": worst, "median": between[first : first + n], "best": best}
    return [(group, score) for group, scores in groups.items() for score in scores]


def look(scores: Sequence[tuple[str, ImageScore]], pictures: Pictures) -> Iterator[Shown]:
    """The chosen pictures, each asked for once; without those that cannot be read again, whose scores stand."""
    for group, score in scores:
        try:
            image, truth, prediction = pictures(score.image_id)
        except Exception:  # one illustration less does not end an evaluation that is done
            continue
        scale = min(1.0, LONGEST / max(image.shape))
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
        grey = np.round(small.clip(0, 1) * 255).astype(np.uint8)
        how = labelling_of(score.agreed is None)
        true, predicted = (_bearable(outlines(mask, size, how)) for mask in (truth, prediction))
        crowded = true is None or predicted is None
        yield Shown(group, score, grey, true or (), predicted or (), crowded)


def _bearable(polygons: Iterator[Polygon]) -> tuple[Polygon, ...] | None:
    """All of them; None where they have more corners than an eye or a browser can take."""
    taken, corners = [], 0
    for polygon in polygons:
        taken.append(polygon)
        corners += len(polygon)
        if corners > _TOO_MANY:
            return None
    return tuple(taken)


def outlines(mask: Mask, size: tuple[int, int], labelling: Labelling = EXCLUSIVE) -> Iterator[Polygon]:
    """The outlines of each class of a mask, holes included, on a picture of another size.

    Args:
        mask: (H, W) uint8; 0 and 255 have none.
        size: (width, height) to be drawn on.
        labelling: whether classes overlap.
    """
    across = FINE * np.array([size[0] / mask.shape[1], size[1] / mask.shape[0]])
    layers = labelling.layers(mask, labelling.held(mask))
    planes = (each == k for each in layers if each.any() for k in np.unique(each) if k not in (0, 255))
    for plane in planes:
        found, _ = cv2.findContours(plane.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in found:
            points = np.round((contour[:, 0] + 0.5) * across).astype(np.int32)
            yield np.asarray(cv2.approxPolyDP(points, FINE * 0.4, closed=True)[:, 0], np.int32)


def views(shown: Sequence[Shown]) -> Iterator[View]:
    """The same for a page of HTML."""
    for one in shown:
        data = io.BytesIO()
        Image.fromarray(one.grey).save(data, "JPEG", quality=QUALITY)
        address = "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode("ascii")
        size = (one.grey.shape[1], one.grey.shape[0])
        yield View(
            one.group, one.score.short_hash, number(one.score.dice), address, size,
            _path(one.truth), _path(one.prediction), note(one),
        )  # fmt: skip


def note(shown: Shown) -> str:
    """What must be said of a picture beside its score."""
    said = [f"prediction {shown.score.problem.replace('_', ' ')}"] if shown.score.problem else []
    if shown.crowded:
        said.append("too many outlines to be drawn")
    return "; ".join(said)


def _path(polygons: Sequence[Polygon]) -> str:
    """Closed lines as SVG writes them, to a tenth of a pixel."""
    written = []
    for polygon in polygons:
        corners = [f"{x / FINE:.1f},{y / FINE:.1f}" for x, y in polygon]
        written.append("M" + " ".join(corners) + "Z")
    return "".join(written)
