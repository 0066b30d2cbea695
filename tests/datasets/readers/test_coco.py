"""COCO as published, Roboflow's and DENTEX's kinds, and everything that can be wrong with it."""

import json

import layouts
import numpy as np
import pytest
from layouts import SIZE, put_json, put_picture, rings
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.phantoms import PhantomSource, write_coco
from dentalx.datasets.readers.raster import decompress, fill, paint_parts, paint_runs, paint_traced
from dentalx.errors import InputError
from dentalx.geometry import mask_box, rle_encode


def opened(folder, *classes, layout="auto"):
    return open_source(DataConfig(data=folder, classes=classes, layout=layout), SIZE)


def square(y, x, side=4):
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def write(folder, annotations, categories=((1, "caries"),), images=None, name="annotations.json", **more):
    """One black picture a.png of 10×12 unless told otherwise."""
    images = images or [{"id": 1, "file_name": "a.png", "height": 10, "width": 12}]
    for image in images:
        path = folder / image["file_name"]
        if ".." not in path.parts and not image["file_name"].startswith("/"):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((10, 12), np.uint8)).save(path)
    annotations = [{"id": i, "image_id": 1, "category_id": 1, **a} for i, a in enumerate(annotations)]
    listed = [{"id": number, "name": called} for number, called in categories]
    put_json(folder / name, {"images": images, "annotations": annotations, "categories": listed, **more})
    return folder


def only(source):
    (record,) = source.records
    return source.load(record).mask


def test_phantoms_come_back_to_the_pixel(tmp_path):
    source = PhantomSource(2, 3, SIZE)
    write_coco(tmp_path, source)
    read = opened(tmp_path, "46", "caries")
    assert [r.image_id for r in read.records] == [r.image_id for r in source.records]
    teeth = opened(tmp_path, "teeth")
    for record, drawn in zip(read.records, source.records, strict=True):
        phantom = source.phantom(drawn)
        np.testing.assert_array_equal(read.load(record).mask, phantom.mask(("tooth_46", "caries")))
        np.testing.assert_array_equal(teeth.load(record).mask, phantom.teeth.masks.any(0))


@pytest.mark.parametrize("kind", ["outlines", "runs", "compressed"])
def test_three_ways_to_draw_say_the_same(tmp_path, kind):
    from pycocotools import mask as reference

    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "images" / "sub" / "é ş.png", phantom)
    annotations = []
    for number, (fdi, mask) in enumerate(zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True)):
        packed = reference.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
        drawn = {
            "outlines": rings(mask),
            "runs": {"size": list(SIZE), "counts": rle_encode(mask)},
            "compressed": {"size": list(SIZE), "counts": packed},
        }[kind]
        crowd = int(kind == "runs")
        annotations.append({"id": number, "image_id": 0, "category_id": fdi, "segmentation": drawn, "iscrowd": crowd})
    categories = [{"id": fdi, "name": str(fdi)} for fdi in phantom.teeth.labels.tolist()]
    images = [{"id": 0, "file_name": "sub/é ş.png"}]
    put_json(tmp_path / "x.json", {"images": images, "annotations": annotations, "categories": categories})
    names = [str(fdi) for fdi in phantom.teeth.labels]
    expected = phantom.mask([f"tooth_{name}" for name in names])
    np.testing.assert_array_equal(only(opened(tmp_path, *names)), expected)


@pytest.mark.parametrize(
    "others",
    [
        [square(0, 0, 8)],  # the same twice
        [[0, 0, 8, 0, 8, 8, 0, 7.6]],  # nearly the same
        [square(0, 0, 4)],  # touching from inside
        [square(2, 2, 4)],  # nested
        [square(2, 2, 4), square(3, 3, 2)],
        [square(0, 9, 2), square(4, 4, 6)],  # apart and crossing
    ],
)
def test_outlines_of_one_object_are_united_as_the_reference_unites_them(others):
    from pycocotools import mask as reference

    parts = [square(0, 0, 8), *others]
    runs = reference.frPyObjects([[float(v) for v in part] for part in parts], 10, 12)
    expected = reference.decode(reference.merge(runs)).astype(bool)
    for order in (parts, parts[::-1]):
        painted = paint_parts(tuple(map(tuple, order)), (10, 12))
        np.testing.assert_array_equal(painted, expected)
        assert painted[:8, :8].all()


