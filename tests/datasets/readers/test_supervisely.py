"""Supervisely projects come back; Humans in the Loop's download with its doubled pictures and Universal numbers."""

import base64
import io
import shutil
import zlib

import layouts
import numpy as np
import pytest
from layouts import blank, only, opened, put_json, put_picture, said, same_teeth, teeth, traced
from PIL import Image

from dentalx.errors import InputError
from dentalx.geometry import mask_box
from dentalx.teeth import to_universal

TITLES = tuple(str(number) for number in range(1, 33))


def polygon(title, outline, holes=()):
    points = {"exterior": outline, "interior": list(holes)}
    return {"id": 1, "classTitle": title, "geometryType": "polygon", "labelerLogin": "someone", "points": points}


def packed(mask):
    """As Supervisely packs a bitmap: a palette PNG whose index 0 is transparent, compressed by zlib, in base64."""
    picture = Image.fromarray(mask.astype(np.uint8))
    picture.putpalette([0, 0, 0, 255, 255, 255])
    data = io.BytesIO()
    picture.save(data, "PNG", transparency=0)
    return base64.b64encode(zlib.compress(data.getvalue())).decode()


def bitmap(title, mask):
    y1, x1, y2, x2 = (int(edge) for edge in mask_box(mask))
    drawn = {"data": packed(mask[y1:y2, x1:x2]), "origin": [x1, y1]}
    return {"id": 1, "classTitle": title, "geometryType": "bitmap", "bitmap": drawn}


def annotation(objects, size=(10, 20)):
    return {"description": "", "tags": [], "size": {"height": size[0], "width": size[1]}, "objects": objects}


def write(project, pictures, titles=TITLES, dataset="d2"):
    """A project: picture name to (phantom or None, objects)."""
    put_json(project / "meta.json", {"classes": [{"title": t, "shape": "polygon"} for t in titles], "tags": []})
    for name, (phantom, objects) in pictures.items():
        size = phantom.image.shape if phantom else (10, 20)
        picture = project / dataset / "img" / name
        if phantom:
            put_picture(picture, phantom)
        else:
            blank(picture)
        put_json(project / dataset / "ann" / f"{name}.json", annotation(objects, size))
    return project


def humans_in_the_loop(folder, phantoms):
    """Both folders of the download: the same pictures and outlines twice, in the second with masks for people."""
    drawn = {
        f"{i}.jpg.png": (p, [polygon(to_universal(fdi), ring) for fdi, m in teeth(p) for ring in traced(m)])
        for i, p in enumerate(phantoms, start=1)
    }
    first = write(folder / "Teeth Segmentation JSON", drawn)
    second = folder / "Teeth Segmentation PNG"
    shutil.copytree(first, second)
    for project in (first, second):
        put_json(project / "obj_class_to_machine_color.json", {title: [9, 9, 9] for title in TITLES})
    for kind in ("masks_human", "masks_machine"):
        for name in drawn:
            blank(second / "d2" / kind / f"{name}.png", phantoms[0].image.shape)
    return folder


@pytest.mark.parametrize("kind", ["polygon", "bitmap"])
def test_phantoms_come_back_to_the_pixel(tmp_path, kind):
    phantom = layouts.phantoms(1)[0]
    if kind == "bitmap":
        objects = [bitmap(str(fdi), mask) for fdi, mask in teeth(phantom)]
    else:
        objects = [polygon(str(fdi), ring) for fdi, mask in teeth(phantom) for ring in traced(mask)]
    write(tmp_path, {"a b.png": (phantom, objects)}, [str(fdi) for fdi, _ in teeth(phantom)])
    same_teeth(opened(tmp_path), phantom)


