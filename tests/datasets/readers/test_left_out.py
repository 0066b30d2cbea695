"""Objects that cannot be drawn are left out in every format, and an image that has no others is no negative."""

import base64
import io
import json

import layouts
import numpy as np
import pytest
from layouts import blank, opened, put_json, said
from PIL import Image

from dentalx.datasets.readers.raster import compress
from dentalx.errors import InputError

SIZE = (20, 30)
GOOD, BAD = "good.png", "bad.png"
RING = [2, 2, 10, 2, 10, 9, 3, 10]
PAIRS = layouts.pairs(RING)


def png(mask):
    data = io.BytesIO()
    Image.fromarray(mask).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


LINE = [[1, 1], [5, 5], [9, 9]]  # without area


def coco(folder, item):
    images = [{"id": n, "file_name": name, "height": 20, "width": 30} for n, name in ((1, GOOD), (2, BAD))]
    drawn = [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [RING]}]
    drawn += [{"id": 2, "image_id": 2, "category_id": 1, **item}] if item else []
    put_json(folder / "a.json", {"images": images, "annotations": drawn, "categories": [{"id": 1, "name": "tooth"}]})


def labelme(folder, item):
    good = {"label": "tooth", "points": PAIRS, "shape_type": "polygon"}
    for name, shapes in ((GOOD, [good]), (BAD, [{"label": "tooth", **item}] if item else [])):
        content = {"shapes": shapes, "imagePath": name, "imageHeight": 20, "imageWidth": 30}
        put_json(folder / name.replace("png", "json"), content)


def via(folder, item):
    good = {"name": "polygon", "all_points_x": RING[::2], "all_points_y": RING[1::2]}
    content = {
        name: {
            "filename": name,
            "regions": [{"shape_attributes": each, "region_attributes": {"class": "tooth"}} for each in drawn],
        }
        for name, drawn in ((GOOD, [good]), (BAD, [item] if item else []))
    }
    put_json(folder / "a.json", content | {})


def cvat(folder, item):
    good = f'<polygon label="tooth" points="{";".join(f"{x},{y}" for x, y in PAIRS)}"/>'
    images = "".join(
        f'<image id="0" name="{name}" width="30" height="20">{drawn}</image>'
        for name, drawn in ((GOOD, good), (BAD, item or ""))
    )
    (folder / "annotations.xml").write_text(f"<annotations>{images}</annotations>")


def supervisely(folder, item):
    good = {"geometryType": "polygon", "points": {"exterior": PAIRS, "interior": []}}
    for name, drawn in ((GOOD, [good]), (BAD, [item] if item else [])):
        objects = [{"classTitle": "tooth", **each} for each in drawn]
        put_json(folder / "ds" / "ann" / f"{name}.json", {"size": {"height": 20, "width": 30}, "objects": objects})
        (folder / name).rename(blank_place := folder / "ds" / name)
        (folder / "ds" / "img").mkdir(exist_ok=True)
        blank_place.rename(folder / "ds" / "img" / name)


def labelbox(folder, item):
    content = [
        {"External ID": name, "Label": {"objects": [{"title": "lesion", **each} for each in drawn]}}
        for name, drawn in ((GOOD, [{"polygons": [PAIRS]}]), (BAD, [item] if item else []))
    ]
    put_json(folder / "a.json", content)


def yolo(folder, item):
    shares = " ".join(str(v / (30, 20)[i % 2]) for i, v in enumerate(RING))
    (folder / "data.yaml").write_text("names: [tooth]\n")
    (folder / "good.txt").write_text(f"0 {shares}\n")
    (folder / "bad.txt").write_text(item or "")