def test_compressed_runs_are_the_reference_s():
    from pycocotools import mask as reference

    for seed in range(20):
        mask = np.random.default_rng(seed).random((9, 300)) < (0.02, 0.5)[seed % 2]
        text = reference.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
        np.testing.assert_array_equal(paint_runs(text, (9, 300), (9, 300)), mask)
    for bad in ("\x00", "é", "Q", "1" * 99, "o" * 40):
        with pytest.raises(ValueError):
            paint_runs(bad, (3, 3), (3, 3))
    assert decompress("", 4) == []


def test_classes_by_name_whatever_the_ids(tmp_path):
    annotations = [
        {"category_id": 7, "segmentation": [square(0, 0)]},
        {"category_id": 0, "segmentation": [square(2, 2)]},
    ]
    write(tmp_path, annotations, ((7, "crown"), (0, "caries"), (99, "root")))
    source = opened(tmp_path)
    assert source.classes == ("crown", "caries", "root")
    mask = only(source)
    assert mask[0, 0] == 1 and mask[3, 3] == 2 and mask[9, 9] == 0  # the later class lies above
    mask = only(opened(tmp_path, "caries", "crown"))
    assert mask[0, 0] == 2 and mask[3, 3] == 2 and mask[5, 5] == 1
    assert set(np.unique(only(opened(tmp_path, "all")))) == {0, 1}
    with pytest.raises(InputError, match=r"'cariez'; did you mean 'caries'\? there are crown, caries, root, and all"):
        opened(tmp_path, "cariez")


def test_roboflow_export(tmp_path):
    for split, copies in (("train", "ab"), ("valid", "c")):
        images = []
        for i, letter in enumerate(copies):
            name = f"{'P1' if split == 'train' else 'P2'}_jpg.rf.{letter * 32}.jpg"
            images.append({"id": i + 1, "file_name": name, "height": 10, "width": 12})
        write(tmp_path / split, [{"segmentation": [square(1, 1)]}], images=images, name="_annotations.coco.json")
        path = tmp_path / split / "_annotations.coco.json"
        content = json.loads(path.read_text())
        content["categories"] = [
            {"id": 0, "name": "vzrad2", "supercategory": "none"},
            {"id": 1, "name": "Crown", "supercategory": "vzrad2"},
            {"id": 2, "name": "croen", "supercategory": "vzrad2"},
        ]
        put_json(path, content)
    source = opened(tmp_path)
    assert source.classes == ("Crown", "croen")
    assert [(r.patient_id, r.split) for r in source.records] == [("P1", "train"), ("P1", "train"), ("P2", "val")]
    notes = " ".join(source.notes)
    assert "vzrad2, only groups the others" in notes and "Crown and croen" in notes
    assert "1 picture(s) without annotations kept as negatives" in notes


def test_dentex_tiers(tmp_path):
    three = {
        f"categories_{n}": [{"id": i, "name": str(name)} for i, name in enumerate(names)]
        for n, names in ((1, range(1, 5)), (2, range(1, 9)), (3, ("Impacted", "Caries")))
    }
    image = {"id": 1, "file_name": "train_0.png", "height": 10, "width": 12}
    drawn = {"id": 1, "image_id": 1, "segmentation": [square(1, 1)], "category_id_1": 3, "category_id_2": 5}
    for tier, levels in (("quadrant-enumeration-disease", 3), ("quadrant_enumeration", 2)):
        folder = tmp_path / tier
        write(folder / "xrays", [], images=[image], name="unused.json")
        (folder / "xrays" / "unused.json").unlink()
        content = {key: value for key, value in three.items() if int(key[-1]) <= levels}
        item = drawn | ({"category_id_3": 1} if levels == 3 else {})
        put_json(folder / f"train_{tier.replace('-', '_')}.json", {"images": [image], "annotations": [item], **content})
    disease = tmp_path / "quadrant-enumeration-disease"
    assert opened(disease).classes == ("Impacted", "Caries")
    assert only(opened(disease)).max() == 2
    for name in ("46", "teeth", "quadrant 4"):
        assert (only(opened(disease, name)) == (only(opened(disease)) > 0)).all()
    assert len(opened(tmp_path / "quadrant_enumeration").classes) == 32
    with pytest.raises(InputError, match=r"2 ways; choose one: --format dentex-enumeration .*--format dentex-disease"):
        opened(tmp_path)
    assert only(opened(tmp_path, layout="dentex-disease")).max() == 2


