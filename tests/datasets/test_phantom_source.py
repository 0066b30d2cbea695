"""Phantoms as a data set: the source, and what is written reads back to the same pixels."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from dentalx.datasets.phantoms import PhantomSource, coco_categories, write_coco, write_folders
from dentalx.errors import InputError
from dentalx.phantom import FINDINGS, PhantomConfig, draw
from dentalx.samples import Record, Source

SIZE = (96, 192)
BUSY = PhantomConfig(caries=0.5, filling=0.5, periapical_lesion=0.3, implant=0.7, impacted=0.7, missing=2.0)


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_a_source_draws_what_draw_draws():
    source: Source = PhantomSource(3, 7, SIZE, ("mandible", "teeth"))
    assert [r.image_id for r in source.records] == ["phantom_00000", "phantom_00001", "phantom_00002"]
    assert all(r.patient_id == r.image_id and r.image is None and r.mask is None for r in source.records)
    assert source.classes == ("mandible", "teeth")
    assert source.name and source.notes
    sample, phantom = source.load(source.records[2]), draw(7, 2, SIZE)
    assert np.array_equal(sample.image, phantom.image)
    assert np.array_equal(sample.mask, phantom.mask(("mandible", "teeth")))
    assert sample.image_id == "phantom_00002"


def test_teeth_are_the_default():
    assert PhantomSource(1).classes == PhantomSource(1, classes=()).classes == ("teeth",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"classes": ("mandibel",)},
            r"unknown phantom class 'mandibel'; did you mean 'mandible'\? known are mandible, ",
        ),
        ({"classes": ("jaw",)}, r"did you mean 'mandible'\?"),
        ({"classes": ("tooth_99",)}, r"unknown phantom class 'tooth_99'"),
        ({"classes": ("teeth", "teeth")}, "given twice"),
        ({"count": 0}, "at least 1, got 0"),
        ({"seed": -1}, "must not be negative, got -1"),
        ({"size": (4, 400)}, "at least 16×16 pixels, got 4×400"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(options, message):
    with pytest.raises(InputError, match=message) as error:
        PhantomSource(**{"count": 2, **options})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["phantom_00002", "phantom_2", "phantom_-0001", "other"])
def test_records_of_other_sources_are_refused(name):
    with pytest.raises(InputError, match="not one of the 2 phantoms"):
        PhantomSource(2, size=SIZE).load(Record(name, name))


def test_folders_read_back_to_the_same_pixels(tmp_path):
    source, seen = PhantomSource(2, 5, SIZE, ("teeth", "mandible", "caries"), BUSY), []
    write_folders(tmp_path, source, lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["caries", "images", "mandible", "masks", "teeth"]
    assert json.loads((tmp_path / "masks" / "classes.json").read_text()) == ["background", *source.classes]
    for record in source.records:
        phantom, name = source.phantom(record), f"{record.image_id}.png"
        assert np.abs(pixels(tmp_path / "images" / name) / 255 - phantom.image).max() <= 0.5 / 255 + 1e-6
        for each in source.classes:
            written = pixels(tmp_path / each / name)
            assert written.dtype == np.uint8 and set(np.unique(written)) <= {0, 255}
            assert np.array_equal(written == 255, phantom.plane(each))
        with Image.open(tmp_path / "masks" / name) as picture:
            assert picture.mode == "P"
            assert np.array_equal(np.asarray(picture), phantom.mask(source.classes))
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".")], "no half-written files are left"


def test_one_class_needs_no_index_masks(tmp_path):
    write_folders(tmp_path, PhantomSource(1, 5, SIZE))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["images", "teeth"]


def test_an_interrupted_run_leaves_whole_files_and_can_be_repeated(tmp_path):
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    source = PhantomSource(3, 5, SIZE)
    with pytest.raises(KeyboardInterrupt):
        write_coco(tmp_path, source, interrupt)
    assert not (tmp_path / "annotations.json").exists(), "unfinished sets do not look finished"
    first = (tmp_path / "images" / "phantom_00000.png").read_bytes()
    write_coco(tmp_path, source)
    assert (tmp_path / "images" / "phantom_00000.png").read_bytes() == first
    assert len(json.loads((tmp_path / "annotations.json").read_text())["images"]) == 3


def test_a_file_in_the_way_is_an_input_error(tmp_path):
    (tmp_path / "out").write_text("here")
    with pytest.raises(InputError, match="cannot write"):
        write_folders(tmp_path / "out", PhantomSource(1, 5, SIZE))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools under NumPy 2
def test_coco_reads_back_to_the_same_pixels(tmp_path, capsys):
    source = PhantomSource(3, 6, (97, 193), config=BUSY)
    write_coco(tmp_path, source)
    coco = COCO(tmp_path / "annotations.json")
    capsys.readouterr()
    assert sorted(coco.getImgIds()) == [1, 2, 3]
    for number, record in enumerate(source.records, start=1):
        phantom = source.phantom(record)
        assert coco.loadImgs(number)[0]["file_name"] == f"{record.image_id}.png"
        found = coco.loadAnns(coco.getAnnIds(imgIds=[number]))
        teeth = [a for a in found if a["category_id"] < 100]
        assert [a["category_id"] for a in teeth] == phantom.teeth.labels.tolist()
        for annotation, mask in zip(teeth, phantom.teeth.masks, strict=True):
            assert np.array_equal(coco.annToMask(annotation).astype(bool), mask)
            x, y, width, height = annotation["bbox"]
            assert mask[int(y) : int(y + height), int(x) : int(x + width)].sum() == mask.sum() == annotation["area"]
        for offset, name in enumerate(FINDINGS):
            pieces = [coco.annToMask(a).astype(bool) for a in found if a["category_id"] == 101 + offset]
            union = np.any(pieces, axis=0) if pieces else np.zeros(source.size, bool)
            assert np.array_equal(union, phantom.findings[name])
            assert sum(p.sum() for p in pieces) == phantom.findings[name].sum(), "pieces do not overlap"
    assert any(a["category_id"] > 100 for a in coco.loadAnns(coco.getAnnIds()))


def test_categories_are_fdi_numbers_then_findings():
    categories = coco_categories()
    assert [c["id"] for c in categories[:8]] == list(range(11, 19))
    assert all(c["name"] == str(c["id"]) for c in categories[:32])
    assert [c["name"] for c in categories[32:]] == list(FINDINGS)
    assert len({c["id"] for c in categories}) == len(categories) == 39
