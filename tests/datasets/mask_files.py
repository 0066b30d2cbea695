"""Writes small masks, and reads them as one data set."""

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.mask_codes import choose
from dentalx.datasets.mask_encoding import Wanted, decide
from dentalx.datasets.mask_source import look_at
from dentalx.datasets.masks import read_mask
from dentalx.errors import InputError

ONE = ("teeth",)
TWO = ("teeth", "mandible")
SHAPE = np.zeros((6, 8), np.uint8)
SHAPE[1:4, 2:7] = 1


def saved(tmp_path, array, name="m.png", **options):
    path = tmp_path / name
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(path, **options)
    return path


def palette_image(indices, colours):
    image = Image.fromarray(np.uint8(indices), "P")
    image.putpalette([channel for colour in colours for channel in colour])
    return image


def coded(paths, classes, encoding=None, class_map=None, pictures=None):
    """How a data set of these masks is read, and what is said of it."""
    looks = [look_at(picture, path) for picture, path in zip(pictures or paths, paths, strict=True)]
    own = class_map.classes if class_map else classes
    chosen = choose(own, classes, "here") if class_map else {name: frozenset({name}) for name in own}
    return decide(looks, Wanted(tuple(chosen), chosen, encoding, class_map))


def read(path, classes, *others, encoding=None, class_map=None, picture=None):
    """One mask of a data set that holds `others` too."""
    coding, _ = coded([path, *others], classes, encoding, class_map, picture and [picture, *others])
    return read_mask(path, coding, picture)


def refused(path, classes, *words, **options):
    with pytest.raises(InputError) as caught:
        read(path, classes, **options)
    message = str(caught.value)
    assert "\n" not in message and path.name in message
    for word in words:
        assert word in message, message
