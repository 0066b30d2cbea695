"""What mask files may hold, what they may not, and that what is written comes back."""

import cv2
import numpy as np
import pytest
from mask_files import ONE, SHAPE, TWO, coded, read, refused, saved
from PIL import Image

from dentalx.datasets.mask_codes import Encoding
from dentalx.datasets.mask_writing import class_palette, write_mask
from dentalx.datasets.masks import read_mask
from dentalx.errors import InputError


@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_binary_however_white_is_written(tmp_path, white, suffix):
    mask = read(saved(tmp_path, SHAPE * np.uint8(white), f"m.{suffix}"), ONE)
    assert mask.dtype == np.uint8 and np.array_equal(mask, SHAPE)


@pytest.mark.parametrize("white", [1, 255])
def test_binary_as_colour_and_with_opaque_alpha(tmp_path, white):
    plane = (SHAPE * np.uint8(white))[..., None]
    opaque = np.full_like(plane, 255)
    layouts = {"rgb": [plane] * 3, "rgba": [plane] * 3 + [opaque], "la": [plane, opaque]}
    for name, layers in layouts.items():
        array = np.concatenate(layers, 2)
        image = Image.fromarray(array, "LA") if name == "la" else Image.fromarray(array)
        assert np.array_equal(read(saved(tmp_path, image, f"{name}.png"), ONE), SHAPE), name


def test_one_bit_and_sixteen_bit(tmp_path):
    assert np.array_equal(read(saved(tmp_path, SHAPE.astype(bool), "one.png"), ONE), SHAPE)
    wide = SHAPE.astype(np.uint16)
    assert np.array_equal(read(saved(tmp_path, wide * 65_535, "w.png"), ONE), SHAPE)
    assert np.array_equal(read(saved(tmp_path, wide, "i.png"), ONE), SHAPE)
    assert np.array_equal(read(saved(tmp_path, wide * 2, "k.png"), TWO), SHAPE * 2)


def test_class_indices_with_unlabelled(tmp_path):
    mask = np.uint8([[0, 1, 2, 255]])
    path = saved(tmp_path, mask)
    assert np.array_equal(read(path, TWO), mask)
    refused(path, ONE, "values 0 (25%), 1 (25%), 2 (25%), 255 (25%)", "name the classes")


def test_indices_beyond_the_classes(tmp_path):
    refused(saved(tmp_path, np.uint8([[0, 1, 3]])), TWO, "0…2 for teeth, mandible", "3 (33%)")


def test_white_for_two_classes_means_unlabelled_only_beside_indices(tmp_path):
    """0/255 where two classes are named is a binary mask in the wrong place."""
    path = saved(tmp_path, SHAPE * 255)
    refused(path, TWO, "one class", "2 classes")
    other = saved(tmp_path, np.uint8([[0, 2]]), "o.png")
    assert np.array_equal(read(path, TWO, other, encoding=Encoding.INDEX), SHAPE * 255)
    assert np.array_equal(read(path, TWO, other), SHAPE * 255)


def test_soft_edges_are_cut_in_the_middle(tmp_path):
    drawn = np.zeros((64, 96), np.uint8)
    cv2.circle(drawn, (48, 32), 20, 255, -1, cv2.LINE_AA)
    crisp = (drawn > 127).astype(np.uint8)
    assert np.array_equal(read(saved(tmp_path, drawn, "aa.png"), ONE), crisp)
    for quality in (60, 75, 95):
        for array in (drawn, np.repeat(drawn[..., None], 3, 2)):
            jpeg = read(saved(tmp_path, array, "m.jpg", quality=quality), ONE)
            assert set(np.unique(jpeg)) <= {0, 1} and (jpeg != crisp).mean() < 0.01


def test_a_third_grey_inside_is_a_class_and_not_an_edge(tmp_path):
    drawn = np.zeros((64, 96), np.uint8)
    drawn[8:56, 8:48] = 255
    drawn[20:40, 60:80] = 128
    refused(saved(tmp_path, drawn, "m.jpg"), ONE, "different values")
    cv2.circle(drawn, (28, 30), 10, 90, -1, cv2.LINE_AA)
    refused(saved(tmp_path, drawn, "m.png"), ONE, "different values")


def test_an_empty_mask_is_empty_also_as_jpeg(tmp_path):
    assert not read(saved(tmp_path, SHAPE * 0), ONE).any()
    assert not read(saved(tmp_path, SHAPE * 0, "m.jpg"), ONE).any()
    assert not read(saved(tmp_path, SHAPE * 0), TWO).any()


