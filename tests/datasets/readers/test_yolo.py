"""YOLO segmentation exports: outlines come back, and bad files are told."""

import layouts
import numpy as np
import pytest
from layouts import SIZE, put_picture, rings
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.readers.raster import compress
from dentalx.errors import InputError


def opened(folder, *classes):
    return open_source(DataConfig(data=folder, classes=classes), SIZE)


def write(folder, lines, yaml="names: [caries, crown]\n", name="train/labels/a.txt"):
    (folder / "train" / "images").mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((10, 20), np.uint8)).save(folder / "train" / "images" / "a.png")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(lines)
    (folder / "data.yaml").write_text(yaml)
    return folder


BLOCK = "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n"  # x 2…10, y 1…5


def test_phantoms_come_back(tmp_path):
    for index, phantom in enumerate(layouts.phantoms(2)):
        put_picture(tmp_path / "valid" / "images" / f"{index}.png", phantom)
        text = tmp_path / "valid" / "labels" / f"{index}.txt"
        text.parent.mkdir(exist_ok=True)
        lines = []
        for fdi, mask in zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True):
            for ring in rings(mask):
                shares = " ".join(str(v / (SIZE[1], SIZE[0])[i % 2]) for i, v in enumerate(ring))
                lines.append(f"{fdi} {shares}")
        text.write_text("\n".join(lines))
    teeth = sorted(int(name[6:]) for name in layouts.tooth_classes())
    (tmp_path / "data.yaml").write_text("path: ../elsewhere\nnames:\n" + "".join(f"  {t}: '{t}'\n" for t in teeth))
    source = opened(tmp_path, "teeth")
    assert [record.split for record in source.records] == ["val", "val"]
    for record, phantom in zip(source.records, layouts.phantoms(2), strict=True):
        np.testing.assert_array_equal(source.load(record).mask, phantom.teeth.masks.any(0))


def test_boxes_negatives_and_splits(tmp_path):
    write(tmp_path, BLOCK + "1 0.8 0.7 0.2 0.2\n\n1 0 0 0.5 0.5 1 1\n")
    for name in ("b", "c"):
        Image.fromarray(np.zeros((10, 20), np.uint8)).save(tmp_path / "train" / "images" / f"{name}.png")
    (tmp_path / "train" / "labels" / "b.txt").write_text("")
    (tmp_path / "train" / "labels" / "z.txt").write_text("")
    source = opened(tmp_path)
    assert [(r.image_id, r.split) for r in source.records] == [("a", "train"), ("b", "train"), ("c", "train")]
    mask = source.load(source.records[0]).mask
    assert (mask == 1).sum() == 32 and (mask[1:5, 2:10] == 1).all()
    assert (mask == 2).sum() == 8 and (mask[6:8, 14:18] == 2).all()  # a box, by its middle
    notes = " | ".join(source.notes)
    for said in ("2 of 2 outline(s) are plain rectangles", "without area: a.txt line 4", "1 picture(s) without a text"):
        assert said in notes
    assert "1 text file(s) without a picture left out: z.txt" in notes


@pytest.mark.parametrize(
    ("lines", "yaml", "says"),
    [
        ("7 0 0 1 0 1 1\n", "names: [a]\n", "class 7"),
        ("0 0 0 x 0 1 1\n", "names: [a]\n", "not a class and numbers"),
        ("0 0 0 nan 0 1 1\n", "names: [a]\n", "outside 0…1"),
        ("0 0 0 300 0 1 1\n", "names: [a]\n", "outside 0…1"),
        (BLOCK, "names: 3\n", "must list the classes"),
        (BLOCK, "names: [a, a]\n", "two classes of one name"),
        (BLOCK, "names: [a\n", "not valid YAML"),
        (BLOCK, "x: &x [a]\nnames: *x\n", "aliases"),
        (BLOCK, "names: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
        ("0 0.5 0.5 0 0\n", "names: [a]\n", "no object that can be drawn"),
        (BLOCK, "names: [a]\nkpt_shape: [4, 2]\n", "keypoints"),
    ],
)
def test_refused(tmp_path, lines, yaml, says):
    write(tmp_path, lines, yaml)
    with pytest.raises(InputError, match=says):
        opened(tmp_path)


def test_rows_of_run_lengths_keep_holes_and_parts(tmp_path):
    """As proposed for the format: class, the word rle, rows, columns, COCO's compressed run lengths."""
    mask = np.zeros((10, 20), bool)
    mask[1:8, 2:9] = mask[1:3, 12:15] = True
    mask[3:5, 4:6] = False
    write(tmp_path, f"1 rle 10 20 {compress(mask)}\n{BLOCK}")
    read = opened(tmp_path, "crown")
    np.testing.assert_array_equal(read.load(read.records[0]).mask > 0, mask)
    for row, says in (("1 rle 20 10 13", "run lengths are for 20×10"), ("1 rle 10 20 13", "sum to 4")):
        with pytest.raises(InputError, match=says):
            opened(write(tmp_path, row))


SHARES = "0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5"


def put(folder, images, texts, **files):
    """Black images, text files with their lines, and further files."""
    for name in images:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((10, 20), np.uint8)).save(path)
    for name, lines in (texts | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines)
    return folder