def test_humans_in_the_loop_is_read_once_and_in_fdi(tmp_path):
    phantoms = layouts.phantoms(2)
    source = opened(humans_in_the_loop(tmp_path, phantoms))
    assert [record.image_id for record in source.records] == ["1.jpg", "2.jpg"]
    assert "2 picture(s) are in Teeth Segmentation JSON and in Teeth Segmentation PNG; they are read once" in said(
        source
    )
    assert "Universal numbers of teeth (as this layout's publisher writes them) became FDI" in said(source)
    assert len(source.classes) == 32 and source.classes[:2] == ("18", "17") and source.classes[-1] == "48"
    for record, phantom in zip(source.records, phantoms, strict=True):
        expected = phantom.mask([f"tooth_{name}" for name in source.classes])
        np.testing.assert_array_equal(source.load(record).mask, expected)
    upper_right = opened(tmp_path, "quadrant 1")
    for record, phantom in zip(upper_right.records, phantoms, strict=True):
        planes = [mask for fdi, mask in teeth(phantom) if fdi // 10 == 1]
        np.testing.assert_array_equal(upper_right.load(record).mask > 0, np.any(planes, axis=0))
    one = opened(tmp_path / "Teeth Segmentation PNG", "36")
    np.testing.assert_array_equal(one.load(one.records[0]).mask > 0, phantoms[0].plane("tooth_36"))


def test_classes_1_to_32_elsewhere_are_not_taken_for_universal(tmp_path):
    write(tmp_path / "mine", {"a.png": (None, [polygon("19", [[0, 0], [3, 0], [3, 3], [0, 3]])])})
    source = opened(tmp_path)
    assert source.classes == TITLES and "may be Universal tooth numbers, or numbers of something else" in said(source)
    for name in ("teeth", "36", "quadrant 3"):
        with pytest.raises(InputError, match="--tooth-numbers universal, or name classes"):
            opened(tmp_path, name)
        assert only(opened(tmp_path, name, tooth_numbers="universal")).sum() == 16


def test_flat_and_outlying_outlines_holes_rectangles_and_negatives(tmp_path):
    square, hole = [[1, 1], [7, 1], [7, 7], [1, 7]], [[3, 3], [5, 3], [5, 5], [3, 5]]
    objects = [
        polygon("1", square, [hole]),
        polygon("2", [[9, 2], [9, 5], [9, 8]]),  # no area, as five in Humans in the Loop's set
        polygon("3", [[17, 8], [21, 8], [21, 11], [17, 11]]),  # beyond the picture's edge
        {"classTitle": "4", "geometryType": "rectangle", "points": {"exterior": [[12, 1], [10, 3]], "interior": []}},
        {"classTitle": "5", "geometryType": "line", "points": {"exterior": [[0, 0], [5, 5]], "interior": []}},
    ]
    write(tmp_path, {"a.png": (None, objects), "b.png": (None, [])}, TITLES[:5])
    source = opened(tmp_path)
    mask = source.load(source.records[0]).mask
    assert (mask == 1).sum() == 49 - 9 and mask[4, 4] == 0 and mask[2, 2] == 1
    assert (mask == 3).sum() == 6 and (mask == 4).sum() == 9 and not (mask == 2).any()
    assert "an outline without area: a.png 2" in said(source) and "a line has no area" in said(source)
    assert source.load(source.records[1]).mask.max() == 0 and "1 picture(s) without annotations" in said(source)


def crop(data, origin=(0, 0)):
    return {"classTitle": "1", "geometryType": "bitmap", "bitmap": {"data": data, "origin": list(origin)}}


def encoded(data):
    return base64.b64encode(data).decode()


BOMB = zlib.compress(bytes(2**26))


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (crop(encoded(BOMB)), "unpacks to more than"),
        (crop(encoded(b"no zlib")), "not compressed as zlib"),
        (crop(encoded(zlib.compress(b"no PNG"))), "no PNG of usable size"),
        (crop("?"), "no PNG in base64"),
        (crop(packed(np.ones((11, 5), bool))), "larger than its picture"),
        (crop(3), "without data or origin"),
        (crop("", (1,)), "without data or origin"),
        (polygon(3, [[0, 0], [3, 0], [3, 3]]), "without a classTitle"),
        (polygon("1", [[0, 0], [3, float("nan")], [3, 3]]), "no finite number"),
        (polygon("1", [[0, 0], [3, 0, 1], [3, 3]]), "not x and y"),
        (polygon("1", [[0, 0], [900, 0], [3, 3]]), "far outside"),
        (polygon("1", 3), "points that are no list"),
        (3, "objects, a list"),
    ],
)
def test_refused(tmp_path, item, says):
    write(tmp_path, {"a.png": (None, [item])})
    with pytest.raises(InputError, match=says):
        only(opened(tmp_path, layout="supervisely"))
