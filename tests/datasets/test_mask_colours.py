"""Masks in colours, palettes and transparency, by class maps, and radiographs times their masks."""

import cv2
import numpy as np
import pytest
from dicom_files import written
from mask_files import ONE, SHAPE, TWO, coded, palette_image, read, refused, saved
from PIL import Image

from dentalx.datasets.folders import open_folder
from dentalx.datasets.mask_codes import ClassMap, Encoding, from_entries, read_class_map
from dentalx.datasets.masks import read_mask
from dentalx.errors import InputError


def test_palettes_of_black_and_white_are_looked_up(tmp_path):
    assert np.array_equal(read(saved(tmp_path, palette_image(SHAPE, [(0, 0, 0), (255,) * 3])), ONE), SHAPE)
    inverted = palette_image(1 - SHAPE, [(255,) * 3, (0, 0, 0)])  # as programs order colours by how often they occur
    assert np.array_equal(read(saved(tmp_path, inverted), ONE), SHAPE)


def test_palettes_of_colours_are_class_indices(tmp_path):
    indices = SHAPE.copy()
    indices[5] = 2
    colours = [(0, 0, 0), (128, 0, 0), (0, 128, 0)]
    path = saved(tmp_path, palette_image(indices, colours))
    assert np.array_equal(read(path, TWO), indices)
    refused(path, ONE, "#800000", "#008000", '{"CLASS_1": "#800000", "CLASS_2": "#008000"}')
    by_colour = ClassMap((("teeth", (128, 0, 0)), ("mandible", (0, 128, 0))))
    assert np.array_equal(read(path, (), class_map=by_colour), indices)
    assert np.array_equal(read(path, ("mandible",), class_map=by_colour), (indices == 2).astype(np.uint8))


def test_a_palette_whose_black_is_not_zero_is_read_by_colour(tmp_path):
    path = saved(tmp_path, palette_image(1 - SHAPE, [(255, 0, 0), (0, 0, 0)]))
    assert np.array_equal(read(path, ONE), SHAPE)
    refused(path, TWO, "cannot be read", "--class-map")


def test_palettes_that_differ_are_not_read_by_index(tmp_path):
    indices = SHAPE + np.uint8(np.arange(6)[:, None] == 5) * np.uint8(2)
    first = saved(tmp_path, palette_image(indices, [(0, 0, 0), (128, 0, 0), (0, 128, 0)]), "a.png")
    second = saved(tmp_path, palette_image(indices, [(0, 0, 0), (0, 128, 0), (128, 0, 0)]), "b.png")
    with pytest.raises(InputError, match=r"palettes differ.*--class-map"):
        coded([first, second], TWO)
    by_colour = ClassMap((("teeth", (128, 0, 0)), ("mandible", (0, 128, 0))))
    assert np.array_equal(read(second, (), class_map=by_colour), np.uint8([0, 2, 1])[indices])


