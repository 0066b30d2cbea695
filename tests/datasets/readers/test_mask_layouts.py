"""Layouts whose truth is mask files: recognised as published, and the phantoms come back to the pixel."""

import mask_layouts
import numpy as np
import pytest
from layouts import SIZE, opened, put_json, said
from mask_layouts import drawn, numbered, put, splits

from dentalx.errors import InputError


def same(source, name, off=0.0):
    """Every record is its phantom's plane `name`; a share of `off` may differ where JPEG has been at work."""
    for record in source.records:
        plane = numbered(source, record).plane(name)
        found = source.load(record).mask
        assert set(np.unique(found)) <= {0, 1}
        assert np.count_nonzero(found != plane) <= off * plane.size, record.image


# --- Abdi and others --------------------------------------------------------------------------------------------


def test_abdi_the_mask_is_the_picture_times_the_mask(tmp_path):
    mask_layouts.abdi(tmp_path / "DentalPanoramicXrays")
    source = opened(tmp_path, part="Segmentation1")
    assert source.classes == ("mandible",) and len(source.records) == 3
    same(source, "mandible")
    assert "the radiograph times the mask of mandible" in said(source)
    assert "--part segmentation2" in said(source)


def test_abdi_two_dentists_are_told_and_chosen(tmp_path):
    mask_layouts.abdi(tmp_path)
    expected = r"holds 2 kinds of masks; choose one: --part segmentation1 \(mandible, first dentist\); --part seg"
    with pytest.raises(InputError, match=expected):
        opened(tmp_path)
    second = opened(tmp_path, part="segmentation2")
    jaw = np.roll(numbered(second, second.records[0]).plane("mandible"), 1, 0)
    found = second.load(second.records[0]).mask
    assert np.count_nonzero(found != jaw) <= 0.005 * jaw.size  # black pixels at its edge belong to either side
    with pytest.raises(InputError, match="has no part 'three'"):
        opened(tmp_path, part="three")


def test_abdi_109_has_a_mask_of_another_size(tmp_path):
    mask_layouts.abdi(tmp_path)
    put(tmp_path / "Images" / "109.png", np.full(SIZE, 90, np.uint8))
    put(tmp_path / "Segmentation1" / "109.png", np.full((10, 10), 90, np.uint8))
    source = opened(tmp_path, part="segmentation1")
    assert len(source.records) == 3 and "109 is left out: its mask has another size" in said(source)
    put(tmp_path / "Segmentation1" / "109.png", np.full(SIZE, 90, np.uint8))
    source = opened(tmp_path, part="segmentation1")
    assert len(source.records) == 4 and "109" not in said(source)


# --- Tufts ------------------------------------------------------------------------------------------------------


def test_tufts_jpeg_masks_suffixes_in_capitals_and_1051(tmp_path):
    mask_layouts.tufts(tmp_path, 3)
    with pytest.raises(InputError, match=r"--part teeth or --classes teeth .*--classes maxillomandibular"):
        opened(tmp_path)
    source = opened(tmp_path, "teeth")
    assert [record.image.name for record in source.records] == ["1.JPG", "2.JPG"]
    same(source, "teeth", off=0.02)
    assert "1051 is left out" in said(source)
    assert opened(tmp_path, "maxillomandibular").classes == ("maxillomandibular",)
    assert opened(tmp_path, part="teeth").classes == ("teeth",)


def test_tufts_masks_and_polygons_are_told_apart(tmp_path):
    mask_layouts.tufts(tmp_path)
    item = {"External ID": "1.jpg", "Label": {"objects": [{"title": "8", "polygons": [[[[1, 1], [9, 1], [9, 9]]]]}]}}
    put_json(tmp_path / "Segmentation" / "teeth_polygon.json", [item])
    with pytest.raises(InputError, match=r"2 ways.*--format tufts.*--format labelbox"):
        opened(tmp_path, "teeth")
    assert len(opened(tmp_path, "teeth", layout="tufts").records) == 1


# --- thunderpede, DC1000 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("highest", [1, 255])
def test_dc1000_whole_pictures_or_cut_ones(tmp_path, highest):
    mask_layouts.dc1000(tmp_path, highest=highest)
    with pytest.raises(InputError, match=r"--part whole \(caries, whole pictures\); --part cut"):
        opened(tmp_path)
    whole = opened(tmp_path, part="whole")
    same(whole, "teeth")
    assert whole.classes == ("caries",)
    cut = opened(tmp_path, part="cut")
    found = cut.load(cut.records[0]).mask
    np.testing.assert_array_equal(found, numbered(cut, cut.records[0]).plane("teeth")[8:56, 16:112])


# --- children's panoramics --------------------------------------------------------------------------------------