def test_what_cannot_be_drawn_is_listed(tmp_path):
    line, short = [[0, 0, 4, 4, 8, 8]], [[1, 1, 2, 2]]
    write(tmp_path, [{"segmentation": d} for d in (line, short, [])] + [{"segmentation": [square(0, 0)]}])
    source = opened(tmp_path)
    notes = " | ".join(source.notes)
    assert "1 annotation(s) left out, an outline without area: a.png annotation 0" in notes
    assert "fewer than three points" in notes and "nothing drawn" in notes
    assert "1 image(s) kept where objects were left out, whose pixels are background: a.png" in notes
    assert only(source).sum() == 16
    write(tmp_path, [{"segmentation": line}])
    with pytest.raises(InputError, match="no object that can be drawn"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("annotation", "image", "says"),
    [
        ({"segmentation": [square(0, 0)]}, {"file_name": "../b.png"}, r"not there, left out: \.\./b.png"),
        ({"segmentation": [square(0, 0)]}, {"file_name": "/etc/b.png"}, "not there, left out: /etc/b.png"),
        ({"segmentation": [square(0, 0)]}, {"file_name": ".."}, "without a usable file name"),
        ({"segmentation": [square(0, 0)]}, {"height": 11}, "are for 11×12"),
        ({"segmentation": [square(0, 0)]}, {"height": -1}, "-1×12"),
        ({"segmentation": [[0, 0, 1, float("nan"), 2, 2]]}, {}, "no finite number"),
        ({"segmentation": [[0, 0, 1, 10**400, 2, 2]]}, {}, "no finite number"),
        ({"segmentation": [[0, 0, "1", 1, 2, 2]]}, {}, "no finite number"),
        ({"segmentation": {"size": [10, 12], "counts": [0.5]}}, {}, "whole numbers"),
        ({"segmentation": {"size": [10], "counts": [1]}}, {}, "height, width"),
        ({"segmentation": [square(0, 0)], "category_id": 5}, {}, "annotation 0 has category 5, which is not listed"),
        ({"segmentation": [square(0, 0)], "category_id": True}, {}, "whole number"),
    ],
)
def test_refused_at_opening(tmp_path, annotation, image, says):
    write(tmp_path, [annotation], images=[{"id": 1, "file_name": "a.png", "height": 10, "width": 12} | image])
    with pytest.raises(InputError, match=says):
        opened(tmp_path)


@pytest.mark.parametrize(
    "drawn", [[square(0, 5000)], {"size": [12, 10], "counts": [120]}, {"size": [10, 12], "counts": [7]}]
)
def test_one_broken_object_is_left_out(tmp_path, drawn):
    source = opened(write(tmp_path, [{"segmentation": drawn}, {"segmentation": [square(0, 0)]}]))
    assert only(source).sum() == 16 and "1 annotation(s) left out, " in source.notes[0]
    assert source.notes[0].endswith(": a.png annotation 0")


def test_fill_does_not_grow_with_the_coordinates():
    with pytest.raises(ValueError, match="far outside"):
        fill((0, 0, 1e8, 0, 1e8, 1e8), (10, 10))
    assert fill((-2, -2, 4, -2, 4, 4, -2, 4), (10, 10)).sum() == 16


@pytest.mark.parametrize("text", ["", "[]", '{"images": [}', "[" * 100_000, '{"images": 3, "annotations": []}'])
def test_broken_json(tmp_path, text):
    write(tmp_path, [{"segmentation": [square(0, 0)]}])
    (tmp_path / "annotations.json").write_text(text + ' "images" "file_name"' if text else "")
    with pytest.raises(InputError):
        opened(tmp_path, layout="coco")


