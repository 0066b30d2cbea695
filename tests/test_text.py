"""Burned-in text: found where it was drawn, and nothing found where none was."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from dentalx.datasets.phantoms import PhantomSource
from dentalx.text import covered, find_text, joined

NAME = "SMITH John 12.03.1971"


@pytest.fixture(scope="module")
def phantoms():
    source = PhantomSource(4, 3, (320, 640), ())
    return [source.load(record).image for record in source.records]


def with_text(plane, text, size, place, level):
    """The plane with PIL's own letters in it, and the (y1, x1, y2, x2) that they fill."""
    image = Image.fromarray((plane * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    x1, y1, x2, y2 = (round(side) for side in draw.textbbox((place[1], place[0]), text, font=font))
    draw.text((place[1], place[0]), text, fill=level, font=font)
    return np.asarray(image, np.float32) / 255, (y1, x1, y2, x2)


def share(boxes, box, shape):
    inside, seen = np.zeros(shape, bool), np.zeros(shape, bool)
    inside[box[0] : box[2], box[1] : box[3]] = True
    for y1, x1, y2, x2 in boxes:
        seen[y1:y2, x1:x2] = True
    return (seen & inside).sum() / inside.sum()


@pytest.mark.parametrize("size", [10, 14, 22, 36])
@pytest.mark.parametrize("place", [(4, 6), (280, 6), (4, 200)])
def test_a_name_in_white_is_found_whole(phantoms, size, place):
    for plane in phantoms[:2]:
        drawn, box = with_text(plane, NAME, size, place, 255)
        assert share(find_text(drawn), box, plane.shape) > 0.9


@pytest.mark.parametrize("size", [12, 20])
def test_other_polarity_and_grey(size):
    light = np.full((120, 400), 0.8, np.float32)
    for plane, level in ((light, 0), (light, 60), (1 - light, 140), (light * 0, 90)):
        drawn, box = with_text(plane, NAME, size, (40, 30), level)
        assert share(find_text(drawn), box, plane.shape) > 0.9


def test_strokes_of_opencv_and_upright_text(phantoms):
    drawn = (phantoms[0] * 255).astype(np.uint8)
    cv2.putText(drawn, "Doe, Jane 1980", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    plane = drawn.astype(np.float32) / 255
    assert share(find_text(plane), (20, 22, 30, 130), plane.shape) > 0.9
    upright = np.ascontiguousarray(np.rot90(plane))
    assert any(y2 - y1 > 2 * (x2 - x1) for y1, x1, y2, x2 in find_text(upright))


def test_after_jpeg_it_is_still_found(phantoms):
    drawn, box = with_text(phantoms[1], NAME, 18, (6, 8), 255)
    coded = cv2.imencode(".jpg", (drawn * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    plane = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    assert share(find_text(plane), box, plane.shape) > 0.9


def test_false_alarms_on_phantoms_are_few_and_small(phantoms):
    found = [find_text(plane) for plane in phantoms]
    assert sum(map(bool, found)) <= len(phantoms) // 2
    area = sum((y2 - y1) * (x2 - x1) for boxes in found for y1, x1, y2, x2 in boxes)
    assert area < 0.02 * sum(plane.size for plane in phantoms)


def test_side_marks_are_no_text():
    marked = np.full((320, 640), 60, np.uint8)
    cv2.putText(marked, "R", (10, 300), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2)
    cv2.putText(marked, "L", (600, 300), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2)
    assert find_text(marked.astype(np.float32) / 255) == ()


@pytest.mark.parametrize("shape", [(1, 1), (4, 300), (300, 4), (40, 40)])
def test_tiny_and_even_pictures_hold_no_text(shape):
    assert find_text(np.zeros(shape, np.float32)) == find_text(np.ones(shape, np.float32)) == ()


boxes = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 6), st.integers(1, 6)).map(
        lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    max_size=8,
)


@settings(max_examples=50)
@example([(0, 0, 1, 2), (0, 2, 3, 3), (2, 0, 3, 1)])  # two become one that reaches the third
@given(boxes)
def test_joined_boxes_cover_the_same_and_do_not_overlap(found):
    plane = np.ones((30, 30), np.uint8)
    before, after = covered(plane, found), covered(plane, joined(found))
    assert plane.all() and not (after & ~before & 1 & (before == 0)).any()
    assert (after <= before).all()
    areas = sum((y2 - y1) * (x2 - x1) for y1, x1, y2, x2 in joined(found))
    assert areas == (after == 0).sum()