BROKEN = [
    (coco, {"segmentation": [[1, 1, 5, 5, 9, 9]]}),
    (coco, {"segmentation": [[1, 1, "x", 5, 9, 9]]}),
    (coco, {"segmentation": "polygon"}),
    (coco, {"segmentation": {"size": [30, 20], "counts": [600]}}),
    (coco, {"segmentation": {"size": [20, 30], "counts": [599]}}),
    (coco, {"segmentation": {"size": [20, 30], "counts": "??"}}),
    (coco, {"segmentation": {"size": None, "counts": [600]}}),
    (coco, {"segmentation": [], "bbox": [1, 2, 3]}),
    (coco, {"segmentation": []}),
    (coco, {"segmentation": [[9000, 1, 9001, 5, 9002, 9]]}),
    (coco, {"segmentation": {"size": [20, 30], "counts": [600]}}),
    (coco, {"segmentation": [[40, 5, 50, 5, 50, 15]]}),  # next to the image
    (coco, {"segmentation": [[0.1, 0.1, 0.4, 0.1, 0.4, 0.5]]}),  # shares of its sides
    (cvat, '<mask label="tooth" rle="0, 4" left="30" top="0" width="2" height="2"/>'),
    (cvat, '<mask label="tooth" rle="4" left="3" top="0" width="2" height="2"/>'),
    (yolo, "0 1.1 1.1 1.5 1.1 1.5 1.5\n"),
    (yolo, f"0 rle 20 30 {compress(np.zeros((20, 30), bool))}\n"),
    (labelme, {"shape_type": "mask", "points": [[40, 1], [43, 4]], "mask": png(np.ones((4, 4), bool))}),
    (labelme, {"shape_type": "mask", "points": [[1, 1], [4, 4]], "mask": png(np.zeros((4, 4), bool))}),
    (supervisely, {"geometryType": "bitmap", "bitmap": {"data": png(np.ones((4, 4), bool)), "origin": [30, 0]}}),
    (labelme, {"shape_type": "line", "points": LINE}),
    (labelme, {"shape_type": "polygon", "points": LINE}),
    (labelme, {"shape_type": "polygon", "points": "no list"}),
    (labelme, {"shape_type": "mask", "points": [[1, 1], [4, 4]], "mask": "????"}),
    (labelme, {"shape_type": "mask", "points": [[1, 1], [4, 4]], "mask": None}),
    (via, {"name": "point", "cx": 1, "cy": 1}),
    (via, {"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]}),
    (via, {"name": "circle", "cx": 1, "cy": "2", "r": 3}),
    (cvat, '<mask label="tooth" rle="2" left="0" top="0" width="2" height="2"/>'),
    (cvat, '<mask label="tooth" rle="x" left="0" top="0" width="2" height="2"/>'),
    (cvat, '<polygon label="tooth" points="1,1;nan,5;9,9"/>'),
    (cvat, '<box label="tooth" xtl="1" ytl="1" xbr="3"/>'),
    (cvat, '<polyline label="tooth" points="1,1;5,5;9,1"/>'),
    (supervisely, {"geometryType": "line", "points": {"exterior": LINE, "interior": []}}),
    (supervisely, {"geometryType": "bitmap", "bitmap": {"data": "????", "origin": [0, 0]}}),
    (supervisely, {"geometryType": "bitmap", "bitmap": {"data": 3, "origin": [0, 0]}}),
    (supervisely, {"geometryType": "polygon", "points": {"exterior": [[0, 0], [900, 0], [3, 3]]}}),
    (labelbox, {"polygons": [LINE]}),
    (labelbox, {"polygons": "none", "bounding box": [1, 2, 3, 4]}),
    (labelbox, {"polygons": 7}),
    (yolo, "0 0.1 0.1 0.2 0.2 0.3 0.3\n"),
    (yolo, "0 0.1 0.1 x 0.2 0.3 0.4\n"),
    (yolo, "tooth 0.1 0.1 0.5 0.2 0.3 0.4\n"),
    (yolo, "0 10 10 50 10 50 50\n"),
    (yolo, "0 rle 30 20 13\n"),
]


@pytest.mark.parametrize(("put", "item"), BROKEN)
def test_an_image_whose_every_object_was_left_out_is_left_out(tmp_path, put, item):
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    put(tmp_path, item)
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["good"]
    assert "1 annotation(s) left out, " in said(source)
    assert "1 of 2 image(s) left out, since none of their objects can be drawn (they are no negatives): bad.png" in (
        said(source)
    )
    assert "kept as negatives" not in said(source)


@pytest.mark.parametrize("put", [coco, labelme, via, cvat, supervisely, labelbox, yolo])
def test_an_image_without_objects_is_a_negative(tmp_path, put):
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    put(tmp_path, None)
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["bad", "good"]
    assert source.load(source.records[0]).mask.max() == 0
    assert "1 picture(s) without annotations kept as negatives: bad.png" in said(source)


def test_classes_that_were_asked_for_decide(tmp_path):
    """An image whose caries is a broken outline is no negative for caries, and a good image for teeth."""
    for name in (GOOD, BAD, "sound.png"):
        blank(tmp_path / name, SIZE)
    images = [{"id": n, "file_name": name} for n, name in enumerate((GOOD, BAD, "sound.png"))]
    drawn = [
        {"id": 1, "image_id": 0, "category_id": 2, "segmentation": [RING]},
        {"id": 2, "image_id": 1, "category_id": 2, "segmentation": [[1, 1, 5, 5, 9, 9]]},
        *({"id": 3 + n, "image_id": n, "category_id": 1, "segmentation": [RING]} for n in range(3)),
    ]
    categories = [{"id": 1, "name": "tooth"}, {"id": 2, "name": "caries"}]
    put_json(tmp_path / "a.json", {"images": images, "annotations": drawn, "categories": categories})
    caries = opened(tmp_path, "caries")
    assert [record.image_id for record in caries.records] == ["good", "sound"]
    assert len(opened(tmp_path, "tooth").records) == 3
    every = opened(tmp_path)
    assert len(every.records) == 3
    assert "1 image(s) kept where objects were left out, whose pixels are background: bad.png" in said(every)
    del drawn[0]
    put_json(tmp_path / "a.json", {"images": images, "annotations": drawn, "categories": categories})
    with pytest.raises(InputError, match=r"no object of the chosen classes can be drawn: 1 annotation.*bad\.png"):
        opened(tmp_path, "caries")


def boxes(folder):
    """A COCO file of a box without an outline, an outline, and an outline that is a rectangle."""
    for name in ("box.png", "outline.png", "rectangle.png"):
        blank(folder / name, SIZE)
    images = [{"id": n, "file_name": name} for n, name in enumerate(("box.png", "outline.png", "rectangle.png"))]
    drawn = [{"bbox": [2, 3, 5, 4]}, {"segmentation": [RING]}, {"segmentation": [[1, 1, 6, 1, 6, 5, 1, 5]]}]
    items = [{"id": n, "image_id": n, "category_id": 1, **each} for n, each in enumerate(drawn)]
    put_json(folder / "a.json", {"images": images, "annotations": items, "categories": [{"id": 1, "name": "tooth"}]})
    return folder


def test_boxes_are_filled_and_counted_or_left_out(tmp_path):
    source = opened(boxes(tmp_path))
    box = source.load(source.records[0]).mask
    assert box.sum() == 20 and (box[3:7, 2:7] == 1).all()
    assert "2 of 3 outline(s) are plain rectangles, as boxes are, and are filled; a model learns rectangles" in (
        said(source)
    )
    without = opened(tmp_path, boxes="leave-out")
    assert [record.image_id for record in without.records] == ["outline"]
    assert "2 annotation(s) left out, a plain rectangle, as --boxes leave-out asks" in said(without)
    assert "plain rectangles" not in said(without)


def test_masks_have_no_boxes(tmp_path):
    blank(tmp_path / "images" / "a.png")
    blank(tmp_path / "masks" / "a.png")
    with pytest.raises(InputError, match="--boxes is for --data with annotated objects"):
        opened(tmp_path, boxes="leave-out")


HAND = [2, 2, 12, 2, 12, 12, 2, 12, 2, 3]  # a pixel short of where it began


@pytest.mark.parametrize(
    ("put", "item"),
    [
        (labelme, {"shape_type": "linestrip", "points": layouts.pairs(HAND)}),
        (via, {"name": "polyline", "all_points_x": HAND[::2], "all_points_y": HAND[1::2]}),
        (cvat, f'<polyline label="tooth" points="{";".join(f"{x},{y}" for x, y in layouts.pairs(HAND))}"/>'),
        (supervisely, {"geometryType": "line", "points": {"exterior": layouts.pairs(HAND), "interior": []}}),
    ],
)
def test_a_line_that_a_hand_closed_is_an_outline(tmp_path, put, item):
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    put(tmp_path, item)
    source = opened(tmp_path)
    area = source.load(source.records[0]).mask.sum()
    assert area == (121 if put is supervisely else 100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("put", [coco, labelme, via, supervisely, labelbox])
def test_json_in_any_encoding(tmp_path, put, encoding):
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    put(tmp_path, None)
    for path in tmp_path.rglob("*.json"):
        path.write_bytes(json.dumps(json.loads(path.read_text()), ensure_ascii=False).encode(encoding))
    source = opened(tmp_path)
    assert len(source.records) == 2 and source.load(source.records[1]).mask.any()


@pytest.mark.parametrize("put", [coco, labelme, via, supervisely, labelbox])
def test_where_a_key_stands_plays_no_part(tmp_path, put):
    """As where an image in base64 comes first: what tells the format apart lies far from both ends of the file."""
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    put(tmp_path, None)
    for path in tmp_path.rglob("*.json"):
        content = json.loads(path.read_text())
        far = "A" * 200_000
        if isinstance(content, list):
            content = [{**content[0], "Agreement": far}, *content[1:], {**content[1], "External ID": "x", "Url": far}]
        elif put is via:
            content = {name: {"note": far, **each, "more": far} for name, each in content.items()}
        else:
            content = {"imageData": far, **content, "more": far}
        path.write_text(json.dumps(content))
    source = opened(tmp_path)
    assert len(source.records) == 2 and source.load(source.records[1]).mask.any()


def test_lines_of_text_files_in_any_encoding(tmp_path):
    for name in (GOOD, BAD):
        blank(tmp_path / name, SIZE)
    yolo(tmp_path, None)
    for name in ("data.yaml", "good.txt"):
        path = tmp_path / name
        path.write_bytes(path.read_text().encode("utf-16"))
    assert opened(tmp_path).load(opened(tmp_path).records[1]).mask.any()
    cvat_folder = tmp_path / "cvat"
    for name in (GOOD, BAD):
        blank(cvat_folder / name, SIZE)
    cvat(cvat_folder, None)
    path = cvat_folder / "annotations.xml"
    path.write_bytes(('<?xml version="1.0" encoding="utf-16"?>' + path.read_text()).encode("utf-16"))
    np.testing.assert_array_equal(opened(cvat_folder).load(opened(cvat_folder).records[0]).mask, np.zeros(SIZE))
