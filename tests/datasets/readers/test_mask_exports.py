"""Exports of mask files with a list of their classes: the phantoms come back, by name; and what the user says."""

import json

import mask_layouts
import numpy as np
import pytest
from layouts import SIZE, opened, said
from mask_layouts import numbered, put, splits

from dentalx.config import DataConfig, from_json, to_json
from dentalx.datasets import fingerprint
from dentalx.errors import InputError

# --- Roboflow ------------------------------------------------------------------------------------------------------


def test_roboflow_the_same_index_means_two_classes_in_two_splits(tmp_path):
    mask_layouts.roboflow(tmp_path)
    source = opened(tmp_path)
    assert source.classes == ("teeth", "mandible")
    for record in source.records:
        np.testing.assert_array_equal(source.load(record).mask, numbered(source, record).mask(("teeth", "mandible")))
    assert [record.split for record in source.records] == ["train", "val"]
    assert [record.patient_id for record in source.records] == ["1", "2"]
    assert "number their classes differently" in said(source) and "train: masks are read as class indices" in said(
        source
    )
    codes = {each["splits"][0]: each["codes"]["1"] for each in json.loads(json.dumps(source.mask_codes))}
    assert codes == {"train": "teeth", "val": "mandible"}
    jaw = opened(tmp_path, "mandible")
    for record in jaw.records:
        visible = numbered(jaw, record).mask(("teeth", "mandible")) == 2
        np.testing.assert_array_equal(jaw.load(record).mask, visible)
    before = fingerprint(source)
    listed = tmp_path / "valid" / "_classes.csv"
    listed.write_text(listed.read_text() + "3, crown\n")
    assert fingerprint(opened(tmp_path, "teeth", "mandible")) != before
    with pytest.raises(InputError, match=r"no class is called 'Teeth' .*did you mean 'teeth'\?"):
        opened(tmp_path, "Teeth")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Pixel Value, Class\nx, caries\n", "line 2 must be a pixel value"),
        ("Pixel Value, Class\n1\n", "line 2 must be a pixel value"),
        ("Pixel Value, Class\n300, caries\n", "line 2 must be a pixel value"),
        ("Pixel Value, Class\n0, background\n", "names no class"),
        ("Pixel Value, Class\n1, a\n1, b\n", "gives 1 to a and b"),
        ('Pixel Value, Class\n1, "a\n', "not CSV"),
    ],
)
def test_roboflow_lists_are_judged(tmp_path, text, says):
    mask_layouts.roboflow(tmp_path)
    (tmp_path / "train" / "_classes.csv").write_text(text)
    with pytest.raises(InputError, match=rf"_classes\.csv.*{says}"):
        opened(tmp_path)


def test_roboflow_lists_of_labels_of_whole_pictures_are_something_else(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "_classes.csv").write_text("filename, caries, crown\na.jpg, 1, 0\n")
    with pytest.raises(InputError, match="holds no pair of folders"):
        opened(tmp_path)


# --- CVAT ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("palette", [False, True])
def test_cvat_colours_by_the_label_map(tmp_path, palette):
    mask_layouts.cvat(tmp_path, palette)
    source = opened(tmp_path)
    assert source.classes == ("teeth", "mandible") and splits(source) == {"1.jpg": "train", "2.jpg": "val"}
    for record in source.records:
        np.testing.assert_array_equal(source.load(record).mask, numbered(source, record).mask(("teeth", "mandible")))
    both = opened(tmp_path, "all")
    np.testing.assert_array_equal(both.load(both.records[0]).mask, source.load(source.records[0]).mask > 0)


def test_cvat_lists_and_pictures_are_judged(tmp_path):
    mask_layouts.cvat(tmp_path)
    sets = tmp_path / "ImageSets" / "Segmentation"
    (sets / "train.txt").write_text("../1\n")
    with pytest.raises(InputError, match="outside the data folder"):
        opened(tmp_path)
    (sets / "train.txt").write_text("1\nlost\n")
    assert "train.txt names 1 picture(s) without a pair: lost" in said(opened(tmp_path))
    (tmp_path / "labelmap.txt").write_text("teeth:300,0,0::\n")
    with pytest.raises(InputError, match=r"labelmap\.txt line 1 must be name:red,green,blue"):
        opened(tmp_path)
    (tmp_path / "labelmap.txt").write_text("teeth:128,0,0::\n")
    source = opened(tmp_path)
    with pytest.raises(InputError, match=r"#008000 .*expected .*#800000 teeth"):
        source.load(source.records[0])
    for picture in (tmp_path / "JPEGImages").iterdir():
        picture.unlink()
    with pytest.raises(InputError, match="export it again with the images"):
        opened(tmp_path)


# --- what the user says --------------------------------------------------------------------------------------------


def test_flags_travel_in_the_configuration(tmp_path):
    levels = np.zeros(SIZE, np.uint8)
    levels[4:9, 4:9], levels[20:30, 20:30] = 128, 255
    put(tmp_path / "images" / "1.png", levels)
    put(tmp_path / "masks" / "1.png", levels)
    with pytest.raises(InputError, match=r"values 0 .*, 128 .*, 255 .*--class-map FILE, a JSON file such as"):
        opened(tmp_path)
    config = DataConfig(data=tmp_path, class_map=("caries=128", "crown=255"))
    assert from_json(DataConfig, json.loads(json.dumps(to_json(config)))) == config
    source = opened(tmp_path, class_map=("caries=128", "crown=255"))
    assert source.classes == ("caries", "crown") and (source.load(source.records[0]).mask[20:30, 20:30] == 2).all()
    swapped = opened(tmp_path, "caries", "crown", class_map=("crown=128", "caries=255"))
    assert swapped.classes == source.classes and fingerprint(swapped) != fingerprint(source)
    assert fingerprint(opened(tmp_path, class_map=("caries=128", "crown=255"))) == fingerprint(source)
    above = opened(tmp_path, mask_encoding="binary")
    assert "128 and above is foreground" in said(above) and above.load(above.records[0]).mask.sum() == 125
    with pytest.raises(InputError, match="gives one class, but 2 are named"):
        opened(tmp_path, "a", "b", mask_encoding="binary")
    with pytest.raises(InputError, match="the class map gives levels, which --mask-encoding colour does not use"):
        opened(tmp_path, mask_encoding="colour", class_map=("a=1",))
    with pytest.raises(ValueError, match="mask_encoding must be auto"):
        DataConfig(mask_encoding="guess")
