"""Mask files of one object each: which image and class their names mean, and the pixels of every object."""

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets.instances import load_instances
from dentalx.datasets.readers import open_data
from dentalx.errors import InputError

SIZE = (12, 40)


def put(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def bar(place, value=255, size=SIZE):
    """A mask of the columns 10 * place … 10 * place + 3."""
    mask = np.zeros(size, np.uint8)
    mask[2:10, 10 * place : 10 * place + 4] = value
    return mask


def image(path):
    put(path, np.tile(np.arange(SIZE[1], dtype=np.uint8) * 6, (SIZE[0], 1)))


def made(root, *masks, images=("a", "b")):
    """`masks` are names in which {} stands for the image's; the n-th holds the n-th bar, at a level of its own."""
    for name in images:
        image(root / "images" / f"{name}.png")
        for place, mask in enumerate(masks):
            put(root / mask.format(name), bar(place, value=255 if place == 0 else 7 * place))
    return root


def opened(root, **asked):
    return open_data(root, DataConfig(data=root, **asked))


@pytest.mark.parametrize(
    ("masks", "classes"),
    [
        (["masks/{}_11.ome.tiff", "masks/{}_21.ome.tiff", "masks/{}_36.ome.tiff"], ["11", "21", "36"]),
        (["labels/part 1/{}-36.png", "labels/part 2/{}-37.png"], ["36", "37"]),
        (["masks/{}_caries_0.png", "masks/{}_caries_1.png", "masks/{}_crown_2.png"], ["caries", "caries", "crown"]),
        (["masks/{}_tooth_11.png", "masks/{}_tooth_12.png"], ["11", "12"]),
        (["masks/{}-0.png", "masks/{}-1.png", "masks/{}-2.png"], ["object"] * 3),
        (["masks/{}_1.png", "masks/{}_2.png"], ["object"] * 2),
        (["masks/{}/0.png", "masks/{}/1.png"], ["object"] * 2),
        (["masks/{}/11.png", "masks/{}/12.png"], ["11", "12"]),
        (["masks/11/{}.png", "masks/12/{}.png"], ["11", "12"]),
        (["masks/crown/{}.png", "masks/filling/{}.png"], ["crown", "filling"]),
        (["images/{}_mask_0.png", "images/{}_mask_1.png"], ["object"] * 2),
        (["masks/{}_5.png", "masks/{}_9.png"], ["5", "9"]),
    ],
)
def test_every_file_is_an_object_of_its_image(tmp_path, masks, classes):
    source = opened(made(tmp_path, *masks))
    assert source.layout.startswith("object-masks")
    assert [record.image_id for record in source.records] == ["a", "b"]
    for record in source.records:
        found = load_instances(source, record).instances
        drawn = {
            (source.classes[label - 1], plane.tobytes()) for label, plane in zip(found.labels, found.masks, strict=True)
        }
        assert drawn == {(name, (bar(place) > 0).tobytes()) for place, name in enumerate(classes)}
        united = np.any([bar(place) > 0 for place in range(len(masks))], axis=0)
        assert np.array_equal(source.load(record).mask > 0, united)


def test_a_single_class_is_called_as_asked(tmp_path):
    source = opened(made(tmp_path, "masks/{}-0.png", "masks/{}-1.png"), classes=("teeth",))
    assert source.classes == ("teeth",) and len(list(source.shapes(source.records[0]))) == 2
    numbered = opened(made(tmp_path / "n", "masks/{}_11.png", "masks/{}_12.png"), classes=("teeth",))
    assert numbered.classes == ("teeth",) and len(list(numbered.shapes(numbered.records[0]))) == 2


@pytest.mark.parametrize("mask", ["masks/{}.png", "masks/{}_mask.png"])
def test_pairs_whose_names_end_in_numbers_stay_pairs(tmp_path, mask):
    source = opened(made(tmp_path, mask, images=("a", "a_1", "a_2", "a_10")))
    assert source.layout.startswith("folders") and len(source.records) == 4


def test_one_mask_an_image_with_a_suffix_is_not_taken_for_an_object(tmp_path):
    with pytest.raises(InputError, match="where each file holds one object"):
        opened(made(tmp_path, "masks/{}_1.png"))


def test_splits_keep_images_of_one_name_apart(tmp_path):
    for split, value in (("train", 0), ("test", 1)):
        for name in ("a", "b"):
            image(tmp_path / split / "images" / f"{name}.png")
            for place in (0, 1):
                put(tmp_path / split / "masks" / f"{name}_{11 + place}.png", bar(place + value))
    source = opened(tmp_path)
    assert {(r.image_id, r.split) for r in source.records} == {(f"{s}-{n}", s) for s in ("train", "test") for n in "ab"}
    first = next(record for record in source.records if record.image_id == "test-a")
    assert np.array_equal(source.load(first).mask, (bar(1) > 0) + 2 * (bar(2) > 0).astype(np.uint8))


def test_empty_files_make_a_negative_and_broken_ones_do_not(tmp_path):
    root = made(tmp_path, "masks/{}_11.png", "masks/{}_12.png", images=("a", "b", "c", "d"))
    for number in (11, 12):
        put(root / "masks" / f"b_{number}.png", bar(0, value=0))
        (root / "masks" / f"c_{number}.png").write_bytes(b"\x89PNG")
    put(root / "masks" / "d_12.png", bar(1, size=(6, 20)))
    image(root / "images" / "lonely.png")
    put(root / "masks" / "a_background.png", 255 - bar(0))
    source = opened(root)
    assert [record.image_id for record in source.records] == ["a", "b", "d"]
    held = {r.image_id: [source.classes[k - 1] for k, _ in source.shapes(r)] for r in source.records}
    assert held == {"a": ["11", "12"], "b": [], "d": ["11"]}
    told = " | ".join(source.notes)
    for sentence in (
        "2 mask file(s) without a pixel hold no object: b_11.png, b_12.png",
        "1 mask file(s) called background left out: a_background.png",
        "a mask of 6×20 for an image of 12×40 (rows×columns): masks/d_12.png",
        "1 of 4 image(s) left out, since none of their objects can be drawn (they are no negatives): c.png",
        "1 picture(s) that no annotation names, left out: lonely.png",
    ):
        assert sentence in told


def test_a_few_pixels_of_another_level_count_and_label_maps_do_not(tmp_path):
    root = made(tmp_path, "masks/{}_11.png", "masks/{}_12.png")
    specked, several = bar(0, value=28), bar(0, value=1)
    specked[2, 0], several[2:6, 0:4] = 33, 2
    put(root / "masks" / "a_11.png", specked)
    put(root / "masks" / "b_11.png", several)
    source = opened(root)
    assert np.array_equal(source.load(source.records[0]).mask == 1, specked > 0)
    assert [source.classes[k - 1] for k, _ in source.shapes(source.records[1])] == ["12"]
    assert "expected black and one more for its one object: masks/b_11.png" in " | ".join(source.notes)


def test_an_image_that_class_folders_lack_is_stated(tmp_path):
    root = made(tmp_path, "masks/crown/{}.png", "masks/filling/{}.png")
    (root / "masks" / "filling" / "b.png").unlink()
    told = " | ".join(opened(root).notes)
    assert "1 image(s) have no mask in some of the class folders, and count as without that class: b.png" in told


def test_inverted_files_are_refused(tmp_path):
    root = made(tmp_path, "masks/{}_11.png", "masks/{}_12.png")
    for name in "ab":
        for place in (0, 1):
            inside = np.roll(bar(place), 8, axis=1)
            put(root / "masks" / f"{name}_{11 + place}.png", 255 - inside)
    with pytest.raises(InputError, match="in 4 of 4 mask files the bright pixels hold the border"):
        opened(root)


def test_colours_palettes_and_transparency(tmp_path):
    root = made(tmp_path, "masks/{}_11.png", "masks/{}_12.png", "masks/{}_13.png", images=("a",))
    there = bar(0) > 0
    put(root / "masks" / "a_11.png", np.where(there[..., None], np.uint8([200, 30, 0]), np.uint8(0)))
    palette = Image.fromarray((~there).astype(np.uint8), mode="P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.save(root / "masks" / "a_12.png")
    clear = np.full((*SIZE, 4), 255, np.uint8)
    clear[..., 3] = bar(0)
    put(root / "masks" / "a_13.png", clear)
    source = opened(root)
    for _, shape in source.shapes(source.records[0]):
        assert np.array_equal(shape.paint(SIZE), there)