@pytest.mark.parametrize("number", ["0", "0.0", "0.000000000000000000e+00", "0."])
def test_class_numbers_as_programs_write_them(tmp_path, number):
    assert opened(write(tmp_path, f"{number} {SHARES}\n")).load(opened(tmp_path).records[0]).mask.sum() == 32


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("images/train/a.png", "labels/train/a.txt"),
        ("Images/train/a.png", "Labels/train/a.txt"),
        ("train/IMAGES/a.PNG", "train/labels/A.txt"),
        ("train/a.png", "train/a.txt"),
        ("a.png", "a.txt"),
        ("predict/a.png", "predict/labels/a.txt"),
        ("obj_train_data/a.png", "obj_train_data/a.txt"),
        ("img/a.png", "label/a.txt"),
        ("images/a.png", "labels/1a2b3c4d-a.txt"),
        ("images/1a2b3c4d-a.png", "labels/1a2b3c4d-a.txt"),
    ],
)
@pytest.mark.parametrize(
    ("names", "known"),
    [
        ({"data.yaml": "names: {0: tooth}"}, "tooth"),
        ({"data.yaml": "names: {'0': tooth}"}, "tooth"),
        ({"classes.txt": "tooth\n\ncaries\n"}, "tooth"),
        ({"obj.names": "tooth\n"}, "tooth"),
        ({"_darknet.labels": "tooth\n"}, "tooth"),
        ({"notes.json": '{"categories": [{"id": 0, "name": "tooth"}], "info": {}}'}, "tooth"),
        ({}, "class 0"),
    ],
)
def test_layouts_and_lists_of_classes(tmp_path, image, text, names, known):
    source = opened(put(tmp_path, [image], {text: f"0 {SHARES}\n"}, **names))
    assert source.classes[0] == known and len(source.records) == 1
    assert source.load(source.records[0]).mask.sum() == 32
    assert ("no file names the classes" in " ".join(source.notes)) == (not names)


def test_images_whose_text_files_are_elsewhere_or_nowhere_are_no_negatives(tmp_path):
    images = [f"images/{name}.png" for name in ("train/a", "train/negative", "val/b", "test/c", "test/d")]
    texts = {"labels/train/a.txt": f"0 {SHARES}", "labels/train/b.txt": f"0 {SHARES}"}
    source = opened(put(tmp_path, images, texts, **{"data.yaml": "names: [tooth]"}))
    assert [record.image_id for record in source.records] == ["a", "negative"]
    notes = " ".join(source.notes)
    assert "1 image(s) left out, whose text file lies in another folder than theirs" in notes
    assert "images/val/b.png (labels/train/b.txt)" in notes
    assert "2 image(s) left out, in whose folder no image has a text file (no negatives): images/test/c.png" in notes


def test_a_set_without_any_text_file_is_refused(tmp_path):
    put(tmp_path, ["images/a.png"], {}, **{"data.yaml": "names: [tooth]"})
    with pytest.raises(InputError, match=r"no image has a text file of YOLO; .*found 1 image\(s\), 0 text file"):
        opened(tmp_path)


def test_text_files_of_other_images_are_named(tmp_path):
    put(tmp_path, ["images/a.png"], {"labels/b.txt": f"0 {SHARES}"}, **{"classes.txt": "tooth"})
    with pytest.raises(InputError, match=r"no image has a text file of YOLO; .*found 1 image\(s\), 1 text file"):
        opened(tmp_path)


def test_two_lists_of_classes(tmp_path):
    put(tmp_path, ["images/a.png"], {"labels/a.txt": f"0 {SHARES}"})
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("names: [tooth]")
    assert opened(tmp_path).classes == ("tooth",)
    (tmp_path / "two.yaml").write_text("names: [caries]")
    with pytest.raises(InputError, match=r"one\.yaml, .*two\.yaml name different classes; keep one"):
        opened(tmp_path)


def test_two_text_files_of_one_image(tmp_path):
    texts = {"a.txt": f"0 {SHARES}", "labels/a.txt": f"0 {SHARES}"}
    put(tmp_path, ["a.png"], texts, **{"data.yaml": "names: [tooth]"})
    with pytest.raises(InputError, match=r"a\.png has several text files of YOLO: .*a\.txt, .*labels/a\.txt; keep one"):
        opened(tmp_path)