def radiograph(rng):
    """A smooth picture that is black in places, within the mask and outside it."""
    picture = cv2.GaussianBlur(rng.integers(0, 256, (60, 80)).astype(np.uint8), (0, 0), 3)
    picture = np.clip((picture.astype(int) - 110) * 6, 0, 255).astype(np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    cv2.ellipse(mask, (40, 30), (25, 15), 0, 0, 360, 1, -1)
    picture[25:30, 30:36] = 0
    picture[:6] = 0
    return picture, mask


def test_a_picture_times_its_mask_is_recognised_by_its_picture(tmp_path, rng):
    picture, mask = radiograph(rng)
    path, film = saved(tmp_path, picture * mask, "m.png"), saved(tmp_path, picture, "p.png")
    coding, said = coded([path], ONE, pictures=[film])
    assert coding.encoding is Encoding.PICTURE and "the radiograph times the mask of teeth" in said
    found = read_mask(path, coding, film)
    assert found[25:30, 30:36].all() and np.count_nonzero(found != mask) <= 0.03 * mask.sum()
    raw = np.count_nonzero((picture * mask > 0) != mask)
    assert np.count_nonzero(found != mask) < raw  # the holes of black bone are filled
    white = saved(tmp_path, np.where(mask == 1, picture, 255).astype(np.uint8), "w.png")
    found = read(white, ONE, picture=film)
    assert np.count_nonzero(found != mask) <= 0.03 * mask.sum()


def test_a_picture_times_its_mask_beside_dicom_and_deeper_pictures(tmp_path, rng):
    picture, mask = radiograph(rng)
    path = saved(tmp_path, picture * mask, "m.png")
    films = [saved(tmp_path, picture.astype(np.uint16) * 257, "p.png"), tmp_path / "p.dcm"]
    written(films[1], 255 - picture, bits=8, photometric="MONOCHROME1", WindowCenter=128, WindowWidth=256)
    for film in films:
        coding, _ = coded([path], ONE, pictures=[film])
        found = read_mask(path, coding, film)
        assert found[25:30, 30:36].all() and np.count_nonzero(found != mask) <= 0.03 * mask.sum()
    deep = saved(tmp_path, (picture * mask).astype(np.uint16) * 257, "d.png")
    with pytest.raises(InputError, match="more bits than the picture"):
        read_mask(deep, coding, films[1])


def test_a_picture_times_its_mask_without_its_picture_is_refused(tmp_path, rng):
    picture, mask = radiograph(rng)
    path, film = saved(tmp_path, picture * mask, "m.png"), saved(tmp_path, picture, "p.png")
    refused(path, ONE, "different values", "eighths of the scale", "nor the picture times a mask")
    refused(path, ONE, "nor the picture times a mask (only", picture=saved(tmp_path, 255 - picture, "n.png"))
    refused(film, ONE, "nor the picture times a mask", picture=film)
    coding, _ = coded([path], ONE, pictures=[film])
    with pytest.raises(InputError, match="it is the picture itself"):
        read_mask(film, coding, film)
    assert not read_mask(saved(tmp_path, mask * 0, "e.png"), coding, film).any()


def blobs(*colours):
    """A disc of each colour on black, and their labels 1, 2 ….

    >>> blobs((255, 0, 0))[0].shape
    (80, 60, 3)
    """
    labels = np.zeros((80, 60 * len(colours)), np.uint8)
    for number in range(len(colours)):
        cv2.circle(labels, (30 + 60 * number, 40), 22, number + 1, -1)
    return np.uint8([(0, 0, 0), *colours])[labels], labels


def test_one_colour_on_black_is_one_class(tmp_path):
    coloured, labels = blobs((53, 119, 181))
    coding, said = coded([saved(tmp_path, coloured)], ONE)
    assert coding.encoding is Encoding.COLOUR and "#3577B5 teeth" in said
    assert np.array_equal(read_mask(tmp_path / "m.png", coding), labels)


def test_colours_without_a_map_are_refused_with_an_example(tmp_path):
    coloured, _ = blobs((255, 0, 0), (0, 255, 0))
    for name in ("m.png", "m.jpg"):
        path = saved(tmp_path, coloured, name)
        refused(path, ONE, "colours: #000000", "--class-map")
        refused(path, TWO, "--class-map")
    refused(tmp_path / "m.png", ONE, '{"CLASS_1": "#00FF00", "CLASS_2": "#FF0000"}')
    white = np.full((4, 4, 3), 255, np.uint8)
    white[1:3, 1:3] = (200, 0, 0)
    refused(saved(tmp_path, white), ONE, "#FFFFFF", "#C80000")
    on_white = ClassMap((("background", (255, 255, 255)), ("teeth", (200, 0, 0))))
    assert read(tmp_path / "m.png", (), class_map=on_white).sum() == 4


@pytest.mark.parametrize("quality", [60, 75, 95])
def test_colours_by_a_map_also_where_jpeg_has_blurred_them(tmp_path, quality):
    coloured, labels = blobs((230, 40, 40), (53, 119, 181), (250, 250, 30))
    names = ClassMap((("a", (230, 40, 40)), ("b", (53, 119, 181)), ("c", (250, 250, 30))))
    assert np.array_equal(read(saved(tmp_path, coloured), (), class_map=names), labels)
    blurred = read(saved(tmp_path, coloured, "m.jpg", quality=quality), (), class_map=names)
    assert (blurred != labels).mean() < 0.015
    smooth = cv2.GaussianBlur(coloured, (0, 0), 1.0)
    assert (read(saved(tmp_path, smooth), (), class_map=names) != labels).mean() < 0.02


def test_colours_that_the_map_lacks_are_refused(tmp_path):
    coloured, _ = blobs((255, 0, 0), (240, 0, 0))
    one = ClassMap((("a", (255, 0, 0)),))
    refused(saved(tmp_path, coloured), (), "#F00000", "expected #000000 background, #FF0000 a", class_map=one)
    refused(saved(tmp_path, coloured[:, 60:], "m.jpg"), (), "expected", class_map=ClassMap((("a", (0, 0, 255)),)))


def test_levels_by_a_map(tmp_path):
    levels = np.uint8([[0, 128, 255], [0, 0, 64]])
    path = saved(tmp_path, levels)
    names = ClassMap((("caries", 128), ("crown", 255), ("pulp", 64)))
    assert read(path, (), class_map=names).tolist() == [[0, 1, 2], [0, 0, 3]]
    assert read(path, ("pulp", "caries"), class_map=names).tolist() == [[0, 2, 0], [0, 0, 1]]
    assert read(path, ("all",), class_map=names).tolist() == [[0, 1, 1], [0, 0, 1]]
    refused(path, (), "expected 0 background", "64", class_map=ClassMap((("caries", 128), ("crown", 255))))
    with pytest.raises(InputError, match=r"no class is called 'Carie' .*did you mean 'caries'\?"):
        read(path, ("Carie",), class_map=names)
    drawn, labels = blobs((120, 120, 120), (240, 240, 240))
    jpeg = saved(tmp_path, drawn[..., 0], "m.jpg", quality=80)
    apart = ClassMap((("caries", 120), ("crown", 240), ("unlabelled", 60)))
    assert (read(jpeg, (), class_map=apart) != labels).mean() < 0.08
    refused(jpeg, (), "JPEG changes class indices", class_map=ClassMap((("a", 1), ("b", 2))))


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ((("a", 1), ("b", (1, 2, 3))), "mixes levels and colours"),
        ((("a", 1), ("b", 1)), "gives 1 to a and b"),
        ((("background", 0),), "names no class"),
        ((("", 1),), "short printable name"),
    ],
)
def test_class_maps_are_judged(pairs, says):
    with pytest.raises(InputError, match=says):
        ClassMap(pairs)