@pytest.mark.parametrize(
    "values", [[0, 128], [0, 7], [0, 1, 2], [0, 100, 255], [3], [0, 254, 1], [0] * 90 + [100] + [255] * 9]
)
def test_odd_values_are_refused_with_a_list(tmp_path, values):
    path = saved(tmp_path, np.uint8([values]))
    refused(path, ONE, "values", str(values[-1]), "expected 0/1 or 0/255", "--class-map", '{"')
    asked = read(path, ONE, encoding=Encoding.BINARY)
    assert np.array_equal(asked, np.uint8([values]) >= (max(values) + 1) // 2)


def test_broken_files_are_refused(tmp_path):
    path = tmp_path / "m.png"
    path.write_text("no mask")
    refused(path, ONE, "no picture")


def test_one_decision_for_a_data_set(tmp_path):
    """255 beside 0 alone is the class, or unlabelled, depending on what the other files hold."""
    white = saved(tmp_path, SHAPE * 255, "white.png")
    one = saved(tmp_path, SHAPE, "one.png")
    three = saved(tmp_path, np.uint8([[0, 1, 255]]), "three.png")
    assert np.array_equal(read(white, ONE, one), SHAPE)
    assert np.array_equal(read(one, ONE, white), SHAPE)
    assert np.array_equal(read(white, ONE, three), SHAPE * 255)
    assert read(three, ONE, white).tolist() == [[0, 1, 255]]
    assert read(three, ONE).tolist() == [[0, 1, 255]]
    coding, said = coded([white, one], ONE)
    assert coding.encoding is Encoding.BINARY and "2 of 2 files looked at" in said
    with pytest.raises(InputError, match=r"three.png holds both 1 and 255"):
        read_mask(three, coding)


def test_empty_masks_do_not_outvote_the_others(tmp_path):
    empty = [saved(tmp_path, SHAPE * 0, f"{i}.png") for i in range(5)]
    odd = saved(tmp_path, SHAPE * 7, "odd.png")
    with pytest.raises(InputError, match=r"odd\.png cannot be read"):
        coded([*empty, odd], ONE)


def test_one_odd_file_does_not_decide_for_the_others(tmp_path):
    paths = [saved(tmp_path, SHAPE * 255, f"{i}.png") for i in range(3)]
    odd = saved(tmp_path, SHAPE * 7, "odd.png")
    coding, said = coded([*paths, odd], ONE)
    assert "3 of 4 files" in said and np.array_equal(read_mask(paths[0], coding), SHAPE)
    with pytest.raises(InputError, match=r"odd\.png has values 0 \(\d+%\), 7"):
        read_mask(odd, coding)


@pytest.mark.parametrize("classes", [ONE, TWO, tuple(f"c{i}" for i in range(32))])
@pytest.mark.parametrize("unlabelled", [False, True])
def test_what_is_written_is_read(tmp_path, rng, classes, unlabelled):
    mask = rng.integers(0, len(classes) + 1, (20, 30)).astype(np.uint8)
    if unlabelled:
        mask[:3] = 255
    path = tmp_path / "deep" / "m.png"
    write_mask(path, mask, classes)
    white = len(classes) == 1 and not unlabelled
    for encoding in (None, Encoding.BINARY if white else Encoding.PALETTE):
        assert np.array_equal(read(path, classes, encoding=encoding), mask), encoding
    with Image.open(path) as image:
        assert image.mode == ("L" if white else "P")
        if image.mode == "L":
            assert np.array_equal(np.array(image), mask * 255)
        else:
            assert np.array_equal(np.array(image), mask)


@pytest.mark.parametrize("value", [0, 1, 255])
def test_masks_of_one_value_are_read_as_written(tmp_path, value):
    mask = np.full((3, 4), value, np.uint8)
    write_mask(tmp_path / "m.png", mask, ONE)
    other = saved(tmp_path, np.uint8([[0, 1, 255]]), "o.png") if value == 255 else tmp_path / "m.png"
    assert np.array_equal(read(tmp_path / "m.png", ONE, other), mask)


def test_writing_judges_its_input(tmp_path):
    with pytest.raises(ValueError, match=r"\(H, W\) uint8"):
        write_mask(tmp_path / "m.png", np.zeros((3, 3), np.int32), ONE)
    with pytest.raises(ValueError, match="holds 2, but"):
        write_mask(tmp_path / "m.png", np.full((3, 3), 2, np.uint8), ONE)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        write_mask(tmp_path / "file" / "m.png", SHAPE, ONE)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_palette_colours_are_distinct():
    for count in (1, 7, 32):
        colours = class_palette(count)[[*range(count + 1), 255]]
        assert len(np.unique(colours, axis=0)) == count + 2
