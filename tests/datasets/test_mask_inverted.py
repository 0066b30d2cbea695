"""Black objects on white: noticed where nearly all masks are such, turned over by the class map that is proposed."""

import json
import re

import numpy as np
import pytest
from mask_files import palette_image
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.mask_codes import read_class_map
from dentalx.errors import InputError

OBJECT = np.zeros((20, 30), np.uint8)
OBJECT[5:12, 8:20] = 1
INVERTING = [(255 - i,) * 3 for i in range(256)]  # ImageJ's palette: index 0 is white


def dataset(tmp_path, masks, suffix="png", **options):
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for number, mask in enumerate(masks):
        image = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
        Image.new("L", image.size, 90 + number).save(tmp_path / "images" / f"{number}.png")
        image.save(tmp_path / "masks" / f"{number}.{suffix}", **options)
    return tmp_path


def opened(data, *entries, classes=("teeth",)):
    return open_source(DataConfig(data=data, classes=classes, class_map=entries), (32, 32))


def doubts(source):
    return [note for note in source.notes if "inverted masks?" in note]


def shifted(number, value=0, ground=255):
    mask = np.full((20, 30), ground, np.uint8)
    mask[np.roll(OBJECT, number, axis=1) == 1] = value
    return mask


INVERTED = {
    "black on white": shifted,
    "0 and 1": lambda i: shifted(i, 0, 1),
    "ImageJ's palette": lambda i: palette_image(shifted(i, 255, 0), INVERTING),
    "one bit": lambda i: Image.fromarray(shifted(i)).convert("1"),
    "grey as colour": lambda i: Image.fromarray(shifted(i)).convert("RGB"),
    "a colour around black": lambda i: np.where(shifted(i)[..., None], np.uint8([0, 200, 0]), np.uint8([0, 0, 0])),
    "soft edges": lambda i: Image.fromarray(shifted(i)).resize((240, 160), Image.Resampling.BILINEAR),
}


@pytest.mark.parametrize("kind", INVERTED)
def test_the_class_map_that_is_proposed_turns_the_masks_over(tmp_path, kind):
    data = dataset(tmp_path, [INVERTED[kind](i) for i in range(4)])
    (doubt,) = doubts(opened(data))
    assert "in 4 of 4 masks" in doubt
    written = tmp_path / "map.json"
    written.write_text(re.search(r"\{.*\}", doubt)[0])
    source = opened(data, *read_class_map(written).entries())
    assert not doubts(source)
    for number, record in enumerate(source.records):
        truth = np.roll(OBJECT, number, axis=1)
        truth = truth.repeat(8, 0).repeat(8, 1) if kind == "soft edges" else truth
        wrong = np.count_nonzero(source.load(record).mask != truth)
        assert wrong <= (40 if kind == "soft edges" else 0), (kind, wrong)


def test_several_classes_of_which_one_is_the_background(tmp_path):
    masks = []
    for number in range(3):
        mask = np.ones((20, 30), np.uint8)
        mask[4:8, 4 + number : 9], mask[10:14, 4:9] = 2, 3
        masks.append(mask)
    (doubt,) = doubts(opened(dataset(tmp_path, masks), classes=("other", "teeth", "caries")))
    assert json.loads(re.search(r"\{.*\}", doubt)[0]) == {"teeth": 2, "caries": 3, "background": 1}


def test_masks_that_rightly_cover_most_of_an_image_are_not_doubted(tmp_path):
    masks = []
    for number in range(4):
        mask = np.full((20, 30), 255, np.uint8)
        mask[:3, : 10 + number] = 0  # the object reaches the border nearly everywhere, and a corner is free
        masks.append(mask)
    assert not doubts(opened(dataset(tmp_path, masks)))


@pytest.mark.parametrize(
    "masks",
    [
        [shifted(0), shifted(1)],  # too few
        [np.full((20, 30), 255, np.uint8)] * 4,  # foreground everywhere is told elsewhere
        [shifted(i, *((0, 255) if i % 2 else (255, 0))) for i in range(6)],  # some alone
    ],
)
def test_too_little_shows_nothing(tmp_path, masks):
    assert not doubts(opened(dataset(tmp_path, masks)))


def test_unlabelled_borders_say_nothing(tmp_path):
    masks = [np.pad(shifted(i, 0, 1)[2:-2, 2:-2], 2, constant_values=255) for i in range(4)]
    assert not doubts(opened(dataset(tmp_path, masks)))


def test_a_class_at_level_0_leaves_255_background(tmp_path):
    source = opened(dataset(tmp_path, [shifted(i) for i in range(3)]), "teeth=0")
    assert any("0 teeth, 255 background (by the class map)" in note for note in source.notes)
    assert set(np.unique(source.load(source.records[0]).mask)) == {0, 1}


def test_a_level_is_refused_where_a_palette_makes_it_ambiguous(tmp_path):
    data = dataset(tmp_path, [palette_image(shifted(i, 255, 0), INVERTING) for i in range(3)])
    with pytest.raises(InputError, match=r'lower index is white.*"#000000" is what is seen black'):
        opened(data, "teeth=0")


def test_a_palette_of_black_and_white_is_told_by_its_colour(tmp_path):
    data = dataset(tmp_path, [palette_image(shifted(i, 0, 255), INVERTING) for i in range(3)])
    assert any("black and white, white is teeth" in note for note in opened(data).notes)
