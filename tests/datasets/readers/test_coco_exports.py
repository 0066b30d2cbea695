"""COCO as programs export it: paths of their machines, ids of any kind, crowds that are none, files that are no use."""

import dicom_files
import layouts
import numpy as np
import pytest
from layouts import blank, only, opened, put_json, said

from dentalx.datasets.instances import load_instances
from dentalx.errors import InputError
from dentalx.geometry import rle_encode

RING = [2, 2, 10, 2, 10, 9, 3, 10]


def write(folder, annotations, images=None, name="a.json", **more):
    images = images or [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}]
    items = [{"id": n, "image_id": 1, "category_id": 1, "iscrowd": 0, **each} for n, each in enumerate(annotations)]
    content = {"images": images, "annotations": items, "categories": [{"id": 1, "name": "tooth"}]}
    put_json(folder / name, content | more)
    return folder


def runs(y, x):
    mask = np.zeros((20, 30), bool)
    mask[y : y + 4, x : x + 4] = True
    return {"size": [20, 30], "counts": rle_encode(mask)}


@pytest.mark.parametrize(
    "named",
    [
        "/label-studio/data/media/upload/1/a b.png",
        "..\\..\\label-studio\\media\\upload\\4\\a b.png",
        "images/1/a b.png",
        "/data/local-files/?d=scans%2Fa%20b.png",
        "/data/upload/1/a%20b.png",
        "https://host.example/scans/a%20b.png?token=x",
        "s3://bucket/scans/a b.png",
        "C:\\scans\\A B.PNG",
        "1a2b3c4d-a b.png",
        "a b.jpg",
        "x/../../../a b.png",
    ],
)
def test_paths_of_another_machine_are_compared_and_never_followed(tmp_path, named):
    blank(tmp_path / "secret" / "a b.png", (20, 30))
    blank(tmp_path / "set" / "images" / "a b.png", (20, 30))
    blank(tmp_path / "set" / "images" / "c.png", (20, 30))
    write(tmp_path / "set", [{"segmentation": [RING]}], [{"id": 1, "file_name": named}])
    source = opened(tmp_path / "set")
    (record,) = source.records
    assert record.image == tmp_path / "set" / "images" / "a b.png"
    assert "1 image(s) found " in said(source)


def test_an_image_missing_from_a_folder_that_is_there_is_no_other_s(tmp_path):
    for name in ("p1/0.png", "p2/1.png"):
        blank(tmp_path / name, (20, 30))
    images = [{"id": n, "file_name": f"p{n}/0.png"} for n in (1, 2)]
    source = opened(write(tmp_path, [{"segmentation": [RING]}], images))
    assert [str(r.image.relative_to(tmp_path)) for r in source.records] == ["p1/0.png"]
    assert "1 picture(s) named but not there, left out: p2/0.png" in said(source)


def test_an_image_that_two_names_mean_is_refused(tmp_path):
    blank(tmp_path / "0.png", (20, 30))
    images = [{"id": n, "file_name": f"p{n}/0.png"} for n in (1, 2)]
    with pytest.raises(InputError, match=r"0\.png is annotated twice in .*a\.json, under two names"):
        opened(write(tmp_path, [{"segmentation": [RING]}], images))


@pytest.mark.parametrize(("image", "category"), [("img_001", "c-7"), ("1", 1), (1.0, "1"), (7, 0), ("ü", "7")])
def test_ids_are_numbers_or_text(tmp_path, image, category):
    blank(tmp_path / "a.png", (20, 30))
    images, categories = [{"id": image, "file_name": "a.png"}], [{"id": category, "name": "tooth"}]
    item = {"segmentation": [RING], "image_id": image, "category_id": category}
    write(tmp_path, [item], images, categories=categories)
    assert only(opened(tmp_path)).any() and opened(tmp_path).classes == ("tooth",)


@pytest.mark.parametrize("key", ["category_id", "image_id", "category", "image"])
@pytest.mark.parametrize(
    "value", [None, True, [1], {"a": 1}, 1.5, 1e308, 10**400, float("nan"), "", "x" * 9999, "a\nb\x1b["]
)
def test_ids_of_any_json_type_give_one_line(tmp_path, key, value):
    blank(tmp_path / "a.png", (20, 30))
    images = [{"id": value if key == "image" else 1, "file_name": "a.png"}]
    categories = [{"id": value if key == "category" else 1, "name": "tooth", "supercategory": value}]
    item = {"segmentation": [RING], **({key: value} if key.endswith("_id") else {})}
    write(tmp_path, [{"segmentation": [RING]}, item], images, categories=categories)
    try:
        message = said(opened(tmp_path))  # a text may be an id
    except InputError as error:
        message = str(error)
    assert message.isprintable() and len(message) < 600


