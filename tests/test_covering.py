"""Classes that vanish under others: counted while a mask is painted, and reported by audit, train and convert alike."""

import json

import cv2
import numpy as np
import pytest

from dentalx.cli import main
from dentalx.config import DataConfig
from dentalx.covering import Canvas, Cover, vanished
from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.readers import open_data
from dentalx.labelling import OVERLAPPING

SENTENCE = "caries: 5 objects in 3 images, visible in 1 of them (83 % of its pixels lie under other classes)"


def box(x, y, width, height):
    return [x, y, x + width, y, x + width, y + height, x, y + height]


@pytest.fixture
def coco(tmp_path):
    """Three radiographs with a tooth each and caries named before teeth: 3 objects lie inside teeth, 1 outside."""
    (tmp_path / "images").mkdir()
    inside, outside = [box(6, 6, 4, 4)], [box(30, 6, 4, 4)]
    caries = {1: [inside, [box(12, 12, 4, 4)]], 2: [inside, outside], 3: []}
    caries[3] = [[box(8, 8, 4, 8)]]
    annotations = [
        {"id": 10 * image + n, "image_id": image, "category_id": category, "segmentation": outline, "iscrowd": 0}
        for image, found in caries.items()
        for n, (category, outline) in enumerate([*((1, each) for each in found), (2, [box(4, 4, 20, 20)])])
    ]
    images = [{"id": n, "file_name": f"{n}.png", "width": 48, "height": 32} for n in caries]
    for n in caries:
        noise = np.random.default_rng(n).integers(20, 230, (32, 48), np.uint8)
        assert cv2.imwrite(str(tmp_path / "images" / f"{n}.png"), noise)
    categories = [{"id": 1, "name": "caries"}, {"id": 2, "name": "tooth"}]
    found = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "images" / "annotations.json").write_text(json.dumps(found))
    return tmp_path


def test_a_canvas_counts_what_is_covered():
    canvas, whole = Canvas((2, 4)), np.ones((2, 4), bool)
    left = np.repeat(np.bool_([[True, True, False, False]]), 2, axis=0)
    canvas.put(left, 1)
    canvas.put(left, 1)
    canvas.put(whole, 2)
    canvas.put(np.roll(left, 2, axis=1), 3)
    assert canvas.mask.tolist() == [[2, 2, 3, 3]] * 2
    assert canvas.cover() == Cover({1: 2, 2: 1, 3: 1}, {2: 4, 3: 4}, {1: 4, 2: 4})
    overlapping = Canvas((2, 4), OVERLAPPING)
    overlapping.put(left, 1)
    overlapping.put(whole, 2)
    assert overlapping.cover() == Cover({1: 1, 2: 1})


def test_only_what_vanishes_or_is_half_covered_is_said():
    names = ("caries", "tooth")
    assert vanished([Cover({1: 1}, {1: 60, 2: 5}, {1: 40})], names) == []
    assert "visible in 1 of them (60 % " in vanished([Cover({1: 1}, {1: 40, 2: 5}, {1: 60})], names)[0]
    (said,) = vanished([Cover({}, {2: 5}, {1: 6})], names)
    assert said.startswith("caries: 1 image, visible in none of them (100 % ")
    assert vanished([], names) == []


def test_audit_reports_the_class_that_vanishes(coco, tmp_path, capsys):
    assert main(["audit", str(coco), "--output", str(tmp_path / "audit")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"{SENTENCE}: name it later in --classes, or train with --overlapping, which keeps every class whole" in said
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["vanished"][0].startswith(SENTENCE)
    assert main(["audit", str(coco), "--classes", "tooth", "caries"]) == 0
    assert "under other classes" not in capsys.readouterr().out


def test_convert_says_the_same(coco, tmp_path, capsys):
    assert main(["convert", "--data", str(coco), "--to", "folders", "--output", str(tmp_path / "new")]) == 0
    said = " ".join((found := capsys.readouterr()).out.split() + found.err.split())
    assert f"{SENTENCE}: name it later in --classes, or write COCO" in said


def test_training_reports_it_before_the_first_epoch(coco):
    from dentalx.datasets.pipeline import Loader

    source = open_data(coco, DataConfig(data=coco))
    loader = Loader(source, source.records, (32, 32))
    loader.prepare()
    assert vanished(loader.covers.values(), source.classes)[0].startswith(SENTENCE)


def test_findings_of_phantoms_vanish_under_teeth():
    source = PhantomSource(3, 0, (48, 96), ("filling", "teeth"))
    (said,) = vanished([source.load(record).cover for record in source.records], source.classes)
    assert said.startswith("filling: ") and "visible in none of them (100 % " in said and "object" not in said
    beside = PhantomSource(3, 0, (48, 96), ("teeth", "filling"))
    assert vanished([beside.load(record).cover for record in beside.records], beside.classes) == []
