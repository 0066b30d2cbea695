"""LabelMe files: outlines and masks come back, the rest is told."""

import base64
import io

import layouts
import numpy as np
import pytest
from layouts import SIZE, put_json, put_picture, rings
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.errors import InputError
from dentalx.geometry import mask_box


def opened(folder, *classes):
    return open_source(DataConfig(data=folder, classes=classes), SIZE)


def packed(mask):
    data = io.BytesIO()
    Image.fromarray(mask).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def content(shapes, name="a.png", size=SIZE):
    version = {"version": "5.4.1", "flags": {}}
    return version | {"shapes": shapes, "imagePath": name, "imageHeight": size[0], "imageWidth": size[1]}


def shape(label, points, kind="polygon", **more):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def write(folder, *shapes, **more):
    folder.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((10, 20), np.uint8)).save(folder / "a.png")
    put_json(folder / "a.json", content(list(shapes), size=(10, 20)) | more)
    return folder


def only(source):
    (record,) = source.records
    return source.load(record).mask


@pytest.mark.parametrize("kind", ["polygon", "mask"])
def test_phantoms_come_back_to_the_pixel(tmp_path, kind):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "çürük 1.png", phantom)
    shapes = []
    for fdi, mask in zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True):
        if kind == "mask":
            y1, x1, y2, x2 = (int(edge) for edge in mask_box(mask))
            drawn = packed(mask[y1:y2, x1:x2])
            shapes.append(shape(str(fdi), [[x1, y1], [x2 - 1, y2 - 1]], "mask", mask=drawn))
        else:
            for ring in rings(mask):
                shapes.append(shape(str(fdi), [ring[i : i + 2] for i in range(0, len(ring), 2)]))
    put_json(tmp_path / "çürük 1.json", content(shapes, "..\\x\\çürük 1.png"))
    names = [str(fdi) for fdi in phantom.teeth.labels]
    expected = phantom.mask([f"tooth_{name}" for name in names])
    np.testing.assert_array_equal(only(opened(tmp_path, *names)), expected)


def test_rectangles_circles_and_lines(tmp_path):
    rectangle, circle = shape("r", [[9, 7], [5, 3]], "rectangle"), shape("c", [[14, 5], [17, 5]], "circle")
    write(tmp_path, rectangle, circle, shape("l", [[0, 0], [5, 5]], "line"), shape("p", [[1, 1], [2, 2], [3, 3]]))
    source = opened(tmp_path)
    mask = only(source)
    assert source.classes == ("c", "r") and (mask[3:7, 5:9] == 2).all() and (mask == 2).sum() == 16
    assert abs((mask == 1).sum() - np.pi * 9) < 5
    assert "a line has no area: a.json l" in " ".join(source.notes)
    assert "an outline without area: a.json p" in " ".join(source.notes)


@pytest.mark.parametrize(
    ("shapes", "more", "says"),
    [
        ([shape("a", [[0, 0], [1, float("inf")], [2, 2]])], {}, "no finite number"),
        ([shape("a", [[0, 0, 1], [1, 2], [2, 2]])], {}, "not x and y"),
        ([shape(3, [[0, 0], [1, 2], [2, 2]])], {}, "without a label"),
        ([shape("a", [[0, 0], [3, 3]], "mask", mask="?")], {}, "no PNG in base64"),
        ([shape("a", [[0, 0], [3, 3]], "mask", mask="aaaa")], {}, "no PNG of usable size"),
        ([shape("a", [[0, 0], [4, 0], [4, 4]])], {"imageHeight": 11}, "are for 11×20"),
        ([shape("a", [[0, 0], [4, 0], [4, 4]])], {"shapes": 3}, "shapes, a list"),
        ([], {}, "name no class"),
    ],
)
def test_refused(tmp_path, shapes, more, says):
    write(tmp_path, *shapes, **more)
    with pytest.raises(InputError, match=says):
        only(opened(tmp_path))