@pytest.mark.parametrize(
    "text", ['{"a": "red"}', '{"a": [1, 2]}', '{"a": -1}', '{"a": true}', "{}", "7", '{"a": 70000}']
)
def test_class_map_files_are_judged(tmp_path, text):
    (tmp_path / "map.json").write_text(text)
    with pytest.raises(InputError, match=r"map\.json"):
        read_class_map(tmp_path / "map.json")


def test_class_map_files_are_read(tmp_path):
    path = tmp_path / "map.json"
    for text, pairs in (
        ('{"caries": [53, 119, 181], "crown": "#ff0000"}', (("caries", (53, 119, 181)), ("crown", (255, 0, 0)))),
        ('{"caries": 1, "a=b": 2}', (("caries", 1), ("a=b", 2))),
        ('["background", "teeth"]', (("background", 0), ("teeth", 1))),
    ):
        path.write_text(text)
        found = read_class_map(path)
        assert found.pairs == pairs and from_entries(found.entries()) == found
    assert from_entries(()) is None


def rgba(colour, alpha):
    return np.concatenate([colour, alpha[..., None]], 2)


def test_alpha_that_is_the_mask(tmp_path):
    alpha = SHAPE * np.uint8(255)
    red = np.full((6, 8, 3), (200, 0, 0), np.uint8)
    coding, said = coded([saved(tmp_path, rgba(red, alpha))], ONE)
    assert coding.encoding is Encoding.ALPHA and "what is opaque is teeth" in said
    assert np.array_equal(read_mask(tmp_path / "m.png", coding), SHAPE)
    black_on_white = np.where(SHAPE[..., None] == 1, 0, 255).repeat(3, 2).astype(np.uint8)
    assert np.array_equal(read(saved(tmp_path, rgba(black_on_white, alpha), "b.png"), ONE), SHAPE)
    assert not read_mask(saved(tmp_path, rgba(red, alpha * 0), "empty.png"), coding).any()
    assert not read_mask(saved(tmp_path, red * 0, "none.png"), coding).any()
    with pytest.raises(InputError, match="no transparent pixel"):
        read_mask(saved(tmp_path, red, "full.png"), coding)