@pytest.mark.parametrize("apostrophe", ["'", "’"])
@pytest.mark.parametrize("top", ["Dental dataset", ""])
def test_children_coloured_masks_pseudo_and_an_apostrophe(tmp_path, apostrophe, top):
    mask_layouts.children(tmp_path / top, apostrophe)
    with pytest.raises(InputError, match=r"holds 5 kinds of masks; .*--part caries or --classes caries .*adult-code"):
        opened(tmp_path)
    caries = opened(tmp_path, "caries")
    same(caries, "mandible")
    assert splits(caries) == {"1.png": "train", "2.png": "test", "3.png": "train"}
    assert "#3577B5 caries" in said(caries)
    same(opened(tmp_path, part="caries-teeth"), "teeth")


@pytest.mark.parametrize("part", ["adult-archive", "adult-code", "adult-database"])
def test_children_parts_of_adults(tmp_path, part):
    mask_layouts.children(tmp_path)
    source = opened(tmp_path, part=part)
    same(source, "teeth")
    expected = {"1.png": "train", "2.png": "train", "3.png": "test"} if part == "adult-code" else {None}
    assert splits(source) == expected or set(splits(source).values()) == expected


def test_children_opened_at_the_inner_folder(tmp_path):
    mask_layouts.children(tmp_path)
    inner = tmp_path / "Children's dental caries segmentation dataset"
    same(opened(inner, "caries"), "mandible")


# --- mohamedali020, henriquerezermosqur, UFBA --------------------------------------------------------------------


def test_mohamedali_odd_folders_and_names(tmp_path):
    mask_layouts.mohamedali(tmp_path)
    source = opened(tmp_path, "anything")
    assert splits(source) == {"1.jpg": "train", "2.jpg": "val", "3.jpg": "test"}
    same(source, "teeth")


def test_mohamedali_masks_or_coco_is_asked(tmp_path):
    mask_layouts.mohamedali(tmp_path)
    image = {"id": 0, "file_name": "1.jpg", "height": SIZE[0], "width": SIZE[1]}
    drawing = {"id": 0, "image_id": 0, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]}
    coco = {"images": [image], "annotations": [drawing], "categories": [{"id": 1, "name": "Caries"}]}
    put_json(tmp_path / "Dental segmentation_X-ray panoramic" / "train_annotations.coco.json", coco)
    with pytest.raises(InputError, match=r"2 ways; choose one: --format coco .*--format folders"):
        opened(tmp_path)
    assert len(opened(tmp_path, layout="folders").records) == 3


def test_masks_nested_in_their_pictures_folders_and_misnamed(tmp_path):
    mask_layouts.nested(tmp_path)
    source = opened(tmp_path)
    assert splits(source) == {"1.jpg": "train", "2.jpg": "val", "3.jpg": "test"}
    same(source, "teeth")


def test_ufba_a_lone_folder_called_train_is_no_split(tmp_path):
    mask_layouts.ufba(tmp_path)
    source = opened(tmp_path, "teeth")
    same(source, "teeth", off=0.02)
    assert set(splits(source).values()) == {None} and "only a folder called train" in said(source)


# --- folders in the usual namings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "mask"),
    [
        ("images/{}.png", "masks/{}.png"),
        ("img/{}.png", "mask/{}.png"),
        ("{}.jpg", "{}_mask.png"),
        ("pictures/{}.png", "pictures/{}_seg.png"),
        ("images/{}.jpg", "masks/{}.jpg_mask.png"),
        ("images/{}.png", "masks/{}_pseudo.png"),
        ("a/b/images/{}.png", "a/b/masks/{}.png"),
        ("{}.jpg", "masks/{}.png"),
    ],
)
def test_usual_namings(tmp_path, picture, mask):
    for n, phantom, teeth in drawn(2):
        put(tmp_path / picture.format(n), mask_layouts.grey(phantom))
        put(tmp_path / mask.format(n), mask_layouts.white(teeth))
    source = opened(tmp_path)
    assert len(source.records) == 2
    same(source, "teeth")


@pytest.mark.parametrize("pattern", ["{split}/{kind}", "{kind}/{split}", "{split}_{kind}", "{split}/{split}_{kind}"])
def test_splits_inside_or_outside(tmp_path, pattern):
    for (n, phantom, teeth), split in zip(drawn(3), ("train", "valid", "test"), strict=True):
        put(tmp_path / pattern.format(split=split, kind="images") / f"{n}.png", mask_layouts.grey(phantom))
        put(tmp_path / pattern.format(split=split, kind="masks") / f"{n}.png", mask_layouts.white(teeth))
    source = opened(tmp_path)
    assert splits(source) == {"1.png": "train", "2.png": "val", "3.png": "test"}
    same(source, "teeth")


def test_several_sets_in_one_folder_are_told(tmp_path):
    for name in ("clinic a", "clinic-b"):
        for n, phantom, teeth in drawn(2):
            put(tmp_path / name / "images" / f"{n}.png", mask_layouts.grey(phantom))
            put(tmp_path / name / "masks" / f"{n}.png", mask_layouts.white(teeth))
    with pytest.raises(InputError, match=r'holds 2 sets .*choose one: --part "clinic a" or --part clinic-b'):
        opened(tmp_path)
    assert len(opened(tmp_path, part="clinic-b").records) == 2
    with pytest.raises(InputError, match="has no part 'c'"):
        opened(tmp_path, part="c")