def test_missing_and_doubled_pictures(tmp_path):
    images = [{"id": n, "file_name": f"{n}.png", "height": 10, "width": 12} for n in (1, 2)]
    write(tmp_path, [{"segmentation": [square(0, 0)]}], images=images)
    (tmp_path / "2.png").unlink()
    source = opened(tmp_path)
    assert "1 picture(s) named but not there, left out: 2.png" in source.notes
    before = fingerprint(source)
    write(tmp_path, [{"segmentation": [square(1, 0)]}], images=images[:1])
    assert fingerprint(opened(tmp_path)) != before
    (tmp_path / "again.json").write_text((tmp_path / "annotations.json").read_text())
    with pytest.raises(InputError, match=r"1\.png is annotated twice in .*again\.json, .*annotations\.json; keep one"):
        opened(tmp_path)


def test_outlines_through_the_middles_of_pixels(tmp_path):
    """OpenCV's findContours gives them, and boundingRect a box one pixel larger; COCO's own rule would lose the rim."""
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "a.png", phantom)
    annotations = []
    for fdi, mask in layouts.teeth(phantom):
        outlines = [np.ravel(outline).tolist() for outline in layouts.traced(mask)]
        y1, x1, y2, x2 = (int(edge) for edge in mask_box(mask))
        box = [x1, y1, x2 - x1, y2 - y1]
        annotations.append({"segmentation": outlines, "bbox": box, "category_id": fdi, "image_id": 1, "id": fdi})
    categories = [{"id": fdi, "name": str(fdi)} for fdi, _ in layouts.teeth(phantom)]
    content = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": annotations, "categories": categories}
    put_json(tmp_path / "a.json", content)
    source = opened(tmp_path)
    layouts.same_teeth(source, phantom)
    assert "boxes are a pixel larger than their outlines" in layouts.said(source)
    for item in annotations:
        item["bbox"][2] -= 1
    put_json(tmp_path / "a.json", content)
    assert not opened(tmp_path).notes
    several = paint_traced((tuple(square(0, 0, 8)), tuple(square(2, 2, 4)), tuple(square(0, 12, 2))), (10, 16))
    assert several.sum() == 81 + 9


def test_label_maps_called_like_the_pictures(tmp_path):
    """As UFBA-425 and O²PR come: a COCO file a split beside the pictures, and label maps of the same names."""
    phantoms = layouts.phantoms(3)
    for split, number, phantom in zip(("train", "valid", "test"), range(3), phantoms, strict=True):
        put_picture(tmp_path / "images" / f"cate1-{number}.png", phantom)
        annotations, label_map = [], np.zeros(SIZE, np.uint8)
        for fdi, mask in layouts.teeth(phantom):
            label_map[mask] = fdi
            drawn = {"segmentation": rings(mask), "id": fdi, "image_id": 1, "category_id": fdi, "iscrowd": 0}
            annotations.append(drawn)
        (tmp_path / "labelmaps").mkdir(exist_ok=True)
        Image.fromarray(label_map).save(tmp_path / "labelmaps" / f"cate1-{number}.png")
        categories = [{"id": int(n[6:]), "name": n[6:], "supercategory": "tooth"} for n in layouts.tooth_classes()]
        images = [{"id": 1, "file_name": f"cate1-{number}.png", "height": SIZE[0], "width": SIZE[1]}]
        put_json(tmp_path / f"{split}.json", {"images": images, "annotations": annotations, "categories": categories})
    with pytest.raises(InputError, match="choose one: --format coco"):
        opened(tmp_path)
    source = opened(tmp_path, layout="coco")
    assert [record.split for record in source.records] == ["train", "val", "test"]
    for record, phantom in zip(source.records, phantoms, strict=True):
        np.testing.assert_array_equal(source.load(record).mask, phantom.mask([f"tooth_{n}" for n in source.classes]))


def test_two_ways_to_read_one_folder(tmp_path):
    images = [{"id": 1, "file_name": "images/a.png", "height": 10, "width": 12}]
    write(tmp_path, [{"segmentation": [square(0, 0)]}], images=images)
    (tmp_path / "masks").mkdir()
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(tmp_path / "masks" / "a.png")
    with pytest.raises(InputError, match=r"2 ways; choose one: --format coco .* --format folders"):
        opened(tmp_path)
    assert opened(tmp_path, layout="coco").classes == ("caries",)
    assert opened(tmp_path, layout="folders").classes == ("foreground",)
    with pytest.raises(InputError, match="is unknown; use auto, folders"):
        opened(tmp_path, layout="cocoa")
