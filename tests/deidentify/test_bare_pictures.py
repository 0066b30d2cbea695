"""Nothing but pixels is left of PNG, JPEG, TIFF and BMP, and the pixels are the same."""

import numpy as np
import planted
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from planted import GREY, NAME

from dentalx.datasets.decode import read_pixels
from dentalx.deidentify.containers import bare_jpeg, bare_png, orientation_block
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
    "colour.bmp": lambda path: planted.bmp(path, Image.fromarray(COLOUR)),
}


def shown(path):
    pixels = read_pixels(path)
    return pixels.values if pixels.palette is None else pixels.palette[pixels.values]


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_is_gone_and_the_pixels_are_the_same(tmp_path, kind):
    before, after = KINDS[kind](tmp_path / kind), tmp_path / f"bare-{kind}"
    assert NAME in before.read_bytes()
    write_bare(before, after)
    data = after.read_bytes()
    assert NAME not in data and b"Secret" not in data and b"icc" not in data.lower()
    assert np.array_equal(shown(before), shown(after))
    assert suffix_of(before, ()) == before.suffix


@pytest.mark.parametrize("kind", ["turned.png", "turned.jpg"])
def test_the_orientation_is_the_only_tag_that_stays(tmp_path, kind):
    after = tmp_path / f"bare-{kind}"
    write_bare(KINDS[kind](tmp_path / kind), after)
    with Image.open(after) as image:
        assert dict(image.getexif()) == {274: 6 if kind.endswith("png") else 8}


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_black_and_the_rest_is_the_same(tmp_path, kind):
    before = KINDS[kind](tmp_path / kind)
    box = (3, 5, 12, 30)
    after = tmp_path / ("covered" + suffix_of(before, [box]))
    write_bare(before, after, [box])
    old, new = shown(before), shown(after)
    outside = np.ones(old.shape[:2], bool)
    outside[3:12, 5:30] = False
    assert not new[3:12, 5:30].any()
    assert np.array_equal(old[outside], new[outside]) and NAME not in after.read_bytes()
    assert after.suffix == (".png" if kind.endswith("jpg") else before.suffix)


def test_what_is_broken_is_refused(tmp_path):
    for kind in ("grey.png", "grey.jpg"):
        path = KINDS[kind](tmp_path / kind)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(InputError):
            write_bare(path, tmp_path / f"x{path.suffix}")


def test_an_orientation_by_hand():
    """TIFF 6.0: little-endian header, one entry of tag 274, type SHORT, count 1."""
    assert orientation_block(3)[:10] == b"II*\0\x08\0\0\0\x01\0"
    assert orientation_block(3)[10:22] == b"\x12\x01\x03\0\x01\0\0\0\x03\0\0\0"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8), st.sampled_from(["png", "jpg"]), st.booleans())
def test_broken_bytes_end_in_a_bare_file_or_a_value_error(tmp_path_factory, place, noise, kind, cut):
    folder = tmp_path_factory.getbasetemp()
    path = folder / f"seed.{kind}"
    if not path.exists():
        KINDS[f"grey.{kind}"](path)
    data = path.read_bytes()
    place %= len(data)
    data = data[:place] + noise + (b"" if cut else data[place + len(noise) :])
    bare = bare_png if kind == "png" else bare_jpeg
    try:
        once = bare(data)
    except ValueError:
        return
    assert bare(once) == once
