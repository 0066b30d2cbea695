"""Writes phantoms in the formats that annotation programs publish."""

import json

import cv2
import numpy as np
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.phantom import draw

SIZE = (64, 128)


def opened(folder, *classes, **more):
    """The data set of a folder; `more` are fields of DataConfig."""
    return open_source(DataConfig(data=folder, classes=classes, **more), SIZE)


def only(source):
    """The mask of a data set's one picture."""
    (record,) = source.records
    return source.load(record).mask


def said(source):
    return " | ".join(source.notes)


def teeth(phantom):
    """(FDI number, mask) of every tooth."""
    return list(zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True))


def pairs(ring):
    return [ring[i : i + 2] for i in range(0, len(ring), 2)]


def traced(mask):
    """Outlines through the middles of a mask's border pixels, [[x, y], …] each, as OpenCV traces them."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [outline[:, 0].tolist() for outline in found]


def blank(path, size=(10, 20)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros(size, np.uint8)).save(path)


def same_teeth(source, phantom):
    """Whether the one picture has exactly the phantom's teeth, each under its FDI number."""
    numbers = [number for number, _ in teeth(phantom)]
    assert set(source.classes) == {str(number) for number in numbers}
    expected = phantom.mask([f"tooth_{name}" for name in source.classes])
    np.testing.assert_array_equal(only(source), expected)


def rings(mask):
    """The edges of a mask as closed lines along pixel borders, [x1, y1, x2, y2, …] each, foreground on the right."""
    padded = np.pad(mask, 1)
    step = {}
    for y, x in np.argwhere(mask):
        for (dy, dx), start, end in (
            ((-1, 0), (x, y), (x + 1, y)),
            ((0, 1), (x + 1, y), (x + 1, y + 1)),
            ((1, 0), (x + 1, y + 1), (x, y + 1)),
            ((0, -1), (x, y + 1), (x, y)),
        ):
            if not padded[y + 1 + dy, x + 1 + dx]:
                step.setdefault(start, []).append(end)
    found = []
    while step:
        start = here = next(iter(step))
        last, ring = None, []
        while True:
            ways = step[here]
            if len(ways) > 1 and last is not None:  # pixels that touch at a corner: turn right, so they stay apart
                came = (here[0] - last[0], here[1] - last[1])
                right = (here[0] - came[1], here[1] + came[0])
                way = ways.pop(ways.index(right)) if right in ways else ways.pop()
            else:
                way = ways.pop()
            if not ways:
                del step[here]
            ring += [int(here[0]), int(here[1])]
            last, here = here, way
            if here == start:
                break
        found.append(ring)
    return found


def phantoms(count=3, size=SIZE):
    return [draw(5, index, size) for index in range(count)]


def put_picture(path, phantom):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(phantom.image * 255).astype(np.uint8)).save(path)


def put_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


def tooth_classes():
    from dentalx.phantom import CLASSES

    return [name for name in CLASSES if name.startswith("tooth_")]
