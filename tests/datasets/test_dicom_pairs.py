"""DICOM images with masks of the same name, in every command that pairs them."""

import csv

import numpy as np
import pytest
from dicom_files import dataset, saved, window
from PIL import Image

from dentalx.audit.look import Task, audit
from dentalx.cli import main
from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.overlapping import open_masks
from dentalx.datasets.readers import open_data
from dentalx.datasets.splits import read_splits
from dentalx.inference.folder import output_names
from dentalx.scoring import score_predictions, score_raters

NAMES = ("a.dcm", "B.DCM", "c.dicom", "d.dic", "1.2.840.113", "IM0001", "e.IMA")
STEMS = ("a", "B", "c", "d", "1.2.840.113", "IM0001", "e.IMA")


def radiograph(path, number, **attributes):
    values = (np.arange(40 * 60).reshape(40, 60) * 7 + 100 * number).astype(np.uint16) % 4096
    found = dataset(values, **window(2048, 4096), **attributes)
    found.SOPInstanceUID = found.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
    found.PatientID = f"P{number}"
    return saved(path, found)


def mask(path, number):
    path.parent.mkdir(exist_ok=True)
    pixels = np.zeros((40, 60), np.uint8)
    pixels[5 : 20 + number, 10:40] = 255
    Image.fromarray(pixels).save(path)


@pytest.fixture
def images(tmp_path):
    (tmp_path / "images").mkdir()
    for number, name in enumerate(NAMES):
        radiograph(tmp_path / "images" / name, number)
    return tmp_path / "images"


@pytest.mark.parametrize("end", [".png", "_mask.png", "-seg.PNG"])
def test_masks_of_the_same_stem(images, end):
    for number, name in enumerate(STEMS):
        mask(images.parent / "masks" / f"{name}{end}", number)
    source = open_data(images.parent, DataConfig())
    assert {record.image_id: record.image.name for record in source.records} == dict(zip(STEMS, NAMES, strict=True))
    assert not [note for note in source.notes if "left out" in note]
    assert {record.image_id: int(source.load(record).mask.sum()) for record in source.records} == {
        name: 30 * (15 + number) for number, name in enumerate(STEMS)
    }


def test_masks_that_repeat_the_suffix(images):
    for number, name in enumerate(NAMES):
        mask(images.parent / "masks" / f"{name}.png", number)
    source = open_data(images.parent, DataConfig())
    assert sorted(record.image_id for record in source.records) == sorted(STEMS)


def test_what_predict_writes_pairs_again(images):
    """The names of results are those under which evaluate looks for them."""
    written = output_names(sorted(images.iterdir()), images)
    for number, name in enumerate(written.values()):
        mask(images.parent / "masks" / f"{name}.png", number)
    found = open_masks(images.parent, STEMS, ("foreground",))
    assert sorted(found.paths) == sorted(STEMS) and found.extra == ()


def test_audit_convert_and_evaluate_take_them(images, tmp_path):
    for number, name in enumerate(STEMS):
        for folder in ("masks", "predicted", "rater"):
            mask(tmp_path / folder / f"{name}.png", number)
    data = DataConfig(images=images, masks=tmp_path / "masks")
    scored = score_predictions(tmp_path / "predicted", data, None)
    assert [score.image_id for score in scored.result.scores] == sorted(STEMS) and not scored.problems
    rated = score_raters(tmp_path / "masks", tmp_path / "rater", DataConfig(images=images))
    assert len(rated.result.scores) == len(NAMES) and not rated.problems
    pair = ["--images", str(images), "--masks", str(tmp_path / "masks")]
    assert main(["convert", *pair, "--to", "coco", "--output", str(tmp_path / "c")]) == 0
    assert len(list((tmp_path / "c" / "images").glob("*.png"))) == len(NAMES)
    found = audit(Task(open_source(data, (64, 64))))
    assert not found.bad and found.facts.sizes == {(40, 60): len(NAMES)}


def test_splits_of_earlier_runs_name_dicom_files_whole(images, tmp_path):
    for number, name in enumerate(STEMS):
        mask(tmp_path / "masks" / f"{name}.png", number)
    source = open_data(tmp_path, DataConfig())
    with (tmp_path / "splits.csv").open("w", newline="") as file:
        rows = [[name, f"p{n}", ("train", "val", "test")[n % 3]] for n, name in enumerate(NAMES)]
        csv.writer(file).writerows([["image_id", "patient_id", "split"], *rows])
    splits = read_splits(tmp_path / "splits.csv", source.records)
    assert {part: [record.image_id for record in found] for part, found in splits.items()} == {
        "train": ["a", "d", "e.IMA"],
        "val": ["1.2.840.113", "B"],
        "test": ["IM0001", "c"],
    }