def test_a_group_is_one_object(tmp_path):
    parts = [shape("36", [[x, 1], [x + 3, 1], [x + 3, 4], [x, 4]], group_id=7) for x in (1, 6)]
    other = shape("37", [[11, 1], [14, 1], [14, 4]], group_id=7)
    alone = [shape("36", [[x, 6], [x + 2, 6], [x + 2, 8], [x, 8]]) for x in (1, 6)]
    source = opened(write(tmp_path, *parts, other, *alone))
    objects = [(index, each.paint((10, 20)).sum()) for index, each in source.shapes(source.records[0])]
    assert objects[:3] == [(1, 18), (1, 4), (1, 4)] and [index for index, _ in objects] == [1, 1, 1, 2]


def test_a_picture_inside_the_file_is_not_looked_at(tmp_path):
    source = opened(write(tmp_path, shape("a", [[0, 0], [4, 0], [4, 4]]), imageData="not base64 at all"))
    assert only(source).any()


SQUARE = [[2, 2], [8, 2], [8, 7], [2, 7]]


@pytest.mark.parametrize("kind", ["rectangle", "rotation", "oriented_rectangle"])
def test_rectangles_of_four_points_are_their_polygon(tmp_path, kind):
    assert only(opened(write(tmp_path, shape("a", SQUARE, kind)))).sum() == 30


def pair(folder, name, image, points):
    """An image and a LabelMe file of one stem, whose imagePath says `image`."""
    folder.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((10, 20), np.uint8)).save(folder / f"{name}.png")
    put_json(folder / f"{name}.json", content([shape("a", points)], image, (10, 20)))


def areas(folder):
    source = opened(folder)
    return {r.image_id: int(source.load(r).mask.sum()) for r in source.records}, " ".join(source.notes)


@pytest.mark.parametrize("named", ["2.png", "x\\2.png", "2.JPG"])
def test_an_image_path_of_another_file_is_not_believed(tmp_path, named):
    pair(tmp_path, "1", named, SQUARE)
    pair(tmp_path, "2", "1.png", [[2, 2], [5, 2], [5, 5], [2, 5]])
    found, notes = areas(tmp_path)
    assert found == {"1": 30, "2": 9}
    assert "2 file(s) name another image than that of their own name, which is read" in notes


@pytest.mark.parametrize("named", ["old.png", "b.jpg", "C:\\Users\\x\\old.png", "..", "", None])
def test_an_image_path_of_no_file_gives_way_to_the_file_s_own_name(tmp_path, named):
    pair(tmp_path, "b", named, SQUARE)
    assert areas(tmp_path)[0] == {"b": 30}


def test_images_and_files_in_folders_of_their_own(tmp_path):
    pair(tmp_path, "a", "..\\Input\\a.png", SQUARE)
    for name, folder in (("a.png", "input"), ("a.json", "Label")):
        (tmp_path / folder).mkdir()
        (tmp_path / name).rename(tmp_path / folder / name)
    assert areas(tmp_path)[0] == {"a": 30}
    assert areas(tmp_path)[1].startswith("1 of 1 outline(s)")


def test_group_ids_that_are_tooth_numbers(tmp_path):
    teeth = [shape("tooth", [[x, 1], [x + 3, 1], [x + 3, 4]], group_id=n) for x, n in ((1, 36), (6, 46), (10, 46))]
    caries = [shape("caries", [[x, 6], [x + 2, 6], [x + 2, 8], [x, 8]], group_id=36) for x in (1, 6)]
    source = opened(write(tmp_path, *teeth, *caries), "36", "tooth")
    assert "group_id holds FDI numbers of teeth" in " ".join(source.notes)
    assert len(list(opened(tmp_path, "36").shapes(source.records[0]))) == 3  # a tooth, and two lesions apart
    assert len(list(opened(tmp_path, "tooth").shapes(source.records[0]))) == 2  # the parts of 46 are one
    assert only(opened(tmp_path, "quadrant 4")).sum() == only(opened(tmp_path, "46")).sum() > 0
    counted = [shape("tooth", SQUARE, group_id=n) for n in (1, 2, 36)]
    assert "group_id holds" not in " ".join(opened(write(tmp_path, *counted)).notes)
