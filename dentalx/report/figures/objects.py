"""Figures of objects one by one: what precision and what false alarms each share of them costs, and pictures."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dentalx.files import replacing
from dentalx.overlay import OKABE_ITO, Picture, outlined
from dentalx.report.figures.canvas import Chart, shortened
from dentalx.report.words import number
from dentalx.samples import Grey, Instances

_SIZE = (5.6, 3.6)  # inches
_DARK = tuple(tuple(value / 255 * 0.85 for value in tone) for tone in (OKABE_ITO[i] for i in (6, 5, 2, 4, 1, 0, 3)))
_NAMED = 7  # classes that are told apart by colour
_MOST_FALSE = 8.0  # a picture
_WIDE, _GAP, _LINE = 720, 16, 30  # pixels: of a picture on the sheet, between two, of a line of text


def object_charts(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[Chart]:
    """Precision against recall, and free response, of `InstanceEvaluation.curves`; none where there is no class."""
    if curves:
        yield _precision_recall(curves)
        yield _free_response(curves)


def _precision_recall(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Chart:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for (name, curve), (tone, width) in zip(curves.items(), _tones(len(curves)), strict=True):
            label = f"{shortened(name)}, AP50 {number(float(np.mean(curve['precision'])))}"
            axes.plot(curve["recall"], curve["precision"], color=tone, lw=width, label=label)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="recall", ylabel="precision")
        _legend(axes, len(curves), "lower left")

    caption = "Masks, right where their IoU with an object of their class is at least 0.5; precision made monotone."
    return Chart("objects_precision_recall", "Precision against recall", caption, _SIZE, draw)


def _free_response(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Chart:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for (name, curve), (tone, width) in zip(curves.items(), _tones(len(curves)), strict=True):
            axes.step(
                curve["false_per_image"], curve["found"], where="post", color=tone, lw=width, label=shortened(name)
            )
        axes.set(xlim=(0, _MOST_FALSE), ylim=(-0.02, 1.02), xlabel="false objects a picture", ylabel="objects found")
        _legend(axes, len(curves), "lower right")

    caption = "Each point is a score from which objects count; masks at an IoU of at least 0.5."
    return Chart("objects_froc", "Objects found, at so many false ones", caption, _SIZE, draw)


def _tones(count: int) -> list[tuple[Any, float]]:
    """A colour and a width for each class; many classes are thin and alike."""
    if count <= _NAMED:
        return [(_DARK[i], 2.0) for i in range(count)]
    return [(_DARK[0], 0.8)] * count


def _legend(axes: Any, count: int, place: str) -> None:
    if count <= _NAMED:
        axes.legend(loc=place, fontsize=9)


def objects_sheet(
    path: Path, shown: Sequence[tuple[str, tuple[Grey, Instances, Instances]]], classes: Sequence[str]
) -> tuple[int, int]:
    """Write pictures below each other, truth on the left, what was found on the right.

    Args:
        path: the PNG to write.
        shown: title and (radiograph, truth, found) of each.
        classes: K names.

    Returns:
        (width, height) of the sheet in pixels.

    Raises:
        InputError: no permission or no space.
    """
    rows = [
        (title, [_drawn(image, objects, classes) for objects in (true, found)]) for title, (image, true, found) in shown
    ]
    high = sum(_LINE + pair[0].shape[0] + _GAP for _, pair in rows)
    canvas = Image.new("RGB", (2 * _WIDE + 3 * _GAP, high + _LINE), (255, 255, 255))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(20)
    top = 0
    for title, pair in rows:
        for left, side, picture in zip((_GAP, 2 * _GAP + _WIDE), ("truth", "found"), pair, strict=True):
            draw.text((left, top + 5), f"{title} · {side}" if side == "truth" else side, (27, 30, 33), font)
            canvas.paste(Image.fromarray(picture), (left, top + _LINE))
        top += _LINE + pair[0].shape[0] + _GAP
    with replacing(path) as temporary:
        canvas.save(temporary, "PNG")
    return canvas.size


def _drawn(image: Grey, objects: Instances, classes: Sequence[str]) -> Picture:
    """A picture of the sheet's width with its objects' outlines, drawn at that size."""
    height = max(1, round(image.shape[0] * _WIDE / image.shape[1]))
    way = cv2.INTER_AREA if image.shape[1] > _WIDE else cv2.INTER_LINEAR
    grey = np.clip(cv2.resize(image, (_WIDE, height), interpolation=way), 0, 1).astype(np.float32)
    planes = np.zeros((len(objects), height, _WIDE), np.bool_)
    for row, mask in enumerate(objects.masks):
        planes[row] = cv2.resize(mask.astype(np.uint8) * 255, (_WIDE, height), interpolation=way) > 127
    whole = Instances(planes, objects.labels.copy(), objects.scores.copy())
    true = bool((objects.scores == 1).all())
    names = [
        _name(classes[label - 1], None if true else score)
        for label, score in zip(objects.labels, objects.scores, strict=True)
    ]
    return outlined(grey, whole, classes, names)


def _name(name: str, score: float | None) -> str:
    number_of = name.removeprefix("tooth_")
    tooth = number_of if number_of.isdigit() else ""
    return tooth if score is None else f"{tooth} {score:.2f}".replace(" 0.", " .").strip()
