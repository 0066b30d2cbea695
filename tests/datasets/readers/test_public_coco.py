"""Public sets that are COCO, in the folders and under the names in which they are downloaded."""

import layouts
import numpy as np
import pytest
from layouts import SIZE, opened, put_json, put_picture, rings, said, teeth
from PIL import Image

FORMER = ("vzrad2", "Caries", "Crown", "Filling", "croen", "impacted tooth")
README = """vzrad2 - v6 2023-07-11
==============================

This dataset was exported via roboflow.com on July 11, 2023 at 8:00 PM GMT

The dataset includes 8188 images.
Teeth are annotated in COCO format.

The following pre-processing was applied to each image:
* Auto-orientation of pixel data (with EXIF-orientation stripping)
* Resize to 640x640 (Stretch)

The following augmentation was applied to create 3 versions of each source image:
* 50% probability of horizontal flip

* Not a step of it.
"""


def vzrad2(phantom, name):
    """Ids from 0, of which 0 is the project; every tooth is called by the last figure of its number."""
    listed = [{"id": i, "name": n, "supercategory": "vzrad2" if i else "none"} for i, n in enumerate(FORMER)]
    annotations = [
        {"id": fdi, "image_id": 0, "category_id": 1 + fdi % 5, "segmentation": rings(mask), "iscrowd": 0}
        for fdi, mask in teeth(phantom)
    ]
    image = {"id": 0, "license": 1, "file_name": name, "height": SIZE[0], "width": SIZE[1]}
    return {"images": [image], "annotations": annotations, "categories": listed}


def truth(phantom):
    expected = np.zeros(SIZE, np.uint8)
    for value in range(5):
        planes = [mask for fdi, mask in teeth(phantom) if fdi % 5 == value]
        expected[np.any(planes, axis=0)] = value + 1
    return expected


@pytest.mark.parametrize("nested", [False, True])
def test_mohamedali020_and_its_copy_with_masks_inside(tmp_path, nested):
    phantoms = layouts.phantoms(3)
    for split, phantom in zip(("train", "valid", "test"), phantoms, strict=True):
        name = f"P{split[-1]}_png.rf.{'0a' * 16}.png"
        put_json(tmp_path / f"{split}_annotations.coco.json", vzrad2(phantom, name))
        top = tmp_path / "Data Dental X_Ray_Panoramic"
        pictures, masks = {
            "train": (top / "train" / "train_images", top / "train" / "train_mask"),
            "valid": (top / "valid" / "valid_images", top / "valid" / "valid_mask"),
            "test": (top / "Update_Test" / "test_images", top / "Update_Test" / "test_masks"),
        }[split]
        if nested:
            pictures = tmp_path / "DXR" / "Dental_X_Ray" / split
            masks = pictures / ("test_mask" if split == "test" else "train_mask")
        put_picture(pictures / name, phantom)
        masks.mkdir(parents=True)
        Image.fromarray(phantom.teeth.masks.any(0).astype(np.uint8) * 255).save(masks / f"{name}_mask.png")
    source = opened(tmp_path, layout="coco")
    assert source.classes == FORMER[1:] and "vzrad2, only groups the others" in said(source)
    assert "Crown and croen may mean the same" in said(source)
    found = {record.split: record for record in source.records}
    assert {split: record.patient_id for split, record in found.items()} == {"train": "Pn", "val": "Pd", "test": "Pt"}
    for split, phantom in zip(("train", "val", "test"), phantoms, strict=True):
        np.testing.assert_array_equal(source.load(found[split]).mask, truth(phantom))
    merged = opened(tmp_path, "Crown", layout="coco", aliases=("croen=Crown",))
    planes = [mask for fdi, mask in teeth(phantoms[0]) if fdi % 5 in (1, 3)]
    record = next(record for record in merged.records if record.split == "train")
    np.testing.assert_array_equal(merged.load(record).mask > 0, np.any(planes, axis=0))


def test_what_roboflow_did_to_the_pictures_is_told(tmp_path):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "train" / "a.png", phantom)
    put_json(tmp_path / "train" / "_annotations.coco.json", vzrad2(phantom, "a.png"))
    (tmp_path / "README.roboflow.txt").write_text(README)
    (tmp_path / "README.dataset.txt").write_text("# undefined > 2023\nhttps://universe.roboflow.com\n")
    told = said(opened(tmp_path))
    assert "Roboflow prepared the pictures: Auto-orientation" in told and "pictures were stretched" in told
    assert "Roboflow augmented the pictures: 50% probability of horizontal flip | " in told + " | "


def test_indices_that_are_called_teeth(tmp_path):
    """AKUDENTAL calls its ids 1 to 32 FDI; nothing in them says which tooth is which, so nothing is made of them."""
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "images" / "1.png", phantom)
    numbers = {fdi: i for i, (fdi, _) in enumerate(teeth(phantom), start=1)}
    annotations = [
        {"id": i, "image_id": 1, "category_id": numbers[fdi], "segmentation": rings(mask)}
        for i, (fdi, mask) in enumerate(teeth(phantom))
    ]
    listed = [{"id": i, "name": str(i)} for i in range(1, 33)]
    content = {"images": [{"id": 1, "file_name": "1.png"}], "annotations": annotations, "categories": listed}
    put_json(tmp_path / "annotations.json", content)
    source = opened(tmp_path)
    assert source.classes == tuple(str(i) for i in range(1, 33))
    assert "may be Universal tooth numbers, or numbers of something else; they are kept as names" in said(source)


def test_pictures_that_no_annotation_names_are_told(tmp_path):
    phantom = layouts.phantoms(1)[0]
    put_json(tmp_path / "train" / "_annotations.coco.json", vzrad2(phantom, "a.png"))
    for name in ("a.png", "b.png", "a_mask.png"):
        put_picture(tmp_path / "train" / name, phantom)
    put_picture(tmp_path / "elsewhere" / "c.png", phantom)
    source = opened(tmp_path, layout="coco")
    assert len(source.records) == 1
    assert "1 picture(s) that no annotation names, left out: b.png" in source.notes
