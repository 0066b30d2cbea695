"""Pairing by name, finding the folders, and everything that can be wrong with them."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.folders import open_folder, open_pair
from dentalx.datasets.mask_folder import MaskFolder
from dentalx.datasets.mask_source import MaskWishes
from dentalx.datasets.naming import Reading
from dentalx.datasets.pairing import pair_files
from dentalx.errors import InputError

SIZE = (6, 9)


def put(folder, *names, size=SIZE, value=0):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        kind = "JPEG" if name.lower().endswith("jpg") else "PNG"
        Image.fromarray(np.full(size, value, np.uint8)).save(folder / name, format=kind)
    return folder


def pair(tmp_path, images, masks):
    return put(tmp_path / "images", *images), put(tmp_path / "masks", *masks)


def ids(source):
    return [record.image_id for record in source.records]


# --- pairing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mask",
    [
        "7.png",
        "7.PNG",
        "7_mask.png",
        "7-mask.png",
        "7_seg.png",
        "7_label.png",
        "7_MASK.png",
        "7.jpg_mask.png",
        "7.jpg.png",
        "7_labels.png",
        "7_gt.png",
        "7.mask.png",
        "7_mask.jpg.png",
    ],
)
def test_names_that_mean_the_same_picture(tmp_path, mask):
    images, masks = pair(tmp_path, ["7.jpg"], [mask])
    assert pair_files(images, masks) == ([(images / "7.jpg", masks / mask)], [])


def test_a_literal_name_wins_over_a_shortened_one(tmp_path):
    names = ["a.png", "a_seg.png"]
    images, masks = pair(tmp_path, names, names)
    pairs, notes = pair_files(images, masks)
    assert [(i.name, m.name) for i, m in pairs] == [("a.png", "a.png"), ("a_seg.png", "a_seg.png")] and not notes


def test_names_are_never_matched_by_order(tmp_path):
    images, masks = pair(tmp_path, ["1.png", "2.png", "10.png"], ["2.png", "3.png", "10_mask.png"])
    pairs, notes = pair_files(images, masks)
    assert [(i.name, m.name) for i, m in pairs] == [("10.png", "10_mask.png"), ("2.png", "2.png")]
    assert notes == ["1 picture(s) without a mask left out: 1.png", "1 mask(s) without a picture left out: 3.png"]


def test_many_unpaired_files_are_counted_and_some_named(tmp_path):
    images, masks = pair(tmp_path, [f"{i:02}.png" for i in range(20)], ["00.png"])
    notes = open_pair(images, masks).notes
    assert notes[:1] == ("19 picture(s) without a mask left out: 01.png, 02.png, 03.png, 04.png, 05.png …",)


def test_composed_and_decomposed_letters_are_one(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "diş_ü.png") for form in ("NFC", "NFD"))
    assert composed != decomposed
    images, masks = pair(tmp_path, [decomposed], [composed])
    assert ids(open_pair(images, masks)) == ["diş_ü"]


def test_case_of_stems_does_not_matter(tmp_path):
    images, masks = pair(tmp_path, ["IMG_1.PNG"], ["img_1.png"])
    assert ids(open_pair(images, masks)) == ["IMG_1"]


def test_words_that_merely_end_like_a_mask_are_names(tmp_path):
    images, masks = pair(tmp_path, ["da.png"], ["damask.png"])
    with pytest.raises(InputError, match=r"no picture of .* has a mask of the same name"):
        pair_files(images, masks)


def test_two_files_of_one_name(tmp_path):
    images, masks = pair(tmp_path, ["a.png", "a.jpg"], ["a.png"])
    with pytest.raises(InputError, match=r"a\.jpg and .*a\.png have the same name"):
        pair_files(images, masks)


def test_two_masks_of_one_picture(tmp_path):
    images, masks = pair(tmp_path, ["a.png"], ["a.png", "a_mask.png"])
    with pytest.raises(InputError, match=r"a\.png and .*a_mask\.png are both masks of a\.png"):
        pair_files(images, masks)


def test_pictures_and_masks_in_one_folder(tmp_path):
    folder = put(tmp_path / "all", "a.jpg", "a_mask.png", "b.jpg", "b_mask.png", "c.jpg")
    pairs, notes = pair_files(folder, folder)
    assert [(i.name, m.name) for i, m in pairs] == [("a.jpg", "a_mask.png"), ("b.jpg", "b_mask.png")]
    assert notes == ["1 picture(s) without a mask left out: c.jpg"]


# --- folders --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image_folder", "mask_folder"),
    [("images", "masks"), ("img", "mask"), ("Images", "Labels"), ("imgs", "segmentation"), ("image", "label")],
)
def test_folders_are_found_by_their_usual_names(tmp_path, image_folder, mask_folder):
    put(tmp_path / image_folder, "a.png")
    put(tmp_path / mask_folder, "a.png")
    source = open_folder(tmp_path)
    assert ids(source) == ["a"] and source.classes == ("foreground",) and source.name == tmp_path.name


def test_a_folder_named_like_the_class(tmp_path):
    put(tmp_path / "images", "a.png")
    for name in ("teeth", "mandible", "masks"):
        put(tmp_path / name, "a.png")
    source = open_folder(tmp_path, ("mandible",))
    assert source.records[0].mask == tmp_path / "mandible" / "a.png" and source.classes == ("mandible",)


def test_the_only_other_folder_is_taken_and_names_the_class(tmp_path):
    put(tmp_path / "images", "a.png")
    put(tmp_path / "teeth", "a.png")
    assert open_folder(tmp_path).classes == ("teeth",)
    put(tmp_path / "mandible", "a.png")
    with pytest.raises(InputError, match="choose one: --classes mandible or --classes teeth"):
        open_folder(tmp_path)


def test_classes_listed_beside_the_masks(tmp_path):
    put(tmp_path / "images", "a.png")
    put(tmp_path / "masks", "a.png", value=2)
    listed = tmp_path / "masks" / "classes.json"
    listed.write_text('["background", "teeth", "mandible"]')
    source = open_folder(tmp_path)
    assert source.classes == ("teeth", "mandible") and (source.load(source.records[0]).mask == 2).all()
    turned = open_folder(tmp_path, ("mandible", "teeth"))
    assert turned.classes == ("mandible", "teeth") and (turned.load(turned.records[0]).mask == 1).all()
    assert (open_folder(tmp_path, ("teeth",)).load(turned.records[0]).mask == 0).all()
    assert (open_folder(tmp_path, ("all",)).load(turned.records[0]).mask == 1).all()
    with pytest.raises(InputError, match=r"no class is called 'mandibel' in .*; did you mean 'mandible'\?"):
        open_folder(tmp_path, ("mandibel",))
    for wrong, word in [("{}", "JSON list"), ('["teeth", "jaw"]', "background"), ("[", "not valid JSON")]:
        listed.write_text(wrong)
        with pytest.raises(InputError, match=word):
            open_folder(tmp_path)


@pytest.mark.parametrize("inside", [True, False])
def test_published_splits(tmp_path, inside):
    for folder, split in [("train", "train"), ("valid", "val"), ("Test", "test")]:
        for kind in ("images", "masks"):
            put(tmp_path / kind / folder if inside else tmp_path / folder / kind, "same.png", f"{split}_only.png")
    records = open_folder(tmp_path).records
    assert {record.image_id: record.split for record in records} == {
        "train-same": "train", "val-same": "val", "test-same": "test",
        "train_only": "train", "val_only": "val", "test_only": "test",
    }  # fmt: skip
    assert len({record.patient_id for record in records}) == 6


def test_two_folders_of_one_split_may_not_share_names(tmp_path):
    for folder in ("train", "training"):
        for kind in ("images", "masks"):
            put(tmp_path / folder / kind, "a.png")
    with pytest.raises(InputError, match="2 images are called train-a; rename"):
        open_folder(tmp_path)


def test_what_was_looked_for_is_listed(tmp_path):
    for name in ("scans", "truth"):
        put(tmp_path / name, "a.png")
    with pytest.raises(
        InputError, match=r"looked for images\|image.* beside masks\|.*found scans, truth; give --images"
    ):
        open_folder(tmp_path)
    put(tmp_path / "images", "a.png")
    with pytest.raises(InputError, match=r"beside caries\|masks.*found images, scans, truth"):
        open_folder(tmp_path, ("caries",))


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(InputError, match=r"folder not found: .*nowhere"):
        open_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="found no folder"):
        open_folder(tmp_path)
    (tmp_path / "images").mkdir()
    put(tmp_path / "masks", "a.png")
    (tmp_path / "images" / "notes.txt").touch()
    with pytest.raises(InputError, match=r"images holds no picture \(PNG, JPEG, TIFF, BMP or DICOM\) among 1 entries"):
        open_folder(tmp_path)
    with pytest.raises(InputError, match="is a file, expected a folder"):
        open_pair(tmp_path / "masks" / "a.png", tmp_path / "masks")
    (tmp_path / "images" / "a.png").symlink_to(tmp_path / "masks" / "a.png")
    with pytest.raises(InputError, match=r"among 2 entries; .* links that lead out of the folder are not followed"):
        open_folder(tmp_path)


def test_no_permission_to_look_inside(tmp_path, monkeypatch):
    """Root may read everything, so the refusal is played by the file system's own error."""

    def deny(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    images, _ = pair(tmp_path, ["a.png"], ["a.png"])
    monkeypatch.setattr(type(images), "iterdir", deny)
    with pytest.raises(InputError, match=r"cannot list .*Permission denied; check permissions"):
        open_folder(tmp_path)
    monkeypatch.setattr(type(images), "stat", deny)
    with pytest.raises(InputError, match=r"cannot open .*Permission denied"):
        open_folder(tmp_path)


# --- sizes and patients ---------------------------------------------------------------------------------------


def test_a_mask_of_another_size_is_named_at_once(tmp_path):
    images, masks = pair(tmp_path, ["a.png", "b.png", "c.png"], ["a.png"])
    put(masks, "b.png", size=(5, 9))
    put(masks, "c.png", size=(9, 6))
    expected = r"mask .*b\.png is 5×9 but its picture .*b\.png is 6×9 \(rows×columns\); .*c\.png is 9×6"
    with pytest.raises(InputError, match=expected):
        open_pair(images, masks)


def test_a_broken_header_is_named_at_once(tmp_path):
    images, masks = pair(tmp_path, ["a.png"], ["a.png", "b.png"])
    (images / "b.png").write_text("no picture")
    with pytest.raises(InputError, match=r"b\.png is no picture"):
        open_pair(images, masks)


def test_a_file_that_breaks_later_is_named_by_load(tmp_path):
    images, masks = pair(tmp_path, ["a.png"], ["a.png"])
    source = open_pair(images, masks)
    data = (images / "a.png").read_bytes()
    (images / "a.png").write_bytes(data[:40])
    with pytest.raises(InputError, match=r"a\.png is truncated"):
        source.load(source.records[0])


def test_patients_are_found_in_the_names(tmp_path):
    images, masks = pair(tmp_path, ["p1_a.png", "p1_b.png", "p2_a.png"], ["p1_a.png", "p1_b.png", "p2_a.png"])
    assert [r.patient_id for r in open_pair(images, masks).records] == ["p1_a", "p1_b", "p2_a"]
    assert [r.patient_id for r in open_pair(images, masks, (), Reading(r"^(p\d)")).records] == ["p1", "p1", "p2"]
    for pattern, word in [(r"^(q)", "finds no patient in p1_a.png"), ("p1", "no group"), ("(", "not a regular")]:
        with pytest.raises(InputError, match=word):
            open_pair(images, masks, (), Reading(pattern))


def test_names_that_could_not_be_written_again_are_refused(tmp_path):
    images, masks = pair(tmp_path, ["a\\b.png"], ["a\\b.png"])
    with pytest.raises(InputError, match="backslash"):
        open_pair(images, masks)


# --- reading --------------------------------------------------------------------------------------------------


def test_load_gives_picture_and_mask(tmp_path):
    images = put(tmp_path / "images", "a.png", value=51)
    masks = put(tmp_path / "teeth", "a.png", value=255)
    source = open_pair(images, masks)
    sample = source.load(source.records[0])
    assert sample.image_id == "a" and sample.image.shape == SIZE
    assert np.allclose(sample.image, 0.2) and (sample.mask == 1).all() and source.classes == ("teeth",)
    assert len(source.notes) == 1 and "masks are read as black and white, 255 is teeth (1 of 1" in source.notes[0]


def test_one_file_decides_for_all_what_255_means(tmp_path):
    images, masks = pair(tmp_path, ["a.png", "b.png"], ["a.png"])
    put(masks, "a.png", value=255)
    three = np.zeros(SIZE, np.uint8)
    three[0], three[1] = 1, 255
    Image.fromarray(three).save(masks / "b.png")
    source = open_pair(images, masks)
    first, second = (source.load(record).mask for record in source.records)
    assert (first == 255).all() and np.array_equal(second, three)
    assert "class indices: 1 foreground, 255 unlabelled (2 of 2 files looked at)" in source.notes[0]


def test_zero_one_and_zero_white_side_by_side_both_mean_the_class(tmp_path):
    images, masks = pair(tmp_path, ["a.png", "b.png"], ["a.png", "b.png"])
    put(masks, "a.png", value=255)
    put(masks, "b.png", value=1)
    source = open_pair(images, masks)
    assert all((source.load(record).mask == 1).all() for record in source.records)


# --- the door -------------------------------------------------------------------------------------------------


def test_open_source_takes_what_it_is_given(tmp_path):
    images, masks = pair(tmp_path, ["a.png"], ["a.png"])
    by_folder = open_source(DataConfig(data=tmp_path), (32, 64))
    by_pair = open_source(DataConfig(images=images, masks=masks, classes=("jaw",)), (32, 64))
    assert ids(by_folder) == ids(by_pair) == ["a"] and by_pair.classes == ("jaw",)
    phantoms = open_source(DataConfig(phantoms=3), (32, 64))
    assert len(phantoms.records) == 3 and phantoms.load(phantoms.records[0]).image.shape == (32, 64)


def test_open_source_refuses_half_a_question(tmp_path):
    for config, word in [
        (DataConfig(images=tmp_path), "--images was given without --masks"),
        (DataConfig(masks=tmp_path), "--masks was given without --images"),
        (DataConfig(data=tmp_path, images=tmp_path, masks=tmp_path), "--data and --images were both given"),
    ]:
        with pytest.raises(InputError, match=word):
            open_source(config, (32, 64))


def test_fingerprint_follows_the_content_and_not_the_place(tmp_path):
    names = ["a.png", "b.png"]
    first, second = (open_pair(*pair(tmp_path / place, names, names)) for place in ("here", "there"))
    assert fingerprint(first) == fingerprint(second) and len(fingerprint(first)) == 64
    put(tmp_path / "there" / "masks", "a.png", value=1)
    assert fingerprint(first) != fingerprint(second)
    renamed = open_pair(*pair(tmp_path / "else", ["a.png", "c.png"], ["a.png", "c.png"]))
    assert fingerprint(first) != fingerprint(renamed)
    here = tmp_path / "here"
    assert fingerprint(first) != fingerprint(open_pair(here / "images", here / "masks", ("other",)))
    (here / "images" / "a.png").unlink()
    with pytest.raises(InputError, match=r"cannot read .*a\.png"):
        fingerprint(first)


def test_fingerprint_of_phantoms_follows_what_is_drawn():
    seeds = [fingerprint(open_source(DataConfig(phantoms=3, seed=seed), (32, 64))) for seed in (0, 0, 1)]
    assert seeds[0] == seeds[1] != seeds[2]


def test_importing_the_readers_is_light():
    import subprocess
    import sys

    heavy = ("tensorflow", "keras", "albumentations", "matplotlib", "scipy", "sklearn")
    code = "import sys, dentalx.datasets.folders, dentalx.datasets.splits; "
    code += f"print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


# --- folders of patients --------------------------------------------------------------------------------------


def patients(source):
    return {record.image_id: record.patient_id for record in source.records}


THREE = {f"p{n}-{i}": f"p{n}" for n in (1, 2, 3) for i in (0, 1)}


def mirrored(tmp_path):
    for number in (1, 2, 3):
        put(tmp_path / "Images" / f"p{number}", "0.png", "1.png")
        put(tmp_path / "MASKS" / f"p{number}", "0.png", "1.png", value=255)
    return tmp_path


def test_mirrored_folders_are_paired_by_path_and_are_patients(tmp_path):
    source = open_folder(mirrored(tmp_path))
    assert patients(source) == THREE
    assert all(record.mask.parent.name == record.image.parent.name for record in source.records)
    assert any("each of the 3 folders of images is taken for a patient" in note for note in source.notes)


def test_masks_of_another_patient_are_never_taken(tmp_path):
    for number in (1, 2, 3):
        put(tmp_path / "images" / f"p{number}", f"{number}.png")
    put(tmp_path / "masks" / "p1", "1.png", "3.png")
    put(tmp_path / "masks" / "p2", "2.png")
    source = open_folder(tmp_path)
    assert ids(source) == ["p1-1", "p2-2"]
    assert any(note.startswith("1 picture(s) without a mask left out: 3.png") for note in source.notes)


def test_one_folder_of_masks_serves_folders_of_images_with_distinct_names(tmp_path):
    for number in (1, 2, 3):
        put(tmp_path / "images" / f"p{number}", f"{number}.png")
    put(tmp_path / "masks", "1.png", "2.png", "3_mask.png")
    assert patients(open_folder(tmp_path)) == {f"p{n}-{n}": f"p{n}" for n in (1, 2, 3)}


@pytest.mark.parametrize("inner", ["{}", "{}/images"])
def test_images_and_masks_in_the_folder_of_each_patient(tmp_path, inner):
    for number in (1, 2, 3):
        put(tmp_path / inner.format(f"p{number}"), "0.png", "1.png")
        masks = f"p{number}/masks" if "/" in inner else f"p{number}"
        put(tmp_path / masks, *(["0.png", "1.png"] if "/" in inner else ["0_mask.png", "1_mask.png"]), value=255)
    put(tmp_path / "p4", "7.png")
    source = open_folder(tmp_path)
    assert patients(source) == THREE
    assert any("1 image(s) in folders without masks left out: p4/7.png" in note for note in source.notes)


def test_a_patient_in_two_published_splits_stays_one_patient(tmp_path):
    for split in ("train", "test"):
        for number in (1, 2, 3):
            put(tmp_path / split / "images" / f"p{number}", "0.png")
            put(tmp_path / split / "masks" / f"p{number}", "0.png", value=255)
    assert patients(open_folder(tmp_path))["test-p2-0"] == "p2"


def test_few_folders_of_many_images_are_no_patients(tmp_path):
    for batch in ("old", "new"):
        names = [f"{i}.png" for i in range(21)]
        put(tmp_path / "images" / batch, *names)
        put(tmp_path / "masks" / batch, *names)
    found = patients(open_folder(tmp_path))
    assert len(found) == 42 and all(name == patient for name, patient in found.items())
    reading = Reading(patient_pattern="^(old|new)-")
    assert set(patients(open_folder(tmp_path, (), reading)).values()) == {"old", "new"}


def test_two_data_sets_are_asked_for_and_may_be_read_together(tmp_path):
    for name in ("a", "b"):
        put(tmp_path / name / "images", "1.png")
        put(tmp_path / name / "masks", "1.png")
    with pytest.raises(InputError, match="--part a or --part b, or --part all"):
        open_folder(tmp_path)
    assert ids(open_folder(tmp_path, wishes=MaskWishes(part="all"))) == ["a-1", "b-1"]


def test_masks_written_into_mirrored_folders_are_found_again(tmp_path):
    found = MaskFolder(mirrored(tmp_path) / "MASKS", list(THREE), ("teeth",))
    assert set(found.paths) == set(THREE) and found.paths["p2-1"] == tmp_path / "MASKS" / "p2" / "1.png"


def test_pascal_vocs_folders_without_a_list_of_colours(tmp_path):
    put(tmp_path / "VOC" / "JPEGImages", "a.jpg", "b.jpg")
    put(tmp_path / "VOC" / "SegmentationClass", "a.png", value=255)
    put(tmp_path / "VOC" / "SegmentationObject", "a.png", value=255)
    source = open_folder(tmp_path, ("teeth",))
    assert ids(source) == ["a"] and source.records[0].mask.parent.name == "SegmentationClass"


@pytest.mark.parametrize(
    ("image", "mask"), [("image.png", "mask.png"), ("IMG.png", "Label.PNG"), ("img.jpg", "seg.png")]
)
def test_fixed_names_in_the_folder_of_each_patient(tmp_path, image, mask):
    for number in (1, 2, 3):
        put(tmp_path / f"P{number}", image)
        put(tmp_path / f"P{number}", mask, value=255)
    put(tmp_path / "P4", image)
    source = open_folder(tmp_path)
    assert patients(source) == {"P1": "P1", "P2": "P2", "P3": "P3"}
    assert [(r.image.name, r.mask.name, r.mask.parent.name) for r in source.records][1] == (image, mask, "P2")
    assert any(f"1 image(s) in folders without masks left out: P4/{image}" in note for note in source.notes)


def test_fixed_names_below_a_split_and_predictions_of_them(tmp_path):
    for split, number in (("train", 1), ("train", 2), ("test", 3)):
        put(tmp_path / split / f"P{number}", "image.png")
        put(tmp_path / split / f"P{number}", "mask.png", value=255)
    source = open_folder(tmp_path)
    assert {r.image_id: r.split for r in source.records} == {"P1": "train", "P2": "train", "P3": "test"}
    for number in (1, 2, 3):
        put(tmp_path / "predicted" / "masks" / f"P{number}", "image.png", value=255)
    found = MaskFolder(tmp_path / "predicted", ids(source), ("teeth",))
    assert {name: path.parent.name for name, path in found.paths.items()} == {"P1": "P1", "P2": "P2", "P3": "P3"}
    put(tmp_path / "predicted" / "masks" / "P1", "mask.png")
    with pytest.raises(InputError, match=r"P1\.png and P1-mask\.png are both masks of P1\.png"):
        MaskFolder(tmp_path / "predicted", ids(source), ("teeth",))


def test_two_images_of_fixed_names_in_one_folder_keep_their_names(tmp_path):
    for number in (1, 2, 3):
        put(tmp_path / "images" / f"P{number}", "image.png", "opg.png")
        put(tmp_path / "masks" / f"P{number}", "image.png", "opg.png", value=255)
    source = open_folder(tmp_path)
    assert patients(source)["P1-opg"] == "P1" and len(source.records) == 6


def test_a_mask_called_mask_is_nobodys_where_the_images_have_names(tmp_path):
    images, masks = pair(tmp_path, ["a.png", "b.png"], ["a.png", "mask.png"])
    pairs, notes = pair_files(images, masks)
    assert pairs == [(images / "a.png", masks / "a.png")]
    assert notes == ["1 picture(s) without a mask left out: b.png", "1 mask(s) without a picture left out: mask.png"]


@pytest.mark.parametrize("place", ["{split}/{kind}", "{kind}/{split}"])
def test_an_image_whose_mask_lies_in_another_split_is_left_out_and_this_is_said(tmp_path, place):
    files = {
        ("train", "images"): ["a.png", "b.png", "c.png", "n.png"], ("train", "masks"): ["a.png"],
        ("valid", "images"): ["v.png", "w.png"], ("valid", "masks"): ["v.png", "b.png", "c_mask.png"],
    }  # fmt: skip
    for (split, kind), names in files.items():
        put(tmp_path / place.format(split=split, kind=kind), *names, value=255 if kind == "masks" else 0)
    source = open_folder(tmp_path)
    assert {record.image_id: record.split for record in source.records} == {"a": "train", "v": "val"}
    assert all(source.load(record).mask.all() for record in source.records)
    notes = "\n".join(source.notes)
    assert "3 picture(s) without a mask left out: b.png, c.png, n.png" in notes
    assert "1 picture(s) without a mask left out: w.png" in notes
    assert (
        "2 image(s) left out have their mask in the folder of another split; move one of the two: "
        "b.png (train, mask in val), c.png (train, mask in val)"
    ) in notes


def test_masks_of_the_same_split_or_of_nobody_are_not_called_misplaced(tmp_path):
    for split in ("train", "valid"):
        put(tmp_path / split / "images", f"{split}.png", "only_image.png" if split == "train" else "v.png")
        put(tmp_path / split / "masks", f"{split}.png", f"lonely_{split}.png", value=255)
    assert not any("another split" in note for note in open_folder(tmp_path).notes)
