"""nnU-Net's folders: cases by name, the levels of dataset.json, and what is left out."""

import json

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.folders import open_pair
from dentalx.datasets.mask_folder import MaskFolder
from dentalx.errors import InputError

SIZE = (6, 9)
TOOTH = {"background": 0, "tooth": 1}


def put(folder, *names, value=0):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        pixels = np.zeros(SIZE, np.uint8)
        pixels[2:4, 3:6] = value
        Image.fromarray(pixels).save(folder / name)


def raw(root, labels=TOOTH, value=1, **more):
    put(root / "imagesTr", "b_0000.png", "a_0000.png")
    put(root / "labelsTr", "a.png", "b.png", value=value)
    (root / "dataset.json").write_text(json.dumps({"labels": labels, "file_ending": ".png", **more}))
    return root


def opened(data, **config):
    return open_source(DataConfig(data=data, **config), SIZE)


def ids(source):
    return [record.image_id for record in source.records]


def levels(source):
    return {int(level) for record in source.records for level in np.unique(source.load(record).mask)}


def said(source, words):
    return any(words in note for note in source.notes)


@pytest.mark.parametrize("folder", ["", "Dataset001_Teeth", "nnUNet_raw/Task501_Teeth"])
def test_cases_are_paired_without_their_channel_and_named_by_dataset_json(tmp_path, folder):
    raw(tmp_path / folder)
    source = opened(tmp_path)
    assert source.layout.startswith("nnunet: ") and source.classes == ("tooth",)
    assert [(r.image_id, r.patient_id, r.image.name, r.mask.name, r.split) for r in source.records] == [
        ("a", "a", "a_0000.png", "a.png", None),
        ("b", "b", "b_0000.png", "b.png", None),
    ]
    mask = source.load(source.records[0]).mask
    assert (mask[2:4, 3:6] == 1).all() and mask.sum() == 6


def test_names_in_any_case_and_the_first_version_and_a_byte_order_mark(tmp_path):
    raw(tmp_path)
    (tmp_path / "imagesTr").rename(tmp_path / "ImagesTR")
    (tmp_path / "labelsTr").rename(tmp_path / "LABELSTR")
    (tmp_path / "dataset.json").unlink()
    text = json.dumps({"modality": {"0": "X-ray"}, "labels": {"0": "Hintergrund", "1": "11"}})
    (tmp_path / "Dataset.json").write_text(text, encoding="utf-8-sig")
    source = opened(tmp_path)
    assert ids(source) == ["a", "b"] and source.classes == ("11",) and levels(source) == {0, 1}


def test_images_without_labels_are_listed_and_are_no_negatives(tmp_path):
    put(raw(tmp_path) / "imagesTs", "t1_0000.png", "t1_0001.png", "t2_0000.png")
    put(tmp_path / "imagesTr", "c_0000.png", "c_0001.png")
    put(tmp_path / "labelsTr", "z.png")
    source = opened(tmp_path)
    assert ids(source) == ["a", "b"]
    assert said(source, "2 image(s) of imagesTs without labels left out: t1_0000.png, t2_0000.png")
    assert said(source, "1 image(s) without labels left out: c_0000.png")
    assert said(source, "1 label file(s) without an image left out: z.png")


def test_labels_of_images_ts_make_the_test_split(tmp_path):
    put(raw(tmp_path) / "imagesTs", "a_0000.png", "t_0000.png", "u_0000.png")
    put(tmp_path / "labelsTs", "a.png", "t.png", value=1)
    source = opened(tmp_path)
    assert {record.image_id: record.split for record in source.records} == {
        "train-a": "train", "b": "train", "test-a": "test", "t": "test",
    }  # fmt: skip
    assert said(source, "left out: u_0000.png")


def test_of_several_channels_the_first_is_read_and_this_is_said(tmp_path):
    put(raw(tmp_path, channel_names={"0": "grey", "1": "edges"}) / "imagesTr", "a_0001.png", value=255)
    source = opened(tmp_path)
    assert source.records[0].image.name == "a_0000.png" and source.load(source.records[0]).image.max() == 0
    assert said(source, "1 case(s) have several channels; 0000 (grey) alone is read")
    (tmp_path / "imagesTr" / "a_0000.png").unlink()
    assert ids(opened(tmp_path)) == ["b"]