def brushed(**more):
    """As CVAT writes masks that a brush painted."""
    return {"segmentation": runs(1, 1), "iscrowd": 1, **more}


CVAT = {"attributes": {"occluded": False}}


@pytest.mark.parametrize(
    ("annotations", "crowds"),
    [
        ([brushed(), brushed()], [False, False]),  # nothing but crowds makes no sense
        ([brushed(**CVAT), {"segmentation": [RING], **CVAT}], [False, False]),
        ([brushed(), {"segmentation": [RING]}], [True, False]),  # as COCO itself
        ([brushed(**CVAT), {"segmentation": runs(5, 5), **CVAT}], [True, False]),
        ([brushed(**CVAT), {"segmentation": [RING], "iscrowd": 1}], [True, True]),
    ],
)
def test_masks_of_a_brush_are_objects_and_no_crowds(tmp_path, annotations, crowds):
    blank(tmp_path / "a.png", (20, 30))
    source = opened(write(tmp_path, annotations))
    assert load_instances(source, source.records[0]).crowd.tolist() == crowds
    assert ("read as objects and not as crowds" in said(source)) == (
        sum(crowds) < sum(a.get("iscrowd", 0) for a in annotations)
    )


def test_a_panoptic_file_is_named_and_not_read(tmp_path):
    blank(tmp_path / "a.png", (20, 30))
    write(tmp_path, [{"segmentation": [RING]}])
    item = {"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 1}]}
    put_json(tmp_path / "panoptic.json", {"images": [], "annotations": [item], "categories": []})
    source = opened(tmp_path)
    assert only(source).any() and "panoptic.json: COCO's panoptic format, which is not read" in said(source)


def test_a_list_of_images_without_annotations_holds_no_negatives(tmp_path):
    for name in ("a.png", "b.png"):
        blank(tmp_path / name, (20, 30))
    write(tmp_path, [{"segmentation": [RING]}])
    put_json(tmp_path / "image_info_test.json", {"images": [{"id": 2, "file_name": "b.png"}], "categories": []})
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["a"]
    assert "images of image_info_test.json left out: it lists images without annotations" in said(source)


def test_keys_of_other_formats_in_a_coco_file(tmp_path):
    blank(tmp_path / "a.png", (20, 30))
    item = {"segmentation": [RING], "shapes": 1, "attributes": {"Label": "x", "objects": []}}
    assert only(opened(write(tmp_path, [item], info={"caption": "x", "metadata": {}}))).any()


def test_what_is_missing_is_named(tmp_path):
    blank(tmp_path / "other.png", (20, 30))
    with pytest.raises(
        InputError, match=r"names no picture that is there \(1 picture\(s\) named but not there.*a\.png"
    ):
        opened(write(tmp_path, [{"segmentation": [RING]}]))


def test_phantoms_with_text_ids_and_foreign_paths_come_back(tmp_path):
    phantom = layouts.phantoms(1)[0]
    layouts.put_picture(tmp_path / "images" / "x.png", phantom)
    items = [
        {"id": f"t{fdi}", "image_id": "one", "category_id": f"c{fdi}", "segmentation": layouts.rings(mask)}
        for fdi, mask in layouts.teeth(phantom)
        if len(layouts.rings(mask)) == 1
    ]
    names = [item["category_id"][1:] for item in items]
    images = [{"id": "one", "file_name": "/srv/upload/x.png"}]
    categories = [{"id": f"c{name}", "name": name} for name in names]
    put_json(tmp_path / "a.json", {"images": images, "annotations": items, "categories": categories})
    expected = phantom.mask([f"tooth_{name}" for name in names])
    np.testing.assert_array_equal(only(opened(tmp_path)), expected)


@pytest.mark.parametrize("name", ["IM0001", "1.2.840.10008", "a.dcm"])
@pytest.mark.parametrize("said_as", ["{}", "{}.png", "scans/{}"])
def test_dicom_files_without_a_suffix(tmp_path, name, said_as):
    pytest.importorskip("pydicom")
    dicom_files.saved(tmp_path / name, dicom_files.dataset(np.zeros((20, 30), np.uint16)))
    named = said_as.format(name.removesuffix(".dcm") if ".png" in said_as else name)
    source = opened(write(tmp_path, [{"segmentation": [RING]}], [{"id": 1, "file_name": named}]))
    assert only(source).any() and source.records[0].image == tmp_path / name