def test_alpha_that_agrees_with_the_colours_changes_nothing(tmp_path):
    labels = SHAPE.copy()
    labels[1:4, 2:4] *= 2
    alpha = (labels > 0).astype(np.uint8) * np.uint8(255)
    painted = np.uint8([(255, 255, 255), (200, 0, 0), (0, 200, 0)])[labels]  # on transparent white
    names = ClassMap((("teeth", (200, 0, 0)), ("mandible", (0, 200, 0))))
    path = saved(tmp_path, rgba(painted, alpha))
    assert np.array_equal(read(path, (), class_map=names), labels)
    refused(path, ONE, "colours", "--class-map")


def test_alpha_that_says_something_else_is_refused(tmp_path):
    alpha = np.full((6, 8), 255, np.uint8)
    alpha[:3] = 0
    plane = np.repeat((SHAPE * np.uint8(255))[..., None], 3, 2)
    path = saved(tmp_path, rgba(plane, alpha))
    refused(path, ONE, "partly transparent", "--mask-encoding alpha", "binary or index")
    assert np.array_equal(read(path, ONE, encoding=Encoding.BINARY), SHAPE)
    assert np.array_equal(read(path, ONE, encoding=Encoding.ALPHA), (alpha > 0).astype(np.uint8))


def palettes(folder, top, colours=((200, 0, 0), (0, 200, 0), (0, 0, 200))):
    """Two images with palette masks whose indices go to `top`."""
    for place in ("images", "masks"):
        (folder / place).mkdir()
    for n in range(2):
        noise = np.random.default_rng(n).integers(20, 230, (40, 60), np.uint8)
        Image.fromarray(noise).save(folder / "images" / f"{n}.png")
        mask = Image.fromarray(np.repeat(np.arange(40, dtype=np.uint8)[:, None] // 10 % (top + 1), 60, axis=1), "P")
        mask.putpalette([0, 0, 0, *(value for colour in colours for value in colour)])
        mask.save(folder / "masks" / f"{n}.png")
    return folder


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b")])
def test_a_palette_of_more_classes_than_are_named_asks_for_names(tmp_path, names):
    folder = palettes(tmp_path, 3)
    with pytest.raises(InputError) as refused:
        open_folder(folder, names)
    said = str(refused.value)
    assert f"mask {folder / 'masks' / '0.png'} and 1 more" in said
    named = f"{max(1, len(names))} class{'es are' if len(names) > 1 else ' is'} named"
    assert f"the palette's indices go to 3, and {named}: give --classes 3 names in the order of the indices" in said
    assert "(1 #C80000, 2 #00C800, 3 #0000C8), or say which is which with --class-map" in said
    assert open_folder(folder, ("a", "b", "c")).classes == ("a", "b", "c")
