"""DENTEX as it is downloaded: three tiers that repeat pictures, two spellings of a folder, Turkish test labels."""

import layouts
import numpy as np
import pytest
from layouts import SIZE, blank, only, opened, pairs, put_json, put_picture, rings, said, teeth

from dentalx.errors import InputError

FINDINGS = ("Impacted", "Caries", "Periapical Lesion", "Deep Caries")
TRIPLE = "train_quadrant_enumeration_disease.json"


def categories(level):
    names = (("1", "2", "3", "4"), tuple(str(n) for n in range(1, 9)), FINDINGS)
    return {
        f"categories_{n}": [{"id": i, "name": name, "supercategory": name} for i, name in enumerate(names[n - 1])]
        for n in range(1, level + 1)
    }


def tier(level, pictures):
    """COCO with `level` lists of categories, ids from 0; the first tier's file has plain categories."""
    images, annotations = [], []
    for number, (name, phantom) in enumerate(pictures, start=1):
        images.append({"id": number, "file_name": name, "height": SIZE[0], "width": SIZE[1]})
        for fdi, mask in teeth(phantom) if phantom else []:
            ids = {"category_id_1": fdi // 10 - 1, "category_id_2": fdi % 10 - 1, "category_id_3": fdi % 4}
            chosen = {key: value for key, value in ids.items() if int(key[-1]) <= level}
            if level == 1:
                chosen = {"category_id": fdi // 10 - 1}
            item = {"id": len(annotations) + 1, "image_id": number, "iscrowd": 0, "segmentation": rings(mask)}
            annotations.append(item | chosen)
    listed = categories(level)
    if level == 1:
        listed = {"categories": listed["categories_1"]}
    return {"images": images, "annotations": annotations, **listed}


def labelme(phantom, name):
    """A label of the test set: code, finding in Turkish, FDI number."""
    shapes = [
        {
            "label": f"{1 + fdi % 2}-{('çürük', 'küretaj')[fdi % 2]}-{fdi}",
            "points": pairs(ring),
            "shape_type": "polygon",
        }
        for fdi, mask in teeth(phantom)
        for ring in rings(mask)
    ]
    return {"version": "4.5.6", "shapes": shapes, "imagePath": f"..\\input\\{name}", "imageHeight": SIZE[0]}


def download(folder, phantoms):
    """Every folder of the publisher's archives, with the file names that occur in all three tiers."""
    first, second, third = phantoms
    training = folder / "training_data"
    tiers = (
        ("quadrant", "train_quadrant.json", 1, [("train_0.png", first)]),
        ("quadrant_enumeration", "train_quadrant_enumeration.json", 2, [("train_0.png", second)]),
        ("quadrant-enumeration-disease", TRIPLE, 3, [("train_0.png", third), ("train_1.png", None)]),
    )
    for name, file, level, pictures in tiers:
        put_json(training / name / file, tier(level, pictures))
        for picture, phantom in pictures:
            put_picture(training / name / "xrays" / picture, phantom or first)
    put_picture(training / "unlabelled" / "xrays" / "train_0.png", first)
    put_json(folder / "validation_triple.json", tier(3, [("val_0.png", first)]))
    put_picture(folder / "validation_data" / "quadrant_enumeration_disease" / "xrays" / "val_0.png", first)
    put_picture(folder / "test_data" / "disease" / "input" / "test_0.png", second)
    put_json(folder / "test_data" / "disease" / "label" / "test_0.json", labelme(second, "test_0.png"))
    return folder


@pytest.fixture
def phantoms():
    return layouts.phantoms(3)


def test_whole_download_names_the_tiers(tmp_path, phantoms):
    download(tmp_path, phantoms)
    with pytest.raises(InputError) as refused:
        opened(tmp_path)
    for name in ("dentex-quadrant", "dentex-enumeration", "dentex-disease", "labelme"):
        assert f"--format {name} (" in str(refused.value)


def test_quadrants(tmp_path, phantoms):
    source = opened(download(tmp_path, phantoms), layout="dentex-quadrant")
    assert source.classes == tuple(f"quadrant {n}" for n in (1, 2, 3, 4))
    expected = np.zeros(SIZE, np.uint8)
    for quadrant in (1, 2, 3, 4):
        planes = [mask for fdi, mask in teeth(phantoms[0]) if fdi // 10 == quadrant]
        expected[np.any(planes, axis=0)] = quadrant
    np.testing.assert_array_equal(only(source), expected)


def test_numbers_by_folder(tmp_path, phantoms):
    folder = download(tmp_path, phantoms) / "training_data" / "quadrant_enumeration"
    source = opened(folder)
    assert len(source.classes) == 32 and [r.split for r in source.records] == ["train"]
    np.testing.assert_array_equal(only(source), phantoms[1].mask([f"tooth_{name}" for name in source.classes]))
    np.testing.assert_array_equal(only(opened(folder, "teeth")), phantoms[1].teeth.masks.any(0))


def test_findings_of_training_and_validation(tmp_path, phantoms):
    source = opened(download(tmp_path, phantoms), layout="dentex-disease")
    assert source.classes == FINDINGS
    assert {r.image_id: r.split for r in source.records} == {"train_0": "train", "train_1": "train", "val_0": "val"}
    assert "1 picture(s) without annotations kept as negatives: train_1.png" in said(source)
    for record, phantom in ((source.records[0], phantoms[2]), (source.records[2], phantoms[0])):
        expected = np.zeros(SIZE, np.uint8)
        for value in range(4):
            planes = [mask for fdi, mask in teeth(phantom) if fdi % 4 == value]
            expected[np.any(planes, axis=0)] = value + 1
        np.testing.assert_array_equal(source.load(record).mask, expected)
    number = opened(tmp_path, "36", layout="dentex-disease")
    np.testing.assert_array_equal(number.load(number.records[0]).mask > 0, phantoms[2].plane("tooth_36"))


def test_turkish_labels_of_the_test_set(tmp_path, phantoms):
    folder = download(tmp_path, phantoms) / "test_data"
    source = opened(folder)
    assert source.classes == ("küretaj", "çürük") or source.classes == ("çürük", "küretaj")
    assert "çürük may be Turkish for caries; to call it so: --alias 'çürük=caries'" in said(source)
    np.testing.assert_array_equal(only(opened(folder, "46")) > 0, phantoms[1].plane("tooth_46"))
    renamed = opened(folder, "caries", aliases=("çürük=caries",))
    planes = [mask for fdi, mask in teeth(phantoms[1]) if fdi % 2 == 0]
    np.testing.assert_array_equal(only(renamed) > 0, np.any(planes, axis=0))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"categories_2": [{"id": 0, "name": "eight"}]}, "must be named by numbers"),
        ({"categories_1": []}, "category_id_1 0, which is not listed"),
        ({"categories_3": 3}, "must be a list of objects"),
    ],
)
def test_refused(tmp_path, change, says):
    blank(tmp_path / "train_0.png", SIZE)
    put_json(tmp_path / TRIPLE, tier(3, [("train_0.png", layouts.phantoms(1)[0])]) | change)
    with pytest.raises(InputError, match=says):
        opened(tmp_path)
    with pytest.raises(InputError, match=r"no file with DENTEX's categories of 2 level\(s\)"):
        opened(tmp_path, layout="dentex-enumeration")
