"""Nothing but pixels is left of PNG, JPEG, TIFF and BMP, and the pixels are the same."""

import numpy as np
import planted
import pytest
from PIL import Image
from planted import GREY, NAME

from dentalx.datasets.decode import read_pixels
from dentalx.deidentify.pictures import suffix_of, write_bare
from dentalx.errors import InputError

COLOUR = np.dstack([GREY, GREY.T.reshape(40, 60), 255 - GREY])
PALETTE = Image.fromarray(GREY % 4)
PALETTE.putpalette([0, 0, 0, 90, 90, 90, 200, 10, 10, 255, 255, 255])
KINDS = {
    "grey.png": lambda path: planted.png(path, Image.fromarray(GREY)),
    "turned.png": lambda path: planted.png(path, Image.fromarray(GREY), 6),
    "palette.png": lambda path: planted.png(path, PALETTE),
    "deep.png": lambda path: planted.png(path, Image.fromarray(GREY.astype(np.uint16) * 257)),
    "alpha.png": lambda path: planted.png(path, Image.fromarray(np.dstack([COLOUR, GREY]))),
    "grey.jpg": lambda path: planted.jpeg(path, Image.fromarray(GREY)),
    "turned.jpg": lambda path: planted.jpeg(path, Image.fromarray(COLOUR), 8),
    "progressive.jpg": lambda path: planted.jpeg(
        path, Image.fromarray(COLOUR), progressive=True, restart_marker_rows=1
    ),
    "cmyk.jpg": lambda path: planted.jpeg(path, Image.fromarray(COLOUR).convert("CMYK")),
    "grey.tif": lambda path: planted.tiff(path, Image.fromarray(GREY)),
    "deep.tif": lambda path: planted.tiff(path, Image.fromarray(GREY.astype(np.uint16) * 257)),
    "colour.tif": lambda path: planted.tiff(path, Image.fromarray(COLOUR)),
    "palette.tif": lambda path: planted.tiff(path, PALETTE),
    "grey.bmp": lambda path: planted.bmp(path, Image.fromarray(GREY)),
    "deep colour.png": lambda path: planted.deep(path, COLOUR.astype(np.uint16) * 257),
    "deep colour.tif": lambda path: planted.deep(path, COLOUR.astype(np.uint16) * 257),
    "alpha.bmp": lambda path: planted.deep(path, np.dstack([COLOUR, GREY])),
    "colour.bmp": lambda path: planted.bmp(path, Image.fromarray(COLOUR)),
}


def shown(path):
    pixels = read_pixels(path)
    return pixels.values if pixels.palette is None else pixels.palette[pixels.values]


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_is_gone_and_the_pixels_are_the_same(tmp_path, kind):
    before = KINDS[kind](tmp_path / kind)
    after = tmp_path / f"bare{suffix_of(before)}"
    assert NAME in before.read_bytes()
    write_bare(before, after)
    data = after.read_bytes()
    assert NAME not in data and b"Secret" not in data and b"icc" not in data.lower()
    assert np.array_equal(shown(before), shown(after))
    assert (read_pixels(before).alpha is None) == (read_pixels(after).alpha is None)
    assert after.suffix == (".png" if kind.endswith("jpg") else before.suffix)


@pytest.mark.parametrize("kind", ["turned.png", "turned.jpg"])
def test_an_image_is_written_upright_and_without_any_tag(tmp_path, kind):
    before, after = KINDS[kind](tmp_path / kind), tmp_path / "bare.png"
    write_bare(before, after)
    with Image.open(before) as stored, Image.open(after) as image:
        assert image.size == stored.size[::-1]
        assert not dict(image.getexif()) and not image.info


def test_colours_that_no_pixel_has_are_black(tmp_path):
    image = Image.fromarray(GREY % 4)
    image.putpalette([7] * 12 + [83, 97, 108] * 252)
    image.save(tmp_path / "x.png")
    write_bare(tmp_path / "x.png", tmp_path / "bare.png")
    palette = read_pixels(tmp_path / "bare.png").palette
    assert (palette[:4] == 7).all() and not palette[4:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_black_and_the_rest_is_the_same(tmp_path, kind):
    before = KINDS[kind](tmp_path / kind)
    box = (3, 5, 12, 30)
    after = tmp_path / ("covered" + suffix_of(before))
    write_bare(before, after, [box])
    old, new = shown(before), shown(after)
    outside = np.ones(old.shape[:2], bool)
    outside[3:12, 5:30] = False
    assert not new[3:12, 5:30].any()
    assert np.array_equal(old[outside], new[outside]) and NAME not in after.read_bytes()


def test_what_is_broken_is_refused(tmp_path):
    for kind in ("grey.png", "grey.jpg"):
        path = KINDS[kind](tmp_path / kind)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(InputError):
            write_bare(path, tmp_path / f"x{path.suffix}")