def test_numbers_that_belong_to_the_case_are_no_channels(tmp_path):
    """The Medical Segmentation Decathlon writes images and labels with the same names."""
    put(tmp_path / "imagesTr", "scan_0000.png", "scan_0001.png", "scan_0002.png")
    put(tmp_path / "labelsTr", "scan_0000.png", "scan_0001.png", "scan_0002.png", value=1)
    source = opened(tmp_path)
    assert ids(source) == ["scan_0000", "scan_0001", "scan_0002"]
    assert all(record.image.name == record.mask.name for record in source.records)
    assert said(source, "has no dataset.json, which would name the classes") and source.classes == ("foreground",)


def test_ignored_pixels_are_unlabelled_and_a_class_may_have_several_levels(tmp_path):
    raw(tmp_path / "ignored", {"background": 0, "tooth": 1, "ignore": 2}, value=2)
    put(tmp_path / "ignored" / "labelsTr", "b.png", value=1)
    source = opened(tmp_path / "ignored")
    assert source.classes == ("tooth",) and levels(source) == {0, 1, 255}
    raw(tmp_path / "lists", {"background": 0, "tooth": [1, 3], "bone": [2]}, value=3)
    source = opened(tmp_path / "lists")
    assert source.classes == ("tooth", "bone") and levels(source) == {0, 1}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (
            {"background": 0, "jaw": [1, 2], "tooth": [2]},
            "gives level 2 to 'jaw' and 'tooth', which overlap; give --class",
        ),
        ({"background": 1, "tooth": 2}, "gives the background the level 1, expected 0"),
        ({"background": 0, "tooth": "one"}, "gives 'tooth' the level 'one', expected 0…65535"),
        ({"background": 0, "tooth": True}, "gives 'tooth' the level 'True'"),
        ({"background": 0, "tooth": [[1]]}, "gives 'tooth' the level"),
        ({"background": 0}, "names no class"),
        (["tooth"], 'must have "labels" such as'),
        (None, 'must have "labels" such as'),
    ],
)
def test_labels_that_cannot_be_read_name_the_file_and_the_way_out(tmp_path, labels, words):
    raw(tmp_path, labels)
    with pytest.raises(InputError, match=r"dataset\.json") as refused:
        opened(tmp_path)
    assert words in str(refused.value)
    assert opened(tmp_path, class_map=("tooth=1",)).classes == ("tooth",)


def test_several_data_sets_are_asked_for(tmp_path):
    for name in ("Dataset001_A", "Dataset002_B"):
        raw(tmp_path / name)
    with pytest.raises(InputError, match="holds 2 data sets of nnU-Net; choose one: --part Dataset001_A or --part"):
        opened(tmp_path)
    assert opened(tmp_path, part="dataset002_b").name == "Dataset002_B"
    with pytest.raises(InputError, match="has no part 'Dataset003_C'; choose one"):
        opened(tmp_path, part="Dataset003_C")


def test_volumes_and_missing_labels_are_refused_with_the_reason(tmp_path):
    raw(tmp_path / "none")
    for path in (tmp_path / "none" / "labelsTr").iterdir():
        path.unlink()
    (tmp_path / "none" / "labelsTr").rmdir()
    with pytest.raises(InputError, match=r"has images in imagesTr and no labelsTr"):
        opened(tmp_path / "none")
    for name in ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"):
        path = tmp_path / "volumes" / name
        path.parent.mkdir(parents=True)
        path.touch()
    with pytest.raises(InputError, match=r"end in \.gz; save images and labels as PNG, volumes \(\.nii\.gz\)"):
        opened(tmp_path / "volumes")


def test_folders_given_apart_and_predictions_pair_by_the_case_too(tmp_path):
    raw(tmp_path)
    source = open_pair(tmp_path / "imagesTr", tmp_path / "labelsTr")
    assert [(r.image.name, r.mask.name) for r in source.records] == [("a_0000.png", "a.png"), ("b_0000.png", "b.png")]
    put(tmp_path / "predictions", "a_0000.png", "b_0000.png", value=1)
    found = MaskFolder(tmp_path / "predictions", ids(opened(tmp_path)), ("tooth",))
    assert {name: path.name for name, path in found.paths.items()} == {"a": "a_0000.png", "b": "b_0000.png"}


def test_white_labels_that_dataset_json_does_not_name_are_refused_and_never_unlabelled_in_silence(tmp_path):
    raw(tmp_path, value=255)
    with pytest.raises(InputError, match=r"\(0 background, 1 tooth\) does not name 255.*; give --class-map FILE with"):
        opened(tmp_path)
    assert levels(opened(tmp_path, class_map=("tooth=255",))) == {0, 1}
    assert levels(opened(tmp_path, class_map=("tooth=1", "unlabelled=255"))) == {0, 255}
    put(tmp_path / "labelsTr", "a.png", value=1)
    assert levels(opened(tmp_path)) == {0, 1, 255}
