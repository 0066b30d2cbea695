"""The Tufts Dental Database as it is handed out: Universal numbers, wrong boxes, specks, words for nothing."""

import layouts
import numpy as np
import pytest
from layouts import blank, only, opened, pairs, put_json, put_picture, rings, said, teeth

from dentalx.errors import InputError
from dentalx.teeth import to_universal


def square(y, x, side):
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]


def tooth(title, *outlines):
    """The box is [y1, x1, y2, x2], here one pixel, as some of the published ones are."""
    return {"title": title, "bounding box": [0, 0, 1, 1], "polygons": list(outlines)}


def entry(name, *objects):
    return {"External ID": name, "Label": {"objects": list(objects)}}


def write(folder, entries, name="Segmentation/teeth_polygon.json"):
    put_json(folder / name, entries)
    return folder


def tufts(folder, phantoms):
    """Every folder of the database; pictures end in .JPG, the lists say .jpg, and the last one has no tooth."""
    outlines, boxes = [], []
    for number, phantom in enumerate(phantoms, start=1):
        put_picture(folder / "Radiographs" / f"{number}.PNG", phantom)
        found = [tooth(to_universal(fdi), *map(pairs, rings(mask))) for fdi, mask in teeth(phantom)]
        outlines.append(entry(f"{number}.png", *found))
        boxes.append(entry(f"{number}.png", *({"title": o["title"], "bounding box": [1, 2, 3, 4]} for o in found)))
        blank(folder / "Segmentation" / "teeth_mask" / f"{number}.jpg", phantom.image.shape)
        blank(folder / "Segmentation" / "maxillomandibular" / f"{number}.jpg", phantom.image.shape)
    toothless = len(phantoms) + 1
    blank(folder / "Radiographs" / f"{toothless}.PNG")
    write(folder, [*outlines, entry(f"{toothless}.png")])
    put_json(folder / "Segmentation" / "teeth_bbox.json", boxes)
    return folder


def test_phantoms_come_back_to_the_pixel_under_fdi_numbers(tmp_path):
    phantoms = layouts.phantoms(2)
    source = opened(tufts(tmp_path, phantoms), layout="labelbox")
    assert [record.image_id for record in source.records] == ["1", "2", "3"]
    for record, phantom in zip(source.records[:2], phantoms, strict=True):
        expected = phantom.mask([f"tooth_{name}" for name in source.classes])
        np.testing.assert_array_equal(source.load(record).mask, expected)
    assert "Universal numbers of teeth (as this layout's publisher writes them)" in said(source)
    assert "1 picture(s) without annotations kept as negatives: 3.PNG" in said(source)


def test_letters_are_primary_teeth_and_boxes_are_not_believed(tmp_path):
    blank(tmp_path / "Radiographs" / "7.JPG.PNG")
    write(
        tmp_path,
        [entry("7.jpg.png", tooth("A", square(1, 1, 4)), tooth("T", square(1, 8, 4)), tooth("8", square(5, 14, 3)))],
    )
    source = opened(tmp_path)
    assert source.classes == ("11", "55", "85")
    mask = only(source)
    assert (mask[1:5, 1:5] == 2).all() and (mask[1:5, 8:12] == 3).all() and (mask == 1).sum() == 9
    assert only(opened(tmp_path, "quadrant 4")).sum() == 16


def test_specks_are_left_out(tmp_path):
    blank(tmp_path / "1.PNG", (40, 60))
    drawn = tooth("3", square(5, 5, 10), square(30, 50, 3), square(20, 40, 4), [[9, 9]])  # 100, 9 and 16 pixels
    write(tmp_path, [entry("1.png", drawn)])
    source = opened(tmp_path)
    assert only(source).sum() == 116 and not only(source)[30, 50] and "2 outline(s) of less than 10%" in said(source)


def test_experts_words_for_nothing_and_students(tmp_path):
    blank(tmp_path / "Radiographs" / "1.PNG")
    write(tmp_path, [entry("1.png", tooth("19", square(1, 1, 4)))])
    lesion = {"title": "benign_cyst_neoplasia", "polygons": [square(1, 10, 5)]}
    nothing = {"title": "inflammation", "polygons": "none", "bounding box": "none"}
    write(tmp_path, [entry("1.png", lesion, nothing)], "Expert/expert.json")
    write(tmp_path, [entry("1.png", lesion, lesion)], "Student/student.json")
    source = opened(tmp_path)
    assert source.classes == ("36", "benign_cyst_neoplasia")
    assert (only(source) == 2).sum() == 25 and "student.json is left out beside expert.json" in said(source)
    assert "1 object(s) say that nothing is there: 1.png in expert.json" in said(source)
    write(tmp_path, [{"External ID": "1.png", "Label": "none"}], "Expert/expert.json")
    assert opened(tmp_path).classes == ("36",)


def test_the_picture_whose_annotations_are_another_s(tmp_path):
    for name in ("1050", "1051"):
        blank(tmp_path / "Radiographs" / f"{name}.PNG")
    write(tmp_path, [entry(f"{name}.png", tooth("1", square(1, 1, 4))) for name in ("1050", "1051")])
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["1050"]
    assert "1051.PNG is left out: others report that its annotations are another picture's" in said(source)


def test_boxes_alone(tmp_path):
    blank(tmp_path / "1.PNG")
    write(tmp_path, [entry("1.png", {"title": "3", "bounding box": [1, 2, 3, 4]})], "teeth_bbox.json")
    with pytest.raises(InputError, match="a box without an outline"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"External ID": 1, "Label": 1, "polygons": 1}, "must be a JSON list"),
        ([entry("../2.png", tooth("1", square(1, 1, 4)))], "not there, left out"),
        ([entry(3, tooth("1", square(1, 1, 4)))], "without an External ID"),
        ([entry("1.png", tooth(None, square(1, 1, 4)))], "without a title"),
        ([entry("1.png", tooth("1", [[0, 0], [1], [2, 2]]))], "not x and y"),
        ([entry("1.png", tooth("1", [[0, 0], [1, "1"], [2, 2]]))], "no finite number"),
        ([entry("1.png", tooth("1", [[0, 0], [1, 1], [2, 2]]))], "without area"),
        ([entry("1.png", tooth("40", square(1, 1, 4)))], "class '40': '40' is no Universal tooth number"),
        ([entry("2.png", tooth("1", square(1, 1, 4)))], "names no picture that is there"),
    ],
)
def test_refused(tmp_path, content, says):
    blank(tmp_path / "1.PNG")
    write(tmp_path, content)
    with pytest.raises(InputError, match=says):
        opened(tmp_path)


def test_findings_as_they_are_handed_out(tmp_path):
    """Masks and maps of where the experts looked have the images' names; small findings are no specks."""
    for folder in ("Radiographs", "Expert/gaze_map", "Expert/mask", "Student/gaze_map"):
        blank(tmp_path / folder / "7.JPG", (40, 60))
    lesion = {"title": "periapical_lesion", "polygons": [square(5, 5, 10), square(30, 50, 3)], "bounding box": "none"}
    sound = {"title": "none", "polygons": "none", "bounding box": "none"}
    blank(tmp_path / "Radiographs" / "8.JPG", (40, 60))
    write(tmp_path, [entry("7.jpg", lesion), entry("8.jpg", sound)], "Expert/expert.json")
    source = opened(tmp_path)
    assert [str(r.image.relative_to(tmp_path)) for r in source.records] == ["Radiographs/7.JPG", "Radiographs/8.JPG"]
    assert source.load(source.records[0]).mask.sum() == 109 and "specks" not in said(source)
    assert source.load(source.records[1]).mask.max() == 0
